"""Read a master and refuse every mistake that would ship an answer or grade nothing.

A master is a notebook, as text (jupytext percent format) or as ``.ipynb``, in the format of otter assign.
Otter passes over what it does not understand; here the same thing stops the build, because a misspelt marker
is an answer in the students' hands. So `read_master` returns a master without any known mistake, or raises.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from autograder.authoring import lint, markers, settings
from autograder.authoring.blocks import place_cells
from autograder.authoring.markers import Block, Boundary
from autograder.authoring.model import Cell, Master, Question, TestCell
from autograder.authoring.quiet import load_otter
from autograder.errors import AuthoringError

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Cell", "Master", "Question", "TestCell", "read_master"]


def read_master(path: Path) -> Master:
    """Read a master and check it.

    Raises:
        AuthoringError: it cannot be read, or breaks a rule; says which cell and what to do.
    """
    load_otter()
    notebook = _read_notebook(path)
    cells = place_cells(_expand(path, notebook.cells))
    config = settings.assignment_config(path, _config_cell(cells))
    master = Master(path, notebook, config, tuple(_questions(cells)), tuple(cells))
    lint.check(master)
    return master


def _read_notebook(path: Path) -> "NotebookNode":
    import jupytext
    import nbformat

    try:
        is_notebook = path.suffix == ".ipynb"
        notebook: NotebookNode = (
            nbformat.read(path, as_version=4) if is_notebook else jupytext.read(path, fmt="py:percent")
        )
    except FileNotFoundError:
        raise AuthoringError("no such master: write it, or correct the chapter's name", path) from None
    except Exception as err:  # whatever a parser of foreign files may raise
        raise AuthoringError(f"cannot be read as a notebook ({err}): save it from Jupyter anew", path) from err
    return notebook


def _expand(path: Path, nodes: "list[NotebookNode]") -> list[Cell]:
    """The cells, with otter's fenced Markdown markers turned into the raw cells they stand for."""
    from otter.assign.blocks import extract_all_fenced_otter_cells
    from otter.assign.utils import AssignNotebookFormatException

    cells = []
    for number, node in enumerate(nodes, start=1):
        try:
            parts = extract_all_fenced_otter_cells([node]) if node.cell_type == "markdown" else [node]
        except AssignNotebookFormatException:
            raise AuthoringError("a ```otter fence is not closed: add ```", path, None, number) from None
        cells += [Cell(path, number, part.cell_type, _text(part), part) for part in parts]
    return cells


def _text(node: "NotebookNode") -> str:
    return node.source if isinstance(node.source, str) else "".join(node.source)


def _config_cell(cells: list[Cell]) -> Cell | None:
    found = [c for c in cells if c.kind == "raw" and not c.ignored and markers.is_config(c.source)]
    if len(found) > 1:
        raise found[1].mistake(f"a second assignment config (the first is cell {found[0].number}): merge them")
    return found[0] if found else None


def _questions(cells: list[Cell]) -> list[Question]:
    inside = [cell for cell in cells if cell.question is not None and not cell.ignored]
    begins: dict[str, Cell] = {}
    for cell in inside:
        if cell.kind == "raw" and markers.boundary(cell.source) == Boundary(Block.QUESTION, end=False):
            name = str(cell.question)
            if name in begins:
                raise cell.mistake(f"the question of cell {begins[name].number} has this name: rename one")
            begins[name] = cell
    return [
        settings.read_question(begin, [cell for cell in inside if cell.question == name])
        for name, begin in begins.items()
    ]
