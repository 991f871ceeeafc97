"""The answers to a question that people wrote: the solution's own with many seeds, right and wrong variants.

As with mutants, what came of them is taken from the record while nothing has changed. One right and one wrong variant
of each question are tried in every proof all the same: they hold the present grader against the question's tests.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autograder.authoring.variants import Kind
from autograder.course import Limits
from autograder.grading.assignment import Assignment
from autograder.proof.checks import RIGHT, VARIANT_SEEDS, Check, Verdict, answer_seeds, own_check, variant_checks
from autograder.proof.material import Material
from autograder.proof.model import Entry
from autograder.proof.record import common_fingerprint


@dataclass(frozen=True)
class Answers:
    """The answers to one question, without mutants.

    Attributes:
        alone: to be tried in boxes of their own, in every proof.
        others: to be tried in series, unless they are known.
        seeds: with how many of them the solution's own answer is tried.
        known: an earlier proof saw the others fare as declared.
    """

    alone: list[Check]
    others: list[Check]
    fingerprint: str
    seeds: int
    known: bool

    def recalled(self, max_score: float) -> Iterator[Verdict]:
        """The known verdicts on the others; of one that lost points the score is told as zero."""
        for check in self.others if self.known else ():
            yield Verdict(check, check.question, max_score if check.role in RIGHT else 0.0, max_score, "")


def all_answers(
    material: Material, assignment: Assignment, limits: Limits, record: Mapping[str, Entry]
) -> dict[str, Answers]:
    """The answers to every question, with what a record knows of them."""
    common = f"{common_fingerprint(assignment, limits)} {limits.cell_timeout_s:g}"  # mutants have limits of their own
    return {question: _answers(material, question, common, record.get(question)) for question in material.suite}


def _answers(material: Material, question: str, common: str, entry: Entry | None) -> Answers:
    right = list(variant_checks(material, question, Kind.ACCEPT, range(VARIANT_SEEDS)))
    wrong = list(variant_checks(material, question, Kind.REJECT, range(1)))
    fingerprint = _fingerprint(common, material, question, [own_check(material, question, 0), *right, *wrong])
    known = entry is not None and entry.answers == fingerprint
    seeds = entry.seeds if entry is not None and known else answer_seeds(material, question)
    first = 1 if known else len(right) // VARIANT_SEEDS
    own = [own_check(material, question, seed) for seed in range(1, seeds)]
    return Answers([*right[:first], *wrong[:1]], [*own, *right[first:], *wrong[1:]], fingerprint, seeds, known)


def _fingerprint(common: str, material: Material, question: str, checks: list[Check]) -> str:
    digest = hashlib.sha256(common.encode() + material.suite[question].path.read_bytes())
    for check in checks:
        digest.update(json.dumps([check.role, check.title, check.trial.cells, check.trial.seed]).encode())
    return digest.hexdigest()[:32]
