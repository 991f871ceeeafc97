"""Results on disk: the folder that ``autograder grade -o OUT`` writes."""

import csv
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import KitError
from autograder.grading.intake import file_stem
from autograder.records.spreadsheet import harmless, number
from autograder.results import BatchRecord, Row, SubmissionResult, percentage

LEADING = ("submission", "status", "score", "max_score", "percent")
TRAILING = ("message",)
QUESTIONS = "questions.json"


@dataclass(frozen=True)
class Files:
    """What is kept of a submission: its result as JSON, the feedback page, and the notebook as it ran, if it did."""

    result: str
    page: str
    notebook: str | None


@dataclass(frozen=True)
class Store:
    """Where results lie; every file appears whole or not at all.

    Attributes:
        out: ``grades.csv``, ``results/``, ``feedback/`` and ``notebooks/`` are in it.
    """

    out: Path

    def prepare(self) -> None:
        """Make the folders, and remove what a killed run left half-written.

        Raises:
            KitError: OUT cannot be written to.
        """
        try:
            for name in ("results", "feedback", "notebooks"):
                (self.out / name).mkdir(parents=True, exist_ok=True)
                _remove_parts(self.out / name)
            probe = self.out / ".writable"
            probe.touch()
            probe.unlink()
        except OSError as err:
            raise KitError(f"cannot write to {self.out} ({err.strerror}): choose another folder with -o") from err

    def write_questions(self, run: str, questions: dict[str, float]) -> None:
        """Keep which questions there are, with their maximum, under the fingerprint of the run."""
        write_whole(self.out / QUESTIONS, json.dumps({"fingerprint": run, "questions": questions}, indent=1))

    def read_questions(self, run: str) -> dict[str, float]:
        """The kept questions; none if they are of a run with another fingerprint."""
        try:
            data = json.loads((self.out / QUESTIONS).read_text(encoding="utf-8"))
            return dict(data["questions"]) if data["fingerprint"] == run else {}
        except (OSError, ValueError, TypeError, KeyError):
            return {}

    def result_path(self, submission: str) -> Path:
        return self.out / "results" / f"{file_stem(submission)}.json"

    def feedback_path(self, submission: str) -> Path:
        return self.out / "feedback" / f"{file_stem(submission)}.html"

    def notebook_path(self, submission: str) -> Path:
        return self.out / "notebooks" / f"{file_stem(submission)}.ipynb"

    def write(self, result: SubmissionResult, executed: dict[str, Any] | None, page: str) -> None:
        """Keep a result, the executed notebook, and the feedback page."""
        notebook = None if executed is None else json.dumps(executed, indent=1, ensure_ascii=True)
        self.write_files(result.submission, Files(json.dumps(result.to_json(), indent=1), page, notebook))

    def write_files(self, submission: str, files: Files) -> None:
        """Keep the files of a submission; the result last, as it says that all are there."""
        if files.notebook is not None:
            write_whole(self.notebook_path(submission), files.notebook)
        write_whole(self.feedback_path(submission), files.page)
        write_whole(self.result_path(submission), files.result)

    def take_files(self, submission: str) -> Files:
        """The files of a submission, which are kept no longer.

        Raises:
            OSError: there are none.
        """
        result, page = self.result_path(submission), self.feedback_path(submission)
        notebook = self.notebook_path(submission)
        executed = notebook.read_text(encoding="utf-8") if notebook.exists() else None
        files = Files(result.read_text(encoding="utf-8"), page.read_text(encoding="utf-8"), executed)
        for path in (result, page, notebook):
            path.unlink(missing_ok=True)
        return files

    def read(self, submission: str) -> SubmissionResult | None:
        """The kept result of a submission; None when there is none that can be read."""
        return _read_result(self.result_path(submission))

    @property
    def grades_path(self) -> Path:
        return self.out / "grades.csv"

    @property
    def report_path(self) -> Path:
        return self.out / "report.html"

    def write_grades(self, rows: Iterable[Row], questions: list[str]) -> None:
        """Write ``grades.csv``: one row per submission, in this order. Without times: same scores, same bytes."""
        part = self.grades_path.with_suffix(".csv.part")
        with part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([*LEADING, *questions, *TRAILING])
            writer.writerows(grade_row(row, questions) for row in rows)
        part.replace(self.grades_path)

    def read_notebook(self, submission: str) -> dict[str, Any] | None:
        """The executed notebook of a submission; None when there is none that can be read."""
        try:
            notebook = json.loads(self.notebook_path(submission).read_text(encoding="utf-8"))
            return notebook if isinstance(notebook["cells"], list) else None
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write_page(self, submission: str, page: str) -> None:
        """Write the feedback page of a submission."""
        write_whole(self.feedback_path(submission), page)

    def write_report(self, page: Iterable[str]) -> None:
        """Write ``report.html``, piece by piece."""
        write_whole(self.report_path, page)

    def write_record(self, record: BatchRecord) -> None:
        """Write ``batch.json``, from which all pages can be made again."""
        write_whole(self.record_path, json.dumps(record.to_json(), indent=1))

    def read_record(self) -> BatchRecord | None:
        """The record of the last run; None when there is none that can be read."""
        try:
            return BatchRecord.from_json(json.loads(self.record_path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    @property
    def record_path(self) -> Path:
        return self.out / "batch.json"

    def results(self) -> Iterator[SubmissionResult]:
        """Every result on disk that can be read, one at a time, sorted by file name."""
        for path in sorted((self.out / "results").glob("*.json")):
            if (result := _read_result(path)) is not None:
                yield result


def grade_row(row: Row, questions: list[str]) -> list[Any]:
    """A row of ``grades.csv``; scores are empty where the grader failed."""
    percent = percentage(row.score, row.max_score)
    return [
        harmless(row.submission),
        row.status.value,
        "" if row.score is None else number(row.score),
        number(row.max_score),
        "" if percent is None else percent,
        *("" if row.score is None else number(row.questions.get(name, 0.0)) for name in questions),
        harmless(row.message),
    ]


def _read_result(path: Path) -> SubmissionResult | None:
    try:
        return SubmissionResult.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def write_whole(path: Path, text: str | Iterable[str]) -> None:
    """Write a file so that a reader, or a crash, never sees half of it."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with part.open("w", encoding="utf-8", errors="replace") as file:
        file.writelines([text] if isinstance(text, str) else text)
    part.replace(path)


def _remove_parts(folder: Path) -> None:
    """Remove what processes were writing that are gone."""
    for path in folder.glob("*.part"):
        pid = path.suffixes[-2][1:]
        if pid.isdigit() and not Path("/proc", pid).exists():
            path.unlink(missing_ok=True)
