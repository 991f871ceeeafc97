"""Pairs to look at, as one page: a ranked table, then each pair with both sides and what they have in common marked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from jinja2 import Template
from markupsafe import Markup, escape

from autograder.records.pages.page import page_environment
from autograder.records.plain_text import plain
from autograder.records.similarity.pairs import Compared, Pair, Side

MAX_SIDE = 40_000  # characters of code of one side of a pair


@dataclass(frozen=True)
class SideView:
    """One side of a pair, ready to be shown; ``cells`` has number and code of those with something in common."""

    name: str
    percent: int
    cells: list[tuple[int, Markup]]
    cells_left_out: int


@dataclass(frozen=True)
class PairView:
    """A pair with its place in the page."""

    anchor: str
    left: SideView
    right: SideView
    tokens: int


def render_similarity(
    compared: Compared, cells: Mapping[str, Sequence[str]], chapter: str, title: str, has_template: bool
) -> str:
    """The page: self-contained, no script, nothing loaded from anywhere.

    Args:
        cells: sources of the code cells, by submission.
        title: of the course.
        has_template: whether code that was handed out is known, and left out.
    """
    views = [_pair_view(number, pair, cells) for number, pair in enumerate(compared.pairs, start=1)]
    return _template().render(
        compared=compared, pairs=views, chapter=chapter, title=title, has_template=has_template
    )  # fmt: skip


def _pair_view(number: int, pair: Pair, cells: Mapping[str, Sequence[str]]) -> PairView:
    left, right = (_side_view(side, cells[side.submission]) for side in (pair.left, pair.right))
    return PairView(f"pair-{number}", left, right, pair.tokens)


def _side_view(side: Side, cells: Sequence[str]) -> SideView:
    shown, size, left_out = list[tuple[int, Markup]](), 0, 0
    for number, passages in groupby(side.passages, key=lambda passage: passage.cell):
        size += len(cells[number])
        if size > MAX_SIDE and shown:
            left_out += 1
        else:
            spans = [(passage.start, passage.end) for passage in passages]
            shown.append((number + 1, Markup().join(_marked(cells[number][:MAX_SIDE], spans))))
    return SideView(side.submission, side.percent, shown, left_out)


def _marked(source: str, spans: list[tuple[int, int]]) -> Iterator[Markup]:
    """A cell with marks around its passages; all of it is escaped."""
    done = 0
    for start, end in spans:
        yield escape(plain(source[done:start]))
        yield Markup("<mark>{}</mark>").format(plain(source[start:end]))
        done = end
    yield escape(plain(source[done:]))


@cache
def _template() -> Template:
    return page_environment(["similarity.css"]).get_template("similarity.html")
