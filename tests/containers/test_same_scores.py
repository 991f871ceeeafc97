"""The same class gets the same, whatever wall stands around it; and no container is left, however grading ends."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.grading.isolation import engine
from autograder.grading.isolation.local import namespaces_refused
from autograder.grading.isolation.owners import Owner

pytestmark = [pytest.mark.docker, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
CHAPTER = "02_shallow_networks"
CLASS = ROOT / "examples" / CHAPTER
WAYS = {
    "namespaces": ["--isolation", "namespaces"],
    "docker": ["--isolation", "docker"],
    "fresh": ["--isolation", "docker", "--fresh-container"],
}


def command(out: Path, submissions: Path, *options: str) -> list[str]:
    head = [sys.executable, "-m", "autograder", "grade", CHAPTER, str(submissions), "-o", str(out)]
    return [*head, "--course", str(ROOT), "--jobs", "2", *options]


def outcomes(out: Path) -> dict[str, object]:
    """Status, and every case with its points, by submission."""
    told = {}
    for path in sorted((out / "results").glob("*.json")):
        result = json.loads(path.read_text())
        cases = {
            f"{question['name']}.{case['name']}": (case["outcome"], case["points"])
            for question in result["questions"]
            for case in question["cases"]
        }
        told[result["submission"]] = (result["status"], result["score"], result["max_score"], cases)
    return told


def containers_of(pid: int) -> list[str]:
    """Containers of a process and of what it started: their owners' parent, or whoever is gone."""
    with engine.engine() as client:
        found = client.containers.list(all=True, filters={"label": engine.OWNER}, ignore_removed=True)
        owners = {c.id: Owner.read(c.labels[engine.OWNER]) for c in found}
    return [container for container, owner in owners.items() if owner and (owner.is_gone or _parent(owner.pid) == pid)]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@pytest.fixture(scope="module")
def graded(image: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """The sample class under each wall."""
    if refused := namespaces_refused():
        pytest.skip(f"nothing to compare with, no namespaces here: {refused}")
    told = {}
    for way, options in WAYS.items():
        out = tmp_path_factory.mktemp(way)
        subprocess.run(command(out, CLASS, *options), check=True, capture_output=True)
        told[way] = outcomes(out)
    return told


@pytest.mark.parametrize("way", ["docker", "fresh"])
def test_every_case_comes_out_the_same(graded: dict[str, dict[str, object]], way: str):
    """Containers, warm or fresh, give each submission of the sample class what namespaces give it."""
    assert len(graded["namespaces"]) == len(list(CLASS.iterdir()))
    assert graded[way] == graded["namespaces"]


@pytest.fixture
def sleeping(image: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run whose only submission sleeps in its container."""
    (tmp_path / "submissions").mkdir()
    cell = {
        "cell_type": "code",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": "import time; time.sleep(50)",
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (tmp_path / "submissions" / "sleeper.ipynb").write_text(json.dumps(notebook))
    call = command(tmp_path / "out", tmp_path / "submissions", *WAYS["docker"])
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until_s = time.monotonic() + 120
    while not containers_of(process.pid) and time.monotonic() < until_s and process.poll() is None:
        time.sleep(0.1)
    assert containers_of(process.pid), "no container was started"
    yield process
    process.kill()
    process.wait()


def test_interrupted_grader_leaves_no_container(sleeping: subprocess.Popen[bytes]):
    """Ctrl-C ends the run in order: nothing is there when the command has ended."""
    sleeping.send_signal(signal.SIGINT)
    assert sleeping.wait(timeout=60) == 130
    assert gone_within(sleeping.pid, 10)


def test_killed_grader_leaves_no_container(sleeping: subprocess.Popen[bytes]):
    """After kill -9 the containers end by themselves."""
    sleeping.kill()
    sleeping.wait()
    assert gone_within(sleeping.pid, 60)


def gone_within(pid: int, wait_s: float) -> bool:
    until_s = time.monotonic() + wait_s
    while containers_of(pid) and time.monotonic() < until_s:
        time.sleep(0.1)
    return not containers_of(pid)
