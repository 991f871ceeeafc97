"""What a student reads when a hidden case fails: the kind of trouble, never an input or a value."""

import numpy as np
import pytest
import torch
from harness import GOOD_DOUBLE, Grade, question

from autograder.grading.judge.hints import describe


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "None"),
        (True, "a bool"),
        (3, "a number (int)"),
        (float("nan"), "a number (float) that is NaN"),
        (np.float32(2), "a number (float32)"),
        ("secret", "a text"),
        ([1, 2], "a list"),
        (np.zeros((2, 3)), "an array (float64, 2 dimensions)"),
        (np.array([1, np.inf, np.nan]), "an array (float64, 1 dimension) that holds NaN and infinity"),
        (torch.tensor([[1.0], [np.nan]]), "a tensor (float32, 2 dimensions) that holds NaN"),
        (torch.arange(3), "a tensor (int64, 1 dimension)"),
        (torch.ones(2, dtype=torch.bfloat16, requires_grad=True), "a tensor (bfloat16, 1 dimension)"),
        (torch.ones(2, dtype=torch.complex64), "a tensor (complex64, 1 dimension)"),
        (np.array(["secret"]), "an array (texts, 1 dimension)"),
    ],
)
def test_values_are_described_by_kind_only(value: object, told: str):
    """Type, shape, dtype and oddities; no value."""
    assert describe(value) == told


@pytest.mark.parametrize(
    "answer",
    [
        "import numpy as np\ndef square(x): return np.empty((0, abs(x)))",
        "def square(x): return [0] * abs(x)",
        "def square(x): return np.zeros(1, dtype=f'S{abs(x)}')\nimport numpy as np",
        "def square(x):\n    globals()[f'double{abs(x)}'] = 1\n    raise ValueError(x)",
    ],
)
def test_inputs_cannot_be_read_back_from_hints(grade: Grade, answer: str):
    """A hidden input that a submission puts into a shape, a length, a dtype or a name is not told."""
    graded = grade(answer)
    assert "123456" not in "".join(
        case.message for name in ("q1", "q2") for case in question(graded, name).cases if case.hidden
    )


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("def squares(x): return x * x", "The notebook has `squares`: a slip of the pen?"),
        ("def square(x): return [x * x]", "Your code last gave a list."),
        ("def square(x): return None", "Your code last gave None."),
        ("def square(x): return float('nan')", "Your code last gave a number (float) that is NaN."),
        ("def square(x): raise KeyError(x)", "Your code raised KeyError."),
        ("def square(x): raise SystemExit", "Your code raised SystemExit."),
        ("def square(x): return (i for i in (x,))", "Your code gave an object of type generator where"),
        ("class Odd: pass\ndef square(x): return Odd()", "Your code gave an object that is none where"),
        ("x = 1", "`square` is not defined: the cell that should do it is missing or failed."),
    ],
)
def test_first_wrong_rung_is_told(grade: Grade, answer: str, told: str):
    """Missing, raised, no data, wrong kind of data: the message of the hidden case says which."""
    hidden = question(grade(answer, GOOD_DOUBLE), "q1").cases[1]
    assert told in hidden.message
    assert hidden.message.startswith("negative numbers have squares, too")


BESIDE = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = 1

@test_case(points=None, hidden=True)
def test_it(net):
    inside(lambda net: net["width"])(net)
"""


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("net = {}", "A check that ran beside your objects ended with KeyError."),
        ("net = 3", "A check that ran beside your objects ended with TypeError."),
    ],
)
def test_an_exception_of_a_check_beside_the_objects_is_not_laid_at_their_door(grade: Grade, answer: str, told: str):
    """What the test's own function raises in the box is told as the check's, not as the student's code's."""
    assert question(grade(answer, tests={"q1": BESIDE}), "q1").cases[0].message == told
