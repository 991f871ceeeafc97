"""A class graded through the real command: a course of one chapter, the run, and what it leaves."""

import contextlib
import csv
import ctypes
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psutil
from arena import LIMITS
from library import PLACES
from targets import SMALL

CLASS_LIMITS = replace(LIMITS, cell_timeout_s=3, timeout_s=40)  # what hangs ends soon
SETTLE_S = 10.0
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Run:
    """What ``autograder grade`` did.

    Attributes:
        said: everything on standard output and standard error.
        names: of the submissions, as the table shows them.
        results: by name of the submission, as the files in ``results`` tell them.
        left: processes, temporary and half-written files that are still there.
    """

    said: str
    seconds: float
    names: list[str]
    results: dict[str, dict[str, Any]]
    left: list[str]


def grade_class(folder: Path) -> Run:
    """Grade ``folder/submissions`` on the small target into ``folder/out``."""
    scratch, out = folder / "scratch", folder / "out"
    scratch.mkdir()
    write_course(folder)
    command = [sys.executable, "-m", "autograder", "grade", "small", "submissions", "-o", "out", "--jobs", "2"]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    start_s = time.monotonic()
    with orphans_adopted() as living:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
        seconds = time.monotonic() - start_s
        left = [*living(), *map(str, scratch.iterdir()), *map(str, out.rglob("*.part"))]
    assert done.returncode == 0, done.stdout + done.stderr
    with (out / "grades.csv").open(newline="", encoding="utf-8") as file:
        names = [row["submission"] for row in csv.DictReader(file)]
    results = [json.loads(path.read_text(encoding="utf-8")) for path in (out / "results").glob("*.json")]
    return Run(done.stdout + done.stderr, seconds, names, {r["submission"]: r for r in results}, left)


def points(result: dict[str, Any]) -> dict[str, float]:
    """Points by place."""
    scores = {question["name"]: question["score"] for question in result["questions"]}
    return {place: scores[SMALL.questions[place].name] for place in PLACES}


def write_course(folder: Path) -> None:
    """A course of one chapter, the small target, with the limits of a class."""
    figures = [f"{name} = {value}" for name, value in asdict(CLASS_LIMITS).items()]
    text = "\n".join(['title = "A class"', 'chapters = ["small"]', "[limits]", *figures])
    (folder / "course.toml").write_text(text)
    SMALL.write(folder / "solutions" / "small")


@contextlib.contextmanager
def orphans_adopted() -> Iterator[Callable[[], list[str]]]:
    """Whatever is started meanwhile stays below this process; the function tells what of it lives on."""
    libc, own = ctypes.CDLL(None), psutil.Process()
    before = own.children(recursive=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def living() -> list[str]:
        started = [process for process in own.children(recursive=True) if process not in before]
        return [f"process left: {process}" for process in psutil.wait_procs(started, timeout=SETTLE_S)[1]]

    try:
        yield living
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
