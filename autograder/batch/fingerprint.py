"""What a result depends on, in numbers: the same numbers mean the same result.

A result carries one number for each question, which stands for its tests, and one for everything else.
"""

import hashlib
import importlib.metadata
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from autograder.course import Limits
from autograder.grading.assignment import Assignment
from autograder.grading.isolation.wall import Wall
from autograder.grading.notebook import Notebook, Rejection

PACKAGES = ("autograder", "otter-grader", "torch", "numpy", "ipython")


@dataclass(frozen=True)
class RunFingerprint:
    """Of a run.

    Attributes:
        common: of what all submissions have in common besides tests.
        tests: of each test file, in their order, which is that of the questions.
    """

    common: str
    tests: tuple[str, ...]

    @property
    def whole(self) -> str:
        """Both in one."""
        return hashlib.sha256("".join((self.common, *self.tests)).encode()).hexdigest()


def run_fingerprint(assignment: Assignment, limits: Limits, secret: bytes, wall: Wall) -> RunFingerprint:
    """The fingerprint of grading an assignment."""
    tests = tuple(question_fingerprint(path) for path in assignment.test_files)
    return RunFingerprint(_common(assignment, limits, secret, wall), tests)


def _common(assignment: Assignment, limits: Limits, secret: bytes, wall: Wall) -> str:
    """What all submissions have in common besides tests: settings, data, limits, seeds, versions, wall."""
    settings = [assignment.assignment_name, assignment.seed, assignment.seed_variable]
    totals = [assignment.points_possible, assignment.score_threshold]
    told = json.dumps([settings, totals, asdict(limits), wall.matters, versions()])
    digest = hashlib.sha256(told.encode() + secret)
    files = assignment.files_dir.rglob("*") if assignment.files_dir else ()
    for path in _files(files):
        digest.update(_named_content(path))
    return digest.hexdigest()


def question_fingerprint(test_file: Path) -> str:
    """The tests of one question."""
    return hashlib.sha256(_named_content(test_file)).hexdigest()[:32]


def submission_fingerprint(common: str, notebook: Notebook | Rejection) -> str:
    """What one result depends on besides tests: what the run has in common, and the cells, or why there are none.

    Written answers are among the cells: people mark them.
    """
    if isinstance(notebook, Rejection):
        depends: object = notebook.reason
    else:
        depends = [[c.kind, c.source, c.ignored, list(c.checks)] for c in notebook.cells]
    return hashlib.sha256(f"{common}{json.dumps(depends)}".encode()).hexdigest()[:32]


def _named_content(path: Path) -> bytes:
    content = path.read_bytes()
    return f"{path.name}\0{len(content)}\0".encode() + content


def _files(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.is_file())


@cache
def versions() -> dict[str, str]:
    """The packages that a result depends on; builds of one version (``2.13.0+cpu``) count as the same."""
    told = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {name: version.partition("+")[0] for name, version in told.items()}
