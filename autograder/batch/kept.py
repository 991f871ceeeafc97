"""Which results of an earlier run stand.

This is looked at before any worker is started: where nothing changed, neither torch nor a test is loaded. Submissions
are read in processes of their own, never in the controller: one that is too much for such a process is left to a
worker, and the controller stays small.
"""

import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from autograder.batch.fingerprint import RunFingerprint, submission_fingerprint
from autograder.batch.store import Store
from autograder.grading.assignment import Assignment
from autograder.grading.intake import Found, read_submission
from autograder.grading.notebook import Notebook, Rejection, other_assignment
from autograder.grading.sandbox.jail import die_with_parent
from autograder.results import Row, Status, SubmissionResult

CHUNK = 50  # submissions that a process is handed at a time


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run left of a submission.

    Attributes:
        row: its result, if that still stands.
        seconds: that it took to grade; None if that is not known.
    """

    row: Row | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Lookup:
    """How to tell whether a result stands.

    Attributes:
        regrade: none stands, and only the times are of interest.
    """

    out: Path
    assignment: Assignment
    run: RunFingerprint
    regrade: bool

    def look(self, found: Found) -> Earlier:
        """What there is of one submission."""
        result = Store(self.out).read(found.name)
        if result is None:
            return Earlier()
        if self.regrade:
            return Earlier(None, result.seconds)
        fingerprint = submission_fingerprint(self.run.common, read_for(self.assignment, found))
        return Earlier(result.row() if stands(result, fingerprint, self.run.tests) else None, result.seconds)


def read_for(assignment: Assignment, found: Found) -> Notebook | Rejection:
    """Read a submission; one that says it belongs to another assignment is rejected, too."""
    notebook = read_submission(found, chapter=assignment.assignment_name or "")
    expected = assignment.assignment_name
    if isinstance(notebook, Rejection) or expected is None or notebook.assignment_name in (None, expected):
        return notebook
    return other_assignment(notebook.assignment_name, expected)


def is_comparable(result: SubmissionResult, fingerprint: str) -> bool:
    """Whether a result depends on the same besides tests; faults of the grader are always tried again."""
    return result.fingerprint == fingerprint and result.status != Status.ERROR


def stands(result: SubmissionResult, fingerprint: str, tests: tuple[str, ...]) -> bool:
    """Whether a result is what grading would give again."""
    judged_with = tuple(question.fingerprint for question in result.questions)
    return is_comparable(result, fingerprint) and judged_with == tests


def earlier_results(lookup: Lookup, found: list[Found], processes: int) -> Iterator[Earlier]:
    """What an earlier run left of each submission, in their order."""
    known = sum(Store(lookup.out).result_path(one.name).exists() for one in found)
    if not known:
        yield from (Earlier() for _ in found)
        return
    context = get_context("spawn")  # a fork would take the controller's threads' locks along
    pool = ProcessPoolExecutor(min(processes, 1 + known // CHUNK), context, initializer=_begin)
    left = iter(found)
    try:
        for earlier in pool.map(lookup.look, found, chunksize=CHUNK):
            next(left)
            yield earlier
    except BrokenProcessPool:  # by one of those that are left: workers know what to do with it
        yield from (Earlier() for _ in left)
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """In a process of the pool: Ctrl-C is the controller's business, and it ends with the controller."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent(signal.SIGKILL)
