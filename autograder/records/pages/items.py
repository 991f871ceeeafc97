"""Item analysis after classical test theory: which questions are hard, which tell strong submissions from weak ones,
and which test cases do the opposite.

Only submissions that were run are looked at (graded and partial). The figures describe this class, not the questions
as such: with fewer than about 30 submissions they are rough.
"""

from array import array
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from autograder.results import Outcome, SubmissionResult

BEST_SHARE = 0.27  # T. L. Kelley (1939), The selection of upper and lower groups for the validation of test items
MIN_BEST = 5  # submissions
MIN_CLASS = 10  # submissions; of fewer, nothing is said on cases
SUSPECT_SHARE = 0.5  # of the best fail it
_UNKNOWN, _PASSED, _FAILED = 0, 1, 2
_VERDICTS = {Outcome.PASSED: _PASSED, Outcome.FAILED: _FAILED}


@dataclass(frozen=True)
class QuestionItem:
    """A question over all submissions that were run.

    Attributes:
        difficulty: mean share of the points, 0 (nobody) to 1 (everybody); None without submissions.
        discrimination: see `discrimination`.
        full_marks, zeros: how many submissions.
    """

    name: str
    max_score: float
    mean: float | None
    difficulty: float | None
    discrimination: float | None
    full_marks: int
    zeros: int
    submissions: int


@dataclass(frozen=True)
class SuspectCase:
    """A test case that most of the otherwise best submissions fail: perhaps the test is wrong, or its question unclear.

    Attributes:
        best: submissions with the best scores in all other questions; best_failed: how many of them fail.
        others, others_failed: the same for the rest of the class.
    """

    question: str
    name: str
    hidden: bool
    max_points: float
    best: int
    best_failed: int
    others: int
    others_failed: int


Case = tuple[str, str, int]
"""Question, case, and a number that tells cases of one name apart."""


@dataclass
class ItemTable:
    """Scores by question and verdicts by case of each submission, as small as they can be kept."""

    questions: dict[str, float] = field(default_factory=dict)  # maximum by name
    cases: dict[Case, tuple[bool, float]] = field(default_factory=dict)  # hidden, points
    _scores: "list[array[float]]" = field(default_factory=list)
    _verdicts: list[bytes] = field(default_factory=list)

    def add(self, result: SubmissionResult) -> None:
        """Take in one submission that was run."""
        scores = {question.name: question.score for question in result.questions}
        verdicts: dict[Case, int] = {}
        for question in result.questions:
            self.questions[question.name] = max(self.questions.get(question.name, 0.0), question.max_score)
            seen: Counter[str] = Counter()
            for case in question.cases:
                key = (question.name, case.name, seen[case.name])
                seen[case.name] += 1
                self.cases.setdefault(key, (case.hidden, case.max_points))
                verdicts[key] = _VERDICTS.get(case.outcome, _UNKNOWN)
        self._scores.append(array("d", [scores.get(name, 0.0) for name in self.questions]))
        self._verdicts.append(bytes(verdicts.get(key, _UNKNOWN) for key in self.cases))

    def items(self) -> list[QuestionItem]:
        """Each question, in the order in which they came."""
        scores = self._matrix()
        totals = scores.sum(axis=1)
        return [
            _item(name, maximum, scores[:, column], totals - scores[:, column])
            for column, (name, maximum) in enumerate(self.questions.items())
        ]

    def suspects(self) -> list[SuspectCase]:
        """The suspect cases, worst first; none in a class too small to tell."""
        if len(self._scores) < MIN_CLASS:
            return []
        scores, columns = self._matrix(), {name: column for column, name in enumerate(self.questions)}
        best = {name: _best(scores.sum(axis=1) - scores[:, column]) for name, column in columns.items()}
        width = len(self.cases)
        verdicts = np.frombuffer(b"".join(row.ljust(width, b"\0") for row in self._verdicts), np.uint8)
        verdicts = verdicts.reshape(-1, width)
        found = [
            _counted(case, *told, verdicts[:, n], best[case[0]]) for n, (case, told) in enumerate(self.cases.items())
        ]
        suspects = [case for case in found if case.best and case.best_failed / case.best > SUSPECT_SHARE]
        return sorted(suspects, key=lambda case: -case.best_failed / case.best)

    def _matrix(self) -> np.ndarray:
        matrix = np.zeros((len(self._scores), len(self.questions)))
        for row, scores in zip(matrix, self._scores, strict=True):
            row[: len(scores)] = scores
        return matrix


def _item(name: str, max_score: float, scores: np.ndarray, rest: np.ndarray) -> QuestionItem:
    mean = float(scores.mean()) if len(scores) else None
    difficulty = mean / max_score if mean is not None and max_score else None
    full, zeros = int((scores >= max_score).sum()), int((scores <= 0).sum())
    return QuestionItem(name, max_score, mean, difficulty, discrimination(scores, rest), full, zeros, len(scores))


def discrimination(scores: np.ndarray, rest: np.ndarray) -> float | None:
    """The corrected item-total correlation: Pearson's r between a question and the total of all others.

    With x the points of the question, T those of all questions, and R = T - x:
    r = cov(x, R) / (sd(x) sd(R)). It is called corrected because x is taken out of T, with which it would agree in
    part by being in it. Classical test theory; S. Henrysson (1963), Correction of item-total correlations in item
    analysis, Psychometrika 28, 211-218. None where one of the two does not vary, or with fewer than 3 submissions.
    """
    if len(scores) < 3:
        return None
    x, others = scores - scores.mean(), rest - rest.mean()
    spread = float(np.sqrt((x @ x) * (others @ others)))
    scale = 1e-12 * len(scores) * (1 + float(np.abs(scores).max()) * float(np.abs(rest).max()))
    return None if spread <= scale else max(-1.0, min(1.0, float(x @ others) / spread))


def _best(rest: np.ndarray) -> np.ndarray:
    """Which submissions are the best in everything else; those level with the last of them are in."""
    count = min(len(rest), max(MIN_BEST, int(np.ceil(BEST_SHARE * len(rest)))))
    least: float = np.sort(rest)[-count] - 1e-9
    return rest >= least


def _counted(case: Case, hidden: bool, max_points: float, verdicts: np.ndarray, best: np.ndarray) -> SuspectCase:
    judged, failed = verdicts != _UNKNOWN, verdicts == _FAILED
    question, name, _ = case
    groups = [(judged & group, failed & group) for group in (best, ~best)]
    counts = [int(mask.sum()) for pair in groups for mask in pair]
    return SuspectCase(question, name, hidden, max_points, *counts)
