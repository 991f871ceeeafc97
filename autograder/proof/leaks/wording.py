"""Text made comparable: what stays when white space, quotes, brackets and the way a number is written are gone.

A text becomes its words and signs, one space between them, so that a line of code is found again after otter,
a formatter or JSON has written it anew, and is found as a whole: ``x = 1`` does not stand in ``max = 18``.
"""

import keyword
import math
import re
from collections.abc import Iterator
from typing import NamedTuple

_NUMBER = r"(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(rf"(?<![\w.]){_NUMBER}(?![\w.])|\w+|[^\w\s]")
_DROPPED = set("\"'`(),;\\")
_ALONE = re.compile(rf"(?<![\w.]){_NUMBER}(?!\w|\.\d)")
_THOUSANDS = re.compile(r"(?<=\d)(?:\{,\}|\\,|[,\u2009\u202f])(?=\d{3}(?!\d))")
_PROMPT = re.compile(r"^[\s'\"]*(?:>>>|\.\.\.) ")  # of a doctest
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$")
_IMPORT = re.compile(r"(?:import|from) ")
_SIGNS = set("+-*/%@<>&|^~!")
_KEYWORDS = {*map(str.lower, keyword.kwlist), "self"} - {"true", "false"}


class Number(NamedTuple):
    """A number in a text: as it is written, what it is, how many of its digits are significant."""

    text: str
    value: float
    digits: int

    @property
    def whole(self) -> bool:
        """Whether it is written as an integer."""
        return self.text.isdigit()


def canonical(text: str) -> str:
    """The words, numbers and signs of a text, one space between them; small and capital letters are one."""
    return " ".join(_plain(token) for token in _TOKEN.findall(_unescaped(text).lower()) if token not in _DROPPED)


def _unescaped(text: str) -> str:
    """A line break that is written ``\\n``, as in the source of a string, is one."""
    return text.replace("\\n", "\n")


def _plain(token: str) -> str:
    if not (token[0].isdigit() or (token[0] == "." and len(token) > 1)):
        return token
    try:
        number = float(token)
    except ValueError:
        return token
    return token.lstrip("0") or "0" if token.isdigit() else str(int(number)) if number.is_integer() else repr(number)


def canonical_lines(text: str) -> list[str]:
    """The lines of a text, each canonical, without prompts; empty ones left out."""
    return [line for raw in lines_of(text) if (line := canonical_line(raw))]


def canonical_line(line: str) -> str:
    """One line, canonical, without the prompt of a doctest."""
    return canonical(_PROMPT.sub("", line))


def lines_of(text: str) -> list[str]:
    """The lines of a text; a line break inside a string of code is one, too."""
    return _unescaped(text).splitlines()


def stands_in(piece: str, text: str) -> bool:
    """Whether one canonical text stands in another."""
    return f" {piece} " in f" {text} "


def without_comment(line: str) -> str:
    """A line of code without its comment."""
    return _COMMENT.sub("", line).rstrip()


def comment(line: str) -> str:
    """The comment of a line of code, or nothing."""
    found = _COMMENT.search(line)
    return found[0].lstrip("#! ") if found else ""


def weight(line: str) -> int:
    """How much a canonical line says: its names, numbers and operators; keywords, brackets and imports say nothing."""
    if _IMPORT.match(line):
        return 0
    return sum(token in _SIGNS or (token not in _KEYWORDS and _is_word(token)) for token in line.split())


def _is_word(token: str) -> bool:
    return token[0] == "_" or token[0].isalnum() or len(token) > 1


def runs(lines: list[str], needed: int) -> Iterator[slice]:
    """Where the shortest runs of canonical lines stand that weigh enough to be told from an accident."""
    weights = [weight(line) for line in lines]
    for start in range(len(lines)):
        for end in range(start, len(lines)):
            if sum(weights[start : end + 1]) >= needed:
                if end == start or weights[end] < needed:  # else its last line is a run of its own
                    yield slice(start, end + 1)
                break


def phrases(text: str, least: int, most: int) -> list[str]:
    """Every phrase of ``most`` words in a text, canonical; all of it if it is shorter, but has ``least`` words."""
    tokens = canonical(text).split()
    ends = [n + 1 for n, token in enumerate(tokens) if token[0].isalpha()]
    if len(ends) <= most:
        return [" ".join(tokens)] if len(ends) >= least else []
    return [" ".join(tokens[ends[n] - 1 : ends[n + most - 1]]) for n in range(len(ends) - most + 1)]


def numbers(text: str) -> list[Number]:
    """The numbers that stand alone in a text; ``12,345`` is read both ways."""
    text = _unescaped(text)
    joined = _THOUSANDS.sub("", text)
    found = _ALONE.findall(text) + (_ALONE.findall(joined) if joined != text else [])
    return [_number(written.rstrip(".")) for written in found]


def _number(written: str) -> Number:
    mantissa = re.split("[eE]", written)[0].replace("_", "")
    digits = mantissa.replace(".", "").lstrip("0") if "." in mantissa else mantissa.strip("0")
    return Number(written.replace("_", ""), float(written), len(digits))


def significant(value: float) -> int:
    """How many significant digits a value needs, up to 12."""
    return len(f"{abs(value):.11e}".split("e")[0].replace(".", "").rstrip("0")) if math.isfinite(value) else 0
