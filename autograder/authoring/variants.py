"""Other people's answers: ``variants.py`` beside a master, and the notebook as they would have handed it in.

Each variant is a percent cell whose header says what it is and what must become of it::

    # %% q4_receptive_field accept: from the output back to the input

A cell may also name mutants of the solution (see `autograder.proof`) that are as right as the solution is, one id in
each comment line, with the reason in place of the title::

    # %% q4_receptive_field equivalent: a sum does not depend on the order
    # swapped-arguments-3fa2c1
"""

import copy
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.authoring import notebooks
from autograder.authoring.model import Master
from autograder.authoring.syntax import parse_cell
from autograder.errors import AuthoringError

if TYPE_CHECKING:
    from nbformat import NotebookNode

_HEADER = re.compile(r"#\s*%%(.*)")
_VARIANT = re.compile(r"\s+(?P<question>[\w-]+)\s+(?P<kind>\w+)\s*:(?P<title>.*)")


class Kind(StrEnum):
    """What must become of a variant."""

    ACCEPT = "accept"  # right, however unlike the solution: full marks
    REJECT = "reject"  # a mistake that real students make: it loses points
    EQUIVALENT = "equivalent"  # no answer: mutants that no test can tell from the solution


@dataclass(frozen=True)
class Variant:
    """Another answer to one question; ``cell`` is its number in the file, from 1."""

    question: str
    kind: Kind
    title: str
    source: str
    cell: int
    file: Path

    def mistake(self, problem: str) -> AuthoringError:
        """The error that names this place."""
        return AuthoringError(problem, self.file, self.question, self.cell)


@dataclass(frozen=True)
class Equivalent:
    """A mutant that is declared to be as right as the solution, and why."""

    mutant: str
    reason: str
    declared: Variant


def read_variants(path: Path) -> list[Variant]:
    """Read the answers of a variants file, in its order.

    Raises:
        AuthoringError: it cannot be read, or a header or body is not what it should be; says which cell.
    """
    return [variant for variant in _read_cells(path) if variant.kind is not Kind.EQUIVALENT]


def read_equivalents(path: Path) -> list[Equivalent]:
    """Read which mutants a variants file declares equivalent.

    Raises:
        AuthoringError: as `read_variants`.
    """
    return [
        Equivalent(line.removeprefix("#").strip(), cell.title, cell)
        for cell in _read_cells(path)
        if cell.kind is Kind.EQUIVALENT
        for line in cell.source.splitlines()
        if line.strip()
    ]


def _read_cells(path: Path) -> list[Variant]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as err:
        raise AuthoringError(f"cannot be read ({err}): write the chapter's variants there", path) from err
    starts = [n for n, line in enumerate(lines) if _HEADER.fullmatch(line)]
    if any(line.strip() and not line.startswith("#") for line in lines[: starts[0] if starts else None]):
        raise AuthoringError("code before the first variant: put it under a header, '# %% q1 accept: …'", path)
    ends = [*starts[1:], len(lines)]
    variants = [
        _variant(path, number, lines[start], "\n".join(lines[start + 1 : end]).strip("\n"))
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
    ]
    _refuse_twins(variants)
    return variants


def _variant(path: Path, number: int, header: str, source: str) -> Variant:
    match = _VARIANT.fullmatch(header.split("%%", 1)[1])
    if not match:
        raise AuthoringError(
            f"a variant begins '# %% question accept: title', found {header!r}: correct it",
            path,
            None,
            number,
        )
    question, title = match["question"], match["title"].strip()
    if match["kind"] not in list(Kind):
        kinds = ", ".join(Kind)
        raise AuthoringError(
            f"the kind of a variant is one of {kinds}; found {match['kind']!r}", path, question, number
        )
    if not title:
        raise AuthoringError("a variant needs a title after the colon: what sets it apart", path, question, number)
    variant = Variant(question, Kind(match["kind"]), title, source, number, path)
    try:
        empty = not parse_cell(source).body
    except SyntaxError as err:
        raise variant.mistake(f"not valid Python (line {err.lineno} of the cell: {err.msg}): correct it") from err
    if variant.kind is Kind.EQUIVALENT:
        if not empty or not source.strip():
            raise variant.mistake("write the ids of the mutants under the header, one in each comment line, no code")
    elif empty:
        raise variant.mistake("no code: write the answer under the header, or remove it")
    return variant


def _refuse_twins(variants: list[Variant]) -> None:
    titles = Counter((variant.question, variant.title) for variant in variants)
    for variant in reversed(variants):
        if titles[variant.question, variant.title] > 1:
            raise variant.mistake(f"a second variant with the title {variant.title!r}: rename one of them")


def variant_notebook(solution: "NotebookNode", master: Master, variants: Iterable[Variant]) -> "NotebookNode":
    """The built solution notebook with the answers to some questions replaced by variants.

    Args:
        solution: the notebook that the build wrote; it is not changed.
        variants: at most one of each question.

    Raises:
        AuthoringError: no such question, no code answer to replace, or two variants of one question.
    """
    notebook, done = copy.deepcopy(solution), set[str]()
    for variant in variants:
        if master.question(variant.question) is None:
            known = ", ".join(question.name for question in master.questions) or "none"
            raise variant.mistake(f"no such question in {master.path.name}: it has {known}")
        if variant.question in done:
            raise variant.mistake("a second variant of this question in one notebook: use a notebook for each")
        done.add(variant.question)
        _put_answer(notebook, variant)
    return notebook


def _put_answer(notebook: "NotebookNode", variant: Variant) -> None:
    """One cell with the variant in place of all code cells of the question's answer."""
    code = [n for n in notebooks.answer_cells(notebook, variant.question) if notebook.cells[n].cell_type == "code"]
    if not code:
        raise variant.mistake("the built solution has no code answer to this question: build the chapter again")
    first = notebook.cells[code[0]]
    for n in code[1:]:
        first.metadata.update(notebook.cells[n].metadata)  # the last one may say which tests follow it
    first.source, first.outputs, first.execution_count = variant.source, [], None
    notebook.cells = [cell for n, cell in enumerate(notebook.cells) if n not in code[1:]]
