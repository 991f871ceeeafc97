"""The class on one page: who has which score, which questions are hard, which tests are suspect, and links to the
feedback.

The page loads nothing. Its one script sorts and searches the tables; without it they are plain tables.
"""

from collections.abc import Iterator
from functools import cache

from jinja2 import Template
from markupsafe import Markup

from autograder.records.pages.items import BEST_SHARE, MIN_CLASS, SuspectCase
from autograder.records.pages.page import format_number, page_environment, safe_text
from autograder.records.pages.plots import Bar, histogram, percent_bars, second_bars
from autograder.records.pages.summary import Line, Summary
from autograder.results import Status

MAX_REASONS = 100  # submissions listed with the reason why they were not graded in full
MAX_SHOWN = 500  # submissions shown before the reader searches, or asks for all
CHUNK = 200  # pieces of the page handed on together


def render_report(summary: Summary) -> Iterator[str]:
    """The report page, piece by piece: of a large class it is some megabytes."""
    not_full = [line for line in summary.lines if line.status is not Status.GRADED]
    maxima = {line.max_score for line in summary.lines}
    only_maximum = maxima.pop() if len(maxima) == 1 else None
    stream = _template().stream(
        summary=summary,
        record=summary.record,
        reasons=not_full[:MAX_REASONS],
        more_reasons=len(not_full) - len(not_full[:MAX_REASONS]),
        only_maximum=only_maximum,
        columns=_short_names(list(summary.questions)),
        rows=(
            _row(line, len(summary.questions), only_maximum is None, place > MAX_SHOWN)
            for place, line in enumerate(summary.lines, start=1)
        ),
        max_shown=MAX_SHOWN,
        plots=list(_plots(summary)),
        best_share=BEST_SHARE,
        min_class=MIN_CLASS,
    )
    stream.enable_buffering(CHUNK)
    yield from stream


def _plots(summary: Summary) -> Iterator[tuple[Markup, str, list[Bar]]]:
    """Each histogram with its caption and its bars, for the table beside it."""
    if summary.percents:
        bars = percent_bars(summary.percents)
        yield histogram("scores", bars, "How the scores are spread", "score in percent"), "Score in percent", bars
    if summary.seconds:
        bars = second_bars(summary.all_seconds)
        yield histogram("seconds", bars, "How long grading took", "seconds per submission"), "Seconds", bars


def _short_names(names: list[str]) -> list[str]:
    """``q3`` for ``q3_receptive_field``, as long as that tells them apart."""
    short = [name.partition("_")[0] for name in names]
    return short if len(set(short)) == len(names) else names


def _row(line: Line, questions: int, with_maximum: bool, is_later: bool) -> Markup:
    """A row of the table of submissions; written by hand, as there may be ten thousands."""
    score = "–" if line.score is None else format_number(line.score)
    if with_maximum and line.score is not None:
        score += f" / {format_number(line.max_score)}"
    scores = "".join(
        f"<td>{format_number(points)}</td>" if points > 0 else '<td class="none">0</td>' for points in line.questions
    )
    missing = "<td>–</td>" * (questions - len(line.questions))
    status, seconds, message = line.status.value, f"{line.seconds:.1f}", safe_text(line.message)
    kind = f"{status} later" if is_later else status
    return Markup(
        f'<tr class="{kind}"><th scope="row">{_link(line)}</th><td>{status}</td><td>{score}</td>'
        f'{scores}{missing}<td>{seconds}</td><td class="message">{message}</td></tr>\n'
    )


def _link(line: Line) -> Markup:
    return Markup('<a href="{}">{}</a>').format(line.link, safe_text(line.submission))


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" + (f" ({100 * part / whole:.0f} %)" if whole else "")


def _signed(value: float | None) -> str:
    """A correlation: two decimals, a true minus sign; a dash where there is none."""
    return "–" if value is None else f"{value + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−")


def _case_name(case: SuspectCase) -> str:
    return f"{case.name}{' (hidden)' if case.hidden else ''}"


@cache
def _template() -> Template:
    environment = page_environment(["page.css", "report.css"], script="report.js")
    environment.filters |= {"link": _link, "signed": _signed, "case_name": _case_name}
    environment.globals |= {"share": _share}
    return environment.get_template("report.html")
