"""Results into nbgrader's gradebook. What people added there, nothing here ever changes.

A grade has an automatic score and, once a person gave one, a mark that counts in its place. Only the first is
written. If the answer or the automatic score has changed since a mark or extra credit was given, that stays, and the
grade is flagged for another look, as nbgrader itself does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.utils import compute_checksum, parse_utc
from sqlalchemy import delete, insert, select

from autograder.course import LatePolicy
from autograder.errors import KitError
from autograder.nbgrader_cells import Role, name_of, points_of, role_of
from autograder.records.gradebook.comments import question_comment
from autograder.records.gradebook.database import SUBMISSIONS
from autograder.records.gradebook.marked import Marked
from autograder.records.scores import roster
from autograder.records.scores.late import late_penalty
from autograder.results import Status, SubmissionResult

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from nbgrader.api import Gradebook

NO_RESPONSE = "No response."


@dataclass(frozen=True)
class Work:
    """A student's submission that counts.

    Attributes:
        submitted: when it came, with time zone; None if nobody told.
    """

    student: roster.Student
    result: SubmissionResult
    marked: Marked
    submitted: datetime | None = None
    days_late: int = 0


def write_assignment(gradebook: "Gradebook", chapter: str, source: "NotebookNode", due: datetime | None) -> None:
    """Bring a chapter and its cells into the gradebook, in one transaction.

    Raises:
        KitError: a cell that the chapter no longer has holds marks or comments of people.
    """
    db = gradebook.db
    assignment = db.scalar(select(Assignment).where(Assignment.name == chapter))
    if assignment is None:
        assignment = Assignment(name=chapter, course_id=gradebook.course_id)
        db.add(assignment)
    assignment.duedate = parse_utc(due) if due else assignment.duedate
    notebook = next((one for one in assignment.notebooks if one.name == chapter), None)
    if notebook is None:
        notebook = Notebook(name=chapter, assignment=assignment)
        db.add(notebook)
    db.flush()
    wanted = {(kind, name_of(cell)): cell for cell in source.cells for kind in _kinds(role_of(cell))}
    _remove_cells(gradebook, notebook, wanted.keys())
    for (kind, name), cell in wanted.items():
        _write_cell(gradebook, notebook, kind, name, cell)
    db.commit()


def _kinds(role: Role | None) -> list[type[Any]]:
    """The tables in which nbgrader has a cell of a role."""
    if role is None:
        return []
    return [SourceCell, *([GradeCell] if role.is_graded else []), *([SolutionCell] if role.is_answer else [])]


def _write_cell(gradebook: "Gradebook", notebook: Notebook, kind: type[Any], name: str, cell: "NotebookNode") -> None:
    row = gradebook.db.scalar(select(kind).where(kind.notebook_id == notebook.id, kind.name == name))
    if row is None:
        row = kind(name=name, notebook=notebook)
        gradebook.db.add(row)
    if kind is GradeCell:
        row.max_score, row.cell_type = points_of(cell), cell.cell_type
    elif kind is SourceCell:
        row.cell_type, row.locked = cell.cell_type, cell.metadata["nbgrader"]["locked"]
        row.source, row.checksum = cell.source, compute_checksum(cell)


def _remove_cells(gradebook: "Gradebook", notebook: Notebook, wanted: Any) -> None:
    cells = [*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells, *notebook.source_cells]
    for cell in cells:
        if (type(cell), cell.name) in wanted:
            continue
        attached = [*(getattr(cell, "grades", None) or []), *(getattr(cell, "comments", None) or [])]
        if any(_is_touched(one) for one in attached):
            raise KitError(
                f"the gradebook holds marks or comments for {cell.name!r}, which the chapter {notebook.name!r} no "
                "longer has: take them out in formgrader, or begin a new gradebook with --db"
            )
        for one in [*attached, cell]:
            gradebook.db.delete(one)
    gradebook.db.flush()


def _is_touched(one: Grade | Comment) -> bool:
    """Whether a person has given a mark, extra credit or a comment."""
    if isinstance(one, Grade):
        return one.manual_score is not None or one.extra_credit is not None
    return one.manual_comment is not None


def write_work(gradebook: "Gradebook", chapter: str, work: Work, policy: LatePolicy) -> list[str]:
    """Bring a student's submission into the gradebook, in one transaction.

    Returns:
        The graded cells whose marks were flagged for another look.

    Raises:
        KitError: the questions of the result do not add up to its score.
    """
    _check_sum(work.result)
    try:
        submitted = _submitted(gradebook, chapter, work)
        told = _told(gradebook, chapter, work.student.id)
        flagged = list(_write_grades(submitted, work, told.answers if told else {}))
        _write_comments(submitted, work)
        gradebook.db.flush()
        raw = sum(_points(grade) for grade in submitted.grades)
        most = sum(cell.max_score for cell in submitted.notebook.grade_cells)
        submitted.late_submission_penalty = late_penalty(raw, most, work.days_late, policy)
        _tell(gradebook, chapter, work)
        gradebook.db.commit()
    except BaseException:
        gradebook.db.rollback()
        raise
    return flagged


def _check_sum(result: SubmissionResult) -> None:
    total = sum(question.score for question in result.questions)
    if result.score is None or abs(total - result.score) > 1e-6:
        raise KitError(
            f"{result.submission}: the questions add up to {total:g} points, the score is {result.score}: nbgrader "
            "adds up questions, so take points_possible and score_threshold out of the assignment config"
        )


def _submitted(gradebook: "Gradebook", chapter: str, work: Work) -> SubmittedNotebook:
    """The student's notebook with a grade and a comment for each cell that has them, made where they are missing."""
    db, known = gradebook.db, work.student
    student = db.get(Student, known.id) or Student(id=known.id)
    db.add(student)
    for name, value in _personal(known).items():
        setattr(student, name, value)
    assignment = gradebook.find_assignment(chapter)
    try:
        submission = gradebook.find_submission(chapter, known.id)
    except MissingEntry:
        submission = SubmittedAssignment(assignment=assignment, student=student)
        db.add(submission)
    submission.timestamp = parse_utc(work.submitted) if work.submitted else submission.timestamp
    notebook = gradebook.find_notebook(chapter, chapter)
    submitted = next((one for one in submission.notebooks if one.notebook is notebook), None)
    if submitted is None:
        submitted = SubmittedNotebook(notebook=notebook, assignment=submission)
        db.add(submitted)
    db.flush()
    graded, commented = ({row.cell_id for row in rows} for rows in (submitted.grades, submitted.comments))
    db.add_all(Grade(cell_id=c.id, notebook_id=submitted.id) for c in notebook.grade_cells if c.id not in graded)
    db.add_all(
        Comment(cell_id=c.id, notebook_id=submitted.id) for c in notebook.solution_cells if c.id not in commented
    )
    db.flush()
    db.expire(submitted)
    return submitted


def _personal(known: roster.Student) -> dict[str, str]:
    """What nbgrader keeps of a student, as far as it is known. Its pages show names as HTML, so they hold none."""
    first, _, last = known.name.rpartition(" ")
    told = {
        "first_name": known.first_name or first,
        "last_name": known.last_name or last,
        "email": known.email,
        "lms_user_id": known.canvas_id,
    }
    return {name: re.sub(r"[<>&\"]", "", value) for name, value in told.items() if value}


def _write_grades(submitted: SubmittedNotebook, work: Work, before: dict[str, str]) -> Iterator[str]:
    """Set the automatic scores; yields the cells whose marks need another look."""
    scores = {question.name: question.score for question in work.result.questions}
    for grade in submitted.grades:
        name = grade.cell.name
        if grade.cell.cell_type == "code" and name.removesuffix("-check") in scores:
            score: float | None = float(scores[name.removesuffix("-check")])
        else:  # for a person to mark, unless there is nothing to mark
            is_empty = work.result.status is Status.REJECTED or name in work.marked.blank
            score = 0.0 if is_empty else None
        is_changed = name in before and (before[name] != work.marked.answers.get(name) or grade.auto_score != score)
        grade.auto_score = score
        if not _is_touched(grade):
            grade.needs_manual_grade = score is None
        elif is_changed:
            grade.needs_manual_grade = True
            yield name


def _points(grade: Grade) -> float:
    mark = grade.auto_score if grade.manual_score is None else grade.manual_score
    return (mark or 0.0) + (grade.extra_credit or 0.0)


def _write_comments(submitted: SubmittedNotebook, work: Work) -> None:
    """Say what the tests said at the last answer cell of each question."""
    questions = {question.name: question for question in work.result.questions}
    in_order = sorted((comment.cell.name for comment in submitted.comments), key=lambda name: (len(name), name))
    last = {_question(name): name for name in in_order}
    for comment in submitted.comments:
        name = comment.cell.name
        question = questions.get(_question(name))
        if question is not None and last[question.name] == name:
            comment.auto_comment = question_comment(question, work.result)
        else:
            comment.auto_comment = NO_RESPONSE if name in work.marked.blank else None


def _question(cell: str) -> str:
    """The question whose answer a cell holds, by the cell's name."""
    return re.sub(r"-(?:answer|prompt)-\d+$", "", cell)


def _told(gradebook: "Gradebook", chapter: str, student: str) -> Any:
    where = (SUBMISSIONS.c.assignment == chapter, SUBMISSIONS.c.student == student)
    return gradebook.db.execute(select(SUBMISSIONS).where(*where)).first()


def _tell(gradebook: "Gradebook", chapter: str, work: Work) -> None:
    """Keep what nbgrader has no place for."""
    result, student = work.result, work.student.id
    where = (SUBMISSIONS.c.assignment == chapter, SUBMISSIONS.c.student == student)
    gradebook.db.execute(delete(SUBMISSIONS).where(*where))
    values = {"submission": result.submission, "status": result.status.value, "message": result.message}
    row = {"assignment": chapter, "student": student, "answers": work.marked.answers} | values
    gradebook.db.execute(insert(SUBMISSIONS).values(row))
