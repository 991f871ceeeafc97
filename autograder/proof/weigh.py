"""Verdicts on the answers to a question → what is proven of it, and what is not."""

from collections.abc import Collection, Iterable, Iterator

from autograder.authoring.variants import Equivalent
from autograder.proof.checks import Role, Verdict
from autograder.proof.model import (
    MIN_ACCEPT,
    MIN_KILLED_OF_QUESTION,
    MIN_REJECT,
    Fault,
    Finding,
    QuestionProof,
    Survivor,
)
from autograder.proof.mutants import diff

# Answers that should be right, and what is wrong when one is not.
_RIGHT = {Role.SOLUTION: Fault.SOLUTION, Role.ANSWER: Fault.SOLUTION, Role.ACCEPT: Fault.ACCEPT}


def weigh(name: str, verdicts: Collection[Verdict], equivalents: Collection[Equivalent], answer: str) -> QuestionProof:
    """The proof of one question with tests.

    Args:
        equivalents: mutants of this question that are declared as right as the solution.
        answer: the solution's code, for the diffs of survivors.
    """
    role = {role: [v for v in verdicts if v.check.role is role] for role in Role}
    accepted, rejected = _by_title(role[Role.ACCEPT]), _by_title(role[Role.REJECT])
    own = role[Role.SOLUTION] + role[Role.ANSWER]
    proof = QuestionProof(
        name,
        max_score=own[0].max_score,
        solution_runs=len(own),
        solution_full=sum(v.full for v in own),
        untouched_score=sum(v.score for v in role[Role.UNTOUCHED]),
        accept=len(accepted),
        accepted=sum(all(v.full for v in runs) for runs in accepted.values()),
        reject=len(rejected),
        rejected=sum(not any(v.full for v in runs) for runs in rejected.values()),
    )
    _count_mutants(proof, role[Role.MUTANT], equivalents, answer)
    proof.findings += [*_right_answers(name, verdicts), *_wrong_answers(proof, role), *_counts(proof)]
    proof.findings += _equivalents(name, role[Role.MUTANT], equivalents)
    return proof


def _by_title(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    titles: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        titles.setdefault(verdict.check.title, []).append(verdict)
    return titles


def _right_answers(name: str, verdicts: Iterable[Verdict]) -> Iterator[Finding]:
    """Answers that lose points although they are right, always or with some seeds."""
    for title, runs in _by_title(v for v in verdicts if v.check.role in _RIGHT).items():
        lost = [v for v in runs if not v.full]
        if not lost:
            continue
        points = f"{lost[0].score:g} of {lost[0].max_score:g} points"
        if len(lost) < len(runs):
            text = f"{title} loses points with {len(lost)} of {len(runs)} seeds ({points}): {lost[0].told}"
            yield Finding(Fault.FLAKY, name, text)
        else:
            yield Finding(_RIGHT[lost[0].check.role], name, f"{title} gets {points}: {lost[0].told}")


def _wrong_answers(proof: QuestionProof, role: dict[Role, list[Verdict]]) -> Iterator[Finding]:
    if proof.untouched_score > 0:
        text = f"the untouched notebook gets {proof.untouched_score:g} points: some test passes without an answer"
        yield Finding(Fault.UNTOUCHED, proof.name, text)
    for verdict in role[Role.REJECT]:
        if verdict.full:
            text = f"{verdict.check.title}: declared wrong, gets full marks; no test tells it from the solution"
            yield Finding(Fault.REJECT, proof.name, text)


def _counts(proof: QuestionProof) -> Iterator[Finding]:
    if proof.accept < MIN_ACCEPT or proof.reject < MIN_REJECT:
        text = f"{proof.accept} accept and {proof.reject} reject variants; at least {MIN_ACCEPT} and {MIN_REJECT} prove"
        yield Finding(Fault.FEW_VARIANTS, proof.name, f"{text} that the tests tell right from wrong")
    if proof.mutants and proof.killed < MIN_KILLED_OF_QUESTION * proof.mutants:
        ids = ", ".join(survivor.id for survivor in proof.survivors)
        text = f"{proof.killed} of {proof.mutants} mutants are caught; these get full marks: {ids}"
        yield Finding(Fault.SURVIVORS, proof.name, text)


def _count_mutants(
    proof: QuestionProof, verdicts: Collection[Verdict], equivalents: Collection[Equivalent], answer: str
) -> None:
    declared = {one.mutant for one in equivalents}
    counted = [v for v in verdicts if v.check.title not in declared]
    proof.equivalent = len(verdicts) - len(counted)
    proof.mutants, proof.killed = len(counted), sum(not v.full for v in counted)
    survivors = [v.check.mutant for v in counted if v.full and v.check.mutant]
    proof.survivors = [Survivor(mutant.id, diff(answer, mutant)) for mutant in survivors]


def _equivalents(name: str, verdicts: Iterable[Verdict], equivalents: Iterable[Equivalent]) -> Iterator[Finding]:
    full = {v.check.title: v.full for v in verdicts}
    for one in equivalents:
        if one.mutant not in full:
            yield Finding(Fault.EQUIVALENT, name, f"{one.mutant}: the solution has no such mutant; take it out")
        elif not full[one.mutant]:
            yield Finding(
                Fault.EQUIVALENT, name, f"{one.mutant}: it loses points, so it is not equivalent; take it out"
            )
