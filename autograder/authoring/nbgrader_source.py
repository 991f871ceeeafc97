"""A built chapter in nbgrader's format: the instructor's version (source/) and the students' (release/).

Cells keep the ids of the build as their names: ``q3_minima-answer-1``, ``q3_minima-check``, ``q12_why_sgd-response``.
"""

import difflib
import re
from typing import TYPE_CHECKING, Any

from autograder.authoring import syntax
from autograder.authoring.master import read_master
from autograder.authoring.model import Question
from autograder.authoring.nbgrader_checks import HELPER, HELPER_ID, check_cell
from autograder.course import Chapter
from autograder.errors import KitError
from autograder.nbgrader_cells import Role, mark

if TYPE_CHECKING:
    from nbformat import NotebookNode

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
_ANSWER = re.compile(r"(.+)-(?:answer|prompt)-\d+")
_OTTER_COMMENT = re.compile(r"<!-- (?:BEGIN|END) QUESTION -->\n*")
_MARKER_LINE = re.compile(r"\s*# (?:BEGIN|END) SOLUTION(?: NO PROMPT)?\s*")
_MARKER_END = re.compile(r"\s*# SOLUTION(?: NO PROMPT)?\s*$")


def source_notebook(chapter: Chapter) -> "NotebookNode":
    """The instructor's version: answers between nbgrader's marks, hidden tests in the test cells.

    Raises:
        KitError: the chapter is not built, or its tests cannot become nbgrader cells.
        AuthoringError: a mistake in the master.
    """
    import nbformat

    for file in (chapter.student_notebook, chapter.solution_notebook):
        if not file.is_file():
            raise KitError(f"{file} is not there: run 'autograder build {chapter.name}' first")
    student = nbformat.read(chapter.student_notebook, as_version=4)
    solution = nbformat.read(chapter.solution_notebook, as_version=4)
    notebook: NotebookNode = nbformat.v4.new_notebook(
        metadata={key: student.metadata[key] for key in ("kernelspec", "language_info")}
    )
    helper = _cell("code", HELPER_ID, HELPER)
    mark(helper, Role.READ_ONLY, HELPER_ID)
    notebook.cells = [helper]
    parts = _Parts(chapter, student, solution)
    for cell in student.cells:
        if not cell.id.startswith("otter-"):
            notebook.cells += parts.converted(cell)
    return notebook


def release_notebook(source: "NotebookNode") -> "NotebookNode":
    """What students get of a source version, by nbgrader's own steps: no answers, no hidden tests, locked cells."""
    import copy

    from nbgrader.preprocessors import (
        CheckCellMetadata,
        ClearHiddenTests,
        ClearOutput,
        ClearSolutions,
        ComputeChecksums,
        LockCells,
    )

    notebook, resources = copy.deepcopy(source), dict[str, Any]()
    for step in (LockCells, ClearSolutions, ClearOutput, ClearHiddenTests, ComputeChecksums, CheckCellMetadata):
        notebook, resources = step().preprocess(notebook, resources)
    return notebook


class _Parts:
    """What the cells of a chapter's notebook become."""

    def __init__(self, chapter: Chapter, student: "NotebookNode", solution: "NotebookNode"):
        self.chapter = chapter
        self.questions = {question.name: question for question in read_master(chapter.master).questions}
        self.answers = {name: self._pairs(name, student, solution) for name in self.questions}
        present = {cell.id for cell in student.cells}
        self.unchecked = {  # check cells can be switched off; nbgrader needs a place for the points
            pairs[-1][0].id: name
            for name, pairs in self.answers.items()
            if pairs and f"{name}-check" not in present and not self.questions[name].manual
        }

    @staticmethod
    def _pairs(name: str, student: "NotebookNode", solution: "NotebookNode") -> list[tuple[Any, str]]:
        """The students' answer cells of a question with the solution's text for each; the last takes what is left."""
        cells = [c for c in student.cells if _question(c.id) == name or c.id == f"{name}-response"]
        texts = [c.source for c in solution.cells if _question(c.id) == name]
        if not cells:
            return []
        last = len(cells) - 1
        split = [*texts[:last], "\n\n".join(texts[last:])]
        return list(zip(cells, split + [""] * (len(cells) - len(split)), strict=True))

    def converted(self, cell: "NotebookNode") -> list["NotebookNode"]:
        """The nbgrader cells for a cell of the students' notebook."""
        name = cell.id.removesuffix("-check").removesuffix("-response")
        question = self.questions.get(_question(cell.id) or name)
        if question and cell.id == f"{question.name}-check":
            return [self._check(question)]
        if question and any(cell.id == one.id for one, _ in self.answers[question.name]):
            answer = [self._answer(cell, question)]
            return [*answer, self._check(question)] if cell.id in self.unchecked else answer
        new = _cell(cell.cell_type, cell.id, _OTTER_COMMENT.sub("", cell.source))
        if "-text-" in cell.id:  # the question itself
            mark(new, Role.READ_ONLY, cell.id)
        return [new] if new.source.strip() else []

    def _check(self, question: Question) -> "NotebookNode":
        check = check_cell(self.chapter.tests_dir / f"{question.name}.py")
        cell = _cell("code", f"{question.name}-check", check.text)
        mark(cell, Role.TESTS, cell.id, check.points)
        return cell

    def _answer(self, cell: "NotebookNode", question: Question) -> "NotebookNode":
        pairs = self.answers[question.name]
        text = next(text for one, text in pairs if one.id == cell.id)
        is_marked = question.manual and cell.id == pairs[-1][0].id
        new = _cell(cell.cell_type, cell.id, text if cell.cell_type == "markdown" else answer_source(cell.source, text))
        mark(new, Role.WRITTEN if is_marked else Role.ANSWER, cell.id, question.max_points if is_marked else None)
        return new


def _cell(kind: str, id_: str, source: str) -> "NotebookNode":
    import nbformat

    cell: NotebookNode
    cell = nbformat.v4.new_code_cell(source) if kind == "code" else nbformat.v4.new_markdown_cell(source)
    cell.id = id_
    return cell


def _question(id_: str) -> str:
    found = _ANSWER.fullmatch(id_)
    return found[1] if found else ""


def answer_source(student: str, solution: str) -> str:
    """An answer cell for source/: the solution, with nbgrader's marks around what students do not get.

    A line such as ``x = ...``, which tells students the name to assign, stays in front of the marked part. Where the
    two versions cannot be brought together that way, the whole cell is marked.
    """
    solved = [_MARKER_END.sub("", line) for line in solution.splitlines() if not _MARKER_LINE.fullmatch(line)]
    source = "\n".join(_merged(student.splitlines(), solved))
    released = re.sub(rf"^( *){BEGIN}.*?{END}$", r"\1...", source, flags=re.DOTALL | re.MULTILINE)
    return source if _is_code(source) and _is_code(released) else f"{BEGIN}\n" + "\n".join(solved) + f"\n{END}"


def _merged(student: list[str], solved: list[str]) -> list[str]:
    lines: list[str] = []
    matcher = difflib.SequenceMatcher(None, student, solved, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        lines += [line for line in student[a:b] if kind == "equal" or _tells_a_name(line)]
        if kind != "equal" and any(line.strip() for line in solved[c:d]):
            first = next(line for line in solved[c:d] if line.strip())
            indent = first[: len(first) - len(first.lstrip())]
            lines += [indent + BEGIN, *solved[c:d], indent + END]
    return lines


def _tells_a_name(line: str) -> bool:
    """Whether a line is ``name = ...`` or the like: it does no harm in front of the answer."""
    return re.fullmatch(r"\s*[\w.]+(?:\[[^\]]*\])?(?:: *[^=]+)? = \.\.\.\s*", line) is not None


def _is_code(source: str) -> bool:
    try:
        syntax.parse_cell(source)
    except SyntaxError:
        return False
    return True
