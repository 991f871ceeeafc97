"""What a result depends on, in one number: the same number means the same result."""

import hashlib
import importlib.metadata
import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path

import autograder
from autograder.course import Limits
from autograder.grading.assignment import Assignment
from autograder.grading.notebook import Notebook

PACKAGES = ("otter-grader", "torch", "numpy", "ipython")


def grading_fingerprint(assignment: Assignment, limits: Limits, secret: bytes, isolation: str) -> str:
    """What all submissions of a run have in common: tests, settings, data, limits, seeds, versions, isolation."""
    settings = [assignment.assignment_name, assignment.seed, assignment.seed_variable]
    totals = [assignment.points_possible, assignment.score_threshold]
    told = json.dumps([settings, totals, asdict(limits), isolation, _versions()])
    digest = hashlib.sha256(told.encode() + secret)
    files = assignment.files_dir.rglob("*") if assignment.files_dir else ()
    for path in [*assignment.test_files, *_files(files)]:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def submission_fingerprint(grading: str, notebook: Notebook) -> str:
    """The fingerprint of one result: the run's and the cells, written answers included, as people mark them."""
    cells = [[c.kind, c.source, c.ignored, list(c.checks)] for c in notebook.cells]
    return hashlib.sha256(f"{grading}{json.dumps(cells)}".encode()).hexdigest()[:32]


def _files(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.is_file())


@cache
def _versions() -> dict[str, str]:
    return {"autograder": autograder.__version__} | {name: importlib.metadata.version(name) for name in PACKAGES}
