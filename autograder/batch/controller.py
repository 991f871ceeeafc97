"""Hands submissions to workers and keeps the count; holds no test, no notebook and no result in full."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.batch.fingerprint import RunFingerprint, run_fingerprint
from autograder.batch.kept import Lookup, earlier_results
from autograder.batch.schedule import longest_first
from autograder.batch.settings import Settings, describe
from autograder.batch.store import Store
from autograder.course import Limits
from autograder.errors import KitError
from autograder.grading.assignment import Assignment
from autograder.grading.intake import Found
from autograder.grading.isolation.wall import Gpu, Wall
from autograder.records.pages.feedback import render_feedback
from autograder.results import ManualQuestion, Release, Row, Status, SubmissionResult

WORKER = "autograder.batch.worker"
TRIES = 2  # a worker that dies takes its submission to a second one, not to a third
HARD_LIMIT_EXTRA_S = 120.0  # beyond a submission's own time: then the worker itself hangs


@dataclass
class Batch:
    """One run over a class.

    Attributes:
        title: of the course, for the feedback pages.
        wall: around the submissions; whether it has a GPU matters, which one is each worker's own.
        jobs: how many submissions at a time, on this machine.
        gpus: for as many workers as there may be; none if they use none.
        resources: on a cluster, what a submission asks of a node, by Dask's names, such as one ``GPU``.
        release: what the feedback pages show of the hidden tests.
        manual: the questions that a person marks.
    """

    assignment: Assignment
    found: list[Found]
    out: Path
    limits: Limits
    wall: Wall
    secret: bytes
    title: str
    jobs: int = 1
    regrade: bool = False
    gpus: list[Gpu] = field(default_factory=list)
    resources: dict[str, float] = field(default_factory=dict)
    release: Release = Release.AFTER
    manual: tuple[ManualQuestion, ...] = ()
    questions: dict[str, float] = field(default_factory=dict)  # name to maximum, known once a worker is up

    @cached_property
    def fingerprint(self) -> RunFingerprint:
        """Of what all submissions have in common."""
        return run_fingerprint(self.assignment, self.limits, self.secret, self.wall)

    def settings(self, gpu: Gpu | None = None) -> Settings:
        """What a worker is told; on a GPU of its own, if there is one."""
        return Settings(
            assignment=describe(self.assignment),
            limits=asdict(self.limits),
            wall=asdict(self.wall if gpu is None else replace(self.wall, gpu=gpu)),
            out=str(self.out.resolve()),
            secret=self.secret.hex(),
            title=self.title,
            regrade=self.regrade,
            release=self.release,
            manual=[asdict(question) for question in self.manual],
        )


class WorkerDied(Exception):
    """A worker ended without an answer."""


class Worker:
    """A worker process, asked from one thread.

    Args:
        folder: where it puts temporary files; by default where this process does.

    Raises:
        KitError: the assignment's test files are of no use, or this host cannot run the isolation.
    """

    def __init__(self, settings: Settings, folder: Path | None = None):
        self._hard_limit_s = settings.limits["timeout_s"] + HARD_LIMIT_EXTRA_S
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
            env={**os.environ, "OMP_NUM_THREADS": "1", "TMPDIR": str(folder or tempfile.gettempdir())},
            start_new_session=True,  # Ctrl-C reaches the controller, which ends its workers in order
        )
        told = self._ask(asdict(settings))
        if "broken" in told:
            self.close()
            raise KitError(told["broken"])
        self.questions = {q["name"]: q["max_score"] for q in told["ready"]}

    def grade(self, found: Found) -> Row:
        """Grade one submission; its files are written by the worker.

        Raises:
            WorkerDied.
        """
        told = self._ask({"name": found.name, "path": str(found.path), "problem": found.problem})
        row = told["row"]
        scores = {sys.intern(name): score for name, score in row["questions"].items()}
        return Row(**{**row, "status": Status(row["status"]), "questions": scores})

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        alarm = threading.Timer(self._hard_limit_s, self._process.kill)
        alarm.start()
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except (OSError, ValueError):  # ValueError: closed meanwhile, on an interrupt
            line = ""
        finally:
            alarm.cancel()
        if not line:
            code = self._process.wait()
            raise WorkerDied(f"a worker ended with exit code {code}: {self._last_words()}")
        told: dict[str, Any] = json.loads(line)
        return told

    def _last_words(self) -> str:
        if self._log.closed:
            return "it was ended"
        self._log.seek(0)
        return (self._log.read().strip().splitlines() or ["it said nothing"])[-1]

    def close(self) -> None:
        """End the worker; its sandbox ends with it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            if stream:
                with contextlib.suppress(OSError, ValueError):  # a thread that asks may close it at the same time
                    stream.close()


class Seat:
    """A place for one worker at a time: one that dies takes its submission to a second one, not to a third.

    Args:
        folder: for temporary files, as for `Worker`.
    """

    def __init__(self, settings: Settings, folder: Path | None = None):
        self.settings, self.folder = settings, folder
        self.closed = False
        self._worker: Worker | None = None

    def worker(self) -> Worker:
        """The worker; started when it is first needed.

        Raises:
            KitError, WorkerDied.
        """
        if self._worker is None:
            self._worker = Worker(self.settings, self.folder)
        return self._worker

    def grade(self, found: Found) -> Row:
        """Grade one submission.

        Raises:
            WorkerDied: so did a second one, or the seat was closed. KitError: none could start.
        """
        died = 0
        while True:
            try:
                return self.worker().grade(found)
            except WorkerDied:
                self._clear()
                died += 1
                if self.closed or died == TRIES:
                    raise

    def close(self) -> None:
        """End the worker; nobody takes its place."""
        self.closed = True
        self._clear()

    def _clear(self) -> None:
        worker, self._worker = self._worker, None  # two threads may come here
        if worker is not None:
            worker.close()


def grade_batch(batch: Batch, on_ready: Callable[[], None], on_row: Callable[[Row], None]) -> None:
    """Grade every submission of a batch; rows are told as they come: what stands from before, then what is done first.

    An exception from a callback, such as KeyboardInterrupt, ends the workers and loses only what is in flight.
    What workers leave on disk goes with the caller's `scratch.scratch_folder`.

    Raises:
        KitError: no worker could start.
    """
    todo = keep_what_stands(batch, on_row)
    if not todo and batch.questions:
        return
    crew = _Crew(batch, todo)
    try:
        crew.start()
        on_ready()
        for row in crew.rows():
            on_row(row)
    finally:
        crew.stop()


def keep_what_stands(batch: Batch, on_row: Callable[[Row], None]) -> list[Found]:
    """Tell the rows of results that stand; gives what is left to be graded, longest first."""
    batch.questions.update(Store(batch.out).read_questions(batch.fingerprint.whole))
    lookup = Lookup(batch.out, batch.assignment, batch.fingerprint, batch.regrade)
    todo, seconds = [], {}
    for found, earlier in zip(batch.found, earlier_results(lookup, batch.found, batch.jobs), strict=True):
        if earlier.row is not None:
            on_row(earlier.row)
            continue
        todo.append(found)
        if earlier.seconds is not None:
            seconds[found.name] = earlier.seconds
    return longest_first(todo, seconds)


def know_questions(batch: Batch, questions: dict[str, float]) -> None:
    """Take the questions from a worker, and keep them for a run that needs none."""
    batch.questions.update(questions)
    Store(batch.out).write_questions(batch.fingerprint.whole, questions)


def failed(batch: Batch, found: Found, reason: str) -> Row:
    """The row of a submission that the grader could not grade, with its files."""
    message = f"The grader failed, not the submission: {reason}. Grade it again; the other results stand."
    max_score = sum(batch.questions.values())
    result = SubmissionResult(found.name, batch.assignment.name, Status.ERROR, None, max_score, 0.0, message)
    with contextlib.suppress(OSError):  # perhaps it was writing that failed; the row stands in any case
        Store(batch.out).write(result, None, render_feedback(result, None, **batch.settings().frame()))
    return result.row()


class _Crew:
    """The workers of a batch, each driven by a thread of its own."""

    def __init__(self, batch: Batch, todo: list[Found]):
        self.batch = batch
        self.todo = iter(todo)
        self.lock = threading.Lock()
        self.done: queue.SimpleQueue[Row | Exception | None] = queue.SimpleQueue()
        gpus = [*batch.gpus, *([None] * batch.jobs)]
        self.seats = [Seat(batch.settings(gpu)) for gpu in gpus[: max(1, min(batch.jobs, len(todo)))]]
        self.stopping = False

    def start(self) -> None:
        """Start the first worker, which proves the test files, then the others beside it.

        Raises:
            KitError: it does not start.
        """
        try:
            know_questions(self.batch, self.seats[0].worker().questions)
        except WorkerDied as err:
            raise KitError(f"nothing can be graded here: {err}; see what 'autograder doctor' says") from err
        for seat in self.seats:
            threading.Thread(target=self._drive, args=(seat,), daemon=True).start()

    def rows(self) -> Iterator[Row]:
        """Rows until every worker has nothing left to do."""
        running = len(self.seats)
        while running:
            told = self.done.get()
            if told is None:
                running -= 1
            elif isinstance(told, Exception):
                raise told
            else:
                yield told

    def stop(self) -> None:
        """End all workers at once."""
        self.stopping = True
        for seat in self.seats:
            seat.close()

    def _drive(self, seat: Seat) -> None:
        try:
            while (found := self._next()) is not None:
                self.done.put(self._grade(seat, found))
        except Exception as err:
            if not self.stopping:
                self.done.put(err)
        finally:
            if not self.stopping:
                seat.close()
            self.done.put(None)

    def _next(self) -> Found | None:
        with self.lock:
            return None if self.stopping else next(self.todo, None)

    def _grade(self, seat: Seat, found: Found) -> Row:
        try:
            return seat.grade(found)
        except WorkerDied as err:
            if self.stopping:
                raise
            return failed(self.batch, found, str(err))
