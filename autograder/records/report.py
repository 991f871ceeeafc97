"""The class on one page: who has which score, which questions are hard, and links to the feedback."""

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from autograder.records.feedback import TEMPLATES, format_number
from autograder.records.notebook_html import plain
from autograder.results import Row, Status


@dataclass(frozen=True)
class QuestionSummary:
    """A question over all submissions that were graded; ``mean`` is None where there are none."""

    name: str
    max_score: float
    mean: float | None
    full_marks: int
    zeros: int


def render_report(
    rows: Iterable[Row], questions: dict[str, float], chapter: str, title: str, link: Callable[[str], str]
) -> str:
    """The report page: self-contained, no scripts, nothing loaded from anywhere.

    Args:
        rows: every submission, in the order of the table.
        questions: maximum by question, in order.
        title: of the course.
        link: address of a submission's feedback page, relative to the report.
    """
    listed = list(rows)
    graded = [row for row in listed if row.status in (Status.GRADED, Status.PARTIAL)]
    return _template().render(
        title=title,
        chapter=chapter,
        rows=listed,
        questions=questions,
        counts={status: sum(row.status is status for row in listed) for status in Status},
        summaries=[_summary(name, maximum, graded) for name, maximum in questions.items()],
        mean=_mean([row.score or 0.0 for row in graded]),
        link=link,
    )


def _summary(name: str, max_score: float, graded: list[Row]) -> QuestionSummary:
    scores = [row.questions.get(name, 0.0) for row in graded]
    full, zeros = sum(score >= max_score for score in scores), sum(score <= 0 for score in scores)
    return QuestionSummary(name, max_score, _mean(scores), full, zeros)


def _mean(scores: list[float]) -> float | None:
    return sum(scores) / len(scores) if scores else None


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": format_number, "plain": plain}
    css = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("feedback.css", "report.css"))
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    environment.globals |= {"css": Markup(css), "css_hash": f"sha256-{digest}"}
    return environment.get_template("report.html")
