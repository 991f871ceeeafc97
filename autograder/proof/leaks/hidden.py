"""What a master shows and what it hides, each in pieces that can be searched for."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from autograder.authoring.markers import PAIRS, Block, Mark, mark_of
from autograder.authoring.model import Cell, Master, Question, TestCell
from autograder.authoring.syntax import parse_code
from autograder.authoring.variants import Kind, Variant
from autograder.proof.leaks.wording import (
    canonical,
    canonical_lines,
    comment,
    phrases,
    runs,
    stands_in,
    weight,
    without_comment,
)

ENOUGH = 3
"""What a run of code must weigh to be told from an accident: ``a + b`` does, ``return x`` does not."""

_LEAST_WORDS, _MOST_WORDS = 5, 8
"""A sentence of fewer words may be anybody's; of a longer one every eight words in a row are known again."""


class LeakKind(StrEnum):
    """What has leaked."""

    SOLUTION = "solution"
    MODEL_ANSWER = "model answer"
    HIDDEN_TEST = "hidden test"
    HIDDEN_ASSERT = "hidden assert"
    HIDDEN_MESSAGE = "hidden message"
    VALUE = "reference value"
    VARIANT = "variant"
    FILE = "instructor's file"


@dataclass(frozen=True)
class Leak:
    """Something of the answers that students can read.

    Attributes:
        question: empty where it belongs to none.
        place: in the bundle, such as ``02_shallow_networks.ipynb, cell 14, metadata.hint``; in the master, such as
            ``master.py, cell 12``, where the author shows it.
        text: what has leaked, the longest piece of it.
    """

    kind: LeakKind
    question: str
    place: str
    text: str


@dataclass(frozen=True)
class Piece:
    """Something that no student may read: ``text`` for people, ``wording`` canonical, to be searched for."""

    kind: LeakKind
    question: str
    text: str
    wording: str


class Shown(StrEnum):
    """What a part of the master that students see is."""

    TEXT = "text"
    CODE = "code"
    TEST = "public test"
    FILE = "file"


@dataclass(frozen=True)
class Part:
    """A part of the chapter that students see, and where the author wrote it; ``test`` where it is one."""

    kind: Shown
    question: str | None
    place: str
    text: str
    test: TestCell | None = None


@dataclass(frozen=True)
class Split:
    """A code cell taken apart: the lines that students see, and each answer in it."""

    shown: str
    answers: tuple[tuple[str, ...], ...]


def split(source: str) -> Split:
    """Take a code cell apart at its markers, without otter."""
    shown: list[str] = []
    answers: list[tuple[str, ...]] = []
    block: list[str] = []
    ends: Mark | None = None
    for line in source.splitlines():
        mark = mark_of(line)
        if ends:
            if mark is not ends:
                block.append(line)
                continue
            answers += [tuple(block)] if ends is Mark.END_SOLUTION else []
            shown += block if ends is Mark.END_PROMPT else []
            block, ends = [], None
        elif mark in PAIRS:
            ends = PAIRS[mark]
        elif mark is Mark.SOLUTION:
            answers.append((line[: line.rindex("# SOLUTION")].rstrip(),))
        elif mark is None:
            shown.append(line)
    return Split("\n".join(shown), tuple(answers))


def is_written_answer(cell: Cell) -> bool:
    """Whether a cell is the model answer of a written question, which otter takes out as a whole."""
    tags = cell.node.metadata.get("tags", [])
    return cell.kind == "markdown" and cell.block is Block.SOLUTION and "otter_include" not in tags


def shown_parts(master: Master) -> Iterator[Part]:
    """Everything in a master that students see: text, given code, public tests with their messages."""
    for cell in master.cells:
        place = f"{master.path.name}, cell {cell.number}"
        if cell.ignored or cell.kind == "raw" or cell.block is Block.TESTS or is_written_answer(cell):
            continue
        if cell.kind == "code":
            yield Part(Shown.CODE, cell.question, place, split(cell.source).shown)
        else:
            yield Part(Shown.TEXT, cell.question, place, cell.source)
    for question in master.questions:
        for test in question.test_cells:
            if not test.hidden:
                place = f"{master.path.name}, cell {test.cell.number}"
                text = "\n".join([test.source, test.saved_output, *config_messages(test)])
                yield Part(Shown.TEST, question.name, place, text, test)


def hidden_pieces(master: Master, variants: Iterable[Variant]) -> list[Piece]:
    """Everything in a chapter that students may not read, in pieces, always in the same order."""
    pieces: set[Piece] = set()
    for cell in (cell for cell in master.cells if not cell.ignored):
        if is_written_answer(cell):
            pieces |= set(_prose(LeakKind.MODEL_ANSWER, cell.question, cell.source))
        elif cell.kind == "code" and cell.block is not Block.TESTS:
            for answer in split(cell.source).answers:
                pieces |= set(_code(LeakKind.SOLUTION, cell.question, answer))
    for question in master.questions:
        for test in question.test_cells:
            pieces |= set(_test_pieces(question, test)) if test.hidden else set()
    shown = " \0 ".join(line for part in shown_parts(master) for line in canonical_lines(part.text))
    known = {piece.wording for piece in pieces}
    for variant in variants:
        pieces |= {piece for piece in _variant_pieces(variant) if piece.wording not in known}
    shared = (LeakKind.HIDDEN_MESSAGE, LeakKind.VARIANT)  # the author may say them elsewhere, too
    kept = [piece for piece in pieces if not (piece.kind in shared and stands_in(piece.wording, shown))]
    return sorted(kept, key=lambda piece: (piece.kind, piece.question, piece.wording, piece.text))


def code_pieces(code: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The runs of code that say enough, or a short answer as a whole, each as written and canonical."""
    pairs = [(raw.strip(), line) for raw in code if (line := canonical(without_comment(raw)))]
    lines = [line for _, line in pairs]
    found = list(runs(lines, ENOUGH))
    if not found and sum(map(weight, lines)) == ENOUGH - 1:  # such as `total = 18`
        found = [slice(0, len(lines))]
    for run in found:
        yield "\n".join(raw for raw, _ in pairs[run]), " ".join(lines[run])


def prose_pieces(text: str) -> list[str]:
    """The phrases of a text that are long enough to be known again, canonical."""
    return phrases(text, _LEAST_WORDS, _MOST_WORDS)


def _code(kind: LeakKind, question: str | None, code: Iterable[str]) -> Iterator[Piece]:
    """The lines of code, and the comments in it."""
    code = list(code)
    yield from (Piece(kind, question or "", text, wording) for text, wording in code_pieces(code))
    yield from _prose(kind, question, "\n".join(filter(None, map(comment, code))))


def _prose(kind: LeakKind, question: str | None, text: str) -> Iterator[Piece]:
    yield from (Piece(kind, question or "", phrase, phrase) for phrase in prose_pieces(text))


def _test_pieces(question: Question, test: TestCell) -> Iterator[Piece]:
    tree = parse_code(test.source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for function in functions:
        yield Piece(LeakKind.HIDDEN_TEST, question.name, function.name, canonical(function.name))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert | ast.Raise):
            for wording in assert_wordings(test, node):
                yield Piece(LeakKind.HIDDEN_ASSERT, question.name, ast.unparse(node), wording)
    if not functions:  # a test in OK format is code without a name
        yield from _code(LeakKind.HIDDEN_ASSERT, question.name, test.source.splitlines())
    for message in [*config_messages(test), *_assert_messages(tree)]:
        yield from _prose(LeakKind.HIDDEN_MESSAGE, question.name, message)


def assert_wordings(test: TestCell, node: ast.Assert | ast.Raise) -> set[str]:
    """An assert without its message, or a raise: as it is written and as otter writes it; nothing if it says little."""
    keyword, said = ("assert", node.test) if isinstance(node, ast.Assert) else ("raise", node.exc)
    if said is None:
        return set()
    written = ast.get_source_segment(test.source, said) or ""
    wordings = {canonical(f"{keyword} {source}") for source in (ast.unparse(said), written)}
    return {wording for wording in wordings if weight(wording) >= ENOUGH}


def config_messages(test: TestCell) -> list[str]:
    """The messages in the config of a test."""
    return [message for message in (test.failure_message, test.success_message) if message]


def _assert_messages(tree: ast.AST) -> Iterator[str]:
    """The fixed texts in the messages of asserts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and node.msg:
            constants = [part for part in ast.walk(node.msg) if isinstance(part, ast.Constant)]
            yield from (part.value for part in constants if isinstance(part.value, str))


def _variant_pieces(variant: Variant) -> Iterator[Piece]:
    for phrase in phrases(variant.title, ENOUGH, _MOST_WORDS):
        yield Piece(LeakKind.VARIANT, variant.question, variant.title, phrase)
    if variant.kind is Kind.ACCEPT:
        yield from _code(LeakKind.VARIANT, variant.question, variant.source.splitlines())
