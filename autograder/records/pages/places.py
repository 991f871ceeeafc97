"""Where in a notebook a question stands, as far as its cells tell. Links are made of it, never points."""

import re
from collections.abc import Iterable
from typing import Any

from autograder.results import ManualQuestion

CHECK = re.compile(r"""\.check\(\s*["']([^"'\n]{1,200})["']""")
HEADING = re.compile(r"^#{1,6} +(\S.*)$", re.MULTILINE)

Cells = tuple[int, int]
"""First and last cell, counted from 1."""


def question_cells(notebook: dict[str, Any], manual: Iterable[ManualQuestion] = ()) -> dict[str, Cells]:
    """The cells of each question that can be found: from the heading above its check to the check.

    A question that a person marks has no check: it goes from its heading to the cell before the next one.
    """
    kinds = [(str(cell.get("cell_type")), _source(cell)) for cell in notebook.get("cells", [])]
    found: dict[str, Cells] = {}
    start = 1
    for number, (kind, source) in enumerate(kinds, start=1):
        if kind == "markdown" and HEADING.search(source):
            start = number
        elif kind == "code" and (check := CHECK.search(source)):
            found[check[1]] = (start, number)
            start = number + 1
    headings = [
        number for number, (kind, source) in enumerate(kinds, 1) if kind == "markdown" and first_heading(source)
    ]
    for question in manual:
        for place, number in enumerate(headings):
            if question.heading and first_heading(kinds[number - 1][1]) == question.heading:
                found[question.name] = (number, (headings[place + 1 :] or [len(kinds) + 1])[0] - 1)
    return found


def first_heading(source: str) -> str:
    """The first heading of a Markdown text, or the empty string."""
    match = HEADING.search(source)
    return match[1].rstrip(" #") if match else ""


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source")
    return "".join(map(str, source)) if isinstance(source, list) else str(source or "")
