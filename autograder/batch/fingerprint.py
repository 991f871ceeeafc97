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

import autograder
from autograder.course import Limits
from autograder.grading.assignment import Assignment
from autograder.grading.notebook import Notebook

PACKAGES = ("otter-grader", "torch", "numpy", "ipython")


@dataclass(frozen=True)
class Fingerprints:
    """Of a run.

    Attributes:
        common: of what all submissions have in common besides tests.
        questions: of each question's tests, by name of the question.
    """

    common: str
    questions: dict[str, str]


def grading_fingerprint(assignment: Assignment, limits: Limits, secret: bytes, isolation: str) -> str:
    """What all submissions have in common besides tests: settings, data, limits, seeds, versions, isolation."""
    settings = [assignment.assignment_name, assignment.seed, assignment.seed_variable]
    totals = [assignment.points_possible, assignment.score_threshold]
    told = json.dumps([settings, totals, asdict(limits), isolation, _versions()])
    digest = hashlib.sha256(told.encode() + secret)
    files = assignment.files_dir.rglob("*") if assignment.files_dir else ()
    for path in _files(files):
        digest.update(_named_content(path))
    return digest.hexdigest()


def question_fingerprint(test_file: Path) -> str:
    """The tests of one question."""
    return hashlib.sha256(_named_content(test_file)).hexdigest()[:32]


def submission_fingerprint(grading: str, notebook: Notebook) -> str:
    """What one result depends on besides tests: what the run has in common, and the cells that are executed."""
    cells = [[c.source, c.ignored, list(c.checks)] for c in notebook.cells if c.kind == "code"]
    return hashlib.sha256(f"{grading}{json.dumps(cells)}".encode()).hexdigest()[:32]


def _named_content(path: Path) -> bytes:
    content = path.read_bytes()
    return f"{path.name}\0{len(content)}\0".encode() + content


def _files(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.is_file())


@cache
def _versions() -> dict[str, str]:
    return {"autograder": autograder.__version__} | {name: importlib.metadata.version(name) for name in PACKAGES}
