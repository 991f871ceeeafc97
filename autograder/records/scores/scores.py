"""The score of each student: of the tests alone, or with what people added in the gradebook."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import KitError
from autograder.records.spreadsheet import harmless
from autograder.results import Status, SubmissionResult

if TYPE_CHECKING:
    from nbgrader.api import Gradebook


PARTS = ("automatic", "by_hand", "extra_credit", "late_penalty")


@dataclass(frozen=True)
class FinalScore:
    """What a student's work in a chapter comes to.

    Attributes:
        student: id of the student; in plain results, the name of the submission.
        submission: name of the submission that counts.
        score: ``automatic + by_hand + extra_credit - late_penalty``, never below 0; None where the grader failed.
        max_score: points possible.
        automatic: points of the tests, where no person set the mark.
        by_hand: points that a person gave, for written answers and in place of the tests' points.
        late_penalty: points lost for being late, 0 or more.
        needs_marking: something waits for a person's mark, or for a second look at one.
        message: of the submission, as in its result.
    """

    student: str
    submission: str
    score: float | None
    max_score: float
    automatic: float
    by_hand: float
    extra_credit: float
    late_penalty: float
    needs_marking: bool
    status: Status
    message: str


def converted(score: FinalScore, max_score: float) -> FinalScore:
    """The score out of another maximum: all its parts in proportion."""
    if not score.max_score:
        return score
    factor = max_score / score.max_score
    parts = {name: getattr(score, name) * factor for name in PARTS}
    whole = None if score.score is None else score.score * factor
    return replace(score, score=whole, max_score=max_score, **parts)


@dataclass(frozen=True)
class Kept:
    """A submission of a batch: its result, and the file of the executed notebook if there is one."""

    result: SubmissionResult
    notebook: Path | None


def read_results(out: Path) -> list[FinalScore]:
    """The scores of the tests alone, one per row of ``OUT/grades.csv``, in its order.

    Raises:
        KitError: OUT holds no results, or they do not belong together.
    """
    return [_from_result(kept.result) for kept in read_kept(out)]


def read_kept(out: Path) -> list[Kept]:
    """The submissions of ``OUT/grades.csv``, in its order; results that stayed from other folders are left out.

    Raises:
        KitError: OUT holds no results, or they do not belong together.
    """
    by_name: dict[str, list[Kept]] = defaultdict(list)
    for kept in sorted(_read_all(out), key=lambda kept: kept.result.submission):
        by_name[harmless(kept.result.submission)].append(kept)
    return [_of_row(row, by_name[row["submission"]], out) for row in _read_grades(out / "grades.csv")]


def _of_row(row: dict[str, str], candidates: list[Kept], out: Path) -> Kept:
    name, status, told = row["submission"], row["status"], row["score"]
    if candidates:
        kept = candidates.pop(0)
        score = kept.result.score
        if kept.result.status == status and (score is None or (told and round(score, 5) == float(told))):
            return kept
    elif status == Status.ERROR:  # a grader that died wrote no result
        result = SubmissionResult(name, "", Status.ERROR, None, float(row["max_score"]), message=row["message"])
        return Kept(result, None)
    raise KitError(f"{out}: grades.csv and results/ disagree on {name!r}: run the same 'autograder grade' again")


def _read_grades(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except OSError as err:
        raise KitError(
            f"{path}: cannot be read ({err.strerror}): give the folder that 'autograder grade -o OUT' wrote, "
            "after a run that came to its end"
        ) from err


def _read_all(out: Path) -> Iterator[Kept]:
    for path in (out / "results").glob("*.json"):
        try:
            result = SubmissionResult.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError) as err:
            raise KitError(f"{path}: not a result of this version ({err}): run 'autograder grade' again") from err
        notebook = out / "notebooks" / f"{path.stem}.ipynb"
        has_notebook = result.status in (Status.GRADED, Status.PARTIAL) and notebook.is_file()
        yield Kept(result, notebook if has_notebook else None)


def _from_result(result: SubmissionResult) -> FinalScore:
    score = result.score
    return FinalScore(
        result.submission, result.submission, score, result.max_score, score or 0.0, 0.0, 0.0, 0.0, False,
        result.status, result.message,
    )  # fmt: skip


@dataclass
class _Sums:
    """What the grades of one student add up to."""

    automatic: float = 0.0
    by_hand: float = 0.0
    extra_credit: float = 0.0
    late_penalty: float = 0.0
    needs_marking: bool = False
    notebooks: set[str] = field(default_factory=set)

    def add(self, grade: Any) -> None:
        """Add a row of `_grades`."""
        if grade.manual_score is None:
            self.automatic += grade.auto_score or 0.0
        else:
            self.by_hand += grade.manual_score
        self.extra_credit += grade.extra_credit or 0.0
        self.needs_marking |= bool(grade.needs_manual_grade)
        if grade.id not in self.notebooks:
            self.late_penalty += grade.late_submission_penalty or 0.0
            self.notebooks.add(grade.id)


def read_gradebook(url: str, chapter: str) -> list[FinalScore]:
    """The scores of a chapter in the gradebook, sorted by student: with hand marks, extra credit and late penalty.

    Args:
        url: of the database, as SQLAlchemy writes it; a file is ``sqlite:///FILE``.

    Raises:
        KitError: no such gradebook, it cannot be read, or it does not have the chapter.
    """
    from nbgrader.api import MissingEntry

    from autograder.records.gradebook.database import open_gradebook

    with open_gradebook(url) as gradebook:
        try:
            max_score = gradebook.find_assignment(chapter).max_score
        except MissingEntry:
            known = ", ".join(assignment.name for assignment in gradebook.assignments) or "none"
            raise KitError(f"the gradebook has no chapter {chapter!r}, it has {known}") from None
        sums: dict[str, _Sums] = defaultdict(_Sums)
        for grade in _grades(gradebook, chapter):
            sums[grade.student_id].add(grade)
        told = _told(gradebook, chapter)
    return [_from_sums(student, sums[student], max_score, told.get(student)) for student in sorted(sums)]


def _grades(gradebook: "Gradebook", chapter: str) -> Any:
    from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook
    from sqlalchemy import select

    columns = (
        SubmittedAssignment.student_id, SubmittedNotebook.id, SubmittedNotebook.late_submission_penalty,
        Grade.auto_score, Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade,
    )  # fmt: skip
    return gradebook.db.execute(
        select(*columns)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Assignment.name == chapter)
    )


def _told(gradebook: "Gradebook", chapter: str) -> dict[str, Any]:
    """What this kit knows of the submissions, by student."""
    from sqlalchemy import select

    from autograder.records.gradebook.database import SUBMISSIONS

    rows = gradebook.db.execute(select(SUBMISSIONS).where(SUBMISSIONS.c.assignment == chapter))
    return {row.student: row for row in rows}


def _from_sums(student: str, sums: _Sums, max_score: float, told: Any) -> FinalScore:
    """A student's score; ``told`` is missing where nbgrader's own pipeline graded."""
    score = max(0.0, sums.automatic + sums.by_hand + sums.extra_credit - sums.late_penalty)
    return FinalScore(
        student, told.submission if told else student, score, max_score, sums.automatic, sums.by_hand,
        sums.extra_credit, sums.late_penalty, sums.needs_marking, Status(told.status) if told else Status.GRADED,
        told.message if told else "",
    )  # fmt: skip
