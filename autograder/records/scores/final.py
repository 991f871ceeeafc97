"""Scores become students' scores: submissions matched, lateness taken off, one of several submissions chosen.

Whatever does not come to a student's score is listed with the reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from autograder.course import Course
from autograder.records.scores.late import Attempt, choose, days_late, deadline, late_penalty
from autograder.records.scores.matching import is_marked_late, match
from autograder.records.scores.roster import Student
from autograder.records.scores.scores import FinalScore
from autograder.records.scores.times import Handed


class Why(StrEnum):
    """Why something is left out; each is told to people as it stands."""

    UNMATCHED = "no such student"
    AMBIGUOUS = "fits several students"
    UNDECIDED = "one of several, and no telling which counts"
    OTHER_COUNTS = "another submission of this student counts"
    NO_SCORE = "the grader failed: grade it again"
    NO_SUBMISSION = "no submission"
    NO_ROW = "not in the sheet"
    EXCUSED = "excused in the sheet"
    KEPT = "has another grade in the sheet, which was kept"
    TOO_HIGH = "above the sheet's maximum, which was written"


LOST = (Why.UNMATCHED, Why.AMBIGUOUS, Why.UNDECIDED, Why.NO_SCORE, Why.NO_ROW)  # a score that reaches nobody


@dataclass(frozen=True)
class LeftOut:
    """Something that did not become a student's score, or not as it was."""

    why: Why
    submission: str = ""
    student: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Entry:
    """A student and the score that counts for them, late penalty taken off.

    Attributes:
        submitted, due: None where they are not known, or do not count any more (scores from a gradebook).
        days_late: started days, 0 within the grace.
    """

    student: Student
    score: FinalScore
    submitted: datetime | None = None
    due: datetime | None = None
    days_late: int = 0


@dataclass
class Settled:
    """The scores of a class.

    Attributes:
        untimed: submissions that count as on time because nobody told when they came.
        marked_late: those of them that Canvas calls late, without saying how much.
    """

    entries: list[Entry] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    untimed: list[str] = field(default_factory=list)
    marked_late: list[str] = field(default_factory=list)


def settle(
    scores: Sequence[FinalScore],
    roster: Sequence[Student] | None,
    handed: Handed,
    course: Course | None,
    chapter: str,
) -> Settled:
    """Bring scores to students.

    Args:
        scores: automatic ones, or final ones from a gradebook: of those the late penalty is off already.
        roster: None if there is none: then the name of each score is its student.
        course: whose deadlines and late policy hold; None if the scores are final, or if there are none.
    """
    by_name = {score.student: score for score in scores}
    matching = match(by_name, roster, handed.submitters)
    settled = Settled()
    settled.left_out += [LeftOut(Why.UNMATCHED, name) for name in matching.unmatched]
    for name, possible in matching.ambiguous.items():
        detail = ", ".join(sorted({f"{student.name} ({student.id})" for student in possible}))
        settled.left_out.append(LeftOut(Why.AMBIGUOUS, name, detail=detail))
    students = {student.id: student for group in matching.students.values() for student in group}
    for student, names in matching.by_student.items():
        entries = [_entry(students[student], by_name[name], handed, course, chapter) for name in names]
        _choose(entries, course, settled)
    settled.left_out += [LeftOut(Why.NO_SUBMISSION, student=student.id) for student in matching.missing]
    if course:
        names = list(dict.fromkeys(entry.score.submission for entry in settled.entries if entry.submitted is None))
        settled.untimed = names if chapter in course.due else []
        settled.marked_late = [name for name in names if is_marked_late(name)]
    return settled


def _entry(student: Student, score: FinalScore, handed: Handed, course: Course | None, chapter: str) -> Entry:
    submitted = handed.times.get(score.submission)
    due = deadline(course, chapter, student.id) if course else None
    if course is None or submitted is None or due is None or score.score is None:
        return Entry(student, score, submitted, due)
    days = days_late(submitted, due, course.late)
    penalty = late_penalty(score.score, score.max_score, days, course.late)
    late = replace(score, score=score.score - penalty, late_penalty=score.late_penalty + penalty)
    return Entry(student, late, submitted, due, days)


def _choose(entries: list[Entry], course: Course | None, settled: Settled) -> None:
    """Settle a student's submissions: one of them counts, the others are listed."""
    by_name = {entry.score.submission: entry for entry in entries}
    attempts = [Attempt(name, entry.submitted, entry.score.score) for name, entry in by_name.items()]
    chosen = choose(attempts, course.late.attempts) if course else choose_only(attempts)
    for name, entry in by_name.items():
        left_out = LeftOut(Why.NO_SCORE, name, entry.student.id, entry.score.message)
        if chosen is None:
            settled.left_out.append(replace(left_out, why=Why.UNDECIDED, detail=""))
        elif name != chosen.submission:
            settled.left_out.append(replace(left_out, why=Why.OTHER_COUNTS, detail=chosen.submission))
        elif entry.score.score is None:
            settled.left_out.append(left_out)
        else:
            settled.entries.append(entry)


def choose_only(attempts: Iterable[Attempt]) -> Attempt | None:
    """The only submission there is; None if there are several."""
    listed = list(attempts)
    return listed[0] if len(listed) == 1 else None
