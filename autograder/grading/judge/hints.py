"""What a student is told of a failed hidden case: the first rung that is wrong, never an input or a value.

Rungs: the name is missing; the code raised; it gave an object and no data; then what kind of data it gave last.
"""

import difflib
import math
from typing import Any

import numpy as np
import torch

from autograder.grading.judge.errors import NotPlainData, origin
from autograder.grading.judge.remote import Link

# Class names that may be told of an object of the submission's: others could spell out a hidden input.
KNOWN_TYPES = frozenset(
    [
        "function",
        "generator",
        "method",
        "module",
        "type",
        "object",
        "ndarray",
        "Tensor",
        "Sequential",
        "Linear",
        "map",
        "filter",
    ]
)
CLOSE_ENOUGH = 0.75
MAX_DIMENSIONS = 4


def missing_hint(names: list[str], link: Link) -> str:
    """Names that the notebook does not define, and the words of its text that look like them."""
    listed = [f"`{name}`" for name in names]
    told = listed[0] + " is" if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]} are"
    others = link.words.difference(names)  # a name that stands there belongs to a cell that failed
    near = [found for name in names for found in difflib.get_close_matches(name, others, 1, CLOSE_ENOUGH)]
    guess = f" The notebook has {' and '.join(f'`{name}`' for name in near)}: a slip of the pen?" if near else ""
    return f"{told} not defined: the cell that should do it is missing or failed.{guess}"


def hidden_hint(err: BaseException, link: Link) -> str:
    """Why a hidden case failed, in kinds."""
    if raised := origin(err):
        if raised.inside:
            return f"A check that ran beside your objects ended with {raised.type_name}."
        return f"Your code raised {raised.type_name}."
    if isinstance(err, NotPlainData):
        known = err.type_name in KNOWN_TYPES
        found = f"an object of type {err.type_name}" if known else "an object that is none"
        return f"Your code gave {found} where a number, a text, a list or an array was expected."
    given = "" if link.last_call is ... else f"Your code last gave {describe(link.last_call)}."
    if isinstance(err, AssertionError):
        return given
    return f"The test could not use what your code gave it ({type(err).__name__}). {given}".rstrip()


def describe(value: Any) -> str:
    """A value by its kind: type, dtype, number of dimensions, NaN and infinity; never what it is.

    No shape and no length: code that is being tested could give back an array as long as a hidden input is large.
    """
    match value:
        case None | bool() | str() | bytes():
            return {type(None): "None", bool: "a bool", str: "a text", bytes: "bytes"}[type(value)]
        case torch.Tensor():
            return f"a tensor ({str(value.dtype).removeprefix('torch.')}, {_dimensions(value)}){_oddities(value)}"
        case np.ndarray():
            return f"an array ({_dtype(value)}, {_dimensions(value)}){_oddities(value)}"
        case int() | float() | complex() | np.generic():
            return f"a number ({type(value).__name__}){_oddities(value)}"
        case list() | tuple() | dict() | set() | frozenset():
            return f"a {type(value).__name__}"
    return "an object"


def _dimensions(value: torch.Tensor | np.ndarray) -> str:
    if value.ndim > MAX_DIMENSIONS:
        return "many dimensions"
    return f"{value.ndim} dimension{'' if value.ndim == 1 else 's'}"


def _dtype(value: np.ndarray) -> str:
    return value.dtype.name if value.dtype.kind in "biufc" else "texts" if value.dtype.kind in "SU" else "times"


def _oddities(value: Any) -> str:
    """Of numbers: NaN and infinity, which nobody means to return."""
    if isinstance(value, torch.Tensor):
        value = value.detach().double().numpy() if not value.is_complex() else value.detach().numpy()
    if isinstance(value, int) or np.asarray(value).dtype.kind not in "fc":
        return ""
    if isinstance(value, float):
        return " that is NaN" if math.isnan(value) else " that is infinite" if math.isinf(value) else ""
    found = [word for word, test in (("NaN", np.isnan), ("infinity", np.isinf)) if bool(np.any(test(value)))]
    return f" that holds {' and '.join(found)}" if found else ""
