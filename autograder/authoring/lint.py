"""What must hold in a master of sound structure: nothing leaks, questions count, tests can fail."""

import ast
from collections import Counter

from autograder.authoring import oracle, syntax
from autograder.authoring.markers import (
    PAIRS,
    STRIPPING,
    Block,
    Mark,
    is_alike,
    mark_of,
    near_miss,
)
from autograder.authoring.model import Cell, Master, Question, TestCell

_OWN_NAMES = {"test_case", "OK_FORMAT", "name", "points", "all_or_nothing", "inside", "reference"}


def check(master: Master) -> None:
    """Check every cell, question and test.

    Raises:
        AuthoringError: the first rule broken.
    """
    strips_all = bool(master.config.strip_solutions_from_all_cells)
    for cell in master.cells:
        if cell.kind == "code" and not cell.ignored:
            _check_code(cell, strips_all)
    for question in master.questions:
        for number, test in enumerate(question.test_cells):
            _check_test(test, bool(master.config.tests.ok_format), question.test_cells[:number])
        _check_points(question)


def _check_code(cell: Cell, strips_all: bool) -> None:
    marks = _marks(cell)
    _check_pairs(cell, marks)
    answers = cell.block is Block.SOLUTION
    misplaced = [line for line, mark in marks if mark in STRIPPING]
    if misplaced and not answers and (cell.block is Block.TESTS or not strips_all):
        raise cell.mistake(
            f"{misplaced[0].strip()!r} stands outside a SOLUTION block, where otter leaves the answer in: "
            "begin the block before this cell with '# BEGIN SOLUTION'"
        )
    if answers and not misplaced:
        raise cell.mistake(
            "nothing in this answer cell is marked as the answer, so all of it would be shown: put "
            "it between '# BEGIN SOLUTION' and '# END SOLUTION', or a cell for students before the block"
        )
    if cell.block is not Block.TESTS:
        _check_syntax(cell, answers or (strips_all and bool(misplaced)))


def _marks(cell: Cell) -> list[tuple[str, Mark]]:
    marks = []
    for line in cell.source.splitlines():
        if line.replace(" ", "").startswith("#%%"):
            raise cell.mistake(f"{line.strip()!r} was not read as a cell header: write '# %%', one space, its kind")
        if mark := mark_of(line):
            marks.append((line, mark))
        elif meant := near_miss(line):
            raise cell.mistake(
                f"{line.strip()!r} looks like the marker '{meant}', but otter would pass over it: write it "
                "exactly, where it belongs, or reword the comment"
            )
    return marks


def _check_pairs(cell: Cell, marks: list[tuple[str, Mark]]) -> None:
    open_line, wanted = "", None
    for line, mark in marks:
        if mark in PAIRS and wanted:
            raise cell.mistake(f"{line.strip()!r} before {open_line!r} has ended: end that one first")
        if mark in PAIRS:
            open_line, wanted = line.strip(), PAIRS[mark]
        elif mark is wanted:
            wanted = None
        elif mark in PAIRS.values():
            raise cell.mistake(f"{line.strip()!r} ends nothing: remove it, or add the line that begins it")
        if mark is Mark.BEGIN_TEST_CONFIG and not (cell.block is Block.TESTS and _begins(cell, line)):
            raise cell.mistake("a test config belongs at the very top of a cell in a TESTS block: move it")
    if wanted:
        raise cell.mistake(f"{open_line!r} is never ended: add its END line in the same cell")


def _begins(cell: Cell, line: str) -> bool:
    return cell.source.splitlines()[0] == line


def _check_syntax(cell: Cell, stripped: bool) -> None:
    """The cell is Python, and what remains of it for the students is Python too."""
    from otter.assign.solutions import remove_ignored_lines, replace_solutions

    try:
        syntax.parse_cell(cell.source)
    except SyntaxError as err:
        raise cell.mistake(f"not valid Python (line {err.lineno}: {err.msg}): correct it") from err
    lines = remove_ignored_lines(cell.source.split("\n"))
    left = "\n".join(replace_solutions(lines, "python") if stripped else lines)
    try:
        syntax.parse_cell(left)
    except SyntaxError as err:
        raise cell.mistake(
            f"what is left for the students is not valid Python (line {err.lineno}: {err.msg}): an answer of "
            "several lines goes between '# BEGIN SOLUTION' and '# END SOLUTION'"
        ) from err


def _check_points(question: Question) -> None:
    begin, tests = question.begin, question.test_cells
    if question.manual and tests:
        raise begin.mistake("a manual question with tests would be counted twice: split it into two questions")
    if not question.manual and not tests:
        raise begin.mistake("no test: add a TESTS block, or 'manual: true' if a person is to mark it")
    if isinstance(question.points, list) and (question.manual or any(test.hidden for test in tests)):
        raise begin.mistake(
            "a list of points beside hidden tests gives the students' copy the wrong ones: "
            "give points in each test config"
        )
    if question.points is None and all(test.points is None for test in tests):
        raise begin.mistake("no points: add 'points: 2' to the question, or points to its tests")
    try:
        total = question.max_points
    except (ValueError, TypeError, AssertionError) as err:
        raise begin.mistake(f"the points do not add up ({err}): correct those of the question or its tests") from err
    if not total:
        raise begin.mistake("worth 0 points, so it could never count: give it points")
    if isinstance(question.points, int | float) and total != round(question.points, 5):
        raise begin.mistake(f"worth {question.points:g} points, but its tests add up to {total:g}: make them agree")


def _check_test(test: TestCell, ok_format: bool, earlier: tuple[TestCell, ...]) -> None:
    cell = test.cell
    try:
        tree = syntax.parse_code(test.source)  # no magics: otter does not know them here
    except SyntaxError as err:
        raise cell.mistake(f"the test is not valid Python ({err.msg}): correct it") from err
    _check_hidden_comment(test)
    if any(isinstance(node, ast.Assert) and isinstance(node.test, ast.Tuple) for node in ast.walk(tree)):
        raise cell.mistake("assert (x, message) is always true: write it without the parentheses")
    if ok_format:
        if not (test.saved_output.strip() or any(map(_may_raise, _run_at_once(tree)))):
            raise cell.mistake(
                "this test cannot fail: it only defines things and has no saved output. Call what it "
                "defines, assert something, or use 'tests: {ok_format: false}'"
            )
    else:
        _check_function(test, tree, set(map(_function_name, earlier)))
    oracle.check_names(test, tree, ok_format)


def _check_function(test: TestCell, tree: ast.Module, taken: set[str]) -> None:
    """An exception-format test: one function, perhaps called, that can fail; its name its own in the file."""
    cell, kinds = test.cell, Counter(type(part) for part in tree.body)
    function = tree.body[0] if tree.body else None
    calls = [part for part in tree.body[1:] if isinstance(part, ast.Expr) and isinstance(part.value, ast.Call)]
    if not isinstance(function, ast.FunctionDef) or len(tree.body) > 2 or len(calls) != len(tree.body) - 1:
        found = ", ".join(f"{count} {kind.__name__}" for kind, count in kinds.items()) or "nothing"
        raise cell.mistake(
            f"a test cell holds exactly one function, found {found}: move imports and helpers into it, "
            "and other tests into cells of their own"
        )
    if function.name in taken:
        raise cell.mistake(f"a second test called {function.name} would replace the first: rename it")
    if function.name in _OWN_NAMES:
        raise cell.mistake(f"a test cannot be called {function.name}, which means something to otter: rename it")
    if not any(map(_may_raise, ast.walk(function))):
        raise cell.mistake(f"{function.name} cannot fail: it has no assert, no raise and no call; add an assert")


def _function_name(test: TestCell) -> str:
    function = syntax.parse_code(test.source).body[0]
    return function.name if isinstance(function, ast.FunctionDef) else ""


def _may_raise(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return not (isinstance(node.test, ast.Constant) and node.test.value)  # `assert True` never does
    return isinstance(node, ast.Raise | ast.Call)


def _run_at_once(tree: ast.AST) -> list[ast.AST]:
    """All nodes that run when the cell runs: not the bodies of functions."""
    nodes = []
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            nodes += [child, *_run_at_once(child)]
    return nodes


def _check_hidden_comment(test: TestCell) -> None:
    """Otter reads HIDDEN in the first line only; misspelt or elsewhere, the test would be public."""
    if test.hidden:
        return
    for number, line in enumerate(test.cell.source.splitlines()):
        comment = line.strip().removeprefix("#").strip() if line.strip().startswith("#") else ""
        words = comment.split() if number == 0 else [comment]
        if any(is_alike(word.strip(".:!"), "HIDDEN") for word in words):
            raise test.cell.mistake(
                f"{line.strip()!r} does not hide this test: write '# HIDDEN' as its first line, or "
                "'hidden: true' in its config"
            )
