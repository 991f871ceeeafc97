"""One run of otter assign on a prepared master, and the check that nothing leaked into what students get."""

import ast
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.authoring import notebooks, reference
from autograder.authoring.model import Master, Question
from autograder.authoring.quiet import quietly
from autograder.authoring.syntax import mentions, parse_code
from autograder.course import PRIVATE_FILES
from autograder.errors import AuthoringError

if TYPE_CHECKING:
    from nbformat import NotebookNode

BUNDLED = ("data", "figures")
"""Folders of a chapter that go wherever its notebook goes."""

_LEFT_BEHIND = (*PRIVATE_FILES, "__pycache__", ".*")
_LEFT_OVER = re.compile(
    r"#\s*(BEGIN|END)\s*(SOLUTION|PROMPT|TESTS?|QUESTION|IGNORE)\b|#\s*SOLUTION\b|#\s*ASSIGNMENT CONFIG"
)


@dataclass(frozen=True)
class Assigned:
    """What otter made of a master, in its final form.

    Attributes:
        tests: file name to text, hidden tests included.
        student_dir, solution_dir: otter's own output, for the other files in it.
    """

    student: "NotebookNode"
    solution: "NotebookNode"
    tests: dict[str, str]
    student_dir: Path
    solution_dir: Path


def copy_sources(source: Path, target: Path) -> None:
    """Copy a chapter's folder without what only instructors have."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*_LEFT_BEHIND))


def bundled_files(master: Master) -> list[str]:
    """What the students' notebook needs beside it: the files the config names, data/ and figures/."""
    folders = [name for name in BUNDLED if (master.path.parent / name).is_dir()]
    return [name for name in master.config.files if Path(name).parts[0] not in folders] + folders


def assign(master: Master, name: str, scratch: Path) -> Assigned:
    """Run otter assign on a master, in a scratch folder.

    Raises:
        AuthoringError: otter refuses the master, or something of an answer would reach the students.
    """
    import nbformat

    prepared = notebooks.prepare(master, name, bundled_files(master))
    copy_sources(master.path.parent, scratch / "master")
    file = scratch / "master" / f"{name}.ipynb"
    file.write_text(nbformat.writes(prepared), encoding="utf-8")
    _run_otter(master, file, scratch)
    student_dir, solution_dir = scratch / "dist" / "student", scratch / "dist" / "autograder"
    solution = nbformat.read(solution_dir / file.name, as_version=4)
    student = nbformat.read(student_dir / file.name, as_version=4)
    renamed = notebooks.added_ids(solution, prepared)
    solution, student = notebooks.finish(solution, renamed), notebooks.finish(student, renamed)
    shown = [*_texts(student), *(t.read_text(encoding="utf-8") for t in (student_dir / "tests").glob("*.py"))]
    refuse_leaks(master, shown)
    tests = {path: _with_preamble(master, solution, path, text) for path, text in _tests(solution_dir).items()}
    for path, text in tests.items():  # so that the instructor's own checks find what the tests say
        kept = solution.metadata.get("otter", {}).get("tests", {})
        if isinstance(kept.get(Path(path).stem), str):
            kept[Path(path).stem] = text
    return Assigned(student, solution, tests, student_dir, solution_dir)


def _run_otter(master: Master, file: Path, scratch: Path) -> None:
    try:
        with quietly(scratch):
            import otter.assign

            otter.assign.main(str(file), str(scratch / "dist"), no_pdfs=True, no_run_tests=True)
    except Exception as err:  # otter raises plain asserts, ValueErrors and exceptions of its own
        raise AuthoringError(f"otter assign refuses this master ({err}): correct it there", master.path) from err


def _tests(solution_dir: Path) -> dict[str, str]:
    """The test files, hidden tests included; otter's zip has them wherever the students' copy is kept."""
    (archive,) = solution_dir.glob("*.zip")
    with zipfile.ZipFile(archive) as content:
        names = sorted(name for name in content.namelist() if re.fullmatch(r"tests/[^/]+\.py", name))
        return {Path(name).name: content.read(name).decode() for name in names}


def _with_preamble(master: Master, solution: "NotebookNode", file: str, text: str) -> str:
    question = master.question(Path(file).stem)
    if question is None or master.config.tests.ok_format:
        return text
    tests = [test.source for test in question.test_cells]
    source = ""
    if any(mentions(parse_code(test), "reference") for test in tests):
        source = _reference(question, solution, tests)
    added = reference.preamble(tests, source)
    head, first_test, rest = text.partition("@test_case(")
    return f"{head}{added}\n\n{first_test}{rest}" if added else text


def _reference(question: Question, solution: "NotebookNode", tests: list[str]) -> str:
    answers = notebooks.answer_cells(solution, question.name)
    code = [n for n, cell in enumerate(solution.cells) if cell.cell_type == "code"]
    before = [solution.cells[n].source for n in code if answers and n < answers[0]]
    own = [solution.cells[n].source for n in code if n in answers]
    asked = reference.names_asked(tests)
    source = reference.reference_source(before, own, asked)
    if missing := sorted((asked or set()) - reference.names_bound(source)):
        raise question.begin.mistake(
            f"a test asks for reference.{missing[0]}, which the solution up to this question does not define"
        )
    return source


def refuse_leaks(master: Master, shown: list[str]) -> None:
    """Check what students get for markers left over and for hidden tests.

    Args:
        shown: every text that students get.

    Raises:
        AuthoringError: found one; otter and the reader of masters then disagree on something.
    """
    for text in shown:
        if marker := _LEFT_OVER.search(text):
            raise AuthoringError(
                f"the student version still has the marker {marker[0]!r} in {text.strip()[:60]!r}",
                master.path,
            )
    public = "\n".join(_plain(t.source) for q in master.questions for t in q.test_cells if not t.hidden)
    for question in master.questions:
        for test in question.test_cells:
            for line in _hidden_lines(test.source) if test.hidden else []:
                if line not in public and any(line in text for text in shown):
                    raise test.cell.mistake(f"the student version shows this hidden test: {line[:60]!r}")


def _hidden_lines(source: str) -> list[str]:
    """What gives a hidden test away: its whole body, and each of its asserts."""
    tree = parse_code(source)
    return [_plain(source), *(ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Assert))]


def _plain(source: str) -> str:
    return ast.unparse(parse_code(source))


def _texts(value: Any) -> Iterator[str]:
    """Every string in a notebook, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
