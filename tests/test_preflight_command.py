"""``autograder preflight`` says what to mend before a notebook is handed in, wherever Jupyter runs."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

TEST = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "{name}"
points = None

@test_case(points=1, hidden=False, failure_message="{message}")
def test_{name}({takes}):
    assert {asserts}
"""
HIDDEN = """
@test_case(points=1, hidden=True)
def test_hidden({takes}):
    import pathlib
    pathlib.Path("{mark}").touch()
"""
CHAPTER = "01_small"


def question(name: str, takes: str, asserts: str, message: str = "") -> str:
    return TEST.format(name=name, takes=takes, asserts=asserts, message=message)


TESTS = {"q1": question("q1", "double", "double(2) == 4"), "q2": question("q2", "total", "total == 6", "Add them up.")}
INIT = f'import otter\ngrader = otter.Notebook("{CHAPTER}.ipynb")'
GOOD = [INIT, "def double(x):\n    return 2 * x", 'grader.check("q1")', "total = sum([1, 2, 3])", 'grader.check("q2")']
EXPORT = "grader.export(pdf=False, run_tests=True)"


def notebook(cells: list[str | dict], tests: dict[str, object] = TESTS, name: str = CHAPTER, ok: bool = False) -> bytes:
    """A notebook as otter hands it out; a text is a code cell."""
    made = [
        {"cell_type": "code", "source": cell, "metadata": {}, "outputs": [], "execution_count": None}
        if isinstance(cell, str)
        else {"metadata": {}, **cell}
        for cell in cells
    ]
    otter = {"OK_FORMAT": ok, "assignment_name": name, "tests": tests}
    data = {"cells": made, "metadata": {"otter": otter}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(data).encode()


def run(path: Path, *options: object, code: int) -> dict:
    """What the command finds, as JSON; its exit code must be the given one."""
    done = subprocess.run(command(path, *options), cwd=path.parent, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def command(path: Path, *options: object) -> list[str]:
    return [sys.executable, "-m", "autograder", "preflight", str(path), "--json", *map(str, options)]


def kinds(found: dict) -> list[tuple[str, str, int | None]]:
    return [(finding["kind"], finding["question"], finding["cell"]) for finding in found["findings"]]


def write(tmp_path: Path, data: bytes, name: str = f"{CHAPTER}.ipynb") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


# --- what is ready ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_good_notebook_is_ready_under_any_name_and_from_its_export(tmp_path: Path):
    """Renamed by a platform or packed by otter's export, it runs with what lies beside it; the export cell does nothing."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "numbers.txt").write_text("1 2 3")
    reads = 'total = sum(map(int, open("data/numbers.txt").read().split()))\nimport os\nassert os.environ["MPLBACKEND"] == "Agg"'
    data = notebook([*GOOD[:3], reads, GOOD[4], EXPORT])
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr(f"{CHAPTER}.ipynb", data)
        archive.writestr(".OTTER_LOG", "x")
        archive.writestr("__zip_filename__", "x")
    before = sorted(path.name for path in tmp_path.iterdir())
    for path in (write(tmp_path, b"\xef\xbb\xbf" + data, "ada late (1).ipynb"), tmp_path / "export.zip"):
        found = run(path, code=0)
        assert (found["ready"], found["chapter"], found["findings"]) == (True, CHAPTER, [])
        checks = [(q["name"], q["check_cell"], q["passed"], q["total"]) for q in found["questions"]]
        assert checks == [("q1", 3, 1, 1), ("q2", 5, 1, 1)]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*before, "ada late (1).ipynb"])


@pytest.mark.slow
def test_needs_nothing_that_only_unix_has(tmp_path: Path):
    """With the modules hidden that Windows and macOS lack, and without namespaces, the same comes out."""
    path = write(tmp_path, notebook(GOOD))
    missing = ("fcntl", "resource", "pwd", "grp", "termios", "posix_ipc")
    hide = f"import os, sys; sys.modules.update(dict.fromkeys({missing!r})); del os.O_NOFOLLOW, os.O_NONBLOCK"
    call = f"{hide}\nfrom autograder.cli import main\nmain(['preflight', {str(path)!r}])"
    done = subprocess.run([sys.executable, "-c", call], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "ready to hand in" in done.stdout) == (0, True), done.stderr


# --- what is to be mended ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_everything_to_mend_is_told_in_one_run(tmp_path: Path):
    """Failing cells, gaps, lost checks, changed names and failed public tests; a hidden test is never run."""
    mark = tmp_path / "hidden-was-run"
    tests = TESTS | {
        "q3": question("q3", "half", "half(4) == 2") + HIDDEN.format(takes="half", mark=mark),
        "q4": question("q4", "area, width", "area == width**2"),
        "q5": {
            "name": "q5",
            "points": 1,
            "suites": [{"cases": [{"code": ">>> 1\n1", "hidden": False, "locked": False}]}],
        },
    }
    written = {"cell_type": "markdown", "id": "q6-response", "source": "_Type your answer here, replacing this text._"}
    cells = [
        *(INIT, "def double(x):\n    ...", 'grader.check("q1")', "total = 7", 'grader.check("q2")'),
        *("def half(x):\n    return x / 2", "name = input()", "are = [[1.0]][..., ][0]", 'grader.check("q4")'),
        *("import numpy as np\nhalves = np.ones((2, 2))[..., 0]", 'grader.check("q5")', written),
    ]
    found = run(write(tmp_path, notebook(cells, tests)), code=1)
    assert kinds(found) == [
        ("cell failed", "", 7),
        ("cell failed", "", 8),
        ("unanswered", "q1", 2),
        ("unanswered", "q6", 12),
        ("public test failed", "q2", 5),
        ("check missing", "q3", None),
        ("name not defined", "q4", 9),
    ]
    told = [finding["told"] for finding in found["findings"]]
    assert "q2 - 1: Add them up." in told
    assert any("`area`, `width`" in one for one in told)
    states = {q["name"]: (q["answered"], q["check_cell"], q["passed"], q["total"]) for q in found["questions"]}
    assert states["q3"] == (True, None, 1, 1)  # checked at the end, hidden test left out
    assert states["q5"] == (True, 11, 1, 1)
    assert states["q6"] == (False, None, None, None)
    assert not mark.exists()


@pytest.mark.slow
def test_endless_cell_is_stopped_and_the_rest_is_run(tmp_path: Path):
    """An endless loop costs its time; the cells after it run in the same state."""
    cells = [INIT, "while True:\n    pass", *GOOD[1:]]
    found = run(write(tmp_path, notebook(cells)), "--cell-timeout", 3, code=1)
    assert kinds(found) == [("cell stopped", "", 2)]
    assert [q["passed"] for q in found["questions"]] == [1, 1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "options", "kind"),
    [
        ("import os\nos._exit(3)", (), ("not run", "", 4)),
        ("import time\nwhile True:\n    try:\n        time.sleep(9)\n    except KeyboardInterrupt:\n        pass",
         ("--cell-timeout", 2), ("not run", "", 4)),
        ("import time\ntime.sleep(30)", ("--timeout", 4), ("not run", "", 5)),
    ],
    ids=["ends Python", "does not stop", "out of time"],
)  # fmt: skip
def test_cells_that_are_not_reached_are_told(tmp_path: Path, source: str, options: tuple, kind: tuple):
    """What was checked before stands; what comes after is said not to have run."""
    found = run(write(tmp_path, notebook([*GOOD[:3], source, *GOOD[3:]])), *options, code=1)
    assert kind in kinds(found)
    assert ("not run", "q2", None) in kinds(found)
    assert [q["passed"] for q in found["questions"]] == [1, None]


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (notebook(GOOD)[:-40], "a.ipynb", "cut off"),
        (b"", "a.ipynb", "empty"),
        (b"%PDF-1.7", "a.ipynb", "PDF"),
        (b"PK", "a.zip", "damaged"),
        (notebook(GOOD, name="02_other"), "a.ipynb", "'02_other', and '01_small' was to be handed in"),
    ],
    ids=["cut off", "empty", "pdf", "broken zip", "another chapter"],
)
def test_what_would_be_rejected_is_not_run(tmp_path: Path, data: bytes, name: str, told: str):
    """A file that the grader would reject gets the grader's own sentence."""
    write(tmp_path, notebook(GOOD))
    shutil.make_archive(str(tmp_path / "bundle"), "zip", tmp_path, f"{CHAPTER}.ipynb")
    found = run(write(tmp_path, data, name), "--chapter", tmp_path / "bundle.zip", code=1)
    assert [finding["kind"] for finding in found["findings"]] == ["not gradable"]
    assert told in found["findings"][0]["told"]


def test_wrong_calls_are_told(tmp_path: Path):
    """No such chapter, no bundle, no notebook: one sentence and exit code 2."""
    path = write(tmp_path, notebook(GOOD))
    (tmp_path / "course.toml").write_text('chapters = ["02_other"]\n')
    (tmp_path / "x.zip").write_bytes(b"x")
    (tmp_path / "x.txt").write_bytes(b"x")
    wrong = [
        (path, "--chapter", "03_none"),
        (path, "--chapter", "x.zip"),
        (tmp_path / "x.txt",),
        (path, "--timeout", "0"),
    ]
    for arguments in wrong:
        done = subprocess.run(command(*arguments), cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr


# --- held against what was handed out ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_bundle_has_the_last_word_on_tests_and_files(tmp_path: Path):
    """With the bundle at hand, tests and data are those that were handed out, and a deleted answer cell is missed."""
    response = {"cell_type": "markdown", "id": "q3-response", "source": "_Type your answer here, replacing this text._"}
    heading = {"cell_type": "markdown", "id": "q3-text-1", "source": "## 3. Say why the sum of all numbers is six"}
    ids = [{"cell_type": "code", "source": s, "id": f"c{n}", "outputs": []} for n, s in enumerate(GOOD)]
    given = [*ids, heading, response]
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
        archive.writestr(f"{CHAPTER}.ipynb", notebook(given))
        archive.writestr("data/numbers.txt", "1 2 3")
        archive.writestr("README.md", "x")
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "own.txt").write_text("x")
    cells = [*GOOD[:3], 'open("data/numbers.txt").read()', 'open("own.txt").read()', *GOOD[3:], heading]
    easy = {name: question(name, "", "True") for name in ("q1", "q2", "q9")}
    found = run(write(folder, notebook(cells, easy)), "--chapter", tmp_path / "bundle.zip", code=1)
    assert kinds(found) == [("cell failed", "", 5), ("answer cell missing", "q3", None)]
    assert [q["name"] for q in found["questions"]] == ["q1", "q2"]


def test_notebook_without_its_metadata_needs_the_bundle(tmp_path: Path):
    """Where an editor dropped the tests, that is said, with the option that helps."""
    found = run(write(tmp_path, notebook(GOOD, {})), code=1)
    assert [finding["kind"] for finding in found["findings"]] == ["not gradable"]
    assert "--chapter" in found["findings"][0]["told"]


# --- interrupted ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_interrupt_ends_the_kernel_and_leaves_nothing(tmp_path: Path):
    """Ctrl-C: one sentence, exit code 130, no process of the notebook left."""
    mark = tmp_path / "pid"
    cell = f"import os, pathlib, time\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\ntime.sleep(600)"
    path = write(tmp_path, notebook([INIT, cell]))
    running = subprocess.Popen(command(path), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (mark.exists() and mark.read_text()):
        assert running.poll() is None, running.communicate()
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    stdout, stderr = running.communicate(timeout=60)
    assert (running.returncode, stdout, "Traceback" in stderr) == (130, "", False), stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
