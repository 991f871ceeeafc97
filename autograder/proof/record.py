"""What is known from earlier proofs: ``proof.json`` beside the master, so that little needs a second try.

The verdicts on a question's mutants and on people's answers are taken from the record as long as all that they can
depend on is as it was; two fingerprints say so. The grader's own source is left out of them on purpose. A verdict on
an answer says something of the question's tests, and those have not changed. That the grader judges rightly is shown
anew in each proof, by the solution, the untouched notebook and two variants of every question, and by the tests of
this package. With its source in the fingerprint, every change of the grader would have everything tried again.
"""

import hashlib
import json
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

import autograder
from autograder.course import Chapter, Limits
from autograder.errors import KitError
from autograder.grading.assignment import Assignment
from autograder.proof.checks import MUTANT_FACTOR, MUTANT_LEAST_S, Check, Verdict, mutant_checks, own_check
from autograder.proof.material import Material
from autograder.proof.model import Entry
from autograder.proof.mutants import spread

PACKAGES = ("otter-grader", "torch", "numpy", "ipython")
_LIMITS = ("timeout_s", "memory_mb", "processes", "open_files", "disk_mb", "message_mb")  # those that mutants meet
_KINDS = {
    **{"fingerprint": str, "mutants": int, "caught": int, "survivors": list},
    **{"answers": str, "seeds": int, "autograder": str},
}


def read_record(chapter: Chapter) -> dict[str, Entry]:
    """The entries of a chapter's record by question; none if there is no record.

    Raises:
        KitError: the file is damaged or another chapter's; the text says what is wrong with it.
    """
    path = chapter.proof_record
    if not path.exists():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["chapter"] != chapter.name:
            raise ValueError(f"it is that of {data['chapter']!r}")
        return {name: _entry(told) for name, told in data["questions"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as err:
        raise KitError(f"{path} is no record of this chapter's proof ({type(err).__name__}: {err})") from err


def _entry(told: dict[str, Any]) -> Entry:
    if told.keys() != _KINDS.keys() or not all(type(told[name]) is kind for name, kind in _KINDS.items()):
        raise ValueError(f"an entry holds {told!r}")
    survivors = tuple(map(str, told["survivors"]))
    if told["caught"] + len(survivors) != told["mutants"]:
        raise ValueError(f"an entry counts {told['caught']} and {len(survivors)} of {told['mutants']} mutants")
    return Entry(**{**told, "survivors": survivors})


def write_record(chapter: Chapter, entries: Mapping[str, Entry]) -> None:
    """Write the record of a chapter, sorted, so that a change of a question is a change of few lines.

    Raises:
        KitError: it cannot be written.
    """
    data = {"chapter": chapter.name, "questions": {name: asdict(entry) for name, entry in entries.items()}}
    path = chapter.proof_record
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as err:
        raise KitError(f"{path}: cannot be written ({err}): free this place, or verify with --mutants") from err


@dataclass(frozen=True)
class Mutants:
    """All mutants of the answer to a question.

    Attributes:
        known: what came of them, if that is known.
    """

    checks: list[Check]
    fingerprint: str
    known: Entry | None = None

    def some(self, limit: int | None, declared: Collection[str]) -> list[Check]:
        """At most so many of them, besides those declared equivalent; None gives all."""
        if limit is None:
            return self.checks
        chosen = {mutant.id for mutant in spread([check.mutant for check in self.checks if check.mutant], limit)}
        return [check for check in self.checks if check.title in chosen.union(declared)]

    def recalled(self, checks: Iterable[Check], max_score: float) -> list[Verdict]:
        """The known verdicts on some of them; of a mutant that was caught the score is told as zero."""
        survivors = self.known.survivors if self.known else ()
        scores = ((check, max_score if check.title in survivors else 0.0) for check in checks)
        return [Verdict(check, check.question, score, max_score, "") for check, score in scores]

    def entry(self, verdicts: Collection[Verdict]) -> Entry | None:
        """What is known of the mutants after these verdicts; None if they are not on all of them."""
        if self.known or len(verdicts) != len(self.checks):
            return self.known
        survivors = tuple(sorted(verdict.check.title for verdict in verdicts if verdict.full))
        count = len(verdicts)
        return Entry(self.fingerprint, count, count - len(survivors), survivors, "", 0, autograder.__version__)


def all_mutants(
    material: Material, assignment: Assignment, limits: Limits, record: Mapping[str, Entry]
) -> dict[str, Mutants]:
    """The mutants of every question, with what a record knows of them.

    Raises:
        AuthoringError: an answer is not Python.
    """
    common = common_fingerprint(assignment, limits)
    found: dict[str, Mutants] = {}
    for question in material.suite:
        checks = list(mutant_checks(material, question))
        fingerprint = _question_fingerprint(common, material, question, checks)
        entry = record.get(question)
        agrees = entry is not None and entry.fingerprint == fingerprint and _fits(entry, checks)
        found[question] = Mutants(checks, fingerprint, entry if agrees else None)
    return found


def _fits(entry: Entry, checks: Collection[Check]) -> bool:
    """Whether an entry speaks of these mutants, which only one changed by hand would not."""
    return entry.mutants == len(checks) and set(entry.survivors) <= {check.title for check in checks}


def common_fingerprint(assignment: Assignment, limits: Limits) -> str:
    """What the verdicts on all mutants of a chapter depend on: data, limits, otter's settings, versions.

    How long a mutant may take is counted in times of the solution, which are measured: only the factors are in here.
    """
    bounds = {name: getattr(limits, name) for name in _LIMITS}
    settings = [assignment.seed, assignment.seed_variable, bounds, MUTANT_FACTOR, MUTANT_LEAST_S]
    digest = hashlib.sha256(json.dumps([settings, _versions()], sort_keys=True).encode())
    if folder := assignment.files_dir:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(json.dumps([path.relative_to(folder).as_posix(), path.stat().st_size]).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _question_fingerprint(common: str, material: Material, question: str, mutants: Iterable[Check]) -> str:
    """What the verdicts on the mutants of one question depend on: its test file, its answer, the mutants themselves.

    The operators are not in it, but what they make is: one that is changed has a question tried again if it makes
    other mutants of that question than before. Nor are declarations of equivalence: they are about verdicts.
    """
    digest = hashlib.sha256(common.encode() + material.suite[question].path.read_bytes())
    for check in (own_check(material, question, 0), *mutants):
        digest.update(json.dumps([check.title, check.trial.cells, check.trial.seed]).encode())
    return digest.hexdigest()[:32]


@cache
def _versions() -> dict[str, str]:
    """Releases, without what sets builds of one release apart, such as ``+cpu``."""
    packages = {name: version(name).partition("+")[0] for name in PACKAGES}
    return packages | {"python": "{}.{}".format(*sys.version_info)}
