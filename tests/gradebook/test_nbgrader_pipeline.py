"""Exported chapters go through nbgrader's own pipeline."""

import csv
import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator
from tides import CHAPTER, command, nbgrader

from autograder.authoring.nbgrader_source import answer_source
from autograder.course import Chapter, read_course

ROOT = Path(__file__).parents[2]
PILOT = "02_shallow_networks"


def exported(chapter: Chapter, folder: Path) -> Path:
    result = command("export", "nbgrader", chapter.name, "--course-dir", folder, course=chapter.course.root)
    assert result.exit_code == 0, result.stderr
    return folder


def text(folder: Path, part: str, chapter: str = CHAPTER) -> str:
    return (folder / part / chapter / f"{chapter}.ipynb").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def course(tides: Chapter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """nbgrader's folder with the small chapter in it."""
    return exported(tides, tmp_path_factory.mktemp("exported") / "nbgrader")


def pipeline(folder: Path, chapter: str) -> dict[str, dict[str, str]]:
    """Validate, generate, autograde, export: the rows of the solution and of the untouched notebook."""
    ours = text(folder, "release", chapter)
    said = nbgrader("validate", f"source/{chapter}/{chapter}.ipynb", cwd=folder)
    assert "Success! Your notebook passes all the tests." in said
    nbgrader("generate_assignment", chapter, "--force", cwd=folder)
    assert text(folder, "release", chapter) == ours
    for student, part in (("solution", "source"), ("untouched", "release")):
        shutil.copytree(folder / part / chapter, folder / "submitted" / student / chapter)
    nbgrader("autograde", chapter, cwd=folder)
    nbgrader("export", "--to", "grades.csv", cwd=folder)
    with (folder / "grades.csv").open(encoding="utf-8") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def test_solution_gets_full_marks_and_untouched_notebook_none(course: Path, tmp_path: Path):
    """The whole pipeline on the small chapter; the written answer's four points wait for a person."""
    folder = Path(shutil.copytree(course, tmp_path / "course"))
    rows = pipeline(folder, CHAPTER)
    assert (float(rows["solution"]["score"]), float(rows["solution"]["max_score"])) == (5, 9)
    assert float(rows["untouched"]["score"]) == 0
    nbgrader("generate_feedback", CHAPTER, cwd=folder)
    assert len(list((folder / "feedback").glob(f"*/{CHAPTER}/{CHAPTER}.html"))) == 2


@pytest.mark.slow
def test_the_pilot_chapter_goes_through(tmp_path: Path):
    """A chapter of the course, with torch, plots and partial credit."""
    folder = exported(read_course(ROOT).chapter(PILOT), tmp_path / "nbgrader")
    rows = pipeline(folder, PILOT)
    assert (float(rows["solution"]["score"]), float(rows["untouched"]["score"])) == (54, 0)


def test_release_has_neither_answers_nor_hidden_tests(course: Path):
    """What is hidden stands in source/ only, between nbgrader's marks."""
    source, release = text(course, "source"), text(course, "release")
    for hidden in ("np.sin(t / 2)", "test_later", "mean_height = 0.0", "_SOLUTION", "Model answer", "HIDDEN TESTS"):
        assert hidden in source, hidden
        assert hidden not in release, hidden
    for shown in ("test_start", "mean_height = ...", '"""Height after t hours."""'):
        assert json.dumps(shown)[1:-1] in release, shown
    assert "otter" not in release


def test_metadata_is_schema_3(course: Path):
    """nbgrader's validator takes both versions; the graded cells are worth what the master says."""
    for part in ("source", "release"):
        notebook = nbformat.reads(text(course, part), as_version=4)
        MetadataValidator().validate_nb(notebook)
        graded = [one for cell in notebook.cells if (one := cell.metadata.get("nbgrader")) and one.grade]
        assert {one.grade_id: one.points for one in graded} == {
            "q1_height-check": 3, "q2_floods-check": 2, "q3_why-response": 4,
        }  # fmt: skip
        assert {one.schema_version for one in graded} == {3}


def points(course: Path, answer: str) -> Any:
    """What the check of question 1 says after an answer, with the hidden tests."""
    cells = {cell.id: cell.source for cell in nbformat.reads(text(course, "source"), as_version=4).cells}
    *lines, last = cells["q1_height-check"].splitlines()
    assert last == "check.run()"
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("always")  # as in a notebook; this test suite makes errors of them
        for code in (cells["check-helper"], "import numpy as np", answer, "\n".join(lines)):
            exec(code, names)
        return eval(last, names)


@pytest.mark.parametrize(
    ("answer", "earned"),
    [
        ("def height(t):\n    return np.sin(t / 2)\nmean_height = 0.0", 3.0),
        ("def height(t):\n    return 0.0\nmean_height = 0.0", 1.0),
        ("import warnings\ndef height(t):\n    warnings.warn('x')\n    return np.sin(t / 2)\nmean_height = 0.0", 3.0),
        ("import os\ndef height(t):\n    os.write(2, b'x')\n    return np.sin(t / 2)\nmean_height = 0.0", 3.0),
        ("def height(t):\n    raise SystemExit\nmean_height = 0.0", 0.0),
        ("", 0.0),
    ],
)
def test_a_check_is_worth_the_points_of_its_cases(
    course: Path, answer: str, earned: float, capfd: pytest.CaptureFixture[str]
):
    """Each case counts by itself, and nothing reaches standard error, for which nbgrader would take all points."""
    assert points(course, answer) == earned
    said = capfd.readouterr()
    assert said.err == ""
    assert "a hidden check: " in said.out
    assert "test_later" not in said.out


def test_versions_that_were_edited_are_not_replaced(course: Path, tides: Chapter, tmp_path: Path):
    """Without --force an edited source/ stays; with it, it is what the master gives."""
    folder = Path(shutil.copytree(course, tmp_path / "course"))
    file = folder / "source" / CHAPTER / f"{CHAPTER}.ipynb"
    file.write_text("{}", encoding="utf-8")
    words = ("export", "nbgrader", "--course-dir", folder)
    result = command(*words, course=tides.course.root)
    assert (result.exit_code, file.read_text(encoding="utf-8")) == (2, "{}")
    assert "--force" in result.stderr
    assert command(*words, "--force", course=tides.course.root).exit_code == 0
    assert file.read_text(encoding="utf-8") == text(course, "source")


def test_a_configuration_of_the_user_stays(tides: Chapter, tmp_path: Path):
    """What it lacks is told."""
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n", encoding="utf-8")
    result = command("export", "nbgrader", "--course-dir", tmp_path, course=tides.course.root)
    assert result.exit_code == 0
    assert "ShowModelAnswers" in result.stderr
    assert (tmp_path / "nbgrader_config.py").read_text(encoding="utf-8") == "c = get_config()\n"


@pytest.mark.parametrize(
    ("student", "solution", "source"),
    [
        ("x = ...", "x = 5  # SOLUTION", "x = ...\n### BEGIN SOLUTION\nx = 5\n### END SOLUTION"),
        (
            "def f(a):\n    ...",
            "def f(a):\n    # BEGIN SOLUTION\n    return a\n    # END SOLUTION",
            "def f(a):\n    ### BEGIN SOLUTION\n    return a\n    ### END SOLUTION",
        ),
        ("a, b = ...", "a, b = 1, 2  # SOLUTION", "### BEGIN SOLUTION\na, b = 1, 2\n### END SOLUTION"),
        ("x = 1\ny = 2", "x = 1\ny = 2", "x = 1\ny = 2"),
    ],
)
def test_answers_stand_between_the_marks(student: str, solution: str, source: str):
    """What students get stays outside, a name to assign in front; what would not run is left out."""
    assert answer_source(student, solution) == source
