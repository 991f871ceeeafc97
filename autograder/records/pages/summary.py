"""What the report says of a class, gathered from one result after the other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from autograder.records.pages.items import ItemTable, QuestionItem, SuspectCase
from autograder.results import BatchRecord, Status, SubmissionResult

MAX_MESSAGE = 300  # characters of a message that are kept


@dataclass(frozen=True, slots=True)
class Line:
    """A submission as the report keeps it; ``questions`` are its scores in the order of `Summary.questions`."""

    submission: str
    link: str
    status: Status
    score: float | None
    max_score: float
    seconds: float
    message: str
    questions: tuple[float, ...]


@dataclass(frozen=True)
class Spread:
    """A few figures on many values."""

    count: int
    mean: float
    median: float
    deviation: float
    p95: float
    highest: float
    total: float


@dataclass(frozen=True)
class Summary:
    """A class in figures; all but ``lines`` and ``counts`` are of the submissions that were run."""

    record: BatchRecord
    questions: dict[str, float]
    lines: list[Line]
    counts: dict[Status, int]
    scores: Spread | None
    percents: list[float]
    seconds: Spread | None
    all_seconds: list[float]
    items: list[QuestionItem]
    suspects: list[SuspectCase]

    @property
    def run(self) -> int:
        """How many submissions were run."""
        return self.counts[Status.GRADED] + self.counts[Status.PARTIAL]


def summarise(record: BatchRecord, results: Iterable[SubmissionResult], link: Callable[[str], str]) -> Summary:
    """Look at every result once; of each only a line, its scores and its verdicts are kept.

    Args:
        link: address of a submission's feedback page, relative to the report.
    """
    lines: list[Line] = []
    table = ItemTable()
    questions = dict(record.questions)
    for result in results:
        for question in result.questions:
            questions.setdefault(question.name, question.max_score)
        lines.append(_line(result, list(questions), link(result.submission)))
        if result.status in (Status.GRADED, Status.PARTIAL):
            table.add(result)
    run = [line for line in lines if line.status in (Status.GRADED, Status.PARTIAL)]
    return Summary(
        record=record,
        questions=questions,
        lines=lines,
        counts={status: sum(line.status is status for line in lines) for status in Status},
        scores=_spread([line.score or 0.0 for line in run]),
        percents=[100 * (line.score or 0.0) / line.max_score for line in run if line.max_score],
        seconds=_spread([line.seconds for line in run]),
        all_seconds=[line.seconds for line in run],
        items=table.items(),
        suspects=table.suspects(),
    )


def _line(result: SubmissionResult, questions: list[str], link: str) -> Line:
    scores = {question.name: question.score for question in result.questions}
    message = result.message if len(result.message) <= MAX_MESSAGE else f"{result.message[: MAX_MESSAGE - 1]}…"
    points = tuple(scores.get(name, 0.0) for name in questions) if result.score is not None else ()
    status, score = result.status, result.score
    return Line(result.submission, link, status, score, result.max_score, result.seconds, message, points)


def _spread(values: list[float]) -> Spread | None:
    if not values:
        return None
    told = np.array(values)
    deviation = float(told.std(ddof=1)) if len(values) > 1 else 0.0
    median, p95 = (float(value) for value in np.percentile(told, [50, 95]))
    return Spread(len(values), float(told.mean()), median, deviation, p95, float(told.max()), float(told.sum()))
