"""The course in a folder: ``course.toml`` read into records."""

import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from autograder.errors import KitError

COURSE_FILE = "course.toml"
PRIVATE_FILES = ("master.py", "master.ipynb", "variants.py", "proof.json")
"""What lies in a chapter's folder of ``assignments/`` and tells the answers."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use; every figure carries its unit."""

    cell_timeout_s: float = 60.0  # wall time of one cell, and of the tests of one question
    timeout_s: float = 600.0  # wall time of the whole submission, replays included
    memory_mb: int = 2048
    processes: int = 256
    open_files: int = 1024
    disk_mb: int = 512  # working folder, /tmp and /dev/shm, each
    output_kb: int = 512  # printed and displayed, per cell
    message_mb: int = 64  # one value that crosses the wall

    def with_overrides(self, **changes: float | None) -> "Limits":
        """These limits with the given ones replaced; a None leaves the limit alone.

        Raises:
            KitError: a limit is not positive.
        """
        chosen = {name: value for name, value in changes.items() if value is not None}
        for name, value in chosen.items():
            if value <= 0:
                raise KitError(f"{name} must be greater than 0, got {value}")
        return replace(self, **chosen)


@dataclass(frozen=True)
class Chapter:
    """One chapter assignment and where its files lie."""

    name: str
    course: "Course" = field(repr=False)

    @property
    def source_dir(self) -> Path:
        return self.course.root / "assignments" / self.name

    @property
    def master(self) -> Path:
        """The master: ``master.py``, or ``master.ipynb`` where there is no text master."""
        text, notebook = self.source_dir / "master.py", self.source_dir / "master.ipynb"
        return notebook if notebook.exists() and not text.exists() else text

    @property
    def variants(self) -> Path:
        return self.source_dir / "variants.py"

    @property
    def proof_record(self) -> Path:
        """What is known of the chapter's mutants from earlier proofs."""
        return self.source_dir / "proof.json"

    @property
    def student_notebook(self) -> Path:
        return self.course.root / "student" / self.name / f"{self.name}.ipynb"

    @property
    def solution_dir(self) -> Path:
        return self.course.root / "solutions" / self.name

    @property
    def solution_notebook(self) -> Path:
        return self.solution_dir / f"{self.name}.ipynb"

    @property
    def tests_dir(self) -> Path:
        return self.solution_dir / "tests"

    @property
    def zip_path(self) -> Path:
        return self.solution_dir / "autograder.zip"


@dataclass(frozen=True)
class Course:
    """A course: its folder, its chapters in order, its limits."""

    root: Path
    title: str
    chapter_names: tuple[str, ...]
    limits: Limits

    @property
    def chapters(self) -> list[Chapter]:
        return [Chapter(name, self) for name in self.chapter_names]

    def chapter(self, name: str) -> Chapter:
        """The chapter of that name.

        Raises:
            KitError: no such chapter; the message lists those there are.
        """
        if name not in self.chapter_names:
            known = ", ".join(self.chapter_names) or "none"
            raise KitError(f"unknown chapter {name!r}: {self.root / COURSE_FILE} lists {known}")
        return Chapter(name, self)


def find_course(start: Path) -> Course:
    """The course of the nearest ``course.toml`` at or above a folder.

    Raises:
        KitError: there is none, or it cannot be read.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / COURSE_FILE).is_file():
            return read_course(folder)
    raise KitError(f"no {COURSE_FILE} in {start} or above it: run this in a course, or give --course DIR")


def read_course(root: Path) -> Course:
    """Read ``root/course.toml``.

    Raises:
        KitError: not TOML, an unknown key, or a value of the wrong kind; says where.
    """
    path = root / COURSE_FILE
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise KitError(f"{path}: cannot be read as TOML ({err})") from err
    _refuse_unknown(path, data, {"title", "chapters", "limits"}, "")
    names = data.get("chapters", [])
    if not isinstance(names, list) or not all(isinstance(n, str) and n for n in names):
        raise KitError(f'{path}: chapters must be a list of folder names, such as ["01_supervised_learning"]')
    if len(set(names)) != len(names):
        raise KitError(f"{path}: a chapter is listed twice in {names}")
    return Course(root, str(data.get("title", root.name)), tuple(names), _read_limits(path, data.get("limits", {})))


def _read_limits(path: Path, data: dict[str, Any]) -> Limits:
    _refuse_unknown(path, data, {f.name for f in fields(Limits)}, "limits.")
    for name, value in data.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise KitError(f"{path}: limits.{name} must be a number greater than 0, found {value!r}")
    return Limits(**data)


def _refuse_unknown(path: Path, data: dict[str, Any], known: set[str], prefix: str) -> None:
    for key in data:
        if key not in known:
            raise KitError(f"{path}: unknown key {prefix}{key}; known are {', '.join(sorted(known))}")
