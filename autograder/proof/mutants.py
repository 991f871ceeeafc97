"""Mutants of an answer: the same code with one mistake in it, which the question's tests should find."""

import ast
import difflib
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from textwrap import dedent

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from autograder.authoring.markers import Mark, mark_of
from autograder.authoring.syntax import parse_code
from autograder.proof.operators import OPERATORS
from autograder.proof.operators.base import Above, Operator, code, fitted
from autograder.proof.operators.equivalence import canonical
from autograder.proof.operators.magics import hide, restore
from autograder.proof.operators.untouched import is_untouched

_MISTAKES = {operator.name: operator.mistake for operator in OPERATORS}


@dataclass(frozen=True)
class Mutant:
    """An answer with one mistake.

    Attributes:
        id: names the mistake by what it changes, such as ``wrong-axis-3fa2c1``: it stays as it is while other lines
            change, and names nothing any more once the line itself does.
        operator: the kind of mistake.
        line: where in the source, from 1.
        source: the whole answer.
    """

    id: str
    operator: str
    line: int
    source: str


@dataclass(frozen=True)
class _Edit:
    """A node, its ancestors and what an operator puts in its place."""

    operator: Operator
    node: cst.CSTNode
    above: Above
    new: cst.CSTNode


def make_mutants(source: str) -> list[Mutant]:
    """All mutants of an answer in source order.

    Where the source has otter's SOLUTION markers, only what they mark is changed: the rest is given to students.

    Args:
        source: the code cells of the answer in one text; magics and shell lines stay as they are.

    Raises:
        SyntaxError: the source is not Python, even without magics.
    """
    plain, hidden = hide(source)
    wrapper = MetadataWrapper(cst.parse_module(plain))
    positions = wrapper.resolve(PositionProvider)
    answer = _answer_lines(plain)
    edits = [edit for edit in _edits(wrapper.module, ()) if positions[edit.node].start.line in answer]
    edits.sort(key=lambda edit: (positions[edit.node].start.line, positions[edit.node].start.column))
    seen, taken, mutants = {canonical(plain)}, set[str](), []
    for edit in edits:
        text = _applied(edit)
        form = canonical(text) if text is not None else None
        if text is None or form is None or form in seen:
            continue
        seen.add(form)
        id_ = _id(edit, taken)
        taken.add(id_)
        line = positions[edit.node].start.line
        mutants.append(Mutant(id_, edit.operator.name, line, restore(text, hidden)))
    return mutants


def diff(source: str, mutant: Mutant) -> str:
    """What a mutant changes, as a unified diff of few lines."""
    title = f"{mutant.id}: {_MISTAKES[mutant.operator]}"
    lines = difflib.unified_diff(source.splitlines(), mutant.source.splitlines(), "solution", title, lineterm="", n=1)
    return "\n".join(lines)


def _answer_lines(source: str) -> set[int]:
    """The numbers of the lines that otter takes out of the student notebook; all where nothing is marked."""
    marks = [mark_of(line) for line in source.splitlines()]
    if not {Mark.BEGIN_SOLUTION, Mark.SOLUTION} & set(marks):
        return set(range(1, len(marks) + 1))
    inside, answer = False, set()
    for number, mark in enumerate(marks, start=1):
        inside = (inside or mark is Mark.BEGIN_SOLUTION) and mark is not Mark.END_SOLUTION
        if inside or mark is Mark.SOLUTION:
            answer.add(number)
    return answer


def _edits(node: cst.CSTNode, above: Above) -> Iterator[_Edit]:
    """Every edit that some operator proposes at a node or within it."""
    if is_untouched(node):
        return
    for operator in OPERATORS:
        if isinstance(node, operator.on):
            for new in operator.propose(node, above):
                yield _Edit(operator, node, above, fitted(new, node, above[0]))
    for child in node.children:
        yield from _edits(child, (node, *above))


def _applied(edit: _Edit) -> str | None:
    """The source after an edit, or None where it would be no Python, as in ``return(x)`` without parentheses."""
    try:
        return cst.ensure_type(_replaced(edit, len(edit.above)), cst.Module).code
    except cst.CSTValidationError:
        return None


def _replaced(edit: _Edit, levels: int) -> cst.CSTNode:
    """The edit's ancestor so many levels above its node, with the new node inside."""
    old, new = edit.node, edit.new
    for parent in edit.above[:levels]:
        old, new = parent, _with_child(parent, old, new)
    return new


def _with_child(parent: cst.CSTNode, old: cst.CSTNode, new: cst.CSTNode) -> cst.CSTNode:
    for field in fields(parent):
        value = getattr(parent, field.name)
        if value is old:
            return parent.with_changes(**{field.name: new})
        if isinstance(value, list | tuple) and any(one is old for one in value):
            return parent.with_changes(**{field.name: [new if one is old else one for one in value]})
    raise AssertionError(f"{type(old).__name__} is no child of {type(parent).__name__}")


def _id(edit: _Edit, taken: set[str]) -> str:
    """A name made of the kind of mistake, the enclosing functions and classes, and the statement before and after."""
    chain = (edit.node, *edit.above)
    statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
    level = next(n for n, node in enumerate(chain) if isinstance(node, statement))
    before, after = chain[level], _replaced(edit, level)
    texts = [_normal(before, heads=True), _normal(after, heads=True)]
    if texts[0] == texts[1]:
        texts = [_normal(before, heads=False), _normal(after, heads=False)]
    scope = [node.name.value for node in edit.above if isinstance(node, cst.FunctionDef | cst.ClassDef)]
    occurrence = 0
    while True:
        key = repr((scope, texts, occurrence)).encode()
        id_ = f"{edit.operator.name}-{hashlib.sha256(key).hexdigest()[:6]}"
        if id_ not in taken:
            return id_
        occurrence += 1


def _normal(statement: cst.CSTNode, heads: bool) -> str:
    """A statement without comments and layout; of a compound one only the head, if only ``heads`` are asked for."""
    if heads and isinstance(statement, cst.BaseCompoundStatement):
        empty = {"body": cst.IndentedBlock([cst.SimpleStatementLine([cst.Pass()])]), "orelse": None}
        statement = statement.with_changes(**{key: new for key, new in empty.items() if hasattr(statement, key)})
    return ast.dump(parse_code(dedent(code(statement))))


def spread(mutants: list[Mutant], limit: int) -> list[Mutant]:
    """So many mutants of an answer that its lines and the operators come up as evenly as they can."""
    left, chosen, uses = list(mutants), list[Mutant](), Counter[int | str]()
    while left and len(chosen) < limit:
        best = min(left, key=lambda mutant: uses[mutant.line] + uses[mutant.operator])
        left.remove(best)
        chosen.append(best)
        uses.update((best.line, best.operator))
    return [mutant for mutant in mutants if mutant in chosen]
