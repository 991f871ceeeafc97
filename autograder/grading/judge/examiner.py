"""A process of its own for the tests of one submission.

Test code meets values that a submission chose: it may loop for ever over 10**12 or run out of memory. So it runs
in a fork of the worker, which the worker can end without losing anything else.
"""

import json
import os
import resource
import signal
import sys
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import NoReturn

from autograder.errors import GraderFault
from autograder.grading.judge.errors import Broken
from autograder.grading.judge.remote import Link
from autograder.grading.judge.suite import QuestionInfo, judge_question
from autograder.grading.sandbox.jail import die_with_parent
from autograder.results import CaseResult, Outcome, QuestionResult

GRACE_S = 2.0  # the examiner notices a silent sandbox itself; only its own loops need ending from outside
EXTRA_MEMORY_MB = 4096
HANGING, CRASHED = "hanging", "crashed"
_ENDING: set[int] = set()  # killed and not yet waited for; each close collects what has ended by then


@dataclass(frozen=True)
class Verdict:
    """A judged question, or why the box or the examiner is of no use any more.

    Attributes:
        broken: the class name of a `WireError`, or what the test code itself did: `HANGING` or `CRASHED`.
    """

    result: QuestionResult | None
    broken: str = ""


class Examiner:
    """Judges questions against one box, in a forked process.

    Args:
        link: to the box; the worker and the examiner use its channel in turn.
        folder: where tests find the assignment's files, as otter's tests do.
    """

    def __init__(self, link: Link, suite: dict[str, QuestionInfo], has_gpu: bool, folder: Path):
        self._pipe, theirs = Pipe()
        self._pid = os.fork()
        if self._pid == 0:
            self._pipe.close()
            _serve(theirs, link, suite, has_gpu, folder)
        theirs.close()

    def judge(self, question: str, seed: int, deadline_s: float) -> Verdict:
        """Judge a question, at the latest a little after a point of `time.monotonic`.

        Raises:
            GraderFault: the judging itself failed.
        """
        try:
            self._pipe.send_bytes(json.dumps([question, seed, deadline_s]).encode())
            if not self._pipe.poll(max(0.0, deadline_s - time.monotonic()) + GRACE_S):
                return Verdict(None, HANGING)
            told = json.loads(self._pipe.recv_bytes())
        except (EOFError, OSError):
            return Verdict(None, CRASHED)
        if told["fault"]:
            raise GraderFault(f"question {question} could not be judged: {told['fault']}")
        if told["broken"]:
            return Verdict(None, told["broken"])
        data = told["result"]
        cases = [CaseResult(**{**case, "outcome": Outcome(case["outcome"])}) for case in data["cases"]]
        return Verdict(QuestionResult(**{**data, "cases": cases}))

    def close(self) -> None:
        """End the process, whatever it is doing, without waiting for the kernel to take it apart."""
        self._pipe.close()
        os.kill(self._pid, signal.SIGKILL)
        _ENDING.add(self._pid)
        _ENDING.difference_update([pid for pid in _ENDING if os.waitpid(pid, os.WNOHANG)[0]])


def _serve(pipe: Connection, link: Link, suite: dict[str, QuestionInfo], has_gpu: bool, folder: Path) -> NoReturn:
    """In the fork: judge what is asked for until the worker lets go."""
    code = 1
    try:
        die_with_parent(signal.SIGKILL)
        _detach()
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        link.random.watch()
        while True:
            question, seed, deadline_s = json.loads(pipe.recv_bytes())
            link.deadline_s = deadline_s
            pipe.send_bytes(json.dumps(_judge(suite[question], link, seed, has_gpu)).encode())
    except (EOFError, OSError):
        code = 0
    finally:
        os._exit(code)


def _judge(info: QuestionInfo, link: Link, seed: int, has_gpu: bool) -> dict[str, object]:
    try:
        result = judge_question(info, link, seed, has_gpu)
        link.forget()
        return {"result": asdict(result), "broken": "", "fault": ""}
    except Broken as err:
        return {"result": None, "broken": type(err.args[0]).__name__, "fault": ""}
    except Exception as err:  # what test code raises ends up in its case: this is our own
        return {"result": None, "broken": "", "fault": f"{type(err).__name__}: {err}"}


def _detach() -> None:
    """Nothing that test code prints or reads may reach the worker's own streams; its memory is bounded."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    pages = int(open("/proc/self/statm").read().split()[0])  # noqa: SIM115, PTH123
    limit = pages * resource.getpagesize() + EXTRA_MEMORY_MB * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
