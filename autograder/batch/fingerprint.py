"""What a result depends on, in one number: the same number means the same result."""

import hashlib
import importlib.metadata
import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path

from autograder.course import Limits
from autograder.grading.assignment import Assignment
from autograder.grading.isolation.wall import Wall
from autograder.grading.notebook import Notebook, Rejection

PACKAGES = ("autograder", "otter-grader", "torch", "numpy", "ipython")


def grading_fingerprint(assignment: Assignment, limits: Limits, secret: bytes, wall: Wall) -> str:
    """What all submissions of a run have in common: tests, settings, data, limits, seeds, versions, wall."""
    settings = [assignment.assignment_name, assignment.seed, assignment.seed_variable]
    totals = [assignment.points_possible, assignment.score_threshold]
    told = json.dumps([settings, totals, asdict(limits), wall.matters, versions()])
    digest = hashlib.sha256(told.encode() + secret)
    files = assignment.files_dir.rglob("*") if assignment.files_dir else ()
    for path in [*assignment.test_files, *_files(files)]:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def submission_fingerprint(grading: str, notebook: Notebook | Rejection) -> str:
    """The fingerprint of one result: the run's, and the cells, written answers included; or why there are none."""
    if isinstance(notebook, Rejection):
        depends: object = notebook.reason
    else:
        depends = [[c.kind, c.source, c.ignored, list(c.checks)] for c in notebook.cells]
    return hashlib.sha256(f"{grading}{json.dumps(depends)}".encode()).hexdigest()[:32]


def _files(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.is_file())


@cache
def versions() -> dict[str, str]:
    """The packages that a result depends on; builds of one version (``2.13.0+cpu``) count as the same."""
    told = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {name: version.partition("+")[0] for name, version in told.items()}
