"""Feedback and report are made again from what lies on disk, for before or after the deadline."""

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autograder.batch.manual import manual_questions
from autograder.batch.pages import batch_results
from autograder.batch.store import Store
from autograder.cli import main
from autograder.course import read_course
from autograder.errors import KitError
from autograder.results import (
    BatchRecord,
    CaseResult,
    CellOutcome,
    CellResult,
    ManualQuestion,
    Outcome,
    QuestionResult,
    Release,
    Status,
    SubmissionResult,
)

ROOT = Path(__file__).parents[1]
RECORD = BatchRecord(
    "01_sample",
    "A course",
    questions={"q1": 2.0},
    manual=(ManualQuestion("q2_proof", 3.0),),
    submissions=("ada", "bob"),
)
NOTEBOOK = {
    "cells": [
        {"cell_type": "code", "source": "print(1)", "outputs": [{"output_type": "stream", "text": "the output"}]}
    ],
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
}
TEST_FILE = """
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = 2

@test_case(points=1, hidden=False)
def test_open(x):
    assert x == 1

@test_case(points=1, hidden=True, failure_message="Look again.")
def test_secret(x):
    assert x == 2
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def apart(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own: ``grade`` starts workers."""
    words = [sys.executable, "-m", "autograder", *map(str, arguments)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


def result(name: str) -> SubmissionResult:
    cases = [
        CaseResult("test_open", False, 1.0, 1.0, Outcome.PASSED),
        CaseResult("test_secret", True, 0.0, 1.0, Outcome.FAILED, "Look again."),
    ]
    questions = [QuestionResult("q1", 1.0, 2.0, cases)]
    cells = [CellResult(0, CellOutcome.OK)]
    return SubmissionResult(name, "01_sample", Status.GRADED, 1.0, 2.0, 0.1, "", questions, cells)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder as ``grade`` leaves it, with two submissions."""
    store = Store(tmp_path / "out")
    store.prepare()
    for name in ("ada", "bob"):
        store.write(result(name), NOTEBOOK, "an old page")
    store.write_record(RECORD)
    return store.out


def page(out: Path, name: str = "ada") -> str:
    return (out / "feedback" / f"{name}.html").read_text(encoding="utf-8")


def test_pages_are_written_anew_for_before_and_after_the_deadline(out: Path):
    """Every page shows results and notebook as they lie on disk; what was chosen last holds until it is changed."""
    assert run("feedback", out).stdout == f"2 pages in {out / 'feedback'}, as after the deadline\n"
    for name in ("ada", "bob"):
        assert all(
            word in page(out, name) for word in ("Look again.", "test_<wbr>secret", "the output", "q2_<wbr>proof")
        )
    assert run("feedback", out, "--release", "before").exit_code == 0
    assert run("feedback", out).stdout.endswith("as before the deadline\n")
    assert "Look again." not in page(out)
    assert "secret" not in page(out)
    assert Store(out).read_record() == replace(RECORD, release=Release.BEFORE)


def test_pages_of_a_folder_without_a_record_are_made_of_its_results(out: Path):
    """Results of an older version have no record beside them."""
    (out / "batch.json").unlink()
    assert run("feedback", out).exit_code == 0
    assert "Look again." in page(out)
    assert "Report of 2 submissions" in run("report", out).stdout


def test_missing_notebook_and_broken_result_are_told_and_lose_nothing(out: Path):
    """The other pages are written; the submission whose result is broken is in the report, without a score."""
    (out / "notebooks" / "ada.ipynb").write_text("{")
    (out / "results" / "bob.json").write_text("[]")
    done = run("feedback", out)
    assert done.stdout.startswith("1 page in ")
    assert "1 of 2 results cannot be read" in done.stderr
    assert "No notebook in notebooks/ for 1: ada" in done.stderr
    assert "the output" not in page(out)
    assert page(out, "bob") == "an old page"
    assert run("report", out).exit_code == 0
    assert "No score yet: the result is missing or cannot be read." in (out / "report.html").read_text(encoding="utf-8")


def test_report_prints_its_figures_as_json(out: Path):
    """Counts, questions and suspect tests for programs, on standard output alone."""
    done = run("report", out, "--json")
    told = json.loads(done.stdout)
    assert told["counts"] == {"graded": 2, "partial": 0, "rejected": 0, "error": 0}
    assert told["score"]["mean"] == 1.0
    assert [question["difficulty"] for question in told["questions"]] == [0.5]
    assert told["suspects"] == []
    assert (out / "report.html").exists()


@pytest.mark.parametrize("command", ["feedback", "report"])
def test_folder_without_results_gets_one_sentence(command: str, tmp_path: Path):
    """Also a folder that is not there; nothing is written into it."""
    done = run(command, tmp_path)
    assert done.exit_code == 2
    assert "no results in it; give the folder that 'autograder grade" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert run(command, tmp_path / "nowhere").exit_code == 2


def test_record_survives_its_json():
    """Written and read again it is the same."""
    assert BatchRecord.from_json(json.loads(json.dumps(RECORD.to_json()))) == RECORD


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"chapter": 1}', "null"])
def test_broken_record_counts_as_none(out: Path, text: str):
    """The results tell what they can; no traceback."""
    (out / "batch.json").write_text(text)
    assert Store(out).read_record() is None
    assert run("report", out).exit_code == 0


def test_results_are_read_in_the_order_of_the_batch(out: Path):
    """A result that left the batch is in no report."""
    store = Store(out)
    store.write(result("zoe"), None, "")
    assert [one.submission for one in batch_results(store, replace(RECORD, submissions=("bob", "ada")))] == [
        "bob",
        "ada",
    ]


def test_questions_that_a_person_marks_are_read_from_the_built_chapter():
    """Name, points and heading of each, without the master."""
    course = read_course(ROOT)
    found = manual_questions(course.chapter("02_shallow_networks"))
    assert found == (ManualQuestion("q8_homogeneity_proof", 2.0, "8. The same as a proof"),)
    assert manual_questions(course.chapter("01_supervised_learning")) == ()


def test_chapter_that_is_not_built_says_so(tmp_path: Path):
    """The sentence names the file and the command that makes it."""
    (tmp_path / "course.toml").write_text('chapters = ["01_x"]')
    with pytest.raises(KitError, match="autograder build 01_x"):
        manual_questions(read_course(tmp_path).chapter("01_x"))


@pytest.mark.slow
def test_second_run_of_grade_makes_kept_pages_agree(tmp_path: Path):
    """Nothing is graded again when only the release changes, yet no page keeps what it showed before."""
    target = tmp_path / "a.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("tests/q1.py", TEST_FILE)
    (tmp_path / "in").mkdir()
    cell = {"cell_type": "code", "metadata": {}, "source": "x = 1", "outputs": [], "execution_count": None}
    (tmp_path / "in" / "ada.ipynb").write_text(json.dumps({**NOTEBOOK, "cells": [cell]}))
    out = tmp_path / "out"
    grade = ("grade", target, tmp_path / "in", "-o", out, "--jobs", 1, "--isolation", "none", "--trust")
    assert apart(*grade).returncode == 0
    assert "Look again." in page(out)
    written = (out / "results" / "ada.json").stat().st_mtime_ns
    assert apart(*grade, "--release", "before").returncode == 0
    assert "Look again." not in page(out)
    assert (out / "results" / "ada.json").stat().st_mtime_ns == written
    assert run("feedback", out).stdout.endswith("as before the deadline\n")
