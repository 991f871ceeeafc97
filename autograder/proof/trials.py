"""Trials: an answer to one question, run against the question's tests on the fast path of the grader.

A trial runs as a submission does, in a box of its own. What makes thousands of them cheap is the zygote, and cells
cut down to what the question needs (`autograder.proof.cuts`).
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing.util import Finalize
from types import TracebackType
from typing import Any, TypeVar

from autograder.course import Limits
from autograder.errors import GraderFault
from autograder.grading.assignment import Assignment
from autograder.grading.isolation.local import Zygote
from autograder.grading.isolation.wall import Wall
from autograder.grading.judge.errors import Broken
from autograder.grading.judge.remote import Handle, Link, RemoteEnvironment
from autograder.grading.judge.suite import read_suite
from autograder.grading.notebook import Cell, CellKind, Notebook
from autograder.grading.sandbox.jail import die_with_parent
from autograder.grading.session import Grader, grade_notebook
from autograder.grading.wire import Ask, Message, WireError, new_nonce
from autograder.results import CellResult, Outcome, QuestionResult

Result = TypeVar("Result")
AHEAD = 2  # trials handed to each process beyond the one that it runs


@dataclass(frozen=True)
class Trial:
    """Code cells to run and the questions to judge at their end.

    Attributes:
        seed: chooses what the tests draw; the same seed draws the same.
        questions: the questions to judge; none means all of the assignment.
        cell_timeout_s: wall time of a cell and of a question's tests; None takes the chapter's limit.
        only_whether_full: cases are not run any more once points are lost.
    """

    key: str
    cells: tuple[str, ...]
    questions: tuple[str, ...] = ()
    seed: int = 0
    cell_timeout_s: float | None = None
    only_whether_full: bool = False


@dataclass(frozen=True)
class Tried:
    """What came of a trial.

    Attributes:
        wall_s: of the whole trial.
        stopped: a cell or a question hit a limit or broke the box.
    """

    key: str
    questions: dict[str, QuestionResult]
    cells: tuple[CellResult, ...]
    wall_s: float
    stopped: bool

    def is_full(self, question: str) -> bool:
        """Whether the question got full marks."""
        result = self.questions[question]
        return result.score >= result.max_score

    def failed_cases(self, question: str) -> list[str]:
        """The names of the cases that did not pass."""
        cases = self.questions[question].cases
        return [case.name for case in cases if case.outcome not in (Outcome.PASSED, Outcome.NOT_RUN)]


class TrialPool:
    """Processes that run trials, each with its own zygote; use as a context manager.

    Args:
        wall: as for grading; what is tried was written by the instructor.
    """

    def __init__(self, assignment: Assignment, limits: Limits, wall: Wall, jobs: int):
        self._jobs = jobs
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        self._pool = ProcessPoolExecutor(
            jobs,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(assignment, limits, wall),
        )

    def run(self, trials: Iterable[Trial]) -> Iterator[Tried]:
        """Run trials, each in a box of its own; results come in the order in which they are done.

        Raises:
            GraderFault: the sandbox or the judging failed.
        """
        return self.each(try_alone, ((trial,) for trial in trials))

    def each(self, work: Callable[..., Result], calls: Iterable[tuple[Any, ...]]) -> Iterator[Result]:
        """Call a function of a `Grader` and further arguments many times, in the processes of the pool.

        Raises:
            GraderFault: the sandbox or the judging failed.
        """
        waiting: set[Future[Result]] = set()
        todo = iter(calls)
        while True:
            for arguments in todo:
                waiting.add(self._pool.submit(_work, work, arguments))
                if len(waiting) >= self._jobs * (1 + AHEAD):
                    break
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            try:
                yield from (future.result() for future in done)
            except BrokenProcessPool as err:
                raise GraderFault("a process that runs trials was killed; perhaps the memory did not suffice") from err

    def values(self, cells: tuple[str, ...], names: Collection[str]) -> dict[str, Any]:
        """The plain data that cells bind to names; names of anything else are left out.

        Raises:
            GraderFault: the cells could not be run.
        """
        return self._pool.submit(_work, _values, (cells, sorted(names))).result()

    def __enter__(self) -> "TrialPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


_grader: Grader | None = None  # of a process of the pool


def _start(assignment: Assignment, limits: Limits, wall: Wall) -> None:
    global _grader  # noqa: PLW0603
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the business of whoever started the pool
    die_with_parent(signal.SIGKILL)
    zygote = Zygote(wall, limits, assignment.files_dir)
    Finalize(None, zygote.close, exitpriority=1)
    suite = read_suite(assignment.test_files)
    zygote.wait_ready()
    _grader = Grader(assignment, suite, zygote, limits, b"")


def _work(work: Callable[..., Result], arguments: tuple[Any, ...]) -> Result:
    if _grader is None:
        raise GraderFault("the process that should run trials was not prepared")
    return work(_grader, *arguments)


def grader_for(prepared: Grader, trial: Trial) -> Grader:
    """A grader with the questions, the seed and the limits of a trial."""
    wanted = trial.questions or tuple(prepared.suite)
    limits = prepared.limits.with_overrides(cell_timeout_s=trial.cell_timeout_s)
    secret = trial.seed.to_bytes(8, "big")
    suite = {name: replace(prepared.suite[name], only_whether_full=trial.only_whether_full) for name in wanted}
    return replace(prepared, suite=suite, limits=limits, secret=secret)


def try_alone(prepared: Grader, trial: Trial) -> Tried:
    """Run a trial in a box of its own."""
    start_s = time.monotonic()
    cells = tuple(Cell(n, CellKind.CODE, source) for n, source in enumerate(trial.cells))
    graded = grade_notebook(Notebook(cells), "trial", grader_for(prepared, trial))
    questions = {result.name: result for result in graded.questions}
    return Tried(trial.key, questions, tuple(graded.cells), time.monotonic() - start_s, graded.partial)


def _values(grader: Grader, cells: tuple[str, ...], names: list[str]) -> dict[str, Any]:
    box = grader.zygote.box()
    link = Link(box.channel)
    link.deadline_s = time.monotonic() + grader.limits.timeout_s
    try:
        for number, source in enumerate(cells, start=1):
            box.channel.send(Message(new_nonce(), Ask.CELL, [number, source]), link.deadline_s)
            box.channel.receive(link.deadline_s)
        environment = RemoteEnvironment(link)
        found = {name: environment.get(name) for name in names}
        return {name: value for name, value in found.items() if not isinstance(value, Handle)}
    except (WireError, Broken) as err:
        raise GraderFault(f"the solution's values could not be read ({err})") from err
    finally:
        box.close()
