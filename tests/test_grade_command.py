"""``autograder grade`` as its user meets it: the table, the files, the words when something is wrong."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psutil
import pytest

from autograder.grading.isolation.local import namespaces_refused

pytestmark = pytest.mark.skipif(bool(namespaces_refused()), reason=f"no namespaces here: {namespaces_refused()}")

TEST_FILE = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = None

@test_case(points=1, hidden=False, failure_message="twice 2 is 4")
def test_public(twice):
    assert twice(2) == 4

@test_case(points=2, hidden=True, failure_message="fractions can be doubled, too")
def test_hidden(twice):
    assert twice(0.25) == 0.5
"""
OK_TEST_FILE = """\
OK_FORMAT = True

test = {   'name': 'q2',
    'points': 2,
    'suites': [   {   'cases': [   {'code': ">>> greet('Ada')\\nHello Ada\\n>>> import numpy as np\\n>>> bool(np.isclose(half(3), 1.5))\\nTrue", 'hidden': False, 'locked': False},
                                   {'code': '>>> assert half(-2) == -1', 'hidden': True, 'locked': False}],
                      'scored': True,
                      'setup': '',
                      'teardown': '',
                      'type': 'doctest'}]}
"""
GOOD = ["def twice(x): return 2 * x", "def half(x): return x / 2\ndef greet(name): print('Hello', name)"]


def notebook(*sources: str, **metadata: object) -> dict:
    cells = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for source in sources
    ]
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}


@pytest.fixture
def autograder_zip(tmp_path: Path) -> Path:
    """An autograder zip with one question in each of otter's formats."""
    path = tmp_path / "small.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tests/q1.py", TEST_FILE)
        archive.writestr("tests/q2.py", OK_TEST_FILE)
        archive.writestr("otter_config.json", json.dumps({"assignment_name": "small"}))
    return path


@pytest.fixture
def submissions(tmp_path: Path) -> Path:
    folder = tmp_path / "submissions"
    folder.mkdir()
    (folder / "ada.ipynb").write_text(json.dumps(notebook(*GOOD, padding="x" * 500)))  # the longest goes first
    return folder


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "autograder", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def grades(out: Path) -> dict[str, dict[str, str]]:
    with (out / "grades.csv").open(newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


@pytest.mark.slow
def test_a_class_becomes_a_table_results_and_feedback(autograder_zip: Path, submissions: Path, tmp_path: Path):
    """Good, wrong, careless and hopeless submissions each get a row, a status, a sentence and a page."""
    files = {
        "wrong.ipynb": json.dumps(notebook("def twice(x): return x + 2", GOOD[1])),
        "Zoë van Dijk.ipynb": json.dumps(notebook(*GOOD)),
        "bom.ipynb": "\ufeff" + json.dumps(notebook(*GOOD)).replace("\n", "\r\n"),
        "other.ipynb": json.dumps(notebook(*GOOD, otter={"assignment_name": "large"})),
        "script.ipynb": "print('I am a script')",
        "empty.ipynb": "",
        "report.pdf": "%PDF-1.4",
        "=cmd.ipynb": json.dumps(notebook(GOOD[0])),
    }
    for name, text in files.items():
        (submissions / name).write_text(text, encoding="utf-8")
    old = {
        "worksheets": [
            {"cells": [{"cell_type": "code", "language": "python", "input": s, "outputs": []} for s in GOOD]}
        ]
    }
    (submissions / "old.ipynb").write_text(json.dumps({**old, "metadata": {}, "nbformat": 3, "nbformat_minor": 0}))
    out = tmp_path / "out"
    done = run("grade", autograder_zip, submissions, "-o", out, "--jobs", 2)
    assert done.returncode == 0, done.stderr
    rows = grades(out)
    assert {name: (row["status"], row["score"]) for name, row in rows.items()} == {
        "'=cmd": ("graded", "3"),
        "Zoë van Dijk": ("graded", "5"),
        "ada": ("graded", "5"),
        "bom": ("graded", "5"),
        "empty": ("rejected", "0"),
        "old": ("graded", "5"),
        "other": ("rejected", "0"),
        "report": ("rejected", "0"),
        "script": ("rejected", "0"),
        "wrong": ("graded", "3"),
    }
    assert list(rows) == sorted(rows, key=lambda name: name.removeprefix("'"))
    assert list(rows["ada"]) == [
        *("submission", "status", "score", "max_score", "percent", "q1", "q2", "message"),
    ]
    assert "'small' was to be handed in" in rows["other"]["message"]
    assert "script" in rows["script"]["message"]
    result = json.loads((out / "results" / "wrong.json").read_text())
    assert [case["outcome"] for case in result["questions"][0]["cases"]] == ["passed", "failed"]
    page = (out / "feedback" / "wrong.html").read_text()
    assert "fractions can be doubled, too" in page
    assert "0.25" not in page
    assert "Traceback" not in done.stdout + done.stderr
    assert "ada" in done.stdout
    assert str(out / "grades.csv") in done.stderr


@pytest.mark.slow
def test_second_run_does_only_what_changed(autograder_zip: Path, submissions: Path, tmp_path: Path):
    """An unchanged submission keeps its result, a changed one is graded again, --regrade does all."""
    (submissions / "bob.ipynb").write_text(json.dumps(notebook(GOOD[0])))
    out = tmp_path / "out"
    command = ("grade", autograder_zip, submissions, "-o", out, "--jobs", 1)
    assert run(*command).returncode == 0
    stamps = {name: (out / "results" / f"{name}.json").stat().st_mtime_ns for name in ("ada", "bob")}
    (submissions / "bob.ipynb").write_text(json.dumps(notebook(*GOOD)))
    assert run(*command).returncode == 0
    assert (out / "results" / "ada.json").stat().st_mtime_ns == stamps["ada"]
    assert grades(out)["bob"]["score"] == "5"
    assert run(*command, "--regrade").returncode == 0
    assert (out / "results" / "ada.json").stat().st_mtime_ns != stamps["ada"]


@pytest.mark.slow
def test_interrupt_keeps_what_is_done_and_leaves_no_process(autograder_zip: Path, submissions: Path, tmp_path: Path):
    """Ctrl-C in mid-batch ends at once with a sentence; the same command then finishes the class."""
    for name in ("bob", "cyd"):
        (submissions / f"{name}.ipynb").write_text(json.dumps(notebook("import time; time.sleep(3)", *GOOD)))
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        str(autograder_zip),
        str(submissions),
        "-o",
        str(out),
        "-j",
        "1",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (out / "results" / "ada.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 3  # a worker, its zygote, a box
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=15)
    assert process.returncode == 130
    assert "1 of 3 done and kept" in said
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    assert run(*command[3:]).returncode == 0
    assert [row["score"] for row in grades(out).values()] == ["5", "5", "5"]


@pytest.mark.slow
def test_killed_grader_leaves_no_process_and_loses_nothing(autograder_zip: Path, submissions: Path, tmp_path: Path):
    """After kill -9 its workers, zygotes and boxes end by themselves; the same command then finishes the class and
    removes what lay in the temporary folder."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}
    (submissions / "bob.ipynb").write_text(json.dumps(notebook("import time; time.sleep(4)", *GOOD)))
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        str(autograder_zip),
        str(submissions),
        "-o",
        str(out),
        "-j",
        "1",
    ]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
    while not (out / "results" / "ada.json").exists():
        time.sleep(0.05)
    time.sleep(0.3)
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 3  # a worker, its zygote, a box
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []
    assert list(scratch.iterdir())
    ada = (out / "results" / "ada.json").read_bytes()
    assert run(*command[3:], env=environment).returncode == 0
    assert list(scratch.iterdir()) == []
    assert [(name, row["score"]) for name, row in grades(out).items()] == [("ada", "5"), ("bob", "5")]
    assert (out / "results" / "ada.json").read_bytes() == ada
    assert not list(out.rglob("*.part"))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda a, s, o: ("no_such_chapter", s, "-o", o), "unknown chapter 'no_such_chapter'"),
        (lambda a, s, o: (a.with_name("none.zip"), s, "-o", o), "no such file"),
        (lambda a, s, o: (a, s.with_name("nowhere"), "-o", o), "no such file or folder"),
        (lambda a, s, o: (a, o, "-o", o), "no such file or folder"),
        (lambda a, s, o: (a, s, "-o", a), "cannot write to"),
        (lambda a, s, o: (s / "ada.ipynb", s, "-o", o), "unknown chapter"),
        (lambda a, s, o: (a, s, "-o", o, "--isolation", "none"), "add --trust"),
        (lambda a, s, o: (a, s, "-o", o, "--cell-timeout", "0"), "cell_timeout_s must be greater than 0"),
        (lambda a, s, o: (a, s, "-o", o, "--memory", "-5"), "memory_mb must be greater than 0"),
    ],
)
def test_wrong_arguments_get_one_sentence(autograder_zip: Path, submissions: Path, tmp_path: Path, spoil, told: str):
    """Exit code 2, one line on standard error, nothing on standard output, no traceback."""
    course = Path(__file__).parents[1]
    done = run("grade", *spoil(autograder_zip, submissions, tmp_path / "out"), cwd=course)
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"tests/q1.py": "def f(:"}, "test file q1.py cannot be used: SyntaxError"),
        ({"tests/q1.py": "x = 1"}, "test file q1.py cannot be used"),
        ({"tests/q1.py": TEST_FILE, "tests/q1b.py": TEST_FILE}, "are both of 'q1'"),
        ({"README.md": "hello"}, "is no otter autograder zip"),
        ({"tests/q1.py": TEST_FILE, "otter_config.json": "{"}, "cannot be read as JSON"),
        ({"tests/q1.py": TEST_FILE, "otter_config.json": '{"lang": "r"}'}, "only Python is graded"),
        ({"tests/q1.py": TEST_FILE, "otter_config.json": '{"plugins": ["p"]}'}, "'plugins' is not supported"),
        ({"tests/../../evil.py": TEST_FILE}, "leads outside"),
        (None, "cannot be read as a zip"),
    ],
)
def test_broken_zips_get_one_sentence(submissions: Path, tmp_path: Path, content: dict[str, str] | None, told: str):
    """What is wrong with an autograder zip is said before anything is graded."""
    path = tmp_path / "broken.zip"
    if content is None:
        path.write_bytes(b"PK but no more")
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in content.items():
                archive.writestr(name, text)
    done = run("grade", path, submissions, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_empty_folder_and_missing_course_get_one_sentence(autograder_zip: Path, tmp_path: Path):
    """An empty folder of submissions, and a chapter asked for outside any course."""
    (tmp_path / "none").mkdir()
    done = run("grade", autograder_zip, tmp_path / "none", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "no submissions" in done.stderr
    done = run("grade", "02_shallow_networks", tmp_path / "none", "-o", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 2
    assert "no course.toml" in done.stderr


@pytest.mark.slow
def test_trusted_notebooks_are_graded_without_walls(autograder_zip: Path, submissions: Path, tmp_path: Path):
    """With --isolation none and --trust the scores are the same, and the results say which isolation it was."""
    (submissions / "bob.ipynb").write_text(json.dumps(notebook("import os; os._exit(1)", GOOD[0])))
    out = tmp_path / "out"
    done = run("grade", autograder_zip, submissions, "-o", out, "--isolation", "none", "--trust", "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [(row["submission"], row["status"], row["score"]) for row in rows] == [
        ("ada", "graded", 5),
        ("bob", "partial", 3),
    ]
    assert json.loads((out / "results" / "ada.json").read_text())["isolation"] == "none"


@pytest.mark.slow
def test_files_of_the_assignment_lie_beside_the_submission(tmp_path: Path, submissions: Path):
    """Data in the zip's files folder can be read and overwritten; the next submission sees the original."""
    path = tmp_path / "data.zip"
    test = TEST_FILE.replace("twice(2) == 4", "twice() == '1,2'").replace("twice(0.25) == 0.5", "twice() == '1,2'")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tests/q1.py", test)
        archive.writestr("files/data/table.csv", "1,2")
    cell = "def twice(): return open('data/table.csv').read()"
    for name in ("ada", "bob"):
        spoil = "open('data/table.csv', 'w').write('spoilt')"
        (submissions / f"{name}.ipynb").write_text(
            json.dumps(notebook(cell, "import otter\notter.Notebook().check('q1')", spoil))
        )
    out = tmp_path / "out"
    assert run("grade", path, submissions, "-o", out, "--jobs", 1).returncode == 0
    assert [row["score"] for row in grades(out).values()] == ["3", "3"]
    assert sorted(path.name for path in submissions.iterdir()) == ["ada.ipynb", "bob.ipynb"]


@pytest.mark.slow
def test_fault_of_the_grader_is_a_row_without_a_score(autograder_zip: Path, submissions: Path, tmp_path: Path):
    """A fault of the grader's is a row with status error and no score, exit code 1; the others are graded."""
    (submissions / "bob.ipynb").write_text(json.dumps(notebook(*GOOD)))
    out = tmp_path / "out"
    (out / "results" / "ada.json").mkdir(parents=True)  # the worker cannot write there
    done = run("grade", autograder_zip, submissions, "-o", out, "--jobs", 1)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    rows = grades(out)
    assert (rows["ada"]["status"], rows["ada"]["score"], rows["bob"]["score"]) == ("error", "", "5")
    assert "The grader failed, not the submission: a worker ended" in rows["ada"]["message"]
    assert "ada.json" in rows["ada"]["message"]
