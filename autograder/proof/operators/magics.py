"""Notebook syntax set aside, so that the rest of a cell can be read as Python and be put together again."""

import re

from autograder.authoring.syntax import parse_code

_CELL_MAGIC = re.compile(r"^%%", re.MULTILINE)


def hide(source: str) -> tuple[str, dict[str, str]]:
    """Source in which each magic, shell line or question mark is a name, and what each of these lines was.

    The lines keep their numbers. A cell magic takes everything below it along.

    Raises:
        SyntaxError: it is not Python, even without them.
    """
    try:
        parse_code(source)
        return source, {}
    except SyntaxError:
        hidden, originals = _hidden(source)
        parse_code(hidden)
        return hidden, originals


def restore(source: str, originals: dict[str, str]) -> str:
    """The source with the hidden lines as they were."""
    for placeholder, original in originals.items():
        source = source.replace(placeholder, original)
    return source


def _hidden(source: str) -> tuple[str, dict[str, str]]:
    from IPython.core.inputtransformer2 import TokenTransformBase, TransformerManager, make_tokens_by_line

    originals: dict[str, str] = {}
    begin = cell_magic.start() if (cell_magic := _CELL_MAGIC.search(source)) else len(source)
    lines = source[:begin].splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    kinds: list[type[TokenTransformBase]] = TransformerManager().token_transformers
    while found := [one for kind in kinds if (one := kind.find(make_tokens_by_line(lines)))]:
        first = min(found, key=lambda one: one.sortby())
        start = first.start_line
        end = start + 1 + len(lines) - len(first.transform(list(lines)))  # it makes one line of them
        lines[start:end] = [_set_aside("".join(lines[start:end]), originals)]
    rest = source[begin:]
    return "".join(lines) + (_set_aside(rest, originals) if rest else ""), originals


def _set_aside(text: str, originals: dict[str, str]) -> str:
    """A line that stands for the text, with as many line ends."""
    indent = text[: len(text) - len(text.lstrip(" \t"))]
    placeholder = f"{indent}__magic_{len(originals)}__" + "\n" * text.count("\n")
    originals[placeholder] = text
    return placeholder
