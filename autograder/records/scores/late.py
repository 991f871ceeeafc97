"""How late a submission is, what that costs, and which of several submissions counts: pure arithmetic."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from autograder.course import Attempts, Course, LatePolicy, PercentOf

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Attempt:
    """One of a student's submissions.

    Attributes:
        submitted: when, with time zone; None if nobody told.
        score: after the late penalty; None if the grader failed.
    """

    submission: str
    submitted: datetime | None
    score: float | None


def deadline(course: Course, chapter: str, student: str) -> datetime | None:
    """When a student has to hand in a chapter: their extension, else the chapter's date; None if it has none."""
    return course.late.extensions.get(chapter, {}).get(student) or course.due.get(chapter)


def days_late(submitted: datetime, due: datetime, policy: LatePolicy) -> int:
    """Started days (of 24 hours) after the deadline; 0 within the minutes of grace."""
    lateness = submitted - due
    if lateness <= timedelta(minutes=policy.grace_minutes):
        return 0
    return math.ceil(lateness / DAY)


def is_cut_off(days: int, policy: LatePolicy) -> bool:
    """Whether a submission so late gets no points at all."""
    return policy.cutoff_days is not None and days > policy.cutoff_days


def late_penalty(score: float, max_score: float, days: int, policy: LatePolicy) -> float:
    """Points to take off a score for started days of lateness; never more than the score."""
    if days <= 0 or score <= 0:
        return 0.0
    if is_cut_off(days, policy):
        return score
    base = max_score if policy.percent_of is PercentOf.MAXIMUM else score
    return min(score, base * min(1.0, policy.percent_per_day * days / 100))


def choose(attempts: Iterable[Attempt], which: Attempts) -> Attempt | None:
    """The submission that counts; None if that cannot be told.

    It cannot where the last is asked for and the times are not all known, or two share the last one; nor where the
    best is asked for and a submission has no score. Of equally good ones the later counts, or else the first by name.
    """
    listed = sorted(attempts, key=lambda attempt: attempt.submission)
    if len(listed) <= 1:
        return listed[0] if listed else None
    if which is Attempts.BEST:
        if any(attempt.score is None for attempt in listed):
            return None
        return max(listed, key=lambda attempt: (attempt.score, _moment(attempt.submitted)))
    if any(attempt.submitted is None for attempt in listed):
        return None
    *_, before, last = sorted(listed, key=lambda attempt: _moment(attempt.submitted))
    return None if before.submitted == last.submitted else last


def _moment(submitted: datetime | None) -> float:
    return -math.inf if submitted is None else submitted.timestamp()
