"""What a notebook still lacks, told from its cells alone: nothing is run for that."""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.authoring.syntax import parse_cell
from autograder.grading.notebook import Cell, CellKind, Notebook
from autograder.records.pages.places import CHECK

ANSWER_TAG = "otter_answer_cell"
TO_BE_REPLACED = "_Type your answer here, replacing this text._"  # as otter writes it
BUILT_ID = re.compile(r"(.+)-(?:answer-\d+|prompt-\d+|response)")


@dataclass(frozen=True)
class Gap:
    """A cell that waits for an answer; the question is empty where the cell does not tell."""

    cell: int
    question: str
    written: bool


def checks_of(notebook: Notebook) -> dict[str, int]:
    """The cell in which each question is checked last, by its index."""
    return {name: cell.index for cell in notebook.cells for name in _checks(cell)}


def _checks(cell: Cell) -> list[str]:
    return [*CHECK.findall(cell.source), *cell.checks] if cell.kind is CellKind.CODE and not cell.ignored else []


def gaps(notebook: Notebook, data: bytes) -> Iterator[Gap]:
    """Cells that still have the ``...``, or the text, that an answer was to replace.

    Args:
        data: the file that the notebook was read from.
    """
    marks = _marks(data)
    code = [cell.index for cell in notebook.cells if cell.kind is CellKind.CODE]
    tagged = {index for index in code if marks.get(index, ("", False))[1]}
    below = _question_below(notebook.cells)
    for cell in notebook.cells:
        question = marks.get(cell.index, ("", False))[0] or below.get(cell.index, "")
        if TO_BE_REPLACED in cell.source:
            yield Gap(cell.index, question, True)
        elif cell.kind is CellKind.CODE and (cell.index in tagged or not tagged) and _has_ellipsis(cell.source):
            yield Gap(cell.index, question, False)


def _marks(data: bytes) -> dict[int, tuple[str, bool]]:
    """For each cell the question in its id, and whether otter marked it for an answer."""
    found: dict[int, tuple[str, bool]] = {}
    cells = json.loads(data).get("cells")
    for index, cell in enumerate(cells if isinstance(cells, list) else []):
        if isinstance(cell, dict):
            built = BUILT_ID.fullmatch(str(cell.get("id")))
            metadata = cell.get("metadata")
            tags = metadata.get("tags") if isinstance(metadata, dict) else None
            question = built[1] if built else ""
            found[index] = (question, bool(question) or (isinstance(tags, list) and ANSWER_TAG in tags))
    return found


def _question_below(cells: Iterable[Cell]) -> dict[int, str]:
    """The question that is checked first at or below each cell."""
    found, question = {}, ""
    for cell in reversed([*cells]):
        question = next(iter(_checks(cell)), question)
        found[cell.index] = question
    return found


def _has_ellipsis(source: str) -> bool:
    """Whether code has a ``...`` that stands for something to come, and is no part of an index."""
    try:
        tree = parse_cell(source)
    except SyntaxError:
        return False  # running it tells
    indices = {id(part) for node in ast.walk(tree) if isinstance(node, ast.Subscript) for part in ast.walk(node.slice)}
    return any(isinstance(n, ast.Constant) and n.value is ... and id(n) not in indices for n in ast.walk(tree))
