"""What a student gets back: one HTML page, complete in itself.

The page runs no scripts and loads nothing; its content security policy says so to the browser as well. After the
deadline it shows of a hidden test its name, its points and its message; before it, nothing at all.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from jinja2 import Template
from markupsafe import Markup

from autograder.records.pages.notebook_html import cell_views, code_css, text_block
from autograder.records.pages.page import MAX_NAME, page_environment
from autograder.records.pages.places import Cells, question_cells
from autograder.records.plain_text import plain
from autograder.results import (
    CaseResult,
    CellOutcome,
    ManualQuestion,
    Outcome,
    QuestionResult,
    Release,
    Status,
    SubmissionResult,
    percentage,
)

MAX_MESSAGE = 6_000  # characters
MAX_PREVIEW = 800  # characters of a message in the list of what to look at
MAX_STEPS = 5  # things to look at next
MAX_RAISED = 2  # of them, cells that raised

STATUS_WORDS = {
    Status.GRADED: ("Graded", "Your whole notebook was run and every question was judged."),
    Status.PARTIAL: (
        "Graded in part",
        "A cell or a question hit a limit or broke down. The rest was graded as usual.",
    ),
    Status.REJECTED: ("Not gradable", "This submission could not be graded, so it counts as 0 points."),
    Status.ERROR: (
        "No score yet",
        "The grader itself failed. That is not your fault; the course staff will look into it.",
    ),
}
OUTCOME_WORDS = {
    Outcome.PASSED: ("✓", "Passed"),
    Outcome.FAILED: ("✗", "Not passed"),
    Outcome.ERROR: ("!", "Grader error"),
    Outcome.NOT_RUN: ("–", "Not run"),
}


class Badge(StrEnum):
    """What a page says of a question where no outcome of a case says it."""

    PARTLY = "partly"
    BY_HAND = "by_hand"
    HIDDEN = "hidden"


BADGE_WORDS = {
    Badge.PARTLY: ("◐", "Partly passed"),
    Badge.BY_HAND: ("✎", "Marked by hand"),
    Badge.HIDDEN: ("…", "After the deadline"),
}
OUTCOME_NOTES = {
    Outcome.ERROR: "The grader could not decide this. That is not your fault; tell the course staff.",
    Outcome.NOT_RUN: "The grader lacks what this check needs (such as a GPU). Its points do not count.",
}
CELL_WORDS = {
    CellOutcome.OK: "",
    CellOutcome.RAISED: "This cell raised an exception.",
    CellOutcome.STOPPED: "This cell was stopped.",
    CellOutcome.NOT_RUN: "This cell was not run.",
}


@dataclass(frozen=True, slots=True)
class CaseView:
    """A test case as its student may see it: there is no room here for what they may not."""

    name: str
    hidden: bool
    outcome: Outcome
    points: float
    max_points: float
    message: str

    @property
    def label(self) -> str:
        return f"Hidden check: {self.name}" if self.hidden else self.name


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question with the cases that its student may see.

    Attributes:
        anchor: its place in the page.
        badge: one word for all of it.
        max_score: None if nobody told.
        cells: where it stands in the notebook, if that is known.
    """

    anchor: str
    name: str
    badge: Outcome | Badge
    score: float
    max_score: float | None
    message: str
    cases: tuple[CaseView, ...]
    cells: Cells | None

    @property
    def is_judged(self) -> bool:
        return self.badge not in (Badge.BY_HAND, Badge.HIDDEN)

    @property
    def is_lost(self) -> bool:
        """Whether points were lost, and not by a fault of the grader's."""
        return self.badge in (Outcome.FAILED, Badge.PARTLY)

    @property
    def to_win(self) -> float:
        return 0.0 if self.max_score is None else self.max_score - self.score


@dataclass(frozen=True, slots=True)
class Step:
    """Something to look at next; ``points`` are those to win, ``cells`` where to look in the notebook."""

    anchor: str
    where: str
    message: str
    points: float = 0.0
    cells: Cells | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """The points at the top of the page; before the deadline those of the public checks."""

    score: float
    max_score: float

    @property
    def percent(self) -> float | None:
        return percentage(self.score, self.max_score)


def render_feedback(
    result: SubmissionResult,
    notebook: dict[str, Any] | None,
    title: str,
    release: Release = Release.AFTER,
    manual: Iterable[ManualQuestion] = (),
) -> str:
    """The feedback page of one submission.

    Args:
        result: what the grader found.
        notebook: the executed notebook as nbformat 4 JSON, put together by the grader; None if there is none.
        title: the course's title.
        release: what to show of the hidden tests.
        manual: the questions that a person marks.
    """
    manual = tuple(manual)
    cells, cells_left_out = cell_views(notebook) if notebook else ([], 0)
    places = question_cells({"cells": notebook["cells"][: len(cells)]} if notebook else {}, manual)
    questions = [] if result.status in (Status.REJECTED, Status.ERROR) else _views(result, release, manual, places)
    judged = [question for question in questions if question.is_judged]
    steps = list(_steps(result, judged))
    return _template().render(
        title=title,
        result=result,
        total=_total(result, judged, release),
        is_before=release is Release.BEFORE,
        questions=questions,
        by_hand=[question for question in questions if question.badge is Badge.BY_HAND],
        not_run=[q for q in judged if any(case.outcome is Outcome.NOT_RUN for case in q.cases)],
        steps=steps[:MAX_STEPS],
        more_steps=max(0, len(steps) - MAX_STEPS),
        stopped=[cell for cell in result.cells if cell.outcome is CellOutcome.STOPPED],
        cell_results={cell.index + 1: cell for cell in result.cells},
        cells=cells,
        cells_left_out=cells_left_out,
    )


def _views(
    result: SubmissionResult, release: Release, manual: Iterable[ManualQuestion], places: dict[str, Cells]
) -> list[QuestionView]:
    """All questions in the order in which people count, those that a person marks among them."""
    found: list[QuestionResult | ManualQuestion] = [*result.questions, *manual]
    if manual:
        found.sort(key=lambda question: _counted(question.name))
    return [
        _by_hand(f"question-{number}", question, places)
        if isinstance(question, ManualQuestion)
        else _judged(f"question-{number}", question, release, places)
        for number, question in enumerate(found, start=1)
    ]


def _counted(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,9})", name)]


def _by_hand(anchor: str, question: ManualQuestion, places: dict[str, Cells]) -> QuestionView:
    place = places.get(question.name)
    return QuestionView(anchor, question.name, Badge.BY_HAND, 0.0, question.max_score, "", (), place)


def _judged(anchor: str, question: QuestionResult, release: Release, places: dict[str, Cells]) -> QuestionView:
    shown = [case for case in question.cases if release is Release.AFTER or not case.hidden]
    cases = tuple(_case_view(case) for case in shown)
    score, max_score = question.score, question.max_score
    if release is Release.BEFORE:
        counted = [case for case in shown if case.outcome is not Outcome.NOT_RUN]
        score, max_score = sum(c.points for c in counted), sum(c.max_points for c in counted)
    badge = Badge.HIDDEN if question.cases and not cases else _badge(cases, score, max_score)
    place = places.get(question.name)
    return QuestionView(anchor, question.name, badge, score, max_score, question.message, cases, place)


def _case_view(case: CaseResult) -> CaseView:
    return CaseView(case.name, case.hidden, case.outcome, case.points, case.max_points, case.message)


def _badge(cases: Iterable[CaseView], score: float, max_score: float) -> Outcome | Badge:
    """One word for all cases: the worst of them, or what the points say."""
    found = {case.outcome for case in cases}
    if Outcome.ERROR in found:
        return Outcome.ERROR
    if found == {Outcome.NOT_RUN}:
        return Outcome.NOT_RUN
    if score >= max_score and Outcome.FAILED not in found:
        return Outcome.PASSED
    return Badge.PARTLY if score > 0 else Outcome.FAILED


def _total(result: SubmissionResult, judged: list[QuestionView], release: Release) -> Total | None:
    if result.score is None:
        return None
    if release is Release.AFTER or result.status is Status.REJECTED:
        return Total(result.score, result.max_score)
    return Total(sum(q.score for q in judged), sum(q.max_score or 0.0 for q in judged))


def _steps(result: SubmissionResult, judged: list[QuestionView]) -> Iterator[Step]:
    """Cells first, as they explain what fails after them; then questions, the one with most points to win first."""
    for cell in result.cells:
        if cell.outcome is CellOutcome.STOPPED:
            yield Step(f"cell-{cell.index + 1}", f"Cell {cell.index + 1} was stopped", cell.message)
    if any(question.is_lost for question in judged):  # else an exception did no harm
        raised = [cell for cell in result.cells if cell.outcome is CellOutcome.RAISED]
        for cell in raised[:MAX_RAISED]:
            yield Step(f"cell-{cell.index + 1}", f"Cell {cell.index + 1} raised an exception", cell.message)
    for question in sorted(judged, key=lambda question: -question.to_win):
        failed = [case for case in question.cases if case.outcome in (Outcome.FAILED, Outcome.ERROR)]
        failed.sort(key=lambda case: case.hidden)  # a public check can be run again at home
        if failed:
            message = failed[0].message or OUTCOME_NOTES.get(failed[0].outcome, "") or question.message
            where = f"{question.name}, {failed[0].label}"
            yield Step(question.anchor, where, message, question.to_win, question.cells)
        elif question.is_lost:
            yield Step(question.anchor, question.name, question.message, question.to_win, question.cells)


# The template and what it needs


@cache
def _template() -> Template:
    environment = page_environment(["page.css", "feedback.css"], extra_css=code_css(), finalize=_finalize)
    environment.filters |= {"message": _message, "preview": _preview}
    environment.globals |= {
        "status_words": STATUS_WORDS,
        "badge_words": OUTCOME_WORDS | BADGE_WORDS,
        "outcome_notes": OUTCOME_NOTES,
        "cell_words": CELL_WORDS,
    }
    return environment.get_template("feedback.html")


def _finalize(value: Any) -> Any:
    """Whatever text a result brings is shown plainly; it is escaped after that."""
    return plain(value[:MAX_NAME]) if type(value) is str else value


def _message(text: str) -> Markup:
    return text_block(text.strip("\n"), "message", MAX_MESSAGE)


def _preview(text: str) -> Markup:
    return text_block(text.strip("\n"), "message", MAX_PREVIEW)
