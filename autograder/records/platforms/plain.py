"""Scores as a plain table: one row per student, and one for each score that found no student."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from autograder.records.scores.final import Entry, LeftOut, Settled
from autograder.records.spreadsheet import harmless, number
from autograder.results import percentage

HEADER = (
    "student", "name", "email", "submission", "status", "score", "max_score", "percent", "automatic", "by_hand",
    "extra_credit", "days_late", "late_penalty", "needs_marking", "message",
)  # fmt: skip
LEFT_OUT_HEADER = ("reason", "submission", "student", "detail")


def plain_csv(settled: Settled) -> str:
    """All students and all that was left out, sorted by student; the reason stands in the message."""
    rows = [*map(_row, settled.entries), *map(_left_out_row, settled.left_out)]
    return _csv([HEADER, *sorted(rows, key=lambda row: (not row[0], str(row[0]).casefold(), str(row[3]).casefold()))])


def left_out_csv(left_out: Iterable[LeftOut]) -> str:
    """What was left out, with the reasons."""
    rows = [[one.why.value, *map(harmless, (one.submission, one.student, one.detail))] for one in left_out]
    return _csv([LEFT_OUT_HEADER, *rows])


def _row(entry: Entry) -> list[Any]:
    student, score = entry.student, entry.score
    return [
        *map(harmless, (student.id, student.name, student.email, score.submission)), score.status.value,
        number(score.score or 0.0), number(score.max_score), percentage(score.score, score.max_score),
        *map(number, (score.automatic, score.by_hand, score.extra_credit)), entry.days_late,
        number(score.late_penalty), "yes" if score.needs_marking else "no", harmless(score.message),
    ]  # fmt: skip


def _left_out_row(one: LeftOut) -> list[Any]:
    told = f"{one.why.value}: {one.detail}" if one.detail else one.why.value
    return [harmless(one.student), "", "", harmless(one.submission), *[""] * 10, harmless(told)]


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
