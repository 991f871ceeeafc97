"""What is tried to prove a chapter: the solution, the untouched notebook, other people's answers, mutants."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from autograder.authoring.variants import Kind
from autograder.errors import AuthoringError
from autograder.proof.cuts import whole
from autograder.proof.material import Material
from autograder.proof.mutants import Mutant, make_mutants
from autograder.proof.trials import Trial, Tried

WHOLE_SEEDS = 3  # of the whole solution notebook
ANSWER_SEEDS = 10  # of the solution's own answer to each question
SLOW_S = 2.0  # an answer that takes longer is tried with as few seeds as the whole notebook
VARIANT_SEEDS = 3  # of right variants
MUTANT_FACTOR, MUTANT_LEAST_S = 10.0, 3.0  # how much longer than the solution a mutant may take
MAX_TOLD = 800  # characters of what a failed case says
MAX_SERIES = 25  # trials in one box


class Role(StrEnum):
    """What a trial stands for."""

    SOLUTION = "solution"  # the whole notebook
    UNTOUCHED = "untouched"
    ANSWER = "answer"  # the solution's own, cut down
    ACCEPT = "accept"
    REJECT = "reject"
    MUTANT = "mutant"


RIGHT = frozenset({Role.SOLUTION, Role.ANSWER, Role.ACCEPT})  # roles that should get full marks


@dataclass(frozen=True)
class Check:
    """A trial and what it is about.

    Attributes:
        question: the one that it is about, or empty for all.
        title: tells the answers to one question apart.
    """

    role: Role
    question: str
    title: str
    trial: Trial
    mutant: Mutant | None = None


@dataclass(frozen=True)
class Verdict:
    """What came of a check for one question; ``told`` says how points were lost."""

    check: Check
    question: str
    score: float
    max_score: float
    told: str

    @property
    def full(self) -> bool:
        return self.score >= self.max_score


def first_checks(material: Material) -> Iterator[Check]:
    """The two notebooks as built, and each answer of the solution cut down."""
    yield from solution_checks(material, range(1))
    yield _check(Role.UNTOUCHED, "", "the untouched notebook", whole(material.student))
    for question in material.suite:
        yield own_check(material, question, 0)


def solution_checks(material: Material, seeds: range) -> Iterator[Check]:
    """The whole solution notebook."""
    for seed in seeds:
        yield _check(Role.SOLUTION, "", "the solution notebook", whole(material.solution), seed)


def answer_seeds(material: Material, question: str) -> int:
    """With how many seeds the solution's own answer to a question is tried."""
    return ANSWER_SEEDS if material.own_s[question] < SLOW_S else WHOLE_SEEDS


def variant_checks(material: Material, question: str, kind: Kind, seeds: range) -> Iterator[Check]:
    """Other people's answers to a question, right or wrong."""
    variants = [one for one in material.variants if one.question == question and one.kind is kind]
    for seed in seeds:
        for variant in variants:
            cells = material.cells(question, variant.source)
            yield _check(Role(kind), question, variant.title, cells, seed)


def mutant_checks(material: Material, question: str) -> Iterator[Check]:
    """Every mutant of the answer to a question.

    Raises:
        AuthoringError: the answer is not Python.
    """
    source = material.own_answer(question)
    try:
        mutants = make_mutants(source) if source else []
    except SyntaxError as err:
        raise AuthoringError(f"the solution is not Python ({err.msg})", material.chapter.master, question) from err
    timeout_s = max(MUTANT_LEAST_S, MUTANT_FACTOR * material.own_s[question])
    for mutant in mutants:
        cells = material.cells(question, mutant.source)
        trial = Trial(f"{question} {mutant.id}", cells, (question,), 0, timeout_s, only_whether_full=True)
        yield Check(Role.MUTANT, question, mutant.id, trial, mutant)


def groups(checks: Iterable[Check]) -> Iterator[list[Check]]:
    """Checks that can be run one after the other in one box: the same but for the answer and the seed."""
    alike: dict[Any, list[Check]] = defaultdict(list)
    for check in checks:
        trial = check.trial
        alike[trial.cells[:-1], trial.questions, trial.cell_timeout_s, trial.only_whether_full].append(check)
    for together in alike.values():
        yield from (together[n : n + MAX_SERIES] for n in range(0, len(together), MAX_SERIES))


def verdicts(check: Check, tried: Tried) -> Iterator[Verdict]:
    """What a trial says of each question that it judged."""
    for name, result in tried.questions.items():
        failed = [case for case in result.cases if case.name in tried.failed_cases(name)]
        told = result.message or "\n".join(f"{case.name}: {case.detail[-MAX_TOLD:]}" for case in failed)
        yield Verdict(check, name, result.score, result.max_score, told)


def own_check(material: Material, question: str, seed: int) -> Check:
    """The solution's own answer to one question."""
    cells = material.cells(question, material.own_answer(question))
    return _check(Role.ANSWER, question, "the solution's answer", cells, seed)


def _check(role: Role, question: str, title: str, cells: tuple[str, ...], seed: int = 0) -> Check:
    questions = (question,) if question else ()
    return Check(role, question, title, Trial(f"{role} {question} {title} {seed}", cells, questions, seed))
