"""Numbers that are answers, found again as they would be printed."""

import ast
import math
import re
import struct
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from autograder.authoring.markers import Block
from autograder.authoring.model import Master, TestCell
from autograder.authoring.syntax import parse_code
from autograder.proof.leaks.hidden import split
from autograder.proof.leaks.wording import Number, numbers, significant

LEAST_DIGITS, MOST_DIGITS = 4, 7
"""A number of fewer digits may be there by accident; beyond seven, float32 and float64 print differently."""

_FEW = 20
"""Among so many values a number of four digits is no accident; ten times as many need one digit more."""

Values = Mapping[str, Collection[float]]
"""The numbers of each question, by its name."""


def written_values(master: Master) -> dict[str, set[float]]:
    """The numbers that stand in answers and in hidden tests."""
    found: dict[str, set[float]] = defaultdict(set)
    for cell in (cell for cell in master.cells if cell.kind == "code" and not cell.ignored):
        if cell.block is not Block.TESTS:
            code = "\n".join("\n".join(answer) for answer in split(cell.source).answers)
            found[cell.question or ""] |= {number.value for number in numbers(code)}
    for question in master.questions:
        for test in question.test_cells:
            found[question.name] |= {number.value for number in numbers(test.source)} if test.hidden else set()
    return found


def answer_values(master: Master) -> dict[str, set[float]]:
    """The numbers that are answers for sure: what is set to a number, and what hidden tests compare with."""
    found: dict[str, set[float]] = defaultdict(set)
    for cell in (cell for cell in master.cells if cell.kind == "code" and not cell.ignored):
        for line in (line for answer in split(cell.source).answers for line in answer):
            if assigned := re.fullmatch(r"[\w.\[\]\"'-]+ = -?([\d._eE+-]+)", line):
                found[cell.question or ""] |= {number.value for number in numbers(assigned[1])}
    for question in master.questions:
        for test in (test for test in question.test_cells if test.hidden):
            found[question.name] |= set(_expected(test))
    return found


def _expected(test: TestCell) -> Iterable[float]:
    """The numbers in the asserts of a test that are not handed to the answer."""
    tree = parse_code(test.source)
    given = {arg.arg for node in tree.body if isinstance(node, ast.FunctionDef) for arg in node.args.args}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            calls = [part for part in ast.walk(node.test) if isinstance(part, ast.Call)]
            asked = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id in given]
            inside = {part for call in asked for part in ast.walk(call)}
            constants = [p.value for p in ast.walk(node.test) if isinstance(p, ast.Constant) and p not in inside]
            yield from (c for c in constants if isinstance(c, int | float) and not isinstance(c, bool))


def index(values: Values) -> dict[str, str]:
    """How the numbers would be written, to the question that each belongs to; without those of few digits."""
    table: dict[str, str] = {}
    for question, given in values.items():
        distinct = set(map(abs, _floats(given)))
        least = LEAST_DIGITS + max(0, math.ceil(math.log10(max(1, len(distinct)) / _FEW)))
        for value in distinct:
            if is_telling(value, least):
                table |= dict.fromkeys(_writings(value, least), question)
    return table


def _floats(values: Iterable[float]) -> list[float]:
    """Values as floats, without infinities and integers beyond all floats."""
    return [float(value) for value in values if abs(value) <= sys.float_info.max]


def is_telling(value: float, least: int = LEAST_DIGITS) -> bool:
    """Whether a value has digits enough; a power of two is a size, and no accident either."""
    power = value.is_integer() and value > 0 and math.log2(value).is_integer()
    return significant(value) >= least and not power


def _writings(value: float, least: int) -> list[str]:
    exact = [f"{value:.0f}"] if value.is_integer() else []
    return exact + [f"{value:.{digits - 1}e}" for digits in range(least, MOST_DIGITS + 1)]


def writing(number: Number) -> str:
    """The key of a number in an index: a whole number must be meant exactly, another may be rounded."""
    if number.whole:
        return f"{number.value:.0f}"
    return f"{number.value:.{max(1, min(number.digits, MOST_DIGITS)) - 1}e}"


def stored_values(values: Values, data: bytes) -> dict[str, float]:
    """The questions with a number that stands in bytes as a float of 8 or 4 bytes, with that number."""
    return {
        question: value
        for question, given in values.items()
        for value in _floats(given)
        if is_telling(abs(value)) and any(form in data for form in _bytes(value))
    }


def _bytes(value: float) -> list[bytes]:
    try:
        return [struct.pack("<d", value), struct.pack("<f", value)]
    except OverflowError:  # too large for a float of 4 bytes
        return [struct.pack("<d", value)]
