"""A small chapter with tests and a written answer, and a class that handed it in."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tides import CHAPTER, answered, grade, gradebook_of, write_class

from autograder.authoring.build import build
from autograder.course import Chapter, read_course


@pytest.fixture(scope="session")
def tides(tmp_path_factory: pytest.TempPathFactory) -> Chapter:
    """The chapter, built."""
    root = tmp_path_factory.mktemp("tides")
    folder = root / "assignments" / CHAPTER
    folder.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("tides.py.txt"), folder / "master.py")
    (root / "course.toml").write_text(f'title = "Tides"\nchapters = ["{CHAPTER}"]\n', encoding="utf-8")
    course = read_course(root)
    build(course)
    return course.chapter(CHAPTER)


@pytest.fixture(scope="session")
def graded(tides: Chapter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the class; beside them are the submissions."""
    folder = tmp_path_factory.mktemp("graded")
    write_class(tides, folder / "class")
    grade(tides, folder / "class", folder / "out")
    return folder / "out"


@pytest.fixture(scope="session")
def regraded(graded: Path, tides: Chapter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a regrade, after ada wrote another answer and bo corrected the code."""
    folder = tmp_path_factory.mktemp("regraded") / "later"
    shutil.copytree(graded.parent, folder)
    nbformat.write(answered(tides, "I think it is the sun."), folder / "class/ada.ipynb")
    nbformat.write(answered(tides, None), folder / "class/bo.ipynb")
    grade(tides, folder / "class", folder / "out", "--regrade")
    return folder / "out"


@pytest.fixture(scope="session", autouse=True)
def plain_path() -> Iterator[None]:
    """The command finds what nbgrader calls by name without the environment's folder on the path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/usr/bin:/bin")
        yield


@pytest.fixture(scope="session")
def first(graded: Path, tides: Chapter, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """nbgrader's folder with the class in it, and the scores that the command printed."""
    folder = tmp_path_factory.mktemp("first") / "nbgrader"
    return folder, gradebook_of(tides, graded, folder)


@pytest.fixture
def book(first: tuple[Path, list[dict[str, Any]]], tmp_path: Path) -> Path:
    """A copy of that folder for a test to change."""
    return Path(shutil.copytree(first[0], tmp_path / "nbgrader"))


@pytest.fixture
def scores(first: tuple[Path, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """The scores of the class, by student."""
    return {row["student"]: row for row in first[1]}
