"""Calibrated tolerances: how much room the bounds of a chapter's tests leave to right answers and to wrong ones.

Right answers run with many seeds, with others in place of those that the tests choose, and with other defaults of
torch; wrong ones run once. A bound stands well if right answers fill at most a third of it and wrong ones overfill
it at least three times. A case that fails a right answer with some seeds of the grader only is flaky; one that fails
it with other inputs or defaults is brittle, which students do not meet and the next author may.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from autograder.authoring.variants import Kind as VariantKind
from autograder.course import Chapter
from autograder.errors import KitError
from autograder.grading.assignment import chapter_assignment
from autograder.proof.material import Material, read_material
from autograder.proof.model import Fault, Finding, Options
from autograder.proof.tolerances.measure import Answer, Draw, Measured, Setting, measure
from autograder.proof.tolerances.readings import Kind, Reading
from autograder.proof.trials import TrialPool

SEEDS = 20
OWN = "the solution's answer"  # the title of that answer
ROOM = 3.0  # between a bound and the answers on either side of it
MAX_TOLD = 300  # characters of what a failed case says
_TORCH = re.compile(r"\btorch\b")


@dataclass
class Comparison:
    """A comparison of a test and the answers on both sides of its bound.

    Attributes:
        right: by setting, the most that a right answer filled of the bound.
        right_gap: the least distance of a right answer from the bound, negative beyond it.
        wrong: the least that a rejected answer overfilled it; None if none came beyond the bound.
        wrong_gap: that answer's distance from the bound.
        nearest: that answer's title.
    """

    question: str
    case: str
    line: int
    text: str
    kind: Kind
    right: dict[Setting, float] = field(default_factory=dict)
    right_gap: float = math.inf
    wrong: float | None = None
    wrong_gap: float = math.inf
    nearest: str = ""

    @property
    def right_fill(self) -> float:
        """The most that a right answer filled of the bound, in any setting."""
        return max(self.right.values(), default=0.0)

    @property
    def flag(self) -> str | None:
        """What is wrong with the bound; None if it stands well."""
        if self.right_fill > 1:
            return f"a right answer overfills it {self.right_fill:.3g} times"
        if self.kind is Kind.DECISION:
            near = self.right_fill > 1 / ROOM
            return (
                f"right answers come within a factor {1 / self.right_fill:.2g} of the turning point" if near else None
            )
        if self.kind is Kind.LOWER and self._is_in_the_middle:
            return None
        return "; ".join(self._sides()) or None

    @property
    def _is_in_the_middle(self) -> bool:
        """Whether a lower bound, such as one on an accuracy, is about as far from right answers as from wrong ones."""
        if self.wrong is None:
            return True
        return self.wrong_gap <= ROOM * self.right_gap and self.right_gap <= ROOM * self.wrong_gap

    def _sides(self) -> Iterator[str]:
        if self.right_fill > 1 / ROOM:
            yield f"right answers fill {self.right_fill:.2g} of it: less than a factor {ROOM:g} of room"
        if self.wrong is not None and self.wrong < ROOM:
            yield f"a wrong answer overfills it only {self.wrong:.2g} times ({self.nearest})"


@dataclass(frozen=True)
class Brittle:
    """A case that passes a right answer as it is graded, and fails it with other inputs or defaults.

    Attributes:
        cause: what was changed.
        failed, runs: how often.
        told: what the case said the first time.
    """

    question: str
    case: str
    title: str
    cause: str
    failed: int
    runs: int
    told: str


@dataclass
class Calibration:
    """What the runs of a chapter say about its bounds; findings fail the proof, the rest warns."""

    comparisons: list[Comparison]
    brittle: list[Brittle]
    findings: list[Finding]
    runs: int

    @property
    def flagged(self) -> list[Comparison]:
        return [one for one in self.comparisons if one.flag]


def calibrate_chapter(
    chapter: Chapter, options: Options, seeds: int, on_progress: Callable[[int, int], None]
) -> Calibration:
    """Measure the bounds of a built chapter in processes of its own; see `calibrate`."""
    limits = chapter.course.limits
    with (
        chapter_assignment(chapter) as assignment,
        TrialPool(assignment, limits, options.wall, options.jobs) as pool,
    ):
        return calibrate(read_material(chapter), pool, seeds, on_progress)


def calibrate(
    material: Material, pool: TrialPool, seeds: int = SEEDS, on_progress: Callable[[int, int], None] = lambda *_: None
) -> Calibration:
    """Measure the bounds of all tests of a chapter.

    Args:
        seeds: runs of each right answer as it is graded; a little more than twice as many are made in all.
        on_progress: told how many runs are done and how many there are.

    Raises:
        KitError: fewer than two seeds.
        GraderFault: the sandbox failed.
    """
    if seeds < 2:
        raise KitError(f"tolerances need at least 2 seeds to differ, got {seeds}")
    calls = list(_calls(material, seeds))
    total = sum(len(draws) for *_, draws in calls)
    comparisons: dict[tuple[Any, ...], Comparison] = {}
    outcomes: dict[Answer, list[Measured]] = defaultdict(list)
    done = 0
    on_progress(done, total)
    for measured in pool.each(measure, calls):
        for one in measured:
            _note(comparisons, one)
            outcomes[one.answer].append(one)
        done += len(measured)
        on_progress(done, total)
    order = {question.name: place for place, question in enumerate(material.master.questions)}
    ordered = sorted(comparisons.values(), key=lambda one: (order[one.question], one.line, one.text))
    findings, brittle = _unsteady(them for answer, them in outcomes.items() if answer.is_right)
    return Calibration(ordered, brittle, findings, done)


def _calls(material: Material, seeds: int) -> Iterator[tuple[Answer, Setting, list[Draw]]]:
    """Right answers as they are graded, then with other inputs, then with other defaults, too; wrong ones once."""
    shifted = [Draw(seed, shift=seed) for seed in range(seeds)]
    for question in material.suite:
        own = (OWN, material.own_answer(question), True)
        others = [v for v in material.variants if v.question == question]
        for title, source, is_right in [own, *((v.title, v.source, v.kind is VariantKind.ACCEPT) for v in others)]:
            answer = Answer(question, title, material.cells(question, source), is_right)
            if not is_right:
                yield answer, Setting.FLOAT32, [Draw()]
                continue
            yield answer, Setting.FLOAT32, [Draw(seed) for seed in range(seeds)]
            yield answer, Setting.FLOAT32, shifted[1:]
            for setting in _settings(material, answer):
                yield answer, setting, shifted


def _settings(material: Material, answer: Answer) -> list[Setting]:
    """The defaults of torch that make a difference to an answer."""
    code = [*answer.cells, material.suite[answer.question].path.read_text(encoding="utf-8")]
    if not any(_TORCH.search(source) for source in code):
        return []
    return [Setting.FLOAT64, Setting.CUDA] if torch.cuda.is_available() else [Setting.FLOAT64]


def _note(comparisons: dict[tuple[Any, ...], Comparison], measured: Measured) -> None:
    for reading in measured.readings:
        place = reading.place
        fields = (measured.answer.question, place.case, place.line, place.text, reading.kind)
        comparison = comparisons.setdefault(fields, Comparison(*fields))
        if measured.answer.is_right:
            setting = measured.setting
            comparison.right[setting] = max(reading.fill, comparison.right.get(setting, 0.0))
            comparison.right_gap = min(reading.gap, comparison.right_gap)
        elif place.case in measured.failed:
            _note_wrong(comparison, reading, measured.answer.title)


def _note_wrong(comparison: Comparison, reading: Reading, title: str) -> None:
    if reading.fill > 1 and (comparison.wrong is None or reading.fill < comparison.wrong):
        comparison.wrong, comparison.wrong_gap, comparison.nearest = reading.fill, -reading.gap, title


def _unsteady(answers: Iterable[list[Measured]]) -> tuple[list[Finding], list[Brittle]]:
    """Right answers that a case fails: as they are graded, always or by chance, or only under other circumstances."""
    findings: list[Finding] = []
    brittle: list[Brittle] = []
    for measured in answers:
        graded = [one for one in measured if not one.draw.shift and one.setting is Setting.FLOAT32]
        for case in {case: None for one in measured for case in one.failed}:
            failed = [one for one in graded if case in one.failed]
            if failed:
                findings.append(_finding(case, failed, len(graded)))
            else:
                brittle += _brittle(case, measured)
    return findings, brittle


def _finding(case: str, failed: list[Measured], runs: int) -> Finding:
    answer = failed[0].answer
    fault = Fault.SOLUTION if answer.title == OWN else Fault.ACCEPT
    text = f"{case}: {answer.title} fails with {len(failed)} of {runs} seeds: {_last_words(failed[0].failed[case])}"
    return Finding(Fault.FLAKY if len(failed) < runs else fault, answer.question, text)


def _brittle(case: str, measured: list[Measured]) -> Iterator[Brittle]:
    """What makes a case fail that passes as it is graded: other inputs, or only other defaults."""
    by_setting: dict[Setting, list[Measured]] = {}
    for one in measured:
        if one.draw.shift or one.setting is not Setting.FLOAT32:
            by_setting.setdefault(one.setting, []).append(one)
    for setting in Setting:
        tried = by_setting.get(setting, [])
        failed = [one for one in tried if case in one.failed]
        if failed:
            answer = failed[0].answer
            cause = "other seeds in the test" if setting is Setting.FLOAT32 else f"{setting} as torch's default"
            told = _last_words(failed[0].failed[case])
            yield Brittle(answer.question, case, answer.title, cause, len(failed), len(tried), told)
            return


def _last_words(told: str) -> str:
    return " ".join(told.split())[-MAX_TOLD:]
