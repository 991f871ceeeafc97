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
        ([1, 2], "a list of length 2"),
        (np.zeros((2, 3)), "a float64 array of shape (2, 3)"),
        (np.array([1, np.inf, np.nan]), "a float64 array of shape (3,) that holds NaN and infinity"),
        (torch.tensor([[1.0], [np.nan]]), "a float32 tensor of shape (2, 1) that holds NaN"),
        (torch.arange(3), "a int64 tensor of shape (3,)"),
        (torch.ones(2, dtype=torch.bfloat16, requires_grad=True), "a bfloat16 tensor of shape (2,)"),
        (torch.ones(2, dtype=torch.complex64), "a complex64 tensor of shape (2,)"),
        (np.array(["secret"]), "a <U6 array of shape (1,)"),
    ],
)
def test_values_are_described_by_kind_only(value: object, told: str):
    """Type, shape, dtype and oddities; no value."""
    assert describe(value) == told


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("def squares(x): return x * x", "The notebook has `squares`: a slip of the pen?"),
        ("def square(x): return [x * x]", "Your code last gave a list of length 1."),
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
