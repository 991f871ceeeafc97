"""Which questions of a built chapter a person marks, read from the notebook that students get.

The cell ids that the build gives (``q8_proof-text-1``) say which question a cell is of, and otter writes the points
under the text. So the master, which takes seconds to read, is not needed.
"""

import json
import re
from typing import Any

from autograder.course import Chapter
from autograder.errors import KitError
from autograder.records.pages.places import first_heading
from autograder.results import ManualQuestion

_ID = re.compile(r"([A-Za-z_][\w-]*?)-(?:text|prompt|answer)-\d+|([A-Za-z_][\w-]*)-response")
_POINTS = re.compile(r"^_Points:_ (\d+(?:\.\d+)?)\s*$", re.MULTILINE)


def manual_questions(chapter: Chapter) -> tuple[ManualQuestion, ...]:
    """The questions of a built chapter that have no tests, in the order of the notebook.

    Raises:
        KitError: the built notebook cannot be read.
    """
    path = chapter.student_notebook
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise KitError(f"{path}: cannot be read as a notebook ({err}): run 'autograder build {chapter.name}'") from err
    texts: dict[str, str] = {}
    for cell in cells:
        if match := _ID.fullmatch(str(cell.get("id", ""))):
            name = match[1] or match[2]
            texts[name] = texts.get(name, "") + (_source(cell) if cell["cell_type"] == "markdown" else "") + "\n"
    judged = {file.stem for file in chapter.tests_dir.glob("*.py")}
    return tuple(_question(name, text) for name, text in texts.items() if name not in judged)


def _question(name: str, text: str) -> ManualQuestion:
    points = _POINTS.search(text)
    return ManualQuestion(name, float(points[1]) if points else None, first_heading(text))


def _source(cell: dict[str, Any]) -> str:
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
