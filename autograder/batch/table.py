"""The closing table in the terminal."""

from rich.table import Table
from rich.text import Text

from autograder.batch.controller import Row
from autograder.batch.store import number
from autograder.results import Status

STYLES = {Status.GRADED: "", Status.PARTIAL: "yellow", Status.REJECTED: "red", Status.ERROR: "bold red"}
MAX_ROWS = 60  # a larger class gets one line per status and per question
MAX_QUESTION_COLUMNS = 20


def summary_table(rows: list[Row], questions: dict[str, float], title: str) -> Table:
    """Every submission of a small class; statuses and question means of a large one.

    Args:
        questions: maximum by question, in order.
    """
    return _by_submission(rows, questions, title) if len(rows) <= MAX_ROWS else _by_question(rows, questions, title)


def _by_submission(rows: list[Row], questions: dict[str, float], title: str) -> Table:
    table = Table(title=title, caption=_caption(rows), caption_justify="left", title_justify="left")
    table.add_column("submission", no_wrap=True, max_width=32)
    table.add_column("status")
    table.add_column("score", justify="right")
    names = list(questions)[:MAX_QUESTION_COLUMNS]
    for name in names:
        table.add_column(Text(name.partition("_")[0], justify="right"), justify="right")
    table.add_column("message", max_width=60)
    for row in rows:
        score = "–" if row.score is None else f"{number(row.score):g}/{number(row.max_score):g}"
        cells = [_cell(row.questions.get(name), questions[name]) for name in names]
        # Text, not markup: names and messages come from submissions.
        status = Text(row.status.value, style=STYLES[row.status])
        table.add_row(Text(_printable(row.submission)), status, score, *cells, Text(_printable(row.message)))
    return table


def _cell(score: float | None, max_score: float) -> Text:
    if score is None:
        return Text("–", style="dim")
    style = "green" if score >= max_score else "red" if score == 0 else "yellow"
    return Text(f"{number(score):g}", style=style)


def _by_question(rows: list[Row], questions: dict[str, float], title: str) -> Table:
    table = Table(title=title, caption=_caption(rows), caption_justify="left", title_justify="left")
    for name in ("question", "max", "mean", "full marks", "zero"):
        table.add_column(name, justify="left" if name == "question" else "right")
    scored = [row for row in rows if row.status in (Status.GRADED, Status.PARTIAL)]
    for name, max_score in questions.items():
        scores = [row.questions.get(name, 0.0) for row in scored]
        mean = sum(scores) / len(scores) if scores else 0.0
        full, none = sum(s >= max_score for s in scores), sum(s == 0 for s in scores)
        table.add_row(name, f"{number(max_score):g}", f"{mean:.2f}", str(full), str(none))
    return table


def _caption(rows: list[Row]) -> str:
    counts = [(status, sum(row.status == status for row in rows)) for status in Status]
    return f"{len(rows)} submissions: " + ", ".join(f"{count} {status}" for status, count in counts if count)


def _printable(text: str) -> str:
    """Text that cannot move the cursor or change a terminal's colours."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
