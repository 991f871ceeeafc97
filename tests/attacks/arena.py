"""Where attacks run: a target, a zygote behind the walls, things planted for attacks to look for, and the verdict."""

import contextlib
import json
import os
import re
import secrets
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from forms import FORMS
from library import PLACES, Attack, build, plain_notebook
from targets import Target
from watch import Sampler, Watch, zygote_pid

from autograder.batch.worker import executed_notebook
from autograder.course import Limits
from autograder.grading.isolation.local import Zygote
from autograder.grading.isolation.wall import Wall
from autograder.grading.judge.suite import read_suite, zero
from autograder.grading.notebook import Rejection, parse_notebook
from autograder.grading.outputs import CELLS_WORTH
from autograder.grading.sandbox.settings import Isolation
from autograder.grading.session import Graded, Grader, grade_notebook
from autograder.records.pages.feedback import render_feedback
from autograder.results import Status, SubmissionResult

LIMITS = Limits(
    cell_timeout_s=15,
    timeout_s=60,
    memory_mb=400,
    processes=64,
    open_files=256,
    disk_mb=64,
    output_kb=64,
    message_mb=16,
)
ROOM_MB = 350  # what a box may use beyond its limit before it is stopped
GRADER_ROOM_MB = 300
ROOM_S = 10.0
OUTPUT_ROOM = 1.5
TRUSTED_FOLDERS = ("careless", "shapes")  # honest notebooks: only these may run without walls


@dataclass
class Outcome:
    """What became of an attack.

    Attributes:
        expected, got: by question, in words and in points.
        wrong: what is not as it must be; empty when all is well.
    """

    attack: str
    expected: dict[str, str]
    got: dict[str, str]
    status: str
    seconds: float
    wrong: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


@dataclass
class Arena:
    """Grades attacks on a target, one after another, in one grader; see `arena`."""

    target: Target
    grader: Grader
    mark: str
    secret: str
    extra: dict[str, str]
    watch: Watch
    sampler: Sampler
    plain_scores: dict[tuple[str, ...], dict[str, float]] = field(default_factory=dict)

    def attack(self, attack: Attack, fill: str) -> Outcome:
        """Grade an attack, and an honest notebook right after it."""
        name = attack.name + (f"[{fill}]" if fill else "")
        notebook, answers = build(attack, self.target, fill, self.extra)
        deserved = self.plain(answers)
        self.watch.start()
        self.sampler.peaks()
        start_s = time.monotonic()
        try:
            for _ in range(int(attack.said.get("runs", 1))):
                result, graded = self.grade(FORMS[attack.said.get("file", "plain")](notebook), attack)
        except Exception as err:
            broken = f"the grader died: {type(err).__name__}: {err}"
            return Outcome(name, {}, {}, "error", time.monotonic() - start_s, [broken, *self.watch.problems()])
        seconds = time.monotonic() - start_s
        scores = self.by_place(result)
        words = {place: attack.expected(place) for place in PLACES}
        outcome = Outcome(
            attack=name,
            expected={place: self.describe(word, place, deserved) for place, word in words.items()},
            got={place: f"{score:g}" for place, score in scores.items()},
            status=result.status,
            seconds=seconds,
            told=_told(result),
        )
        outcome.wrong = [
            f"{place} earned {scores[place]:g}, expected {outcome.expected[place]}"
            for place, word in words.items()
            if not self.fits(word, place, scores[place], deserved)
        ]
        if attack.status not in (result.status, "any"):
            outcome.wrong.append(f"status {result.status}, expected {attack.status}: {outcome.told[:2]}")
        outcome.wrong += self.said(attack, result, graded, outcome)
        outcome.wrong += self.also_holds(attack, result, graded, seconds)
        return outcome

    # --- grading ---

    def grade(self, data: bytes, attack: Attack | None = None) -> tuple[SubmissionResult, Graded | None]:
        """What the worker does with a file, without writing the result."""
        notebook = parse_notebook(data)
        if isinstance(notebook, Rejection):
            questions = [zero(info, "") for info in self.grader.suite.values()]
            return self.result(Status.REJECTED, questions, notebook.reason), None
        limits = replace(self.grader.limits, **(attack.limits() if attack else {}))
        graded = grade_notebook(notebook, "somebody", replace(self.grader, limits=limits))
        result = self.result(Status.PARTIAL if graded.partial else Status.GRADED, graded.questions, "")
        result.cells = graded.cells
        self.page = render_feedback(result, executed_notebook(notebook, graded), "Attacks")
        return result, graded

    def result(self, status: Status, questions: list[Any], message: str) -> SubmissionResult:
        score, most = sum(q.score for q in questions), sum(q.max_score for q in questions)
        name = self.target.name
        return SubmissionResult("somebody", name, status, score, most, message=message, questions=questions)

    def plain(self, answers: dict[str, str]) -> dict[str, float]:
        """Points by question of the plain notebook with these answers."""
        key = tuple(answers.values())
        if key not in self.plain_scores:
            result, _ = self.grade(FORMS["plain"](plain_notebook(self.target, answers)))
            assert result.status == Status.GRADED, f"the plain notebook {answers} is {result.status}: {_told(result)}"
            self.plain_scores[key] = self.by_place(result)
        return self.plain_scores[key]

    def by_place(self, result: SubmissionResult) -> dict[str, float]:
        scores = {question.name: question.score for question in result.questions}
        return {place: scores[question.name] for place, question in self.target.questions.items()}

    # --- what is expected ---

    def most(self, place: str, public: bool = False) -> float:
        info = self.grader.suite[self.target.questions[place].name]
        return sum(c.points for c in info.cases if not c.hidden) if public else info.max_score

    def fits(self, word: str, place: str, score: float, deserved: dict[str, float]) -> bool:
        most = self.most(place)
        return (
            0 <= score <= most
            and {
                "full": score == most,
                "zero": score == 0,
                "deserve": score == deserved[place],
                "at-most": score <= deserved[place],
                "public": score <= self.most(place, public=True),
                "less": score < most,
                "all-or-nothing": score in (0, most),
                "any": True,
            }[word]
        )

    def describe(self, word: str, place: str, deserved: dict[str, float]) -> str:
        figures = {
            "full": f"{self.most(place):g}",
            "zero": "0",
            "deserve": f"{deserved[place]:g}",
            "at-most": f"≤{deserved[place]:g}",
            "public": f"≤{self.most(place, public=True):g}",
            "less": f"<{self.most(place):g}",
            "all-or-nothing": f"0|{self.most(place):g}",
            "any": f"0…{self.most(place):g}",
        }
        return figures[word]

    # --- what must also hold ---

    def said(self, attack: Attack, result: SubmissionResult, graded: Graded | None, outcome: Outcome) -> Iterator[str]:
        """What the messages and outputs say that they should not, or do not say that they should."""
        if "says" in attack.said and not re.search(attack.said["says"], "\n".join(outcome.told)):
            yield f"no message says {attack.said['says']!r}: {outcome.told}"
        outputs = json.dumps(graded.outputs if graded else {}, ensure_ascii=False)
        if "shows" in attack.said and not re.search(attack.said["shows"], outputs):
            yield f"no output shows {attack.said['shows']!r}: {outputs[-600:]}"
        shown = outputs + "\n".join(outcome.told)
        for text in (self.secret, *self.target.hidden_texts):
            if text in shown:
                yield f"the student is shown {text!r}"
        if "finds nothing" in attack.holds:
            found = re.findall(r"found: (\[.*?\])(?:\\n|\"|$)", outputs)
            if not found:
                yield f"the search itself failed: {outcome.told} {outputs[-600:]}"
            shared = attack.said.get("docker", "") if self.watch.isolation == Isolation.DOCKER else ""
            for text in found:
                if left := [one for one in json.loads(json.loads(f'"{text}"')) if not re.fullmatch(shared, one)]:
                    yield f"found {left}"[:300]

    def also_holds(
        self, attack: Attack, result: SubmissionResult, graded: Graded | None, seconds: float
    ) -> Iterator[str]:
        """Whatever is wrong outside the scores."""
        limits = replace(self.grader.limits, **attack.limits())
        sizes = {index: _length(outputs) for index, outputs in (graded.outputs if graded else {}).items()}
        for index, size in sizes.items():
            if size > OUTPUT_ROOM * limits.output_kb * 1024:
                yield f"output not bounded: {size:,} characters of cell {index + 1}"
        if sum(sizes.values()) > OUTPUT_ROOM * CELLS_WORTH * limits.output_kb * 1024:
            yield f"output not bounded: {sum(sizes.values()):,} characters of all cells"
        if seconds > limits.timeout_s + ROOM_S:
            yield f"time not bounded: {seconds:.1f} s"
        if graded is not None and re.search(r"<script>alert|\x1b", self.page):
            yield "the feedback page holds the submission's own markup or escapes"
        grader_mb, boxes_mb, shared_mb = json.loads(self.sampler.peaks())
        if grader_mb > GRADER_ROOM_MB:
            yield f"memory of the grader not bounded: {grader_mb:,.0f} MB"
        if max(boxes_mb, shared_mb) > limits.memory_mb + ROOM_MB:
            yield f"memory of the box not bounded: {boxes_mb:,.0f} MB of its own, {shared_mb:,.0f} MB shared"
        yield from self.watch.problems()
        result, _ = self.grade(FORMS["plain"](plain_notebook(self.target, dict.fromkeys(PLACES, "right"))))
        if result.score != result.max_score or result.status != Status.GRADED:
            yield f"the next submission got {result.score:g} of {result.max_score:g}, {result.status}: {_told(result)}"


def _length(outputs: Any) -> int:
    """Characters of all texts in outputs."""
    if isinstance(outputs, str):
        return len(outputs)
    parts = outputs.values() if isinstance(outputs, dict) else outputs if isinstance(outputs, list) else ()
    return sum(map(_length, parts))


def _told(result: SubmissionResult) -> list[str]:
    """Every message that a student sees beside the outputs."""
    told = [cell.message for cell in result.cells] + [q.message for q in result.questions] + [result.message]
    told += [case.message for q in result.questions for case in q.cases]
    return [text for text in told if text]


NAMESPACES = Wall(Isolation.NAMESPACES)


@contextlib.contextmanager
def arena(target: Target, wall: Wall = NAMESPACES, limits: Limits = LIMITS) -> Iterator[Arena]:
    """An arena, with secrets planted around it that no submission may find."""
    mark, secret = f"attack-{secrets.token_hex(4)}", secrets.token_hex(12)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="attacks-")))
        folder.chmod(0o755)
        assignment = target.write(folder)
        planted = [
            folder / "secret.txt",
            Path.home() / f".attacks-{secrets.token_hex(4)}.txt",
            folder / "tests" / "secret.txt",
        ]
        for path in planted:
            path.write_text(secret)
            stack.callback(path.unlink, missing_ok=True)
        token = f"GRADER_TOKEN_{secret[:8]}"
        os.environ[token] = secret
        stack.callback(os.environ.pop, token)
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        zygote = stack.enter_context(Zygote(wall, limits, None))
        zygote.wait_ready()
        pid = zygote_pid(wall, zygote._process.pid)
        watch = Watch(mark, pid, wall.isolation)
        sampler = Sampler(pid)
        stack.callback(sampler.close)
        extra = {
            "mark": mark,
            "secret": _patterns([secret]),
            "hidden": _patterns(target.hidden_texts),
            "planted": repr([str(path) for path in (*planted, folder, assignment.tests_dir, Path(__file__))]),
            "port": str(server.getsockname()[1]),
            "grader": str(os.getpid()),
        }
        grader = Grader(assignment, read_suite(assignment.test_files), zygote, limits, b"a course secret")
        yield Arena(target, grader, mark, secret, extra, watch, sampler)
    if left := [path for path in (zygote._folder, folder) if path.exists()]:
        raise AssertionError(f"the arena left {left}")


def _patterns(texts: Any) -> str:
    """Regular expressions for texts, as source, that do not match themselves."""
    return repr([f"{text[:-2]}[{text[-2]}]{text[-1]}".encode() for text in texts])  # texts are of letters and digits
