"""What was handed out of a chapter, to hold a notebook against; where it is not at hand, the notebook must do."""

import json
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course import Chapter
from autograder.errors import KitError
from autograder.grading.notebook import Refused, Rejection, parse_notebook
from autograder.grading.opening import ARCHIVE, LIMITS, read_bytes

FILE_NAME = re.compile(r"\w[\w.-]{0,199}")


@dataclass(frozen=True)
class Handout:
    """A chapter as students get it.

    Attributes:
        folder: the notebook and what belongs beside it.
        data: the notebook.
        tests: the public tests, by question.
    """

    name: str
    folder: Path
    data: bytes
    tests: Mapping[str, str]


def is_bundle(told: str) -> bool:
    """Whether what was given as the chapter is the zip that students get."""
    return told.lower().endswith(ARCHIVE)


def chapter_handout(chapter: Chapter) -> Handout:
    """What students get of a chapter of the course.

    Raises:
        KitError: it is not built.
    """
    if not chapter.student_notebook.is_file():
        raise KitError(f"{chapter.student_notebook} is not there: run 'autograder build {chapter.name}' first")
    return _handout(chapter.student_notebook.parent, chapter.student_notebook.read_bytes(), chapter.name)


@contextmanager
def bundle_handout(bundle: Path) -> Iterator[Handout]:
    """What is in a zip that students get, unpacked for as long as the context lasts.

    Raises:
        KitError: it cannot be read, or holds no notebook.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-bundle-") as folder:
        try:
            data = read_bytes(bundle, LIMITS, bundle.stem)
            with zipfile.ZipFile(bundle) as archive:
                archive.extractall(folder)
        except (OSError, Refused, zipfile.BadZipFile) as err:
            raise KitError(f"{bundle}: cannot be read ({err}): give the zip that 'autograder release' wrote") from err
        yield _handout(Path(folder), data, bundle.stem)


def _handout(folder: Path, data: bytes, name: str) -> Handout:
    notebook = parse_notebook(data)
    if isinstance(notebook, Rejection):
        raise KitError(f"{name} was handed out as something that is no notebook: {notebook.reason}")
    return Handout(notebook.assignment_name or name, folder, data, tests_of(data, folder))


def tests_of(data: bytes, folder: Path) -> dict[str, str]:
    """The test files that a notebook has in its metadata, else those that lie beside it, by question.

    Args:
        data: a notebook that was parsed without complaint.
    """
    metadata = json.loads(data).get("metadata")
    otter = metadata.get("otter") if isinstance(metadata, dict) else None
    told = otter.get("tests") if isinstance(otter, dict) else None
    if isinstance(told, dict) and told:
        return {name: _test_file(test) for name, test in told.items() if FILE_NAME.fullmatch(name)}
    files = sorted((folder / "tests").glob("*.py"))
    return {file.stem: file.read_text(encoding="utf-8") for file in files if file.stem != "__init__"}


def _test_file(test: Any) -> str:
    """A test of the metadata as a file: a source as it is, one in OK format as data."""
    return test if isinstance(test, str) else f"OK_FORMAT = True\n\ntest = {test!r}\n"
