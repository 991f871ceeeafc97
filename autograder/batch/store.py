"""Results on disk: the folder that ``autograder grade -o OUT`` writes."""

import csv
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import KitError
from autograder.grading.intake import file_stem
from autograder.results import Row, SubmissionResult, percentage

LEADING = ("submission", "status", "score", "max_score", "percent")
TRAILING = ("seconds", "message")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Store:
    """Where results lie; every file appears whole or not at all.

    Attributes:
        out: ``grades.csv``, ``results/``, ``feedback/`` and ``notebooks/`` are in it.
    """

    out: Path

    def prepare(self) -> None:
        """Make the folders.

        Raises:
            KitError: OUT cannot be written to.
        """
        try:
            for name in ("results", "feedback", "notebooks"):
                (self.out / name).mkdir(parents=True, exist_ok=True)
            probe = self.out / ".writable"
            probe.touch()
            probe.unlink()
        except OSError as err:
            raise KitError(f"cannot write to {self.out} ({err.strerror}): choose another folder with -o") from err

    def result_path(self, submission: str) -> Path:
        return self.out / "results" / f"{file_stem(submission)}.json"

    def feedback_path(self, submission: str) -> Path:
        return self.out / "feedback" / f"{file_stem(submission)}.html"

    def notebook_path(self, submission: str) -> Path:
        return self.out / "notebooks" / f"{file_stem(submission)}.ipynb"

    def write(self, result: SubmissionResult, executed: dict[str, Any] | None, page: str) -> None:
        """Keep a result, the executed notebook, and the feedback page; the result last."""
        if executed is not None:
            notebook = json.dumps(executed, indent=1, ensure_ascii=True)
            write_whole(self.notebook_path(result.submission), notebook)
        write_whole(self.feedback_path(result.submission), page)
        write_whole(self.result_path(result.submission), json.dumps(result.to_json(), indent=1))

    def read(self, submission: str) -> SubmissionResult | None:
        """The kept result of a submission; None when there is none that can be read."""
        try:
            data = json.loads(self.result_path(submission).read_text(encoding="utf-8"))
            return SubmissionResult.from_json(data)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    @property
    def grades_path(self) -> Path:
        return self.out / "grades.csv"

    @property
    def report_path(self) -> Path:
        return self.out / "report.html"

    def write_grades(self, rows: Iterable[Row], questions: list[str]) -> None:
        """Write ``grades.csv``: one row per submission, in the order given."""
        part = self.grades_path.with_suffix(".csv.part")
        with part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([*LEADING, *questions, *TRAILING])
            writer.writerows(grade_row(row, questions) for row in rows)
        part.replace(self.grades_path)

    def write_report(self, page: str) -> None:
        """Write ``report.html``."""
        write_whole(self.report_path, page)


def grade_row(row: Row, questions: list[str]) -> list[Any]:
    """A row of ``grades.csv``; scores are empty where the grader failed."""
    has_score = row.score is not None
    percent = percentage(row.score, row.max_score)
    return [
        harmless(row.submission),
        row.status.value,
        number(row.score) if has_score else "",
        number(row.max_score),
        "" if percent is None else percent,
        *(number(row.questions.get(name, 0.0)) if has_score else "" for name in questions),
        row.seconds,
        harmless(row.message),
    ]


def number(value: float) -> float | int:
    """A score without the noise of floating point; whole scores as integers."""
    rounded = round(value, 5)
    return int(rounded) if rounded == int(rounded) else rounded


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula; an apostrophe in front says so to people, too."""
    flat = " ".join(text.split())
    return f"'{flat}" if flat.startswith(FORMULA_STARTS) else flat


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader, or a crash, never sees half of it."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8", errors="replace")
    part.replace(path)
