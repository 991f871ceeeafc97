"""How full the bounds of a test are, noted while the test runs.

A bound is full at 1: an answer whose error is a tenth of what is allowed fills 0.1 of it, one that is wrong by twice
as much fills 2. What a test compares stands in `Place`; `autograder.proof.tolerances.instrument` finds the places.
"""

import contextlib
import math
import operator
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from autograder.proof.tolerances.closeness import as_array, excess

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Kind(StrEnum):
    """What a comparison asks for."""

    UPPER = "upper bound"
    LOWER = "lower bound"
    CLOSE = "closeness"
    DECISION = "decision"  # either outcome may be right: the test compares it with another


@dataclass(frozen=True)
class Place:
    """A comparison as it stands in a test file.

    Attributes:
        wanted: the outcome that the test demands; None where the outcome is compared with another.
        operator: of an inequality; empty for a function such as ``allclose``.
        bound_left: whether the bound stands on the left of the operator.
        each: whether every element is to have the wanted outcome, as in ``isclose(a, b).all()``.
    """

    case: str
    line: int
    text: str
    wanted: bool | None
    operator: str = ""
    bound_left: bool = False
    each: bool = False


@dataclass(frozen=True)
class Reading:
    """The fullest that a bound was in a run.

    Attributes:
        fill: above 1 the answer is out of bounds; for a decision it is nearness to the turning point, at most 1.
        gap: how far the value was from the bound, negative beyond it.
    """

    place: Place
    kind: Kind
    fill: float
    gap: float


class Recorder:
    """Stands in for the comparisons of a test: gives what they give, and keeps a reading of each.

    Args:
        places: by the number under which the test calls.
        shift: makes other seeds of those that the test chooses; 0 leaves them.
    """

    def __init__(self, places: Sequence[Place], shift: int = 0):
        self._places, self._shift = places, shift
        self._readings: dict[tuple[Place, Kind], Reading] = {}

    @property
    def readings(self) -> tuple[Reading, ...]:
        return tuple(self._readings.values())

    def compare(self, number: int, left: Any, right: Any) -> Any:
        """An inequality."""
        place = self._places[number]
        outcome = OPERATORS[place.operator](left, right)
        self._note(place, _read_inequality, left, right)
        return outcome

    def close(self, number: int, function: Callable[..., Any], *positional: Any, **named: Any) -> Any:
        """A function such as ``allclose``."""
        try:
            outcome = function(*positional, **named)
        except AssertionError:  # this is how assert_close says no
            self._note(self._places[number], _read_closeness, function, positional, named)
            raise
        self._note(self._places[number], _read_closeness, function, positional, named)
        return outcome

    def seed(self, chosen: Any) -> Any:
        """A seed that the test chooses, or another one in its place."""
        whole = isinstance(chosen, int | np.integer) or (
            isinstance(chosen, list | tuple) and all(isinstance(part, int) for part in chosen)
        )
        return zlib.crc32(f"{self._shift} {chosen}".encode()) if self._shift and whole else chosen

    def _note(self, place: Place, read: Callable[..., Reading | None], *compared: Any) -> None:
        reading = None
        # What has no numbers in it has no reading.
        with contextlib.suppress(TypeError, ValueError), np.errstate(all="ignore"):
            reading = read(place, *compared)
        if reading is None:
            return
        key = (place, reading.kind)
        before = self._readings.get(key, reading)
        self._readings[key] = Reading(place, reading.kind, max(before.fill, reading.fill), min(before.gap, reading.gap))


def _read_inequality(place: Place, left: Any, right: Any) -> Reading | None:
    value, bound = (right, left) if place.bound_left else (left, right)
    value, bound = as_array(value), as_array(bound)
    if value.dtype.kind != "f":  # counts and indices have no tolerance
        return None
    value, bound = np.broadcast_arrays(value, bound.astype(float))
    value, bound = value[bound != 0], bound[bound != 0]  # a sign has none either
    if not value.size or np.ptp(np.sign(bound)):
        return None
    is_upper = (place.operator in ("<", "<=")) != place.bound_left
    if bound.flat[0] < 0:  # x > -2 is -x < 2
        value, bound, is_upper = -value, -bound, not is_upper
    if place.wanted is None:
        return _decision(place, value / bound)
    return _upper(place, value, bound) if is_upper == place.wanted else _lower(place, value, bound)


def _read_closeness(place: Place, function: Any, positional: tuple[Any, ...], named: dict[str, Any]) -> Reading | None:
    ratio = excess(function, positional, named)
    if ratio is None or not ratio.size:
        return None
    if place.wanted is None:
        return _decision(place, ratio)
    one = np.ones(())
    if place.wanted:
        return _upper(place, ratio, one, Kind.CLOSE)
    return _lower(place, ratio if place.each else ratio.max(), one)


def _upper(place: Place, value: Any, bound: Any, kind: Kind = Kind.UPPER) -> Reading:
    return Reading(place, kind, max(0.0, _worst(value / bound)), -_worst(value - bound))


def _lower(place: Place, value: Any, bound: Any) -> Reading:
    fill = np.where(value > 0, bound / value, math.inf)
    return Reading(place, Kind.LOWER, _worst(fill), -_worst(bound - value))


def _decision(place: Place, ratio: Any) -> Reading | None:
    if ratio.size != 1:
        return None
    ratio = float(ratio.flat[0])
    nearness = min(ratio, 1 / ratio) if ratio > 0 else 0.0
    return Reading(place, Kind.DECISION, nearness, 1 - nearness)


def _worst(numbers: Any) -> float:
    """The largest; a number that is none is worse than all."""
    return float(np.max(np.where(np.isnan(numbers), math.inf, numbers)))
