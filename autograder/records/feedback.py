"""What a student gets back: one HTML page, complete in itself.

The page runs no scripts and loads nothing; its content security policy says so to the browser as well. Of a
hidden test it shows only that it is one, its points and its message.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from autograder.records.notebook_html import cell_views, code_css, plain, text_block
from autograder.results import CaseResult, CellOutcome, Outcome, QuestionResult, Status, SubmissionResult

TEMPLATES = Path(__file__).parent / "templates"
MAX_MESSAGE = 6_000  # characters
MAX_PREVIEW = 800  # characters of a message in the list of what to look at
MAX_STEPS = 5  # things to look at next
MAX_RAISED = 2  # of them, cells that raised
MAX_NAME = 300  # characters

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

    label: str
    outcome: Outcome
    points: float
    max_points: float
    message: str


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question with its cases; ``anchor`` is its place in the page."""

    anchor: str
    name: str
    score: float
    max_score: float
    message: str
    cases: list[CaseView]

    @property
    def outcome(self) -> Outcome:
        """One word for all cases: the worst of them, or what the points say."""
        found = {case.outcome for case in self.cases}
        for outcome in (Outcome.ERROR, Outcome.FAILED):
            if outcome in found:
                return outcome
        if found == {Outcome.NOT_RUN}:
            return Outcome.NOT_RUN
        return Outcome.PASSED if self.score >= self.max_score else Outcome.FAILED


@dataclass(frozen=True, slots=True)
class Step:
    """Something to look at next."""

    anchor: str
    where: str
    message: str


def render_feedback(result: SubmissionResult, notebook: dict[str, Any] | None, title: str) -> str:
    """The feedback page of one submission.

    Args:
        result: what the grader found.
        notebook: the executed notebook as nbformat 4 JSON, put together by the grader; None if there is none.
        title: the course's title.
    """
    judged = [] if result.status is Status.REJECTED else result.questions
    questions = [_question_view(number, question) for number, question in enumerate(judged, start=1)]
    steps = list(_steps(result, questions))
    cells, cells_left_out = cell_views(notebook) if notebook else ([], 0)
    return _template().render(
        title=title,
        result=result,
        questions=questions,
        not_run=[q for q in questions if any(case.outcome is Outcome.NOT_RUN for case in q.cases)],
        steps=steps[:MAX_STEPS],
        more_steps=max(0, len(steps) - MAX_STEPS),
        stopped=[cell for cell in result.cells if cell.outcome is CellOutcome.STOPPED],
        cell_results={cell.index + 1: cell for cell in result.cells},
        cells=cells,
        cells_left_out=cells_left_out,
    )


def _question_view(number: int, question: QuestionResult) -> QuestionView:
    hidden = count(1)
    cases = [_case_view(case, hidden) for case in question.cases]
    return QuestionView(
        f"question-{number}", question.name, question.score, question.max_score, question.message, cases
    )


def _case_view(case: CaseResult, hidden: Iterator[int]) -> CaseView:
    label = f"Hidden check {next(hidden)}" if case.hidden else case.name
    return CaseView(label, case.outcome, case.points, case.max_points, case.message)


def _steps(result: SubmissionResult, questions: list[QuestionView]) -> Iterator[Step]:
    """Cells first, as they explain what fails after them; then the first trouble of each question."""
    for cell in result.cells:
        if cell.outcome is CellOutcome.STOPPED:
            yield Step(f"cell-{cell.index + 1}", f"Cell {cell.index + 1} was stopped", cell.message)
    if any(question.outcome is Outcome.FAILED for question in questions):  # else an exception did no harm
        raised = [cell for cell in result.cells if cell.outcome is CellOutcome.RAISED]
        for cell in raised[:MAX_RAISED]:
            yield Step(f"cell-{cell.index + 1}", f"Cell {cell.index + 1} raised an exception", cell.message)
    for question in questions:
        failed = [case for case in question.cases if case.outcome in (Outcome.FAILED, Outcome.ERROR)]
        if failed:
            message = failed[0].message or OUTCOME_NOTES.get(failed[0].outcome, "") or question.message
            yield Step(question.anchor, f"{question.name}, {failed[0].label}", message)
        elif question.outcome is Outcome.FAILED:
            yield Step(question.anchor, question.name, question.message)


# The template and what it needs


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": format_number,
        "breakable": _breakable,
        "message": _message,
        "preview": _preview,
    }
    css = (TEMPLATES / "feedback.css").read_text(encoding="utf-8") + code_css()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    environment.globals |= {
        "css": Markup(css),
        "css_hash": f"sha256-{digest}",  # the only style that the page allows
        "status_words": STATUS_WORDS,
        "outcome_words": OUTCOME_WORDS,
        "outcome_notes": OUTCOME_NOTES,
        "cell_words": CELL_WORDS,
    }
    return environment.get_template("feedback.html")


def _finalize(value: Any) -> Any:
    """Whatever text a result brings is shown plainly; it is escaped after that."""
    return plain(value[:MAX_NAME]) if type(value) is str else value


def format_number(value: float) -> str:
    """A score as people write it: 3, 2.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _breakable(name: str) -> Markup:
    """A name such as ``q3_receptive_field`` that a phone may break after its underscores."""
    return escape(_finalize(name)).replace("_", Markup("_<wbr>"))


def _message(text: str) -> Markup:
    return text_block(text.strip("\n"), "message", MAX_MESSAGE)


def _preview(text: str) -> Markup:
    return text_block(text.strip("\n"), "message", MAX_PREVIEW)
