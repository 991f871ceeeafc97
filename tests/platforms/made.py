"""What the tests here share: a folder of results as `autograder grade` leaves it, made without grading."""

from pathlib import Path

from hypothesis import HealthCheck, settings

from autograder.batch.store import Store
from autograder.results import CaseResult, Outcome, QuestionResult, Status, SubmissionResult

CHAPTER = "01_a"
MAX_SCORE = 10.0

# For property tests: a busy host is no failure.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def result(name: str, score: float | None, message: str = "") -> SubmissionResult:
    """A submission of one question with a public and a hidden test; without a score the grader failed on it."""
    status = Status.ERROR if score is None else Status.GRADED
    cases = [
        CaseResult("test_public", False, min(score or 0, 4), 4, Outcome.PASSED, "2 and 2 is 4"),
        CaseResult("test_secret_name", True, max(0, (score or 0) - 4), 6, Outcome.FAILED, "think of 0", "expected 42"),
    ]
    questions = [] if score is None else [QuestionResult("q1_sum", score, MAX_SCORE, cases)]
    return SubmissionResult(name, CHAPTER, status, score, MAX_SCORE, 1.5, message, questions)


def results_folder(out: Path, scores: dict[str, float | None], messages: dict[str, str] | None = None) -> Path:
    """Write results of a class: points by the name of the submission."""
    store = Store(out)
    store.prepare()
    made = [result(name, score, (messages or {}).get(name, "")) for name, score in sorted(scores.items())]
    for one in made:
        store.write(one, None, "")
    store.write_grades([one.row() for one in made], ["q1_sum"])
    return out
