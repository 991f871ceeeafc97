"""Small classes of submissions for the tests of batches."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

TEST_FILE = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = None

@test_case(points=1, hidden=False)
def test_public(twice):
    assert twice(2) == 4

@test_case(points=2, hidden=True)
def test_hidden(twice):
    assert twice(0.25) == 0.5
"""
ANSWERS = ("def twice(x): return 2 * x", "def twice(x): return x + 2", "def twice(x): return x ** x", "twice = None")
COMMAND = (sys.executable, "-m", "autograder", "grade")


def write_zip(path: Path, test: str = TEST_FILE) -> Path:
    """An autograder zip with one question, and a data file beside the submissions."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tests/q1.py", test)
        archive.writestr("files/table.csv", "1,2")
        archive.writestr("otter_config.json", json.dumps({"assignment_name": "small"}))
    return path


def write_class(folder: Path, count: int, seconds: float = 0.0) -> Path:
    """So many notebooks with right and wrong answers in turn, each of which takes some time, and one that is none."""
    folder.mkdir()
    for number in range(count):
        cells = ["open('table.csv').read()", f"import time\ntime.sleep({seconds})", ANSWERS[number % len(ANSWERS)]]
        (folder / f"student{number:02}.ipynb").write_text(json.dumps(notebook(*cells)))
    (folder / "report.pdf").write_text("%PDF-1.4")
    return folder


def notebook(*sources: str) -> dict:
    """A notebook of code cells."""
    cells = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for source in sources
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


def grade(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run ``autograder grade``."""
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, **options)
