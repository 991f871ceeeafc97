"""Which chapter and course a folder of results belongs to."""

from collections.abc import Iterable
from pathlib import Path

from autograder.course import COURSE_FILE, Course, find_course
from autograder.errors import KitError
from autograder.records.scores.scores import Kept


def chapter_of(kept: Iterable[Kept], out: Path) -> str:
    """The chapter that all results are of.

    Raises:
        KitError: there are none, or of several chapters.
    """
    chapters = sorted({one.result.chapter for one in kept} - {""})
    if len(chapters) != 1:
        raise KitError(f"{out}: expected the results of one chapter, found {', '.join(chapters) or 'none'}")
    return chapters[0]


def course_of(folder: Path, chapter: str) -> Course | None:
    """The course at or above a folder that has the chapter; None for an autograder zip, which belongs to none.

    Raises:
        KitError: its ``course.toml`` cannot be read.
    """
    start = folder.resolve()
    if not any((place / COURSE_FILE).is_file() for place in (start, *start.parents)):
        return None
    course = find_course(folder)
    return course if chapter in course.chapter_names else None
