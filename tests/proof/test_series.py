"""Many answers in one box: what one leaves behind is noticed by the solution's answer, which comes last."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course import Limits
from autograder.grading.assignment import Assignment
from autograder.grading.isolation.local import Zygote
from autograder.grading.isolation.wall import Wall
from autograder.grading.judge.suite import read_suite
from autograder.grading.sandbox.settings import Isolation
from autograder.grading.session import Grader
from autograder.proof.series import try_series
from autograder.proof.trials import Trial

TESTS = """
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = 1

@test_case(points=None, hidden=True)
def test_scaled(scaled):
    assert scaled(3) == 6
"""
CONTEXT = "FACTOR = [2]"
RIGHT = "def scaled(x): return FACTOR[0] * x"


@pytest.fixture(scope="module")
def grader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grader]:
    """A grader of one question."""
    folder: Path = tmp_path_factory.mktemp("series")
    (folder / "q1.py").write_text(TESTS)
    assignment, limits = Assignment("small", None, folder), Limits(cell_timeout_s=2)
    with Zygote(Wall(Isolation.NONE), limits, None) as zygote:
        zygote.wait_ready()
        yield Grader(assignment, read_suite(assignment.test_files), zygote, limits, b"")


def trial(key: str, answer: str) -> Trial:
    return Trial(key, (CONTEXT, answer), ("q1",))


def test_each_answer_of_a_series_is_judged_by_itself(grader: Grader):
    """A wrong one, one that hangs and one that ends its process lose; right ones before and after them do not."""
    answers = [RIGHT, "def scaled(x): return x", "while True: pass", "import os; os._exit(0)", RIGHT]
    tried = try_series(grader, [trial(str(n), one) for n, one in enumerate(answers)], trial("own", RIGHT))
    assert tried is not None
    assert [one.is_full("q1") for one in tried] == [True, False, False, False, True]


def test_nothing_is_believed_of_a_series_that_spoils_the_solution(grader: Grader):
    """An answer that changes what the others need costs the control its points."""
    spoils = trial("spoils", "FACTOR[0] = 5\ndef scaled(x): return 2 * x")
    assert try_series(grader, [spoils, trial("wrong", "def scaled(x): return 0")], trial("own", RIGHT)) is None
