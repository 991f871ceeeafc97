"""The folder in which nbgrader works: its configuration, and where its gradebook may lie."""

import re
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from autograder.course import Chapter, Course
from autograder.errors import KitError
from autograder.records.gradebook.marking import CONFIG_LINE

CONFIG_FILE = "nbgrader_config.py"

CONFIG = """\
# For nbgrader, in the folder that it is started in. Written once by autograder; yours to change.
c = get_config()  # noqa: F821

# The folder that this file lies in, wherever a command or a notebook server is started.
from pathlib import Path

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
{database}
# Formgrader, and nothing else, shows model answer and rubric above each written answer.
{line}
"""


def prepare_course_dir(folder: Path, database: str | None = None) -> str:
    """Make nbgrader's course folder, with a configuration if it has none.

    Args:
        database: URL of the gradebook; None for nbgrader's own place, ``gradebook.db`` in the folder.

    Returns:
        What to tell the user about the configuration, or nothing.

    Raises:
        KitError: it cannot be written.
    """
    config = folder / CONFIG_FILE
    told = f"\nc.CourseDirectory.db_url = {database!r}\n" if database else ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not config.exists():
            config.write_text(CONFIG.format(line=CONFIG_LINE, database=told), encoding="utf-8")
            config.chmod(0o600)  # a URL may hold a password
        text = config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise KitError(f"{config}: cannot be read or written ({err}): check its permissions") from err
    lines = [CONFIG_LINE] if CONFIG_LINE not in text else []
    lines += [told.strip()] if database and database not in text else []
    return f"{config} is yours and stays as it is; it lacks: {'; '.join(lines)}" if lines else ""


def refuse_visible(file: Path, course: Course) -> None:
    """Refuse a place for the gradebook that submissions could read.

    Raises:
        KitError: it lies among what students or their submissions get to see.
    """
    visible = [course.root / part for part in ("assignments", "student", "solutions", "examples")]
    visible += [Path(sys.prefix), Path(sys.base_prefix)]
    for folder in visible:
        if file.absolute().resolve().is_relative_to(folder.resolve()):
            raise KitError(
                f"{file}: the gradebook would lie in {folder}, which submissions may see: "
                "choose a course folder or --db outside it"
            )


def copy_chapter_files(chapter: Chapter, target: Path) -> None:
    """Copy what students get beside a chapter's notebook, such as ``data/``."""
    ignored = shutil.ignore_patterns(chapter.student_notebook.name, "tests", ".*", "__pycache__")
    shutil.copytree(chapter.student_notebook.parent, target, ignore=ignored, dirs_exist_ok=True)


def is_folder_name(student: str) -> bool:
    """Whether nbgrader can have a folder for a student of that id, and a page can show it."""
    return re.fullmatch(r"(?!\.)[^\x00-\x1f/\\<>&\"'*?\[\]{}]{1,120}(?<! )", student) is not None


def write_submission(folder: Path, student: str, chapter: str, notebook: str, submitted: datetime | None) -> None:
    """Write a graded notebook to where formgrader looks for it, and the time of submission beside it.

    The folder in ``submitted/`` says that there is a submission. It holds no notebook: formgrader's button for
    autograding would run it, without a wall and over the scores that are there.

    Raises:
        KitError: it cannot be written.
    """
    try:
        for part in ("submitted", "autograded"):
            place = folder / part / student / chapter
            place.mkdir(parents=True, exist_ok=True)
            if submitted:
                _write_whole(place / "timestamp.txt", f"{submitted.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC\n")
        _write_whole(folder / "autograded" / student / chapter / f"{chapter}.ipynb", notebook)
    except OSError as err:
        raise KitError(f"{folder}: cannot be written ({err}): check its permissions, then run this again") from err


def _write_whole(path: Path, text: str) -> None:
    """Write a file that is whole at any time; nbgrader makes its own read-only, so the old one is replaced."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8", errors="replace")
    part.replace(path)
