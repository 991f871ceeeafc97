"""An executed submission as nbgrader's notebook: the same cells, and which of them are graded or commented."""

import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.nbgrader_cells import Role, mark, name_of, points_of, role_of
from autograder.records.gradebook.harmless import harmless_cell
from autograder.records.gradebook.locate import Located, locate

if TYPE_CHECKING:
    from nbformat import NotebookNode

MISSING = {
    Role.TESTS: "# The check of this question is not in the submission. Its points stand here.",
    Role.ANSWER: "# The cell for this answer is not in the submission.",
    Role.WRITTEN: "*The cell for this answer is not in the submission.*",
}
MAX_CELLS = 2_000  # shown; no chapter has a tenth of it
_EXECUTED: dict[str, Any] = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@dataclass(frozen=True)
class Marked:
    """A submission, ready for nbgrader.

    Attributes:
        blank: cells for written answers that were left as they were.
        answers: by graded cell, a hash of the answer to it.
    """

    notebook: "NotebookNode"
    blank: frozenset[str]
    answers: dict[str, str]


def marked_notebook(
    source: "NotebookNode", template: "NotebookNode", executed: dict[str, Any] | None, note: str = ""
) -> Marked:
    """Put a submission's cells and nbgrader's metadata together.

    Args:
        source: the chapter in nbgrader's format, which says what is graded.
        template: the students' notebook as it was handed out.
        executed: the submission as it ran; None if it was rejected.
        note: what to say above all cells.
    """
    import nbformat

    cells = (executed or _EXECUTED)["cells"][:MAX_CELLS]
    located = locate(template.cells, cells)
    placed: list[tuple[tuple[int, int], Any]] = []
    for n, cell in enumerate(cells):
        shown = _trusted(cell) if n in located.unchanged else harmless_cell(cell)
        placed.append(((n, 0), nbformat.from_dict(shown | {"id": f"submitted-{n + 1}"})))
    by_place = {place: cell for (place, _), cell in placed}
    at = -1
    for order, cell in enumerate(source.cells, start=1):
        role = role_of(cell)
        at = located.places.get(cell.id, at)
        if role in MISSING:
            target = by_place.get(located.places.get(cell.id, -1))
            if target is None:
                target = _missing(cell, role)
                placed.append(((at, order), target))
            mark(target, role, name_of(cell), points_of(cell) if role.is_graded else None)
    in_order = [cell for _, cell in sorted(placed, key=lambda one: one[0])]
    if note:
        told = harmless_cell({"cell_type": "markdown", "source": note}) | {"id": "note"}
        in_order.insert(0, nbformat.from_dict(told))
    notebook = nbformat.v4.new_notebook(cells=in_order, metadata=dict(source.metadata))
    return Marked(notebook, _blank(template, cells, located), _answers(source, cells, located))


def _trusted(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell of the chapter's own: its text stands, its outputs are the submission's all the same."""
    return harmless_cell(cell) | {"source": cell["source"]}


def _missing(cell: Any, role: Role) -> Any:
    import nbformat

    text = MISSING[role].lstrip("# ") if cell.cell_type == "markdown" else MISSING[role]
    new = nbformat.v4.new_code_cell(text) if cell.cell_type == "code" else nbformat.v4.new_markdown_cell(text)
    new.id = f"missing-{cell.id}"
    return new


def _blank(template: "NotebookNode", cells: list[Any], located: Located) -> frozenset[str]:
    """The written answers that hold nothing but what was handed out."""
    given = {cell.id: cell.source.strip() for cell in template.cells}
    return frozenset(
        name
        for name, places in located.written.items()
        if name in located.places and all(cells[n]["source"].strip() in ("", given[name]) for n in places)
    )


def _answers(source: "NotebookNode", cells: list[Any], located: Located) -> dict[str, str]:
    """By graded cell, a hash of the texts of its question's answer."""
    texts: dict[str, list[str]] = defaultdict(list)
    for cell in source.cells:
        if (role := role_of(cell)) and role.is_answer:
            places = located.written.get(cell.id) or [located.places.get(cell.id, -1)]
            texts[_question(cell.id)] += [cells[n]["source"].strip() for n in places if n >= 0]
    graded = [cell for cell in source.cells if (role := role_of(cell)) and role.is_graded]
    return {
        name_of(cell): hashlib.sha256(json.dumps(texts[_question(cell.id)]).encode()).hexdigest() for cell in graded
    }


def _question(id_: str) -> str:
    return re.sub(r"-(?:check|response|(?:answer|prompt)-\d+)$", "", id_)
