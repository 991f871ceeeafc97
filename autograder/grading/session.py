"""One submission from its first cell to its last question.

Cells run in order; a question is judged where its check stands, or at the end. When a cell or a question hits a
limit or kills the box, the box is thrown away, a new one runs the other cells again, and grading goes on.
"""

import hashlib
import hmac
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from autograder.course import Limits
from autograder.grading.assignment import Assignment
from autograder.grading.isolation.local import Box, Zygote
from autograder.grading.judge.examiner import CRASHED, HANGING, Examiner
from autograder.grading.judge.remote import Link
from autograder.grading.judge.suite import QuestionInfo, zero
from autograder.grading.notebook import Cell, Notebook
from autograder.grading.outputs import Room, clean_outputs
from autograder.grading.sandbox.gpu import LOST_CODE
from autograder.grading.sandbox.keeper import Ending
from autograder.grading.wire import Ask, Closed, Message, Overrun, Reply, Violation, WireError, new_nonce
from autograder.results import CellOutcome, CellResult, QuestionResult

MAX_CHECKS = 3  # of one question: who counts the calls of a check learns something of the verdict
MAX_ERROR_TEXT = 1_000
NOT_REACHED = "Not reached:"  # begins the message of a question that was not judged for want of time


@dataclass(frozen=True)
class Grader:
    """What one worker grades with."""

    assignment: Assignment
    suite: dict[str, QuestionInfo]
    zygote: Zygote
    limits: Limits
    secret: bytes
    has_gpu: bool = False


@dataclass
class Graded:
    """What came of a submission."""

    questions: list[QuestionResult]
    cells: list[CellResult]
    outputs: dict[int, list[dict[str, Any]]]  # by index of the cell
    partial: bool


class CellBroke(Exception):
    """The running cell made the box useless; the text says how."""


class QuestionBroke(Exception):
    """A question's tests made the box useless; it is settled, the box must be rebuilt."""


class OutOfTime(Exception):
    """The submission used all of its time."""


def grade_notebook(
    notebook: Notebook, submission: str, grader: Grader, kept: Mapping[str, QuestionResult] | None = None
) -> Graded:
    """Run and judge a submission.

    Args:
        kept: results of questions that are not judged again; all cells are run whatever is kept.

    Raises:
        GraderFault: the sandbox or the judging failed; nothing is said about the submission.
    """
    session = Session(notebook, submission, grader, kept or {})
    try:
        session.run()
    except OutOfTime:
        session.out_of_time = True
    finally:
        session.close_box()
    return session.graded()


@dataclass
class Session:
    """A submission on its way through a box, and what is known of it so far."""

    notebook: Notebook
    submission: str
    grader: Grader
    kept: Mapping[str, QuestionResult] = field(default_factory=dict)  # judged before, never again
    results: dict[str, QuestionResult] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)  # questions that broke a box: never judged again
    checks: dict[str, int] = field(default_factory=dict)
    cell_results: dict[int, CellResult] = field(default_factory=dict)
    outputs: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    out_of_time: bool = False
    box: Box | None = None
    examiner: Examiner | None = None

    def __post_init__(self) -> None:
        self.end_s = time.monotonic() + self.grader.limits.timeout_s
        self.room = Room(self.grader.limits.output_kb)
        self.words = self.notebook.words
        self.results.update(self.kept)
        self.cells = [c for c in self.notebook.cells if c.kind == "code" and c.source.strip() and not c.ignored]

    def run(self) -> None:
        """All cells, then the questions whose check never came."""
        self.open_box()
        for position, cell in enumerate(self.cells):
            self.run_cell(position)
            for question in cell.checks:
                if question in self.grader.suite and self.is_open(question):
                    self.judge_and_rebuild(question, position + 1)
        for question in self.grader.suite:
            if question not in self.results:
                self.judge_and_rebuild(question, len(self.cells))

    # --- cells ---

    def run_cell(self, position: int) -> None:
        """Run a cell for good: its outcome and outputs are kept, its checks are judged."""
        cell = self.cells[position]
        while True:
            start_s = time.monotonic()
            try:
                error, outputs = self.execute(cell, judging=True)
            except QuestionBroke:
                self.rebuild(position)
                continue  # the same cell again; its question is settled now
            except CellBroke as why:
                self.stop_cell(cell, time.monotonic() - start_s, str(why))
                self.rebuild(position)
                return
            outcome = CellOutcome.RAISED if error else CellOutcome.OK
            seconds = round(time.monotonic() - start_s, 3)
            self.cell_results[cell.index] = CellResult(cell.index, outcome, seconds, error)
            self.outputs[cell.index] = self.room.take(outputs)
            return

    def stop_cell(self, cell: Cell, seconds: float, why: str) -> None:
        message = f"Cell {cell.index + 1} {why}. The other cells were run again without it."
        self.cell_results[cell.index] = CellResult(cell.index, CellOutcome.STOPPED, round(seconds, 3), message)

    def execute(self, cell: Cell, judging: bool) -> tuple[str, list[dict[str, Any]]]:
        """Run a cell in the box: the error's text, if any, and the outputs.

        Raises:
            CellBroke, QuestionBroke, OutOfTime.
        """
        self.seed_cell(cell)
        nonce = new_nonce()
        allowed_s = self.grader.limits.cell_timeout_s
        deadline_s = min(time.monotonic() + allowed_s, self.end_s)
        try:
            self.channel.send(Message(nonce, Ask.CELL, [cell.index + 1, self.cell_source(cell)]), deadline_s)
            self.call_examiner()  # while the cell runs
            while True:
                message = self.channel.receive(deadline_s, self.report_bytes)
                if message.nonce != nonce:
                    raise Violation("an answer to something else")
                if message.kind == Reply.CHECK:
                    asked_s = time.monotonic()
                    known = self.check(message.body, judging)
                    deadline_s = min(deadline_s + time.monotonic() - asked_s, self.end_s)
                    self.channel.send(Message(nonce, Ask.RESUME, known), deadline_s)
                elif message.kind == Reply.CELL_DONE:
                    return _cell_report(message.body, self.report_bytes)
                else:
                    raise Violation("neither a check nor the end of the cell")
        except WireError as err:
            raise CellBroke(self.why_broken(err, f"was stopped after {allowed_s:g} s, the limit for one cell")) from err

    def cell_source(self, cell: Cell) -> str:
        variable, seed = self.grader.assignment.seed_variable, self.grader.assignment.seed
        if variable is None or seed is None or cell.source.startswith("%%"):
            return cell.source
        return f"{variable} = {seed}\n{cell.source}"

    def seed_cell(self, cell: Cell) -> None:
        """Otter's ``seed`` setting: the generators start anew in every cell."""
        assignment = self.grader.assignment
        if assignment.seed is not None and assignment.seed_variable is None and not cell.source.startswith("%%"):
            self.seed_box(assignment.seed)

    def seed_box(self, seed: int) -> None:
        nonce, deadline_s = new_nonce(), min(time.monotonic() + self.grader.limits.cell_timeout_s, self.end_s)
        try:
            self.channel.send(Message(nonce, Ask.SEED, [seed]), deadline_s)
            if self.channel.receive(deadline_s).nonce != nonce:
                raise Violation("an answer to something else")
        except WireError as err:
            raise CellBroke(self.why_broken(err, "could not be started")) from err

    # --- questions ---

    def check(self, question: Any, judging: bool) -> bool:
        """Judge a question where its check stands; False when there is no such question."""
        if not isinstance(question, str) or question not in self.grader.suite:
            return False
        if judging and self.is_open(question) and self.checks.get(question, 0) < MAX_CHECKS:
            self.checks[question] = self.checks.get(question, 0) + 1
            self.judge(question)
        return True

    def is_open(self, question: str) -> bool:
        """Whether a question may still be judged."""
        return question not in self.settled and question not in self.kept

    def judge_and_rebuild(self, question: str, position: int) -> None:
        """Judge a question between cells, with a new box afterwards if it breaks this one."""
        try:
            self.judge(question)
        except QuestionBroke:
            self.rebuild(position)

    def judge(self, question: str) -> None:
        """Judge a question as things stand; the last time counts.

        Raises:
            QuestionBroke: the question is settled with zero points.
        """
        examiner = self.call_examiner()
        try:
            self.seed_box(public_seed(question))
        except CellBroke as err:  # a thread or a timer that the submission left behind
            self.settle(question, str(err))
        allowed_s = self.grader.limits.cell_timeout_s
        deadline_s = min(time.monotonic() + allowed_s, self.end_s)
        seed = challenge_seed(self.grader.secret, self.submission, question)
        verdict = examiner.judge(question, seed, deadline_s)
        if verdict.result is not None:
            self.results[question] = verdict.result
            return
        if verdict.broken == HANGING:
            why = f"gave values on which the tests did not come to an end within {allowed_s:g} s"
            self.out_of_time_at(self.end_s)
        elif verdict.broken == CRASHED:
            why = "gave values on which the tests broke down"
        else:
            why = self.why_broken(_WIRE_ERRORS[verdict.broken](), f"ran longer than {allowed_s:g} s, the limit")
        self.settle(question, why)

    def call_examiner(self) -> Examiner:
        """The examiner of the present box; a new one where there is none yet."""
        if self.examiner is None:
            folder = self.grader.assignment.files_dir or self.grader.assignment.tests_dir.parent
            link = Link(self.channel, self.words)
            self.examiner = Examiner(link, self.grader.suite, self.grader.has_gpu, folder)
        return self.examiner

    def settle(self, question: str, why: str) -> NoReturn:
        """Give a question zero points for good, and have the box rebuilt."""
        self.settled.add(question)
        self.results[question] = zero(self.grader.suite[question], f"While it was tested, your code {why}.")
        raise QuestionBroke

    # --- boxes ---

    @property
    def report_bytes(self) -> int:
        """How long a cell's report may be: its output with room for the form it comes in."""
        return 4 * self.grader.limits.output_kb * 1024 + 2**20

    @property
    def channel(self) -> Any:
        assert self.box is not None
        return self.box.channel

    def open_box(self) -> None:
        self.grader.zygote.preload(self.words)
        self.box = self.grader.zygote.box()

    def close_box(self) -> None:
        if self.examiner is not None:
            self.examiner.close()
        if self.box is not None:
            self.box.close()
        self.box = self.examiner = None

    def rebuild(self, position: int) -> None:
        """A new box in which the cells before a position have run, without those that were stopped."""
        while True:
            self.out_of_time_at(self.end_s)
            self.close_box()
            self.open_box()
            try:
                for cell in self.cells[:position]:
                    if self.cell_results[cell.index].outcome != CellOutcome.STOPPED:
                        running = cell
                        self.execute(cell, judging=False)
                return
            except CellBroke as why:  # it did not the first time: drop it too
                self.stop_cell(running, 0.0, str(why))

    def why_broken(self, err: WireError, too_slow: str) -> str:
        """What became of the box, in words that follow "cell 5 …" or "your code …".

        Raises:
            OutOfTime: it is the submission's own time that ended.
        """
        if isinstance(err, Overrun):
            self.out_of_time_at(self.end_s)
            return too_slow
        if isinstance(err, Closed):
            assert self.box is not None
            ending = self.box.ending()
            return _describe_ending(ending, self.grader.limits) if ending else "cut its connection to the grader"
        return "sent something into the grader's channel that is no answer"

    def out_of_time_at(self, end_s: float) -> None:
        if time.monotonic() >= end_s:
            raise OutOfTime

    # --- result ---

    def graded(self) -> Graded:
        """The results so far; what was not reached says so."""
        told = f"{NOT_REACHED} the submission used all of its {self.grader.limits.timeout_s:g} s."
        questions = [self.results.get(name) or zero(info, told) for name, info in self.grader.suite.items()]
        code = [cell for cell in self.notebook.cells if cell.kind == "code"]
        cells = [self.cell_results.get(c.index) or CellResult(c.index, CellOutcome.NOT_RUN) for c in code]
        stopped = any(cell.outcome == CellOutcome.STOPPED for cell in cells)
        broken = any(question.message for question in self.kept.values())
        return Graded(questions, cells, self.outputs, bool(stopped or broken or self.settled or self.out_of_time))


_WIRE_ERRORS: dict[str, type[WireError]] = {cls.__name__: cls for cls in (Closed, Overrun, Violation)}


def public_seed(question: str) -> int:
    """The seed of the sandbox's generators before a question; the same for everybody."""
    return int.from_bytes(hashlib.sha256(question.encode()).digest()[:4])


def challenge_seed(secret: bytes, submission: str, question: str) -> int:
    """The seed of the tests' generators: not to be guessed, and the same when a submission is graded again."""
    return int.from_bytes(hmac.digest(secret, f"{submission}\0{question}".encode(errors="replace"), "sha256")[:4])


def _cell_report(body: Any, limit_bytes: int) -> tuple[str, list[dict[str, Any]]]:
    error, outputs = body if isinstance(body, list) and len(body) == 2 else ("", [])
    told = error[:MAX_ERROR_TEXT] if isinstance(error, str) else "an error without words"
    return told, clean_outputs(outputs, limit_bytes)


def _describe_ending(ending: Ending, limits: Limits) -> str:
    if ending.memory_mb:
        return f"used {ending.memory_mb:,} MB of memory; the limit is {limits.memory_mb:,} MB"
    if ending.code == LOST_CODE:
        return "lost the GPU: after an error of CUDA, such as an index out of range, it computes nothing more"
    if ending.signal == signal.SIGSEGV:
        return "crashed the Python process (segmentation fault)"
    if ending.signal:
        return f"ended the Python process ({signal.Signals(ending.signal).name})"
    return f"ended the Python process (exit code {ending.code})"
