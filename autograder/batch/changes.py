"""A grade diff: what became of each submission and each of its cases between two gradings."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from autograder.batch.fingerprint import question_fingerprint
from autograder.batch.store import Store
from autograder.grading.assignment import Assignment
from autograder.records.spreadsheet import number
from autograder.results import CaseResult, Status, SubmissionResult


@dataclass(frozen=True)
class Standing:
    """A submission or a case at one time; ``outcome`` is its status, or None where there was none."""

    outcome: str | None
    score: float | None
    max_score: float

    def __str__(self) -> str:
        if self.outcome is None:
            return "not there"
        return f"{self.outcome} {'–' if self.score is None else f'{number(self.score):g}'}/{number(self.max_score):g}"


@dataclass(frozen=True)
class CaseChange:
    """A case that came out otherwise, or counts otherwise."""

    question: str
    case: str
    before: Standing
    after: Standing


@dataclass(frozen=True)
class Change:
    """What changed of one submission.

    Attributes:
        judged: the questions that were judged anew, whatever came of it.
        whole: something besides the tests had changed, so everything was graded anew.
        before, after: the submission's status and score.
    """

    submission: str
    judged: tuple[str, ...]
    whole: bool
    before: Standing
    after: Standing
    cases: list[CaseChange] = field(default_factory=list)

    @property
    def matters(self) -> bool:
        """Whether anything came out otherwise."""
        return bool(self.cases) or self.before != self.after


def changes(old: Store, new: Store, submissions: Iterable[str]) -> Iterator[Change]:
    """What changed of each submission that was graded anew.

    Args:
        old: holds the results before, of at least those submissions whose result was replaced.
    """
    for submission in submissions:
        before, after = old.read(submission), new.read(submission)
        if after is not None and before != after and (change := _change(before, after)):
            yield change


def _change(before: SubmissionResult | None, after: SubmissionResult) -> Change | None:
    known = {question.name: question.fingerprint for question in before.questions} if before else {}
    whole = before is None or before.fingerprint != after.fingerprint
    asked = after.questions if after.status in (Status.GRADED, Status.PARTIAL) else []
    judged = [q.name for q in asked if q.fingerprint and (whole or known.get(q.name) != q.fingerprint)]
    standing = Standing(None, None, 0.0) if before is None else Standing(before.status, before.score, before.max_score)
    change = Change(
        submission=after.submission,
        judged=tuple(judged),
        whole=whole and bool(judged),
        before=standing,
        after=Standing(after.status, after.score, after.max_score),
        cases=list(_case_changes(before, after)),
    )
    return change if judged or change.matters else None


def _case_changes(before: SubmissionResult | None, after: SubmissionResult) -> Iterator[CaseChange]:
    old, new = _cases(before), _cases(after)
    for key in [*new, *(key for key in old if key not in new)]:
        one, other = _standing(old.get(key)), _standing(new.get(key))
        if one != other:
            yield CaseChange(*key, one, other)


def _cases(result: SubmissionResult | None) -> dict[tuple[str, str], CaseResult]:
    questions = result.questions if result else []
    return {(question.name, case.name): case for question in questions for case in question.cases}


def _standing(case: CaseResult | None) -> Standing:
    return Standing(None, None, 0.0) if case is None else Standing(case.outcome, case.points, case.max_points)


def outdated(store: Store, submissions: Iterable[str], assignment: Assignment) -> Counter[str]:
    """The questions whose tests are not those that results were made with, and how many results that concerns."""
    current = {question_fingerprint(path): path.stem for path in assignment.test_files}
    counts: Counter[str] = Counter()
    for submission in submissions:
        result = store.read(submission)
        if result is not None and result.status in (Status.GRADED, Status.PARTIAL):
            counts.update(current[print_] for print_ in current.keys() - {q.fingerprint for q in result.questions})
    return Counter({name: counts[name] for name in current.values() if counts[name]})
