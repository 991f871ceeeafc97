"""Code of a notebook → tokens without what a copy changes first: names, spaces, comments, texts.

What is not the student's to name stays: keywords, builtins, functions of the template, what is asked of a library.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from pygments.lexers import PythonLexer
from pygments.token import Comment, Literal, Name, String, Text, Whitespace, _TokenType

MAX_SOURCE = 20_000  # characters of a cell; hostile code makes any lexer slow


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is compared, and where it stands in its cell."""

    text: str
    start: int
    end: int


def names_made(sources: Iterable[str]) -> frozenset[str]:
    """The names of functions and classes that code makes, and of the modules that it imports."""
    kinds = (Name.Function, Name.Class, Name.Namespace)
    return frozenset(text for source in sources for _, kind, text in _lex(source) if kind in kinds)


@lru_cache(maxsize=1024)  # many cells are the same in all submissions of a class
def tokens(source: str, known: frozenset[str]) -> tuple[Token, ...]:
    """The tokens of a cell.

    Args:
        known: names that are kept as they are; the others become one and the same.
    """
    found: list[Token] = []
    owner = before = ""  # of ``owner.name``
    for start, kind, text in _lex(source):
        if kind in Text or kind in Whitespace or kind in Comment:
            continue
        found.append(Token(_compared(kind, text, owner if before == "." else None, known), start, start + len(text)))
        if text != ".":
            owner = text
        before = text
    return tuple(found)


def _compared(kind: _TokenType, text: str, owner: str | None, known: frozenset[str]) -> str:
    if kind in String or kind in Literal.String:
        return "S"
    if kind not in Name or kind in Name.Builtin or text in known:
        return text
    return "V" if owner in (None, "self") else text


@lru_cache(maxsize=256)  # the template is asked twice
def _lex(source: str) -> tuple[tuple[int, _TokenType, str], ...]:
    return tuple(_lexer().get_tokens_unprocessed(source[:MAX_SOURCE]))


@cache
def _lexer() -> PythonLexer:
    return PythonLexer()
