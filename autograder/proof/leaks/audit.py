"""The leak audit: nothing of the answers stands in what students get.

Two things can go wrong. The *build* can carry something over that it should have kept back. So everything in the
bundle is read, the parts of the master that students may see are taken away, each once, and no hidden piece may be
left in what remains. And the *author* can show an answer: a worked example with the very code, a text with the
number that a hidden test asks for. So what the master shows is held against what it hides, with more patience,
since question and answer honestly share words.
"""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.master import Master, read_master
from autograder.authoring.syntax import parse_code
from autograder.authoring.variants import Variant, read_variants
from autograder.course import PRIVATE_FILES, Chapter
from autograder.errors import KitError
from autograder.proof.leaks.bundle import File, Text, is_binary, opened, read_bundle, texts
from autograder.proof.leaks.hidden import (
    Leak,
    LeakKind,
    Part,
    Piece,
    Shown,
    config_messages,
    hidden_pieces,
    shown_parts,
)
from autograder.proof.leaks.told import told_by_author
from autograder.proof.leaks.values import Values, index, stored_values, writing, written_values
from autograder.proof.leaks.wording import (
    canonical,
    canonical_line,
    canonical_lines,
    lines_of,
    numbers,
    stands_in,
    without_comment,
)

__all__ = ["Leak", "LeakKind", "audit"]

_PRIVATE = {*PRIVATE_FILES, "autograder.zip"}
_CUT = "\0"  # where something was taken away: no piece reaches across


def audit(chapter: Chapter, bundle: Path | None = None, values: Values | None = None) -> list[Leak]:
    """Everything of a chapter's answers that stands in what students get.

    Args:
        bundle: the folder or zip that students get; by default the chapter's built student folder.
        values: the numbers that the solution computes, by question.

    Raises:
        AuthoringError: a mistake in the master or the variants.
        KitError: the bundle is not there or cannot be read.
    """
    bundle = bundle or chapter.student_notebook.parent
    if not bundle.exists():
        raise KitError(f"{bundle} is not there: run 'autograder build {chapter.name}' first")
    master = read_master(chapter.master)
    variants = read_variants(chapter.variants) if chapter.variants.exists() else []
    files = read_bundle(bundle)
    parts = list(shown_parts(master))
    given = _given_files(chapter, parts, files)
    wanted = _wanted(master, variants, parts, values or {})
    found = [leak for file in files if file not in given for leak in _carried_over(file, wanted)]
    readable = [file for file in given if not is_binary(file.data)]
    parts += [Part(Shown.FILE, None, file.name, text.text) for file in readable for text in texts(file)]
    return _longest([*found, *told_by_author(master, variants, parts, values or {})])


def _given_files(chapter: Chapter, parts: list[Part], files: list[File]) -> list[File]:
    """The author's own files, handed out as they are and spoken of in what students see: data, figures, helpers."""
    own = {path.read_bytes() for path in chapter.source_dir.rglob("*") if path.is_file()}
    shown = "\n".join(part.text for part in parts)
    named = [file for file in files if re.search(rf"\b{re.escape(Path(file.base).stem)}\b", shown)]
    return [file for file in named if file.data in own and file.base not in _PRIVATE]


def _longest(leaks: list[Leak]) -> list[Leak]:
    """One leak for each kind, question and place, in the order in which they were found."""
    best: dict[tuple[LeakKind, str, str], Leak] = {}
    for leak in leaks:
        key = (leak.kind, leak.question, leak.place)
        if key not in best or len(leak.text) > len(best[key].text):
            best[key] = leak
    return list(best.values())


# --- what the build carried over ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Wanted:
    """What is searched for.

    Attributes:
        shown: the lines of each part that students may see, in each form that they may have.
        numbers: how the hidden numbers would be written, to their questions.
        seen: numbers that students may see.
    """

    pieces: list[Piece]
    shown: list[list[Counter[str]]]
    numbers: dict[str, str]
    seen: set[float]
    values: Values


def _wanted(master: Master, variants: list[Variant], parts: list[Part], values: Values) -> _Wanted:
    written = written_values(master)
    together = {name: {*written.get(name, ()), *values.get(name, ())} for name in {*written, *values}}
    return _Wanted(
        hidden_pieces(master, variants),
        sorted((_forms(part) for part in parts), key=lambda forms: -forms[0].total()),
        index(together),
        {number.value for part in parts for number in numbers(part.text)},
        values,
    )


def _carried_over(file: File, wanted: _Wanted) -> Iterator[Leak]:
    if file.base in _PRIVATE:
        yield Leak(LeakKind.FILE, "", file.name, file.base)
    for inner in opened(file):
        yield from _carried_over_text(inner, wanted)
        if is_binary(inner.data):
            for question, value in stored_values(wanted.values, inner.data).items():
                yield Leak(LeakKind.VALUE, question, inner.name, f"{value:.7g}, as bytes")


def _carried_over_text(file: File, wanted: _Wanted) -> Iterator[Leak]:
    found = texts(file)
    for text, left in zip(found, _left(found, wanted.shown), strict=True):
        place = ", ".join(filter(None, [file.name, text.place]))
        yield from _pieces_in(left, wanted.pieces, place)
        for number in numbers(text.text):
            if number.value not in wanted.seen and (question := wanted.numbers.get(writing(number))):
                yield Leak(LeakKind.VALUE, question, place, number.text)


def _forms(part: Part) -> list[Counter[str]]:
    """The lines of a part, as the author wrote them and as otter writes tests."""
    if part.test is None:
        return [Counter(canonical_lines(part.text))]
    messages = [canonical(message) for message in config_messages(part.test)]
    named = [f"{key} = {message}" for message in messages for key in ("failure_message", "success_message")]
    sources = [part.text, ast.unparse(parse_code(part.test.source))]
    return [Counter([*canonical_lines(source), *messages, *named]) for source in sources]


def _left(found: list[Text], parts: list[list[Counter[str]]]) -> list[list[str]]:
    """The lines of each text without those that the master shows, each part of it once, where most of it stands."""
    open_ = [Counter(canonical_lines(text.text)) for text in found]
    taken = [Counter[str]() for _ in found]
    holders: dict[str, set[int]] = defaultdict(set)
    for number, lines in enumerate(open_):
        for line in lines:
            holders[line].add(number)
    for forms in parts:
        reached = {n for form in forms for line in form for n in holders.get(line, ())}
        common = [(form & open_[n], n) for n in sorted(reached) for form in forms]
        if common:
            away, number = max(common, key=lambda pair: pair[0].total())
            taken[number] += away
            open_[number] -= away
    return [_without(lines_of(text.text), away) for text, away in zip(found, taken, strict=True)]


def _without(lines: list[str], away: Counter[str]) -> list[str]:
    left = []
    for line in lines:
        key = canonical_line(line)
        if away[key]:
            away[key] -= 1
            left.append(_CUT)
        else:
            left.append(line)
    return left


def _pieces_in(lines: list[str], pieces: Iterable[Piece], place: str) -> Iterator[Leak]:
    whole = canonical("\n".join(lines))
    code = canonical("\n".join(map(without_comment, lines)))
    for piece in pieces:
        if stands_in(piece.wording, whole) or stands_in(piece.wording, code):
            yield Leak(piece.kind, piece.question, place, piece.text)
