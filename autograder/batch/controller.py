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
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from autograder.batch.settings import Settings, describe
from autograder.batch.store import Store
from autograder.course import Limits
from autograder.errors import KitError
from autograder.grading.assignment import Assignment
from autograder.grading.intake import Found
from autograder.records.feedback import render_feedback
from autograder.results import ManualQuestion, Release, Row, Status, SubmissionResult

WORKER = "autograder.batch.worker"
TRIES = 2  # a worker that dies takes its submission to a second one, not to a third
HARD_LIMIT_EXTRA_S = 120.0  # beyond a submission's own time: then the worker itself hangs


@dataclass
class Batch:
    """One run over a class.

    Attributes:
        title: of the course, for the feedback pages.
        jobs: how many submissions at a time.
        release: what the feedback pages show of the hidden tests.
        manual: the questions that a person marks.
    """

    assignment: Assignment
    found: list[Found]
    out: Path
    limits: Limits
    isolation: str
    secret: bytes
    title: str
    jobs: int = 1
    regrade: bool = False
    release: Release = Release.AFTER
    manual: tuple[ManualQuestion, ...] = ()
    questions: dict[str, float] = field(default_factory=dict)  # name to maximum, known once a worker is up

    def settings(self) -> Settings:
        return Settings(
            assignment=describe(self.assignment),
            limits=asdict(self.limits),
            isolation=self.isolation,
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

    Raises:
        KitError: the assignment's test files are of no use, or this host cannot run the isolation.
    """

    def __init__(self, batch: Batch):
        self._hard_limit_s = batch.limits.timeout_s + HARD_LIMIT_EXTRA_S
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C reaches the controller, which ends its workers in order
        )
        told = self._ask(asdict(batch.settings()))
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
        return Row(**{**told["row"], "status": Status(told["row"]["status"])})

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        alarm = threading.Timer(self._hard_limit_s, self._process.kill)
        alarm.start()
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError:
            line = ""
        finally:
            alarm.cancel()
        if not line:
            code = self._process.wait()
            raise WorkerDied(f"a worker ended with exit code {code}: {self._last_words()}")
        return json.loads(line)

    def _last_words(self) -> str:
        self._log.seek(0)
        return (self._log.read().strip().splitlines() or ["it said nothing"])[-1]

    def close(self) -> None:
        """End the worker; its sandbox ends with it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            if stream:
                stream.close()


def grade_batch(batch: Batch, on_ready: Callable[[], None], on_row: Callable[[Row], None]) -> None:
    """Grade every submission of a batch; rows are told as they come, in the order in which they are done.

    An exception from a callback, such as KeyboardInterrupt, ends the workers and loses only what is in flight.
    What workers leave on disk goes with the caller's `scratch.scratch_folder`.

    Raises:
        KitError: no worker could start.
    """
    crew = _Crew(batch)
    try:
        crew.start()
        on_ready()
        for row in crew.rows():
            on_row(row)
    finally:
        crew.stop()


class _Crew:
    """The workers of a batch, each driven by a thread of its own."""

    def __init__(self, batch: Batch):
        self.batch = batch
        self.count = max(1, min(batch.jobs, len(batch.found)))
        self.todo = iter(batch.found)
        self.lock = threading.Lock()
        self.done: queue.SimpleQueue[Row | Exception | None] = queue.SimpleQueue()
        self.workers: list[Worker | None] = [None] * self.count
        self.stopping = False

    def start(self) -> None:
        """Start the first worker, which proves the test files, then the others beside it."""
        self.workers[0] = Worker(self.batch)
        self.batch.questions.update(self.workers[0].questions)
        for place in range(self.count):
            threading.Thread(target=self._drive, args=(place,), daemon=True).start()

    def rows(self) -> Iterator[Row]:
        """Rows until every worker has nothing left to do."""
        running = self.count
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
        for worker in self.workers:
            if worker is not None:
                worker.close()

    def _drive(self, place: int) -> None:
        try:
            while (found := self._next()) is not None:
                self.done.put(self._grade(place, found))
        except Exception as err:
            if not self.stopping:
                self.done.put(err)
        finally:
            worker = self.workers[place]
            if worker is not None and not self.stopping:
                worker.close()
            self.done.put(None)

    def _next(self) -> Found | None:
        with self.lock:
            return None if self.stopping else next(self.todo, None)

    def _grade(self, place: int, found: Found) -> Row:
        """Grade with the worker of a place; a worker that died is replaced, and blamed only if two died."""
        for _ in range(TRIES):
            worker = self.workers[place]
            try:
                worker = worker or Worker(self.batch)
                self.workers[place] = worker
                return worker.grade(found)
            except WorkerDied as err:
                if self.stopping:
                    raise
                if worker is not None:
                    worker.close()
                self.workers[place], reason = None, str(err)
        return self._failed(found, reason)

    def _failed(self, found: Found, reason: str) -> Row:
        message = f"The grader failed, not the submission: {reason}. Grade it again; the other results stand."
        max_score = sum(self.batch.questions.values())
        result = SubmissionResult(found.name, self.batch.assignment.name, Status.ERROR, None, max_score, 0.0, message)
        with contextlib.suppress(OSError):  # perhaps it was writing that failed; the row stands in any case
            page = render_feedback(result, None, **self.batch.settings().frame())
            Store(self.batch.out).write(result, None, page)
        return result.row()
