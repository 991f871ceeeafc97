"""The words otter assign acts on, and those that only look like them.

Otter ignores a marker it does not recognise, and what it should have hidden is shipped. So every marker must
be written exactly; whatever merely resembles one is found here and refused by the reader of masters.
"""

import re
from difflib import get_close_matches
from enum import Enum, StrEnum
from typing import NamedTuple


class Block(StrEnum):
    """The blocks of a master; their boundaries are raw cells."""

    QUESTION = "QUESTION"
    PROMPT = "PROMPT"
    SOLUTION = "SOLUTION"
    TESTS = "TESTS"


class Boundary(NamedTuple):
    """The raw cell that begins or ends a block."""

    block: Block
    end: bool


class Mark(Enum):
    """A marker on a line of code; the value is the pattern of the whole line."""

    BEGIN_SOLUTION = r"\s*# BEGIN SOLUTION( NO PROMPT)?\s*"
    END_SOLUTION = r"\s*# END SOLUTION\s*"
    SOLUTION = r"\s*[^\s#].*# SOLUTION( NO PROMPT)?\s*"
    BEGIN_PROMPT = r"\s*(\"\"\"|''')\s*# BEGIN PROMPT\s*"
    END_PROMPT = r"\s*(\"\"\"|''');?\s*# END PROMPT\s*"
    SEED = r"\s*[^\s#].*# SEED\s*"
    IGNORE = r"\s*[^\s#].*# IGNORE\s*"
    BEGIN_IGNORE = r"\s*# BEGIN IGNORE\s*"
    END_IGNORE = r"\s*# END IGNORE\s*"
    BEGIN_TEST_CONFIG = r"(\w\s*=\s*)?\"\"\"\s*# BEGIN TEST CONFIG\s*"
    END_TEST_CONFIG = r"\"\"\"\s*# END TEST CONFIG\s*"
    BEGIN_PLUGIN = r"\s*# BEGIN PLUGIN( EXPORT)?\s*"
    END_PLUGIN = r"\s*# END PLUGIN\s*"


PAIRS = {
    Mark.BEGIN_SOLUTION: Mark.END_SOLUTION,
    Mark.BEGIN_PROMPT: Mark.END_PROMPT,
    Mark.BEGIN_IGNORE: Mark.END_IGNORE,
    Mark.BEGIN_TEST_CONFIG: Mark.END_TEST_CONFIG,
    Mark.BEGIN_PLUGIN: Mark.END_PLUGIN,
}
STRIPPING = {
    Mark.BEGIN_SOLUTION,
    Mark.END_SOLUTION,
    Mark.SOLUTION,
    Mark.BEGIN_PROMPT,
    Mark.END_PROMPT,
    Mark.SEED,
}
"""Markers that otter obeys in answer cells only; anywhere else they stay in the student notebook."""

_BOUNDARY = re.compile(r"#\s+(BEGIN|END)\s+(QUESTION|PROMPT|SOLUTION|TESTS)\s*", re.IGNORECASE)
_CONFIG = re.compile(r"#\s+ASSIGNMENT\s+CONFIG\s*", re.IGNORECASE)
_OTTER_IGNORE = re.compile(r"(##\s*ignore\s*##\s*|#\s*ignore\s*)", re.IGNORECASE)  # matched as a prefix by otter

_FIRST = ("BEGIN", "END")
_SECOND = ("QUESTION", "PROMPT", "SOLUTION", "TESTS", "TEST", "IGNORE", "PLUGIN")
_ALONE = ("SOLUTION", "SEED", "IGNORE")
_GLUED = tuple(first + second for first in _FIRST for second in _SECOND)
_ALIKE = 0.75  # catches a letter lost, doubled or changed in the shortest words; "AND" is not yet "END"
_GLUED_ALIKE = 0.9  # "SOLUTION" is not yet "ENDSOLUTION"
_VERY_ALIKE = 0.8  # for single words, which occur in honest comments too


def boundary(source: str) -> Boundary | None:
    """The block boundary that a raw cell is, or None."""
    match = _BOUNDARY.fullmatch(first_line(source))
    return Boundary(Block(match[2].upper()), match[1].upper() == "END") if match else None


def is_config(source: str) -> bool:
    """Whether a raw cell is the assignment config."""
    return bool(_CONFIG.fullmatch(first_line(source)))


def ignores_cell(source: str) -> bool:
    """Whether otter leaves out the whole cell, as it does if the first line *starts* with ``# ignore``."""
    return bool(_OTTER_IGNORE.match(first_line(source)))


def says_ignore(source: str) -> bool:
    """Whether the first line is the ignore marker and nothing else."""
    return bool(_OTTER_IGNORE.fullmatch(first_line(source)))


def first_line(source: str) -> str:
    """The first line of a cell."""
    return source.split("\n", 1)[0].rstrip("\r")


def mark_of(line: str) -> Mark | None:
    """The marker on a line of code, or None."""
    return next((mark for mark in Mark if re.fullmatch(mark.value, line)), None)


def near_miss(line: str, in_prose: bool = False) -> str | None:
    """The marker that a line resembles without being it, or None.

    Args:
        line: one line of a cell that `mark_of` does not know.
        in_prose: the line is Markdown, where a heading such as "# Solution" is honest.
    """
    code, *comments = line.split("#")
    for comment in comments:
        words = re.findall(r"[^\W\d_]+", comment)
        found = _phrase(words) or (None if in_prose else _word(words, comment, bool(code.strip())))
        if found:
            return f"# {found}"
    return None


def is_alike(word: str, known: str) -> bool:
    """Whether a word is the known one or a misspelling of it, in any case."""
    return bool(get_close_matches(word.upper(), [known], 1, _VERY_ALIKE))


def _phrase(words: list[str]) -> str | None:
    upper = [word.upper() for word in words]
    if upper and (glued := get_close_matches(upper[0], _GLUED, 1, _GLUED_ALIKE)):
        return next(f"{first} {glued[0].removeprefix(first)}" for first in _FIRST if glued[0].startswith(first))
    if len(upper) < 2:
        return None
    if _like(upper[0], ("ASSIGNMENT",)) and _like(upper[1], ("CONFIG",)):
        return "ASSIGNMENT CONFIG"
    first, second = _like(upper[0], _FIRST), _like(upper[1], _SECOND)
    if not first or not second:
        return None
    return f"{first} TEST CONFIG" if second == "TEST" and len(upper) > 2 else f"{first} {second}"


def _word(words: list[str], comment: str, after_code: bool) -> str | None:
    """A one-word marker; only shouting, or standing quite alone, tells it from an honest comment."""
    if not words:
        return None
    shouted = words[0].isupper() and (after_code or len(words) == 1)
    if shouted and (like := get_close_matches(words[0], _ALONE, 1, _VERY_ALIKE)):
        return like[0]
    alone = comment.strip(" \t.:!").upper()
    return alone if alone in _ALONE else None


def _like(word: str, known: tuple[str, ...]) -> str | None:
    swapped = next((one for one in known if sorted(one) == sorted(word)), None)
    return swapped or next(iter(get_close_matches(word, known, 1, _ALIKE)), None)
