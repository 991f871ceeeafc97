"""What the tests of grading share."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from harness import DOUBLE, LIMITS, SQUARE, Grade, notebook_of, write_assignment

from autograder.grading.isolation.local import Zygote, namespaces_refused
from autograder.grading.isolation.wall import Wall
from autograder.grading.judge.suite import read_suite
from autograder.grading.sandbox.settings import Isolation
from autograder.grading.session import Graded, Grader, grade_notebook


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """A zygote behind the walls of namespaces, shared by all tests of a process."""
    if refused := namespaces_refused():
        pytest.skip(f"this host has no namespaces: {refused}")
    with Zygote(Wall(Isolation.NAMESPACES), LIMITS, None) as prepared:
        prepared.wait_ready()
        yield prepared


@pytest.fixture
def grade(zygote: Zygote, tmp_path: Path) -> Grade:
    """Grade cells against q1 (square, 3 points) and q2 (double, 4 points), or against other test files."""

    count = itertools.count()

    def run(
        *sources: str, tests: dict[str, str] | None = None, settings: dict | None = None, **limits: float
    ) -> Graded:
        tests = {"q1": SQUARE, "q2": DOUBLE} if tests is None else tests
        assignment = replace(write_assignment(tmp_path / str(next(count)), **tests), **(settings or {}))
        suite = read_suite(assignment.test_files)
        grader = Grader(assignment, suite, zygote, replace(LIMITS, **limits), b"secret")
        return grade_notebook(notebook_of(*sources), "somebody", grader)

    return run
