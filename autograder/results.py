"""What grading a submission yields: plain records, and their JSON form.

``records`` (feedback, report, gradebook) knows nothing of grading but these.
"""

import sys
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How grading a submission ended."""

    GRADED = "graded"
    PARTIAL = "partial"  # a cell or a question hit a limit or died; the rest is graded
    REJECTED = "rejected"  # not gradable: score 0 and a sentence saying what to do
    ERROR = "error"  # the grader's own fault: no score at all


class Outcome(StrEnum):
    """How a test case ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"  # the grader's own fault
    NOT_RUN = "not_run"  # needs what this grader lacks (a GPU); its points leave the total


class CellOutcome(StrEnum):
    """How running a code cell ended."""

    OK = "ok"
    RAISED = "raised"  # an exception, as in any notebook; the next cell runs
    STOPPED = "stopped"  # hit a limit or died; the notebook was run again without it
    NOT_RUN = "not_run"  # never reached, or marked to be ignored


class Release(StrEnum):
    """What a feedback page shows of the hidden tests."""

    BEFORE = "before"  # the deadline: nothing at all; points are those of the public tests
    AFTER = "after"  # it: their names, points and messages


def percentage(score: float | None, max_score: float) -> float | None:
    """Percent with one decimal; None without a score or without points."""
    return None if score is None or not max_score else round(100 * score / max_score, 1)


@dataclass
class CaseResult:
    """One test case of a question.

    Attributes:
        points: points earned; max_points: points possible.
        message: for the student; says nothing of a hidden test but its failure message.
        detail: for the grader only, never shown to a student.
    """

    name: str
    hidden: bool
    points: float
    max_points: float
    outcome: Outcome
    message: str = ""
    detail: str = ""


@dataclass
class QuestionResult:
    """One question: its points, its cases, and what to say about it as a whole.

    ``fingerprint`` is a hash of its tests at that time.
    """

    name: str
    score: float
    max_score: float
    cases: list[CaseResult] = field(default_factory=list)
    message: str = ""
    fingerprint: str = ""


@dataclass
class CellResult:
    """One code cell; ``index`` counts all cells of the notebook from 0."""

    index: int
    outcome: CellOutcome
    seconds: float = 0.0
    message: str = ""


@dataclass(frozen=True)
class ManualQuestion:
    """A question that a person marks.

    Attributes:
        max_score: points possible; None where the notebook does not tell them.
        heading: the first heading of its text, or empty.
    """

    name: str
    max_score: float | None
    heading: str = ""


@dataclass(frozen=True)
class BatchRecord:
    """What the results of a batch have in common: enough to write all pages again.

    Attributes:
        title: of the course.
        questions: maximum by question, in order.
        submissions: those of the last run, in the order of the table.
    """

    chapter: str
    title: str
    release: Release = Release.AFTER
    questions: dict[str, float] = field(default_factory=dict)
    manual: tuple[ManualQuestion, ...] = ()
    submissions: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The record as JSON types; the layout is described in docs/results.md."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "BatchRecord":
        """The inverse of `to_json`.

        Raises:
            KeyError, TypeError, ValueError: the data is not such a record.
        """
        manual = tuple(ManualQuestion(**question) for question in data["manual"])
        submissions = tuple(map(str, data["submissions"]))
        release = Release(data["release"])
        return cls(**{**data, "release": release, "manual": manual, "submissions": submissions})


@dataclass(frozen=True, slots=True)
class Row:
    """What a table needs of a result; ``questions`` has the score by question. A class has one each, so it is small."""

    submission: str
    status: Status
    score: float | None
    max_score: float
    seconds: float
    message: str
    questions: dict[str, float]


@dataclass
class SubmissionResult:
    """Everything the grader knows of one submission. ``score`` is None when status is ``error``.

    ``fingerprint`` is a hash of all that the result depends on besides the tests, which each question tells.
    """

    submission: str
    chapter: str
    status: Status
    score: float | None
    max_score: float
    seconds: float = 0.0
    message: str = ""
    questions: list[QuestionResult] = field(default_factory=list)
    cells: list[CellResult] = field(default_factory=list)
    isolation: str = ""
    fingerprint: str = ""

    @property
    def percent(self) -> float | None:
        """Score in percent of the maximum, one decimal; None without a score or without points."""
        return percentage(self.score, self.max_score)

    def row(self) -> "Row":
        """The result as a line of a table."""
        scores = {sys.intern(question.name): question.score for question in self.questions}
        return Row(self.submission, self.status, self.score, self.max_score, self.seconds, self.message, scores)

    def to_json(self) -> dict[str, Any]:
        """The record as JSON types; the layout is described in docs/results.md."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "SubmissionResult":
        """The inverse of `to_json`.

        Raises:
            KeyError, TypeError, ValueError: the data is not such a record.
        """
        questions = [
            QuestionResult(
                **{**q, "cases": [CaseResult(**{**c, "outcome": Outcome(c["outcome"])}) for c in q["cases"]]}
            )
            for q in data["questions"]
        ]
        cells = [CellResult(**{**c, "outcome": CellOutcome(c["outcome"])}) for c in data["cells"]]
        return cls(**{**data, "status": Status(data["status"]), "questions": questions, "cells": cells})
