"""Answers that the author shows: in the text of a question, in given code, in a public test.

Question and answer honestly share words, so there is more patience here than with what a build carries over. Three
things count: an answer most of which stands in one part of what students see, or one long line of it in the
question itself; a hidden assert that needs no context; and the number that is the answer, told in words.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.authoring.markers import Block
from autograder.authoring.model import Master, Question, TestCell
from autograder.authoring.syntax import parse_code
from autograder.authoring.variants import Kind, Variant
from autograder.proof.leaks.hidden import (
    Leak,
    LeakKind,
    Part,
    Shown,
    assert_wordings,
    is_written_answer,
    prose_pieces,
    split,
)
from autograder.proof.leaks.values import Values, answer_values, index, writing
from autograder.proof.leaks.wording import canonical, canonical_lines, numbers, stands_in, weight, without_comment

_LONG, _VERY_LONG = 6, 8
"""What a line must weigh to be no idiom; and to give its answer away where it stands in the question itself."""

_MOST = 0.5
"""The share of an answer, by weight, that gives it away wherever it stands."""

_FORM = {"len", "type", "isinstance", "shape", "dtype", "ndim", "size", "numel", "hasattr", "callable"}
_SAID = {getattr(tokenize, name, None) for name in ("STRING", "FSTRING_MIDDLE", "COMMENT")}  # the second from 3.12 on
_HEAD = re.compile(r"@|(?:async )?(?:def|class) ")
_RESULT = re.compile(r"(?:return |[^=<>!]*? = (?!=))")


@dataclass(frozen=True)
class Answer:
    """The lines of an answer, or the phrases of a written one: canonical, and as they are written."""

    kind: LeakKind
    question: str
    lines: dict[str, str]


def told_by_author(master: Master, variants: Iterable[Variant], parts: list[Part], values: Values) -> Iterator[Leak]:
    """What the author shows of the answers.

    Args:
        parts: all that students see.
        values: the numbers that the solution computes, by question.
    """
    wordings = [(part, canonical(part.text)) for part in parts]
    yield from _told_lines(wordings, list(_answers(master, variants)))
    for question in master.questions:
        for test in (test for test in question.test_cells if test.hidden):
            yield from _told_tests(wordings, question, test)
    yield from _told_values(master, parts, values)


def _told_lines(wordings: list[tuple[Part, str]], hidden: list[Answer]) -> Iterator[Leak]:
    for part, wording in wordings:
        for answer in hidden:
            found = [line for line in answer.lines if weight(line) >= _LONG and stands_in(line, wording)]
            if not found:
                continue
            share = sum(map(weight, found)) / sum(map(weight, answer.lines))
            own = answer.kind is LeakKind.SOLUTION and part.question == answer.question
            if share >= _MOST or (own and max(map(weight, found)) >= _VERY_LONG):
                yield Leak(answer.kind, answer.question, part.place, answer.lines[max(found, key=weight)])


def _answers(master: Master, variants: Iterable[Variant]) -> Iterator[Answer]:
    """Each answer, model answer and accepted variant as a whole."""
    for cell in (cell for cell in master.cells if not cell.ignored):
        question = cell.question or ""
        if is_written_answer(cell):
            yield Answer(LeakKind.MODEL_ANSWER, question, {phrase: phrase for phrase in prose_pieces(cell.source)})
        elif cell.kind == "code" and cell.block is not Block.TESTS:
            for answer in split(cell.source).answers:
                yield Answer(LeakKind.SOLUTION, question, _results(answer))
    for variant in variants:
        if variant.kind is Kind.ACCEPT:
            yield Answer(LeakKind.VARIANT, variant.question, _results(variant.source.splitlines()))


def _results(code: Iterable[str]) -> dict[str, str]:
    """Lines of code, without the names that they give their results: a worked example has others.

    Heads of functions and classes are left out, since the question tells them.
    """
    lines = [(canonical(without_comment(raw)), raw.strip()) for raw in code]
    results = {_RESULT.sub("", line, count=1): raw for line, raw in lines if not _HEAD.match(line)}
    return {result: raw for result, raw in results.items() if result}


def _told_tests(wordings: list[tuple[Part, str]], question: Question, test: TestCell) -> Iterator[Leak]:
    """Hidden asserts that stand in what is shown, and a hidden test that is a public one over again."""
    tree = parse_code(test.source)
    local = _local_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and not _names(node.test) & local and _tells(node.test):
            said = [wording.removeprefix("assert ") for wording in assert_wordings(test, node)]
            places = [part.place for part, text in wordings if any(stands_in(one, text) for one in said)]
            yield from (Leak(LeakKind.HIDDEN_ASSERT, question.name, place, ast.unparse(node)) for place in places)
    body = [line for node in tree.body for line in canonical_lines(ast.unparse(getattr(node, "body", node)))]
    for part, text in wordings:
        if part.kind is Shown.TEST and all(stands_in(line, text) for line in body):
            yield Leak(LeakKind.HIDDEN_TEST, question.name, part.place, ast.unparse(tree))


def _local_names(tree: ast.Module) -> set[str]:
    """What a test names itself: variables, and the parameters of functions inside it."""
    outer = [node.args for node in tree.body if isinstance(node, ast.FunctionDef)]
    inner = [node for node in ast.walk(tree) if isinstance(node, ast.arguments) and node not in outer]
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {arg.arg for arguments in inner for arg in arguments.args}


def _names(node: ast.AST) -> set[str]:
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return names | {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}


def _tells(node: ast.expr) -> bool:
    """Whether an assert says a value and not only the form of an answer."""
    constants = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return bool(constants) and None not in constants and not _names(node) & _FORM


def _told_values(master: Master, parts: list[Part], values: Values) -> Iterator[Leak]:
    """Answers told as a number: in prose, in a public test, in the strings and comments of given code."""
    asked = answer_values(master)
    table = index({name: {*asked.get(name, ()), *values.get(name, ())} for name in {*asked, *values}})
    data = {number.value for part in parts if part.kind is Shown.CODE for number in numbers(_words(part.text)[1])}
    for part in (part for part in parts if part.kind is not Shown.FILE):
        told = _words(part.text)[0] if part.kind is Shown.CODE else part.text
        for number in numbers(told):
            if number.value not in data and (question := table.get(writing(number))):
                yield Leak(LeakKind.VALUE, question, part.place, number.text)


def _words(code: str) -> tuple[str, str]:
    """The strings and comments of code, and the rest of it; all of it is words where it is not Python."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError):
        return code, ""
    said = [token.string for token in tokens if token.type in _SAID]
    return "\n".join(said), "\n".join(token.string for token in tokens if token.type not in _SAID)
