"""docs/comparison.md: what it says of other graders is what they do with the same submissions."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.build import build, make_zip
from autograder.course import Chapter, read_course
from autograder.grading.isolation.local import namespaces_refused

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "comparison.md"
RIGHT = {"square": "def square(x):\n    return x * x", "double": "def double(x):\n    return torch.add(x, x)"}
WRONG = {"square": "def square(x):\n    return x", "double": "def double(x):\n    return x"}
AGREES = """\
class Agrees:
    def __eq__(self, other):
        return True
"""
# By the row of the table: a first cell, the answers, and a cell between them.
SUBMISSIONS = {
    "right answers": ("", RIGHT, ""),
    "wrong answers": ("", WRONG, ""),
    "wrong answers; `torch.equal` replaced by a function that always says yes": (
        "import torch\ntorch.equal = lambda *values: True",
        WRONG,
        "",
    ),
    "a wrong answer that is an object equal to everything, and a right one": (
        AGREES,
        {**RIGHT, "square": "def square(x):\n    return Agrees()"},
        "",
    ),
    "right answers, and between them a cell that ends the process": ("", RIGHT, "import os\nos._exit(0)"),
}
NAMES = {title: f"student{number}" for number, title in enumerate(SUBMISSIONS)}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(namespaces_refused()), reason=f"no namespaces here: {namespaces_refused()}"),
]


def table() -> dict[str, tuple[str, ...]]:
    """The page's first table: the points by submission."""
    rows = re.findall(r"^\| (.+) \|$", PAGE.read_text(encoding="utf-8").partition("\n## ")[0], re.MULTILINE)
    cells = [tuple(cell.strip() for cell in row.split("|")) for row in rows]
    return {title: points for title, *points in cells[2:]}


@pytest.fixture(scope="module")
def chapter(tmp_path_factory: pytest.TempPathFactory) -> Chapter:
    """The chapter of two questions, four points together, that the benchmarks use."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "benchmarks" / "small", root, dirs_exist_ok=True)
    course = read_course(root)
    build(course)
    return course.chapters[0]


def fill(notebook: nbformat.NotebookNode, title: str) -> nbformat.NotebookNode:
    """A student's notebook with the answers of a submission."""
    first, answers, between = SUBMISSIONS[title]
    cells = []
    for cell in notebook.cells:
        for name, answer in answers.items():
            if cell.source.startswith(f"def {name}("):
                cell.source = answer
                cells += [nbformat.v4.new_code_cell(between)] if between and name == "double" else []
        cells.append(cell)
    notebook.cells = [nbformat.v4.new_code_cell(first), *cells] if first else cells
    return notebook


def points(score: float | None) -> str:
    return "none" if score is None else f"{score:g}"


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # nbgrader calls alembic by its name
    command = [sys.executable, "-m", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=environment)


def of_this_kit(chapter: Chapter, folder: Path) -> dict[str, str]:
    submissions = folder / "class"
    submissions.mkdir()
    for title, name in NAMES.items():
        nbformat.write(fill(nbformat.read(chapter.student_notebook, 4), title), submissions / f"{name}.ipynb")
    done = run("autograder", "grade", chapter.name, "class", "-o", "out", "--course", chapter.course.root, cwd=folder)
    assert done.returncode == 0, done.stderr
    with (folder / "out" / "grades.csv").open(newline="") as file:
        return {row["submission"]: points(float(row["score"])) for row in csv.DictReader(file)}


def of_otter(chapter: Chapter, folder: Path) -> dict[str, str]:
    archive, told = make_zip(chapter), {}
    for name in NAMES.values():
        (folder / name).mkdir()
        notebook = folder / name / f"{chapter.name}.ipynb"  # otter's checks look for this name
        shutil.copy(folder.parent / "kit" / "class" / f"{name}.ipynb", notebook)
        done = run("otter", "run", notebook, "-a", archive, "-o", folder / name, "--no-logo", cwd=folder / name)
        results = folder / name / "results.json"
        assert results.exists() or done.returncode, f"{name}: {done.stderr[-2000:]}"
        tests = json.loads(results.read_text())["tests"] if results.exists() else []
        told[name] = points(sum(test.get("score", 0.0) for test in tests) if tests else None)
    return told


def of_nbgrader(chapter: Chapter, folder: Path) -> dict[str, str]:
    root, name = chapter.course.root, chapter.name
    done = run("autograder", "export", "nbgrader", name, "--course-dir", folder, "--course", root, cwd=folder)
    assert done.returncode == 0, done.stderr
    done = run("nbgrader", "generate_assignment", name, "--force", cwd=folder)
    assert done.returncode == 0, done.stderr
    released = folder / "release" / name / f"{name}.ipynb"
    for title, student in NAMES.items():
        place = folder / "submitted" / student / name
        place.mkdir(parents=True)
        nbformat.write(fill(nbformat.read(released, 4), title), place / f"{name}.ipynb")
    run("nbgrader", "autograde", name, cwd=folder)  # its exit code is that of the worst submission
    done = run("nbgrader", "export", "--to", "grades.csv", cwd=folder)
    assert done.returncode == 0, done.stderr
    graded = {path.parent.parent.name for path in (folder / "autograded").glob(f"*/{name}/{name}.ipynb")}
    with (folder / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: float(row["score"] or 0) for row in csv.DictReader(file)}
    return {student: points(rows[student] if student in graded else None) for student in NAMES.values()}


def test_each_grader_gives_the_points_that_the_page_says(chapter: Chapter, tmp_path: Path):
    """Five submissions through this kit, `otter run` and `nbgrader autograde`, all with the same hidden tests."""
    told = []
    for name, grade in (("kit", of_this_kit), ("otter", of_otter), ("nbgrader", of_nbgrader)):
        (tmp_path / name).mkdir()
        told.append(grade(chapter, tmp_path / name))
    assert {title: [given[name] for given in told] for title, name in NAMES.items()} == table()
