"""What the tests of the gradebook do with a small chapter: hand in, grade, bring into the gradebook."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
from click.testing import CliRunner, Result
from nbgrader.api import Gradebook

from autograder.cli import main
from autograder.course import Chapter

CHAPTER = "01_tides"
WHY = "q3_why-response"
WRITTEN = "The moon pulls the far water less than it pulls the earth."


def command(*words: object, course: Path) -> Result:
    """Run a command of the kit for a course, in this process: its imports take longer than what it does."""
    return CliRunner().invoke(main, [*map(str, words), "--course", str(course)])


def nbgrader(*words: object, cwd: Path) -> str:
    """Run a command of nbgrader in its course folder; gives what it said."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    environment |= {"JUPYTER_CONFIG_DIR": str(cwd / ".jupyter"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *map(str, words)],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def answered(chapter: Chapter, written: str | None = WRITTEN, **changes: str) -> Any:
    """The notebook of a student: the solution's code, with cells replaced, and a written answer or none."""
    solution = nbformat.read(chapter.solution_notebook, as_version=4)
    notebook = nbformat.read(chapter.student_notebook, as_version=4)
    code = {cell.id: cell.source for cell in solution.cells}
    for cell in notebook.cells:
        question = cell.id.partition("-")[0]
        if "-answer-" in cell.id:
            cell.source = changes.get(question, code[cell.id])
        elif cell.id == "q3_why-response" and written is not None:
            cell.source = written
    return notebook


def cell(notebook: Any, name: str) -> int:
    """The place of a cell."""
    return next(n for n, one in enumerate(notebook.cells) if one.id == name)


def write_class(chapter: Chapter, folder: Path) -> None:
    """A class: right, wrong, blank, cells deleted, doubled and edited, and something that is no notebook."""
    folder.mkdir()
    edited = answered(chapter)
    edited.cells[cell(edited, "q3_why-text-1")].source += " My answer stands below."
    del edited.cells[cell(edited, "q1_height-check")]
    del edited.cells[cell(edited, "q2_floods-answer-1")]
    doubled = answered(chapter, q2_floods="floods_a_day = 3")
    for name in ("q1_height-check", "q1_height-answer-1"):
        twin = copy.deepcopy(doubled.cells[cell(doubled, name)])
        twin.id = f"{name}-twin"
        doubled.cells.append(twin)
    wrong = answered(chapter, None, q1_height="def height(t):\n    return t\n\n\nmean_height = 0.0")
    books = {"ada": answered(chapter), "bo": wrong, "cyd": edited, "dov": doubled}
    books["eli"] = nbformat.read(chapter.student_notebook, as_version=4)
    for name, notebook in books.items():
        nbformat.write(notebook, folder / f"{name}.ipynb")
    (folder / "fay.pdf").write_bytes(b"%PDF-1.7")


def grade(chapter: Chapter, submissions: Path, out: Path, *options: str) -> None:
    """Grade notebooks that this file wrote."""
    words = ("grade", CHAPTER, submissions, "-o", out, "--isolation", "none", "--trust", "--jobs", 1, *options)
    result = command(*words, course=chapter.course.root)
    assert result.exit_code == 0, result.stderr


def gradebook_of(chapter: Chapter, out: Path, folder: Path) -> list[dict[str, Any]]:
    """Run ``autograder gradebook``; gives the scores that it printed."""
    result = command("gradebook", out, "--course-dir", folder, "--json", course=chapter.course.root)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def mark_in(database: str, student: str, cell: str = WHY, comment: str = "", **values: float | None) -> None:
    """What formgrader does when a person marks, in the gradebook at a URL."""
    with Gradebook(database) as gradebook:
        grade = gradebook.find_grade(cell, CHAPTER, CHAPTER, student)
        for name, value in values.items():
            setattr(grade, name, value)
        grade.needs_manual_grade = False
        if comment:
            gradebook.find_comment(cell, CHAPTER, CHAPTER, student).manual_comment = comment
        gradebook.db.commit()
