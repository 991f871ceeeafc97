"""The proof of a chapter: right answers get full marks, wrong ones do not, nothing is given away."""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import repeat
from typing import Any

from autograder.course import Chapter
from autograder.grading.assignment import Assignment, chapter_assignment
from autograder.grading.session import Grader
from autograder.proof.answers import Answers, all_answers
from autograder.proof.checks import (
    RIGHT,
    WHOLE_SEEDS,
    Check,
    Role,
    Verdict,
    first_checks,
    groups,
    own_check,
    solution_checks,
    verdicts,
)
from autograder.proof.computed import computed_values
from autograder.proof.leaks.audit import audit
from autograder.proof.material import Material, read_material
from autograder.proof.model import MIN_KILLED, ChapterProof, Entry, Fault, Finding, Options, QuestionProof
from autograder.proof.plain_otter import otter_scores
from autograder.proof.record import Mutants, all_mutants
from autograder.proof.series import try_series
from autograder.proof.trials import TrialPool, Tried
from autograder.proof.weigh import weigh

_LOSING = {
    Fault.SOLUTION,
    Fault.FLAKY,
    Fault.ACCEPT,
}  # right answers lose points: the tests, or the machine, are at fault

Progress = Callable[[int, int], None]
"""Told how many trials are done and how many there are so far."""


def verify(
    chapter: Chapter, options: Options, on_progress: Progress, record: Mapping[str, Entry] | None = None
) -> ChapterProof:
    """Prove a built chapter.

    Args:
        record: what is known of mutants from earlier proofs.

    Raises:
        AuthoringError: a mistake in the master or its variants.
        KitError: the chapter is not built.
        GraderFault: the sandbox or the judging failed.
    """
    start_s = time.monotonic()
    material = read_material(chapter)
    with (
        chapter_assignment(chapter) as assignment,
        ThreadPoolExecutor(1) as beside,
        TrialPool(assignment, chapter.course.limits, options.wall, options.jobs) as pool,
    ):
        otter = beside.submit(otter_scores, chapter) if options.plain_otter else None
        run = _Run(material, pool, on_progress)
        answers, mutants = _try_all(run, assignment, options.max_mutants, {} if options.again else record or {})
        values = computed_values(material, pool)
        proof = _proof(material, run, answers, mutants)
        _add_leaks(proof, material, values)
        if otter is not None:
            _compare_with_otter(proof, otter.result())
    proof.wall_s = time.monotonic() - start_s
    return proof


class _Run:
    """Runs checks and keeps their verdicts by question."""

    def __init__(self, material: Material, pool: TrialPool, on_progress: Progress):
        self.material, self.pool, self.on_progress = material, pool, on_progress
        self.verdicts: dict[str, list[Verdict]] = defaultdict(list)
        self.wall_s: dict[tuple[Role, str], float] = {}
        self.done = self.total = 0

    def all(self, checks: Iterable[Check]) -> None:
        by_key = {check.trial.key: check for check in checks}
        self.total += len(by_key)
        self.on_progress(self.done, self.total)
        for tried in self.pool.run(check.trial for check in by_key.values()):
            self.keep(by_key[tried.key], tried)

    def in_series(self, checks: Iterable[Check]) -> None:
        """Checks of single questions, many in a box; what comes out against expectation is tried again alone."""
        checks = list(checks)
        by_key = {check.trial.key: check for check in checks}
        self.total += len(by_key)
        calls = [
            (tuple(check.trial for check in some), own_check(self.material, some[0].question, 0).trial)
            for some in groups(checks)
        ]
        again: list[Check] = []
        for number, results in self.pool.each(_numbered_series, ((n, *call) for n, call in enumerate(calls))):
            for trial, tried in zip(calls[number][0], results or repeat(None), strict=False):
                check = by_key[trial.key]
                if tried is not None and tried.is_full(check.question) is (check.role in RIGHT):
                    self.keep(check, tried)
                else:
                    again.append(check)
        self.total -= len(again)
        self.all(again)

    def unknown_answers(self, answers: Mapping[str, Answers]) -> Iterator[Check]:
        """The answers that must be tried in series; the verdicts on the others are taken over."""
        for question, its in answers.items():
            self.verdicts[question] += its.recalled(self.material.suite[question].max_score)
            if not its.known:
                yield from its.others

    def unknown_mutants(self, mutants: Mapping[str, Mutants], limit: int | None) -> Iterator[Check]:
        """The mutants that must be tried, at most so many of a question; the verdicts on the others are taken over."""
        declared = {one.mutant for one in self.material.equivalents}
        for question, its in mutants.items():
            checks = its.some(limit, declared)
            if its.known:
                self.verdicts[question] += its.recalled(checks, self.material.suite[question].max_score)
            else:
                yield from checks

    def keep(self, check: Check, tried: Tried) -> None:
        for verdict in verdicts(check, tried):
            self.verdicts[verdict.question].append(verdict)
            self.wall_s[check.role, verdict.question] = tried.wall_s
        self.done += 1
        self.on_progress(self.done, self.total)


def _numbered_series(prepared: Grader, number: int, *call: Any) -> tuple[int, list[Tried] | None]:
    return number, try_series(prepared, *call)


def _try_all(
    run: _Run, assignment: Assignment, max_mutants: int | None, record: Mapping[str, Entry]
) -> tuple[dict[str, Answers], dict[str, Mutants]]:
    """Run whatever the record does not know: the notebooks, people's answers, mutants."""
    material, limits = run.material, run.material.chapter.course.limits
    run.all(first_checks(material))
    _learn(material, run)
    answers = all_answers(material, assignment, limits, record)
    mutants = all_mutants(material, assignment, limits, record)
    changed = not all(its.known for its in answers.values())
    run.all(solution_checks(material, range(1, WHOLE_SEEDS if changed else 1)))
    run.all(check for its in answers.values() for check in its.alone)
    run.in_series([*run.unknown_answers(answers), *run.unknown_mutants(mutants, max_mutants)])
    return answers, mutants


def _learn(material: Material, run: _Run) -> None:
    """From the first checks: how long each answer takes, and which cannot be cut down."""
    for question in material.suite:
        material.own_s[question] = run.wall_s[Role.ANSWER, question]
        full = {v.check.role: v.full for v in run.verdicts[question] if v.check.trial.seed == 0}
        if full[Role.SOLUTION] and not full[Role.ANSWER]:
            material.uncut.add(question)
            run.verdicts[question] = [v for v in run.verdicts[question] if v.check.role is not Role.ANSWER]


def _proof(
    material: Material, run: _Run, answers: Mapping[str, Answers], mutants: Mapping[str, Mutants]
) -> ChapterProof:
    questions: dict[str, QuestionProof] = {}
    for question in material.master.questions:
        name = question.name
        if question.manual:
            questions[name] = QuestionProof(name, question.max_points, manual=True)
            continue
        equivalents = [one for one in material.equivalents if one.declared.question == name]
        its = weigh(name, run.verdicts[name], equivalents, material.own_answer(name))
        its.entry = _entry(answers[name], mutants[name], run.verdicts[name], {one.fault for one in its.findings})
        its.kept = its.mutants if mutants[name].known else 0
        its.answers_kept = answers[name].known
        questions[name] = its
    solution_s = max(run.wall_s[Role.SOLUTION, name] for name in material.suite)
    proof = ChapterProof(material.chapter.name, questions, solution_s=solution_s)
    if proof.killed_share < MIN_KILLED:
        told = f"{proof.killed_share:.1%} of the chapter's mutants are caught; at least {MIN_KILLED:.0%} are wanted"
        proof.findings.append(Finding(Fault.SURVIVORS, "", told))
    return proof


def _entry(answers: Answers, mutants: Mutants, verdicts: Iterable[Verdict], faults: Collection[Fault]) -> Entry | None:
    """What is known of a question now: nothing where right answers lose points, as then a loss means nothing."""
    entry = None if _LOSING & set(faults) else mutants.entry([v for v in verdicts if v.check.role is Role.MUTANT])
    if entry is None:
        return None
    return replace(entry, answers="" if Fault.REJECT in faults else answers.fingerprint, seeds=answers.seeds)


def _add_leaks(proof: ChapterProof, material: Material, values: dict[str, list[float]]) -> None:
    for leak in audit(material.chapter, values=values):
        finding = Finding(Fault.LEAK, leak.question or "", f"{leak.kind} in {leak.place}: {leak.text}")
        if question := proof.questions.get(leak.question or ""):
            question.leaks += 1
            question.findings.append(finding)
        else:
            proof.findings.append(finding)


def _compare_with_otter(proof: ChapterProof, scores: dict[str, float] | str) -> None:
    """Hold the solution's scores under plain otter against full marks; a text says why there are none."""
    if isinstance(scores, str):
        proof.findings.append(Finding(Fault.OTTER, "", scores))
        return
    for name, question in proof.questions.items():
        if not question.manual and scores.get(name, 0.0) < question.max_score:
            text = f"{scores.get(name, 0.0):g} of {question.max_score:g} points for the solution"
            question.findings.append(Finding(Fault.OTTER, name, text))
