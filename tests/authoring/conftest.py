"""A small course whose only chapter is the good master, whole or with one defect."""

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course import Chapter, read_course

GOOD = (Path(__file__).parent / "masters" / "good.py.txt").read_text(encoding="utf-8")
NAME = "01_sample"


@pytest.fixture
def good() -> str:
    """The text of a master without a mistake."""
    return GOOD


@pytest.fixture
def make_chapter(tmp_path: Path) -> Callable[[str], Chapter]:
    """Make a course with one chapter of a given master text."""

    def make(text: str = GOOD, root: Path = tmp_path / "course") -> Chapter:
        folder = root / "assignments" / NAME
        folder.mkdir(parents=True, exist_ok=True)
        (root / "course.toml").write_text(f'title = "T"\nchapters = ["{NAME}"]\n', encoding="utf-8")
        (folder / "master.py").write_text(text, encoding="utf-8")
        return read_course(root).chapter(NAME)

    return make


@pytest.fixture
def chapter(make_chapter: Callable[[str], Chapter]) -> Chapter:
    """The chapter of the good master."""
    return make_chapter(GOOD)
