"""Code of a notebook → tokens without what a copy changes first: names, spaces, comments, docstrings, texts.

What is not the student's to name stays: keywords, builtins, functions of the template, what is asked of a library.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from pygments.lexers import PythonLexer
from pygments.token import Comment, Name, String, Text, Whitespace, _TokenType, is_token_subtype

NO_CODE = (Text, Whitespace, Comment, String.Doc)
INTRODUCTIONS = ("def ", "class ", "import ", "from ", "@")
MAX_SOURCE = 20_000  # characters of a cell; hostile code makes any lexer slow


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is compared, and where it stands in its cell."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Template:
    """What was handed out: names that it gives (functions, classes, modules), and the lines that introduce them."""

    names: frozenset[str]
    lines: frozenset[str]

    @classmethod
    def of(cls, sources: Sequence[str]) -> "Template":
        """The template that code cells make."""
        kinds = (Name.Function, Name.Class, Name.Namespace)
        names = {text for source in sources for _, kind, text in _lex(source) if kind in kinds}
        lines = {line.strip() for source in sources for line in source.split("\n")}
        return cls(frozenset(names), frozenset(line for line in lines if line.startswith(INTRODUCTIONS)))


@lru_cache(maxsize=1024)  # many cells are the same in all submissions of a class
def tokens(source: str, template: Template) -> tuple[Token, ...]:
    """The tokens of a cell, without the headers that the template gives."""
    found: list[Token] = []
    owner = before = ""  # of ``owner.name``
    handed_out = _headers(source, template)
    for start, kind, text in _lex(source):
        if any(is_token_subtype(kind, other) for other in NO_CODE) or start in handed_out:
            continue
        compared = _compared(kind, text, owner if before == "." else None, template.names)
        found.append(Token(compared, start, start + len(text)))
        if text != ".":
            owner = text
        before = text
    return tuple(found)


def _headers(source: str, template: Template) -> frozenset[int]:
    """The places in a cell that lie in a header of the template."""
    places, start = [], 0
    for line in source.split("\n"):
        if line.strip() in template.lines:
            places.append(range(start, start + len(line)))
        start += len(line) + 1
    return frozenset(place for one in places for place in one)


def _compared(kind: _TokenType, text: str, owner: str | None, known: frozenset[str]) -> str:
    if is_token_subtype(kind, String):
        return "S"
    if not is_token_subtype(kind, Name) or is_token_subtype(kind, Name.Builtin) or text in known:
        return text
    return "V" if owner in (None, "self") else text


@lru_cache(maxsize=256)  # the template is asked twice
def _lex(source: str) -> tuple[tuple[int, _TokenType, str], ...]:
    return tuple(_lexer().get_tokens_unprocessed(source[:MAX_SOURCE]))


@cache
def _lexer() -> PythonLexer:
    return PythonLexer()
