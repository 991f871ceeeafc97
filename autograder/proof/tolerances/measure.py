"""Answers judged with the bounds of the tests read, in a process of the trial pool.

An answer is judged many times in one box. What a test leaves behind there may spoil the next time, so what fails is
judged again in a box of its own. The tests run in a fork of the process: what they seed, set or break is gone with it.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from multiprocessing.connection import Connection, Pipe
from typing import Any, NoReturn

import torch
from otter.test_files.exception_test import ExceptionTestFile

from autograder.errors import GraderFault
from autograder.grading.judge.errors import Broken
from autograder.grading.judge.remote import Link
from autograder.grading.judge.suite import QuestionInfo, judge_question
from autograder.grading.sandbox.jail import die_with_parent
from autograder.grading.session import Grader, challenge_seed, public_seed
from autograder.grading.wire import Ask, Channel, Message, Reply, WireError, new_nonce
from autograder.proof.tolerances.instrument import RECORDER, instrument
from autograder.proof.tolerances.readings import Reading, Recorder
from autograder.results import Outcome

GRACE_S = 2.0  # beyond a question's limit, for tests that loop on their own


class Setting(StrEnum):
    """What torch makes where code does not say."""

    FLOAT32 = "float32"
    FLOAT64 = "float64"
    CUDA = "cuda"


_PRELUDE = {  # for the box; the notebook's names stay as they are
    Setting.FLOAT32: "",
    Setting.FLOAT64: "__import__('torch').set_default_dtype(__import__('torch').float64)",
    Setting.CUDA: "__import__('torch').set_default_device('cuda'); __import__('torch').zeros(1)",
}


@dataclass(frozen=True)
class Answer:
    """Code cells of which the last answers a question.

    Attributes:
        title: tells the answers to one question apart.
    """

    question: str
    title: str
    cells: tuple[str, ...]
    is_right: bool


@dataclass(frozen=True)
class Draw:
    """What chance gives to one judging.

    Attributes:
        seed: of the box and of the challenges, as in a trial of that seed.
        shift: makes other seeds of those that the tests choose themselves; 0 leaves them.
    """

    seed: int = 0
    shift: int = 0


@dataclass(frozen=True)
class Measured:
    """What came of a judging: what the cases that did not pass say, and the fullest of each comparison."""

    answer: Answer
    setting: Setting
    draw: Draw
    failed: dict[str, str]
    readings: tuple[Reading, ...] = ()


def measure(grader: Grader, answer: Answer, setting: Setting, draws: Sequence[Draw]) -> list[Measured]:
    """Judge an answer with each draw; nothing where the box does not know the setting.

    Raises:
        GraderFault: the sandbox failed.
    """
    together = _measure_in_one_box(grader, answer, setting, draws)
    if len(draws) == 1 or all(one.failed for one in together):
        return together
    alone = ([one] if not one.failed else _measure_in_one_box(grader, answer, setting, [one.draw]) for one in together)
    return [one for some in alone for one in some]


def _measure_in_one_box(grader: Grader, answer: Answer, setting: Setting, draws: Sequence[Draw]) -> list[Measured]:
    measured: list[Measured] = []
    limits = grader.limits
    with contextlib.closing(grader.zygote.box()) as box:
        judging = _Judging(grader, answer, setting, box.channel)
        sent = _from_fork(partial(judging.run, draws), limits.timeout_s, 2 * limits.cell_timeout_s + GRACE_S)
        if next(sent, True) is False:
            return []
        measured.extend(sent)
    told = "the box or the tests broke down, or took too long"
    return measured + [judging.all_failed(draw, told) for draw in draws[len(measured) :]]


@dataclass
class _Judging:
    """A box and the judging in it; runs in a fork."""

    grader: Grader
    answer: Answer
    setting: Setting
    channel: Channel

    def __post_init__(self) -> None:
        self.link = Link(self.channel)

    def run(self, draws: Sequence[Draw], send: Callable[[Any], None]) -> None:
        """Send whether the box knows the setting, then what comes of each draw, until the box breaks."""
        folder = self.grader.assignment.files_dir or self.grader.assignment.tests_dir.parent
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        if self.setting is Setting.FLOAT64:
            torch.set_default_dtype(torch.float64)
        self.link.random.watch()
        self.link.deadline_s = time.monotonic() + self.grader.limits.timeout_s
        *context, _ = self.answer.cells
        self._seed(draws[0].seed)
        send(not self._run_cell(_PRELUDE[self.setting]))
        for source in context:
            self._run_cell(source)
        for draw in draws:
            send(self._judge(draw))

    def _judge(self, draw: Draw) -> Measured:
        limit_s = self.grader.limits.cell_timeout_s
        self.link.deadline_s = time.monotonic() + limit_s
        self._seed(draw.seed)
        self._run_cell(self.answer.cells[-1])
        self._seed((public_seed(self.answer.question) + draw.seed) % 2**32)
        self.link.deadline_s = time.monotonic() + limit_s
        info, noted = _instrumented(self.grader.suite[self.answer.question], draw.shift)
        challenge = challenge_seed(draw.seed.to_bytes(8, "big"), "trial", info.name)
        result = judge_question(info, self.link, challenge, has_gpu=self.setting is Setting.CUDA)
        self.link.forget()
        failed = {case.name: case.detail for case in result.cases if case.outcome is Outcome.FAILED}
        return Measured(self.answer, self.setting, draw, failed, noted())

    def _seed(self, seed: int) -> None:
        self.link.ask(Ask.SEED, seed)

    def _run_cell(self, source: str) -> str:
        """Run a cell and pass over its checks; the error's text, if any."""
        nonce = new_nonce()
        self.channel.send(Message(nonce, Ask.CELL, [1, source]), self.link.deadline_s)
        while (message := self.channel.receive(self.link.deadline_s)).kind == Reply.CHECK:
            self.channel.send(Message(nonce, Ask.RESUME, True), self.link.deadline_s)
        return str(message.body[0])

    def all_failed(self, draw: Draw, told: str) -> Measured:
        """The answer with this draw came to nothing."""
        cases = self.grader.suite[self.answer.question].cases
        return Measured(self.answer, self.setting, draw, {case.name: told for case in cases})


def _instrumented(info: QuestionInfo, shift: int) -> tuple[QuestionInfo, Callable[[], tuple[Reading, ...]]]:
    """A question whose comparisons are noted once it is judged, and what gives the readings."""
    if info.format is not ExceptionTestFile:
        return info, tuple
    recorders: list[Recorder] = []

    class Instrumented(ExceptionTestFile):
        @classmethod
        def from_string(cls, s: str, path: str = "<string>") -> ExceptionTestFile:
            code, places = instrument(s, path)
            file = cls._from_compiled_code(code, path)
            file.source = s
            recorders.append(Recorder(places, shift))
            for case in file.test_cases:
                case.body.test_func.__globals__[RECORDER] = recorders[-1]
            return file

    return replace(info, format=Instrumented), lambda: recorders[-1].readings


def _from_fork(work: Callable[[Callable[[Any], None]], None], first_s: float, each_s: float) -> Iterator[Any]:
    """What work sends from a fork of this process, until it ends, crashes or is silent for too long.

    Raises:
        GraderFault: work raised something else than that the box broke.
    """
    ours, theirs = Pipe(duplex=False)
    pid = os.fork()
    if pid == 0:
        _serve(theirs, work)
    theirs.close()
    wait_s = first_s
    try:
        while ours.poll(wait_s):
            sent = ours.recv()
            if isinstance(sent, GraderFault):
                raise sent
            yield sent
            wait_s = each_s
    except (EOFError, OSError):
        return
    finally:
        ours.close()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _serve(pipe: Connection, work: Callable[[Callable[[Any], None]], None]) -> NoReturn:
    try:
        die_with_parent(signal.SIGKILL)
        work(pipe.send)
    except (Broken, WireError):  # the box is of no use any more
        pass
    except Exception as err:  # what test code raises ends up in its case: this is our own
        pipe.send(GraderFault(f"a question could not be measured: {type(err).__name__}: {err}"))
    finally:  # nothing that the parent has open is this process's to close
        os._exit(0)
