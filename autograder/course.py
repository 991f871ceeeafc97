"""The course in a folder: ``course.toml`` read into records."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
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
        chosen: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
        for name, value in chosen.items():
            if value <= 0:
                raise KitError(f"{name} must be greater than 0, got {value}")
        return replace(self, **chosen)


class PercentOf(StrEnum):
    """What a late penalty is a percentage of."""

    MAXIMUM = "maximum"
    SCORE = "score"


class Attempts(StrEnum):
    """Which of several submissions of a student counts."""

    LAST = "last"
    BEST = "best"


@dataclass(frozen=True)
class LatePolicy:
    """What a late submission costs, and which of several submissions counts.

    Attributes:
        percent_per_day: taken off for each started day after the deadline.
        grace_minutes: so late costs nothing; whoever is later than that is late from the deadline on.
        cutoff_days: a submission more days late than this gets no points; None if there is no such limit.
        extensions: by chapter, the deadlines of single students by their ids.
    """

    percent_per_day: float = 0.0
    percent_of: PercentOf = PercentOf.MAXIMUM
    grace_minutes: float = 0.0
    cutoff_days: int | None = None
    attempts: Attempts = Attempts.LAST
    extensions: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)


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
    """A course: its folder, chapters in order and limits; what a chapter counts, when it is due, what being late costs.

    Attributes:
        points: what a chapter counts in the scores that leave the kit, where that is not the sum of its questions.
    """

    root: Path
    title: str
    chapter_names: tuple[str, ...]
    limits: Limits
    points: Mapping[str, float] = field(default_factory=dict)
    due: Mapping[str, datetime] = field(default_factory=dict)
    late: LatePolicy = LatePolicy()
    contact: str = ""  # where students ask

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
    root = course_root(start)
    if root is None:
        raise KitError(f"no {COURSE_FILE} in {start.resolve()} or above it: run this in a course, or give --course DIR")
    return read_course(root)


def course_root(start: Path) -> Path | None:
    """The nearest folder at or above this one that has a ``course.toml``; None if there is none."""
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / COURSE_FILE).is_file()), None)


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
    _refuse_unknown(path, data, {"title", "chapters", "contact", "limits", "points", "due", "late"}, "")
    names = data.get("chapters", [])
    if not isinstance(names, list) or not all(isinstance(n, str) and n for n in names):
        raise KitError(f'{path}: chapters must be a list of folder names, such as ["01_supervised_learning"]')
    if len(set(names)) != len(names):
        raise KitError(f"{path}: a chapter is listed twice in {names}")
    contact = data.get("contact", "")
    if not isinstance(contact, str):
        raise KitError(f"{path}: contact must be a text that tells students where to ask, found {contact!r}")
    limits = _read_limits(path, data.get("limits", {}))
    points = _read_points(path, data.get("points", {}), names)
    due = _read_due(path, data.get("due", {}), names, "due")
    late = _read_late(path, data.get("late", {}), names, due)
    return Course(root, str(data.get("title", root.name)), tuple(names), limits, points, due, late, contact)


def _read_limits(path: Path, data: Any) -> Limits:
    return Limits(**_read_positive(path, data, {f.name for f in fields(Limits)}, "limits"))


def _read_points(path: Path, data: Any, chapters: list[str]) -> dict[str, float]:
    return _read_positive(path, data, set(chapters), "points")


def _read_positive(path: Path, data: Any, known: set[str], where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise KitError(f"{path}: {where} must be a table, found {data!r}")
    _refuse_unknown(path, data, known, f"{where}.")
    for name, value in data.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise KitError(f"{path}: {where}.{name} must be a number greater than 0, found {value!r}")
    return data


def _read_due(path: Path, data: Any, known: list[str], where: str) -> dict[str, datetime]:
    """Deadlines by chapter, or by student where ``known`` is empty."""
    if not isinstance(data, dict):
        raise KitError(f"{path}: {where} must be a table of deadlines, found {data!r}")
    if known:
        _refuse_unknown(path, data, set(known), f"{where}.")
    for name, value in data.items():
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise KitError(
                f"{path}: {where}.{name} must be a date and time with its time zone, such as "
                f"2026-11-30T23:59:00+01:00 (without quotation marks), found {value!s}"
            )
    return data


def _read_late(path: Path, data: Any, chapters: list[str], due: dict[str, datetime]) -> LatePolicy:
    if not isinstance(data, dict):
        raise KitError(f"{path}: late must be a table, found {data!r}")
    _refuse_unknown(path, data, {f.name for f in fields(LatePolicy)}, "late.")
    told = dict(data)
    _check_number(path, told, "percent_per_day", 100)
    _check_number(path, told, "grace_minutes", None)
    cutoff = told.get("cutoff_days")
    if cutoff is not None and (isinstance(cutoff, bool) or not isinstance(cutoff, int) or cutoff < 0):
        raise KitError(f"{path}: late.cutoff_days must be a whole number of days, 0 or more, found {cutoff!r}")
    for name, choices in (("percent_of", PercentOf), ("attempts", Attempts)):
        if name in told:
            told[name] = _choice(path, f"late.{name}", told[name], choices)
    told["extensions"] = _read_extensions(path, told.get("extensions", {}), chapters, due)
    return LatePolicy(**told)


def _read_extensions(
    path: Path, data: Any, chapters: list[str], due: dict[str, datetime]
) -> dict[str, dict[str, datetime]]:
    if not isinstance(data, dict):
        raise KitError(f"{path}: late.extensions must have a table for each chapter, found {data!r}")
    _refuse_unknown(path, data, set(chapters), "late.extensions.")
    for chapter, students in data.items():
        where = f"late.extensions.{chapter}"
        if chapter not in due:
            raise KitError(f"{path}: {where} extends a deadline that is not there: give due.{chapter}")
        for student, until in _read_due(path, students, [], where).items():
            if until < due[chapter]:
                raise KitError(f"{path}: {where}.{student} is before the deadline of the class ({due[chapter]})")
    return data


def _check_number(path: Path, data: dict[str, Any], name: str, most: float | None) -> None:
    value = data.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= (most or float("inf")):
        upper = f" to {most}" if most else " or more"
        raise KitError(f"{path}: late.{name} must be a number, 0{upper}, found {value!r}")


def _choice(path: Path, where: str, value: Any, choices: type[StrEnum]) -> StrEnum:
    try:
        return choices(value)
    except ValueError:
        known = " or ".join(f'"{choice}"' for choice in choices)
        raise KitError(f"{path}: {where} must be {known}, found {value!r}") from None


def _refuse_unknown(path: Path, data: dict[str, Any], known: set[str], prefix: str) -> None:
    for key in data:
        if key not in known:
            raise KitError(f"{path}: unknown key {prefix}{key}; known are {', '.join(sorted(known))}")
