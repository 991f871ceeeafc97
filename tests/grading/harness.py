"""A small assignment for the tests of grading: cells in, results out."""

from collections.abc import Callable
from pathlib import Path

from autograder.course import Limits
from autograder.grading.assignment import Assignment
from autograder.grading.notebook import Cell, CellKind, Notebook
from autograder.grading.session import Graded
from autograder.results import QuestionResult

Grade = Callable[..., Graded]  # what the fixture ``grade`` is

LIMITS = Limits(cell_timeout_s=20, timeout_s=120, memory_mb=400, processes=64, disk_mb=64, output_kb=64, message_mb=16)

SQUARE = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = None

@test_case(points=1, hidden=False, failure_message="square(3) is 9")
def test_three(square):
    assert square(3) == 9, f"square(3) should be 9, got {square(3)}"

@test_case(points=2, hidden=True, failure_message="negative numbers have squares, too")
def test_negative(square):
    secret_input = -123456
    assert square(secret_input) == 15241383936
"""

DOUBLE = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q2"
points = 4

@test_case(points=None, hidden=False)
def test_array(double):
    import numpy as np
    assert np.array_equal(double(np.arange(4)), [0, 2, 4, 6])

@test_case(points=None, hidden=True)
def test_tensor(double):
    import torch
    x = torch.linspace(-1, 1, 5)
    assert torch.equal(double(x), x + x)
"""

GOOD_SQUARE = "def square(x):\n    return x * x"
GOOD_DOUBLE = "def double(x):\n    return 2 * x"


def write_assignment(folder: Path, **tests: str) -> Assignment:
    """An assignment of the given otter test files."""
    tests_dir = folder / "tests"
    tests_dir.mkdir(parents=True)
    for name, source in tests.items():
        (tests_dir / f"{name}.py").write_text(source)
    return Assignment("small", None, tests_dir)


def notebook_of(*sources: str) -> Notebook:
    """A notebook of code cells."""
    return Notebook(tuple(Cell(index, CellKind.CODE, source) for index, source in enumerate(sources)))


def question(graded: Graded, name: str) -> QuestionResult:
    """The result of one question."""
    return next(q for q in graded.questions if q.name == name)


def scores(graded: Graded) -> dict[str, float]:
    """Scores by question."""
    return {q.name: q.score for q in graded.questions}
