"""What is graded: the test files, settings and data of a chapter or of any otter autograder zip."""

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.course import Chapter
from autograder.errors import KitError

MAX_ZIP_MB = 512
OTTER_CONFIG = "otter_config.json"


@dataclass(frozen=True)
class Assignment:
    """An assignment as the grader needs it.

    Attributes:
        name: for tables and results.
        assignment_name: what a notebook of this assignment says in its metadata; None accepts any.
        tests_dir: one otter test file per question.
        files_dir: files that a submission finds beside it, or None.
        seed, seed_variable: otter's settings of that name; None where the assignment has none.
        points_possible, score_threshold: otter's settings of that name.
    """

    name: str
    assignment_name: str | None
    tests_dir: Path
    files_dir: Path | None = None
    seed: int | None = None
    seed_variable: str | None = None
    points_possible: float | None = None
    score_threshold: float | None = None

    @property
    def test_files(self) -> list[Path]:
        """The test files in the order in which people count: q2 before q10."""
        return sorted(self.tests_dir.glob("*.py"), key=lambda path: _counted(path.stem))

    def scaled(self, score: float, max_score: float) -> tuple[float, float]:
        """Score and maximum after otter's ``points_possible`` and ``score_threshold``."""
        share = score / max_score if max_score else 0.0
        total = max_score if self.points_possible is None else self.points_possible
        if self.score_threshold is not None:
            return (total if share >= self.score_threshold else 0.0), total
        return (share * total if self.points_possible is not None else score), total


def _copy_data(chapter: Chapter, files: Path) -> None:
    """What students get beside the notebook: data, figures, helper modules."""
    folder, notebook = chapter.student_notebook.parent, chapter.student_notebook.name
    if folder.is_dir() and any(path.name not in (notebook, "tests") for path in folder.iterdir()):
        shutil.copytree(folder, files, ignore=shutil.ignore_patterns(notebook, "tests", ".*"))


def _counted(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


@contextmanager
def chapter_assignment(chapter: Chapter) -> Iterator[Assignment]:
    """A built chapter of the course, copied: a build in mid-batch does not change the tests of half a class.

    Raises:
        KitError: the chapter is not built.
    """
    if not chapter.tests_dir.is_dir() or not any(chapter.tests_dir.glob("*.py")):
        raise KitError(f"{chapter.tests_dir} holds no tests: run 'autograder build {chapter.name}' first")
    with tempfile.TemporaryDirectory(prefix="autograder-chapter-") as folder:
        root = Path(folder)
        shutil.copytree(chapter.tests_dir, root / "tests")
        _copy_data(chapter, root / "files")
        settings = _read_settings(chapter.solution_dir / OTTER_CONFIG)
        yield _assignment(chapter.name, root / "tests", root / "files", settings, chapter.name)


@contextmanager
def zip_assignment(path: Path) -> Iterator[Assignment]:
    """An otter autograder zip, unpacked into a temporary folder for as long as the context lasts.

    Raises:
        KitError: not a zip, or not one that otter made for Python; says what is missing.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-zip-") as folder:
        root = Path(folder)
        _unpack(path, root)
        if not (root / "tests").is_dir() or not any((root / "tests").glob("*.py")):
            raise KitError(f"{path} is no otter autograder zip: it has no tests/*.py; make one with otter assign")
        settings = _read_settings(root / OTTER_CONFIG)
        yield _assignment(path.stem, root / "tests", root / "files", settings, settings.get("assignment_name"))


def _assignment(name: str, tests: Path, files: Path, settings: dict[str, Any], told_name: str | None) -> Assignment:
    for key in ("grade_from_log", "plugins"):
        if settings.get(key):
            raise KitError(f"{name}: the otter setting {key!r} is not supported; take it out of {OTTER_CONFIG}")
    if settings.get("lang", "python") != "python":
        raise KitError(f"{name}: an assignment in {settings['lang']!r}; only Python is graded")
    kept = {key: settings.get(key) for key in ("seed", "seed_variable", "points_possible", "score_threshold")}
    return Assignment(name, told_name, tests, files if files.is_dir() else None, **kept)


def _read_settings(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise KitError(f"{path.name} cannot be read as JSON ({err})") from err
    if not isinstance(settings, dict):
        raise KitError(f"{path.name} must hold settings by name, found {type(settings).__name__}")
    return settings


def _unpack(path: Path, root: Path) -> None:
    """Unpack what is needed of an autograder zip; names that lead outside are refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_ZIP_MB * 2**20:
                raise KitError(f"{path} unpacks to more than {MAX_ZIP_MB} MB")
            for entry in archive.infolist():
                parts = PurePosixPath(entry.filename).parts
                if not entry.is_dir() and (parts[0] in ("tests", "files") or entry.filename == OTTER_CONFIG):
                    if ".." in parts or PurePosixPath(entry.filename).is_absolute():
                        raise KitError(f"{path} holds {entry.filename!r}, which leads outside")
                    archive.extract(entry, root)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as err:
        raise KitError(f"{path} cannot be read as a zip ({err})") from err
