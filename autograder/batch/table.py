"""The closing table in the terminal."""

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autograder.records.plain_text import printable
from autograder.records.spreadsheet import number
from autograder.results import Row, Status

STYLES = {Status.GRADED: "", Status.PARTIAL: "yellow", Status.REJECTED: "red", Status.ERROR: "bold red"}
MAX_ROWS = 60  # a larger class gets a line per question
FIXED_WIDTH = 48  # of the columns before the questions
QUESTION_WIDTH = 5


def summary_table(rows: list[Row], questions: dict[str, float], title: str, width: int) -> RenderableType:
    """Every submission of a small class, or every question of a large one; then what there is to say.

    Args:
        questions: maximum by question, in order.
        width: of the terminal, in characters; questions that do not fit are left to ``grades.csv``.
    """
    table = _by_submission(rows, questions, width) if len(rows) <= MAX_ROWS else _by_question(rows, questions)
    return Group(Text(title, style="bold"), table, *_messages(rows), Text(_counts(rows), style="bold"))


def _by_submission(rows: list[Row], questions: dict[str, float], width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("submission", no_wrap=True, max_width=28)
    table.add_column("status", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    shown = list(questions)[: max(0, width - FIXED_WIDTH) // QUESTION_WIDTH]
    shown = shown if len(shown) == len(questions) else []  # some columns without the others would mislead
    for name in shown:
        table.add_column(Text(name.partition("_")[0]), justify="right", no_wrap=True)
    for row in rows:
        cells = [_cell(row.questions.get(name), questions[name]) for name in shown]
        # Text, not markup: names and messages come from submissions.
        table.add_row(plain(row.submission), Text(row.status.value, STYLES[row.status]), _score(row), *cells)
    return table


def _score(row: Row) -> str:
    return "–" if row.score is None else f"{number(row.score):g} / {number(row.max_score):g}"


def _cell(score: float | None, max_score: float) -> Text:
    if score is None:
        return Text("–", style="dim")
    style = "green" if score >= max_score else "red" if score == 0 else "yellow"
    return Text(f"{number(score):g}", style=style)


def _by_question(rows: list[Row], questions: dict[str, float]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("question", "points", "mean", "full marks", "zero"):
        table.add_column(name, justify="left" if name == "question" else "right")
    scored = [row for row in rows if row.status in (Status.GRADED, Status.PARTIAL)]
    for name, max_score in questions.items():
        scores = [row.questions.get(name, 0.0) for row in scored]
        mean = sum(scores) / len(scores) if scores else 0.0
        full, none = sum(s >= max_score for s in scores), sum(s == 0 for s in scores)
        table.add_row(name, f"{number(max_score):g}", f"{mean:.2f}", str(full), str(none))
    return table


def _messages(rows: list[Row]) -> Iterator[Text]:
    for row in rows[:MAX_ROWS]:
        if row.message:
            yield Text.assemble(
                plain(row.submission), (f" ({row.status.value}): ", STYLES[row.status]), plain(row.message)
            )


def _counts(rows: list[Row]) -> str:
    counts = [(status, sum(row.status == status for row in rows)) for status in Status]
    noun = "submission" if len(rows) == 1 else "submissions"
    return f"{len(rows)} {noun}: " + ", ".join(f"{count} {status}" for status, count in counts if count)


def plain(text: str) -> Text:
    """Text that cannot move the cursor or change a terminal's colours."""
    return Text(printable(text))
