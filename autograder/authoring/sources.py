"""The exercises that a course goes back to, and which question asks each of them.

``assignments/sources.toml`` lists the exercises and the chapters they belong to; the masters say which of them each
question asks. What a chapter of the course leaves out is a problem; what belongs to a chapter that is still to be
written is pending.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.authoring.master import read_master
from autograder.course import Course
from autograder.errors import KitError

SOURCES_FILE = Path("assignments/sources.toml")
COVERAGE_FILE = Path("docs/coverage.md")
NO_CHAPTER_YET = "its chapter is not in the course yet"

_GROUP = re.compile(r"(.+)[.-]\d+")


@dataclass(frozen=True)
class Exercise:
    """One exercise of a document; ``label`` says where it stands there."""

    id: str
    label: str
    topic: str
    chapter: str


@dataclass(frozen=True)
class Document:
    """One document and its exercises, in its order."""

    title: str
    about: str
    exercises: tuple[Exercise, ...]


@dataclass(frozen=True)
class Sources:
    """What ``sources.toml`` says.

    Attributes:
        chapters: in teaching order; not all of them need be in the course.
        pending: exercise to the reason why no question asks it yet.
    """

    path: Path
    documents: tuple[Document, ...]
    chapters: tuple[str, ...]
    pending: dict[str, str]

    @property
    def exercises(self) -> list[Exercise]:
        return [exercise for document in self.documents for exercise in document.exercises]


@dataclass(frozen=True)
class Claim:
    """A question that says it asks an exercise; ``master`` is the path of its master in the course."""

    exercise: str
    chapter: str
    question: str
    master: str


@dataclass(frozen=True)
class ChapterCoverage:
    """The exercises of one chapter: asked by whom, not yet and why, or by nobody though the chapter is there."""

    name: str
    covered: dict[str, list[Claim]]
    pending: dict[str, str]
    uncovered: list[Exercise]


def read_sources(course: Course) -> Sources:
    """Read the course's ``sources.toml``.

    Raises:
        KitError: there is none, or it is not what it should be; says where and what to do.
    """
    path = course.root / SOURCES_FILE
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KitError(
            f"{path} is not there: this course lists no exercises that its questions could go back to"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise KitError(f"{path}: cannot be read as TOML ({err})") from err
    _check_form(path, data)
    chapter_of = {group: chapter for chapter, groups in data["chapters"].items() for group in groups}
    documents = tuple(_document(path, entry, chapter_of) for entry in data["documents"].values())
    sources = Sources(path, documents, tuple(data["chapters"]), data.get("pending", {}))
    _check_ids(sources, Counter(group for groups in data["chapters"].values() for group in groups))
    return sources


def _check_form(path: Path, data: dict[str, Any]) -> None:
    if unknown := sorted(set(data) - {"chapters", "documents", "pending"}):
        raise KitError(f"{path}: unknown key {unknown[0]}; known are chapters, documents and pending")
    for key in ("chapters", "documents"):
        if not isinstance(data.get(key), dict):
            raise KitError(f"{path}: a table [{key}] is missing")
    for chapter, groups in data["chapters"].items():
        if not _texts(groups):
            raise KitError(f'{path}: chapters.{chapter} must be a list of groups, such as ["udl-3", "cs-optim"]')
    if not isinstance(data.get("pending", {}), dict) or not _texts(list(data.get("pending", {}).values())):
        raise KitError(f'{path}: pending must hold lines such as udl-3 = "why", each reason a text')


def _document(path: Path, entry: Any, chapter_of: dict[str, str]) -> Document:
    if not isinstance(entry, dict) or set(entry) != {"title", "about", "exercises"}:
        raise KitError(f"{path}: each document has title, about and exercises, and nothing else; found {entry!r:.80}")
    if not _texts([entry["title"], entry["about"]]) or not isinstance(entry["exercises"], list):
        raise KitError(f"{path}: title and about of a document are texts, its exercises a list")
    rows = [_exercise(path, row, chapter_of) for row in entry["exercises"]]
    return Document(entry["title"].strip(), entry["about"].strip(), tuple(rows))


def _exercise(path: Path, row: Any, chapter_of: dict[str, str]) -> Exercise:
    if not _texts(row) or len(row) != 3:
        raise KitError(f'{path}: an exercise is a list ["id", "where in the document", "topic"], found {row!r:.80}')
    id_, label, topic = row
    group = _GROUP.fullmatch(id_)
    if not group:
        raise KitError(f"{path}: {id_!r} is no id of an exercise: it ends with a number, as udl-3.1 or cs-optim-2")
    if group[1] not in chapter_of:
        raise KitError(f"{path}: no chapter lists the group {group[1]!r} of {id_}: add it under [chapters]")
    return Exercise(id_, label, topic, chapter_of[group[1]])


def _check_ids(sources: Sources, groups: Counter[str]) -> None:
    """Each id and each group once; nothing pending and no group that no exercise has."""
    ids = Counter(exercise.id for exercise in sources.exercises)
    if twice := [name for name, times in (ids + groups).items() if times > 1]:
        raise KitError(f"{sources.path}: {twice[0]} is listed twice: remove one of them")
    used = {_GROUP.sub(r"\1", id_) for id_ in ids}
    if stray := [name for name in groups if name not in used]:
        raise KitError(f"{sources.path}: no exercise belongs to the group {stray[0]}: correct it under [chapters]")
    if stray := [name for name in sources.pending if name not in ids]:
        raise KitError(f"{sources.path}: {stray[0]} is listed as pending, but is no exercise: correct it")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value)


def read_claims(course: Course) -> list[Claim]:
    """What the questions of all chapters of the course say they ask.

    Raises:
        AuthoringError: a mistake in a master.
    """
    claims = []
    for chapter in course.chapters:
        for question in read_master(chapter.master).questions:
            master = chapter.master.relative_to(course.root).as_posix()
            claims += [Claim(source, chapter.name, question.name, master) for source in question.sources]
    return claims


def coverage(sources: Sources, claims: Iterable[Claim], course: Course) -> list[ChapterCoverage]:
    """What is asked and what is not, chapter by chapter in teaching order."""
    asked: dict[str, list[Claim]] = {}
    for claim in claims:
        asked.setdefault(claim.exercise, []).append(claim)
    return [_chapter_coverage(name, sources, asked, name in course.chapter_names) for name in sources.chapters]


def _chapter_coverage(name: str, sources: Sources, asked: dict[str, list[Claim]], there: bool) -> ChapterCoverage:
    exercises = [exercise for exercise in sources.exercises if exercise.chapter == name]
    left = [exercise for exercise in exercises if exercise.id not in asked]
    why = sources.pending if there else dict.fromkeys((exercise.id for exercise in left), NO_CHAPTER_YET)
    return ChapterCoverage(
        name,
        {exercise.id: asked[exercise.id] for exercise in exercises if exercise.id in asked},
        {exercise.id: why[exercise.id] for exercise in left if exercise.id in why},
        [exercise for exercise in left if exercise.id not in why],
    )


def problems(sources: Sources, claims: Iterable[Claim], chapters: Iterable[ChapterCoverage]) -> Iterator[str]:
    """What must be put right, each in a sentence that says where and how."""
    known = {exercise.id for exercise in sources.exercises}
    for claim in claims:
        place = f"{claim.master}, question {claim.question}"
        if claim.exercise not in known:
            yield f"{place}: claims {claim.exercise!r}, which {sources.path.name} does not list: correct the id"
        elif claim.exercise in sources.pending:
            yield f"{place}: asks {claim.exercise}, which {sources.path.name} lists as pending: remove it there"
    for chapter in chapters:
        for exercise in chapter.uncovered:
            yield (
                f"{chapter.name}: no question asks {exercise.id} ({exercise.topic}): name it in a question's "
                f'sources="…", or list it under [pending] in {sources.path.name} with the reason'
            )


def coverage_page(sources: Sources, chapters: list[ChapterCoverage]) -> str:
    """The text of ``docs/coverage.md``: for each document, which question asks which exercise."""
    covered = {id_: claims for chapter in chapters for id_, claims in chapter.covered.items()}
    total, done = len(sources.exercises), sum(len(chapter.covered) for chapter in chapters)
    lines = [
        "# Which question asks which exercise",
        "",
        "Written by `autograder sources --write` from `assignments/sources.toml` and the masters; do not edit it.",
        f"Of {total} exercises {done} are asked, {total - done} are not yet.",
    ]
    for document in sources.documents:
        lines += ["", f"## {document.title}", "", document.about, ""]
        lines += ["| exercise | where | topic | asked by |", "| --- | --- | --- | --- |"]
        for exercise in document.exercises:
            by = _asked_by(covered.get(exercise.id, [])) or f"not yet ({exercise.chapter})"
            lines.append(f"| {exercise.id} | {exercise.label} | {exercise.topic} | {by} |")
    return "\n".join(lines) + "\n"


def _asked_by(claims: list[Claim]) -> str:
    """Such as ``02_shallow_networks: q4_joints, q5_knots``."""
    chapters = dict.fromkeys(claim.chapter for claim in claims)
    return "; ".join(f"{c}: {', '.join(claim.question for claim in claims if claim.chapter == c)}" for c in chapters)
