"""What a proof finds, as plain records."""

from dataclasses import dataclass, field
from enum import StrEnum

from autograder.grading.isolation.wall import Wall

MIN_KILLED = 0.95  # of a chapter's mutants, without those declared equivalent
MIN_KILLED_OF_QUESTION = 0.8
MIN_ACCEPT, MIN_REJECT = 1, 2  # variants of each question


@dataclass(frozen=True)
class Options:
    """How to verify.

    Attributes:
        wall: as for grading.
        jobs: trials at a time.
        max_mutants: of each question; None runs all.
        plain_otter: also run the solution under ``otter run``, which takes some seconds.
        again: try everything, whatever is known of it from earlier proofs.
    """

    wall: Wall
    jobs: int
    max_mutants: int | None = None
    plain_otter: bool = True
    again: bool = False


class Fault(StrEnum):
    """What is wrong with a question or its tests; each has one check that finds it."""

    SOLUTION = "the solution loses points"
    FLAKY = "the tests judge one answer differently with other seeds"
    OTTER = "plain otter run gives the solution another score"
    UNTOUCHED = "the untouched notebook earns points"
    ACCEPT = "a right answer loses points"
    REJECT = "a wrong answer gets full marks"
    FEW_VARIANTS = "too few variants"
    SURVIVORS = "too few mutants are caught"
    EQUIVALENT = "a mutant is declared equivalent that is none"
    LEAK = "the student bundle gives something away"


@dataclass(frozen=True)
class Finding:
    """One thing that is unproven, and where; the text says what was found and what to do."""

    fault: Fault
    question: str
    text: str


@dataclass(frozen=True)
class Survivor:
    """A mutant of the solution that passes all tests; ``diff`` shows it."""

    id: str
    diff: str


@dataclass(frozen=True)
class Entry:
    """What came of the answers to a question and of all its mutants, as `autograder.proof.record` keeps it.

    Attributes:
        fingerprint: of all that the verdicts on the mutants depend on.
        mutants: how many there are, those declared equivalent included.
        caught: how many of them lost points.
        survivors: the ids of the others.
        answers: fingerprint of all that the verdicts on people's answers depend on; empty if some fared otherwise.
        seeds: with how many of them the solution's answer was tried.
        autograder: the version of this package that tried them.
    """

    fingerprint: str
    mutants: int
    caught: int
    survivors: tuple[str, ...]
    answers: str
    seeds: int
    autograder: str


@dataclass
class QuestionProof:
    """The proof of one question, in counts; what is wrong with it stands in ``findings``.

    Attributes:
        manual: marked by a person: nothing is run.
        accepted, rejected: variants that fared as declared.
        killed, mutants: of those not declared equivalent.
        kept: how many of these mutants were not tried, because their verdict is known from an earlier proof.
        answers_kept: so it is with most of the variants and seeds.
        entry: what is known now; None if not all mutants were tried, or right answers lose points.
    """

    name: str
    max_score: float
    manual: bool = False
    solution_runs: int = 0
    solution_full: int = 0
    untouched_score: float = 0.0
    accept: int = 0
    accepted: int = 0
    reject: int = 0
    rejected: int = 0
    mutants: int = 0
    killed: int = 0
    kept: int = 0
    answers_kept: bool = False
    equivalent: int = 0
    leaks: int = 0
    survivors: list[Survivor] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    entry: Entry | None = None


@dataclass
class ChapterProof:
    """The proof of a chapter.

    Attributes:
        solution_s: wall time of the solution notebook, tests included.
        wall_s: of the proof.
    """

    chapter: str
    questions: dict[str, QuestionProof]
    findings: list[Finding] = field(default_factory=list)  # of no single question
    solution_s: float = 0.0
    wall_s: float = 0.0

    @property
    def all_findings(self) -> list[Finding]:
        """Everything unproven, question by question."""
        return [finding for question in self.questions.values() for finding in question.findings] + self.findings

    @property
    def proven(self) -> bool:
        return not self.all_findings

    @property
    def killed_share(self) -> float:
        """The part of the mutants that the tests catch; 1 where there are none."""
        return self.killed / self.mutants if self.mutants else 1.0

    @property
    def mutants(self) -> int:
        return sum(question.mutants for question in self.questions.values())

    @property
    def killed(self) -> int:
        return sum(question.killed for question in self.questions.values())

    @property
    def kept(self) -> int:
        return sum(question.kept for question in self.questions.values())
