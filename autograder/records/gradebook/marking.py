"""What a person who marks written answers sees in formgrader, and nobody else sees anywhere.

The notebooks in ``autograded/`` never hold a model answer, so nothing that is made of them can give it away. It is
put in when formgrader shows a submission, from the instructor's version in ``source/``.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.preprocessors import Preprocessor

from autograder.nbgrader_cells import Role, name_of, role_of

if TYPE_CHECKING:
    from nbformat import NotebookNode

CONFIG_LINE = 'c.HTMLExporter.preprocessors = ["autograder.records.gradebook.marking.ShowModelAnswers"]'
HEADING = "**For the person who marks: model answer and rubric.** Students do not see this."


class ShowModelAnswers(Preprocessor):
    """Puts the model answer in front of each written answer, in the pages of formgrader only."""

    def preprocess(self, nb: "NotebookNode", resources: dict[str, Any]) -> tuple["NotebookNode", dict[str, Any]]:
        """Add the cells if formgrader asked; ``submission_id`` is what it alone puts into the resources."""
        if "submission_id" in resources:
            folder = Path(resources["metadata"]["path"])  # COURSE/autograded/STUDENT/CHAPTER
            source = folder.parents[2] / "source" / folder.name / f"{resources['metadata']['name']}.ipynb"
            nb.cells = _with_answers(nb.cells, model_answers(source))
        return nb, resources


def model_answers(source: Path) -> dict[str, str]:
    """The text of each written answer in an instructor's version, by the name of its cell."""
    import nbformat

    if not source.is_file():
        return {}
    cells = nbformat.read(source, as_version=4).cells
    return {name_of(cell): cell.source for cell in cells if role_of(cell) is Role.WRITTEN}


def _with_answers(cells: list["NotebookNode"], answers: dict[str, str]) -> list["NotebookNode"]:
    import nbformat

    shown = []
    for cell in cells:
        if role_of(cell) is Role.WRITTEN and (answer := answers.get(name_of(cell))):
            quoted = "\n".join(f"> {line}".rstrip() for line in [HEADING, "", *answer.splitlines()])
            shown.append(nbformat.v4.new_markdown_cell(quoted))
        shown.append(cell)
    return shown
