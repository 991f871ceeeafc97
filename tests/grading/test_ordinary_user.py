"""The same walls for a user without rights, through user namespaces."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import DOUBLE, GOOD_DOUBLE, GOOD_SQUARE, SQUARE

from autograder.grading.isolation.local import namespaces_refused

HERE = Path(__file__).parent
ATTACKS = HERE.with_name("attacks")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.geteuid() != 0, reason="not root: the other tests of the wall already run as an ordinary user"
    ),
    pytest.mark.skipif(bool(namespaces_refused()), reason=f"no namespaces here: {namespaces_refused()}"),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may write to."""
    path = Path(tempfile.mkdtemp(prefix="ordinary-"))
    path.chmod(0o777)
    yield path
    shutil.rmtree(path)


def as_user(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, str(HERE / "ordinary_user.py"), sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")


def write_notebook(path: Path, *sources: str) -> None:
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": s} for s in sources
    ]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))


def test_a_class_is_graded_and_the_wall_holds(folder: Path):
    """Scores, limits and what a submission can reach are those that root's grader gives."""
    tests, submissions, out = folder / "tests", folder / "submissions", folder / "out"
    for path in (tests, submissions):
        path.mkdir()
    (tests / "q1.py").write_text(SQUARE)
    (tests / "q2.py").write_text(DOUBLE)
    archive = shutil.make_archive(str(folder / "small"), "zip", folder, "tests")
    look = f"""
import json, os
found = [p for p in ('{folder}', '{HERE}', '/proc/1/environ', '/proc/1/mem', '/proc/1/root') if os.access(p, os.R_OK)]
status = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())
found += [k for k in ('CapPrm', 'CapEff', 'CapBnd') if int(status[k], 16)] + ([0] if os.getuid() == 0 else [])
assert not found, found
"""
    write_notebook(submissions / "good.ipynb", look, GOOD_SQUARE, GOOD_DOUBLE)
    write_notebook(
        submissions / "dies.ipynb", GOOD_SQUARE, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", GOOD_DOUBLE
    )
    write_notebook(submissions / "hog.ipynb", GOOD_SQUARE, "x = [bytearray(10**7) for _ in range(10**4)]", GOOD_DOUBLE)
    done = as_user("-m", "autograder", "grade", archive, submissions, "-o", out, "--jobs", 2, "--memory", 500)
    assert done.returncode == 0, done.stderr
    results = {p.stem: json.loads(p.read_text()) for p in (out / "results").iterdir()}
    assert {name: (r["status"], r["score"]) for name, r in results.items()} == {
        "good": ("graded", 7),
        "dies": ("partial", 7),
        "hog": ("partial", 7),
    }
    assert results["good"]["cells"][0]["message"] == ""
    assert "the limit is 500 MB" in results["hog"]["message"]


def pytest_as_user(*arguments: object) -> subprocess.CompletedProcess:
    repository = HERE.parents[1]
    figures = ("-q", "-p", "no:cacheprovider", f"--rootdir={repository}", "-c", repository / "pyproject.toml")
    return as_user("-m", "pytest", *figures, *arguments)


def test_tests_of_the_wall_pass_as_an_ordinary_user():
    """The whole file test_wall.py, run again without rights."""
    done = pytest_as_user(HERE / "test_wall.py")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_attacks_earn_what_they_should_as_an_ordinary_user():
    """Every attack file, run again without rights; nothing is left, as after those of root."""
    done = as_user(ATTACKS / "run.py", "--json")
    assert done.stdout, done.stderr[-3000:]
    outcomes = json.loads(done.stdout)
    names = {f"{path.parent.name}/{path.stem}" for path in ATTACKS.glob("*/*.cells")}
    assert {outcome["attack"].partition("[")[0] for outcome in outcomes} == names
    assert {outcome["attack"]: outcome["wrong"] for outcome in outcomes if outcome["wrong"]} == {}
    assert done.returncode == 0


def test_hostile_class_and_odd_files_do_no_harm_as_an_ordinary_user():
    """The classes of tests/attacks, graded again without rights."""
    done = pytest_as_user(ATTACKS / "test_hostile_class.py", ATTACKS / "test_odd_files.py")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
