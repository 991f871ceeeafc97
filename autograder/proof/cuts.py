"""Notebooks of trials: an answer with as much of the solution around it as it needs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from autograder.authoring.notebooks import answer_cells
from autograder.authoring.reference import names_read, reference_source

if TYPE_CHECKING:
    from nbformat import NotebookNode

Cells = tuple[str, ...]
"""The sources of code cells."""


def whole(notebook: "NotebookNode") -> Cells:
    """All code cells of a notebook."""
    return tuple(cell.source for cell in notebook.cells if cell.cell_type == "code")


def answer_source(solution: "NotebookNode", question: str) -> str:
    """The code of the solution's own answer to a question; empty where it has none."""
    cells = [solution.cells[place] for place in answer_cells(solution, question)]
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "code")


def with_answer(solution: "NotebookNode", question: str, answer: str) -> Cells:
    """The solution's cells up to a question, then an answer."""
    return (*_before(solution, question), answer)


def cut_down(solution: "NotebookNode", question: str, answer: str, asked: Iterable[str]) -> Cells:
    """What an answer needs of the solution's cells before the question, then the answer.

    Args:
        asked: the names that the question's tests take.

    Raises:
        SyntaxError: the answer is not Python, even with the magics of IPython.
    """
    context = reference_source(_before(solution, question), [], names_read(answer) | set(asked))
    return (context, answer) if context else (answer,)


def _before(solution: "NotebookNode", question: str) -> list[str]:
    first = answer_cells(solution, question)[0]
    return [cell.source for cell in solution.cells[:first] if cell.cell_type == "code"]
