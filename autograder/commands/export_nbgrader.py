"""The ``export nbgrader`` command."""

from pathlib import Path

from autograder.authoring.nbgrader_source import release_notebook, source_notebook
from autograder.authoring.notebooks import write
from autograder.commands.talk import TALK, write_text
from autograder.course import Chapter, find_course
from autograder.errors import KitError
from autograder.records.gradebook.nbgrader_course import copy_chapter_files, prepare_course_dir


def run_export_nbgrader(course: Path, chapters: tuple[str, ...], course_dir: Path, force: bool) -> int:
    """Write ``source/`` and ``release/`` of chapters in nbgrader's format; exit code 0."""
    found = find_course(course)
    chosen = [found.chapter(name) for name in chapters or found.chapter_names]
    told = prepare_course_dir(course_dir)
    for chapter in chosen:
        with TALK.status(f"converting {chapter.name}"):
            versions = convert(chapter)
        for part, text in versions.items():
            print(write_version(chapter, course_dir / part, text, force))
    if told:
        TALK.print(told, soft_wrap=True, markup=False, highlight=False)
    return 0


def convert(chapter: Chapter) -> dict[str, str]:
    """The notebooks of a chapter in nbgrader's format, by the folder that they go to.

    Raises:
        KitError: the chapter is not built, or cannot be converted.
    """
    source = source_notebook(chapter)
    return {"source": write(source), "release": write(release_notebook(source))}


def write_version(chapter: Chapter, folder: Path, text: str, force: bool = True) -> Path:
    """Write a notebook, and the files that belong beside it, to ``FOLDER/CHAPTER``.

    Raises:
        KitError: another version is there and ``force`` does not say to replace it, or it cannot be written.
    """
    file = folder / chapter.name / f"{chapter.name}.ipynb"
    if not force and file.is_file() and file.read_text(encoding="utf-8") != text:
        raise KitError(f"{file} is there and differs from what would be written: add --force to replace it")
    write_text(file, text)
    copy_chapter_files(chapter, file.parent)
    return file
