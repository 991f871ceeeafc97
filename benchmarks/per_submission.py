"""Seconds per submission of ``autograder grade`` (one job), ``otter run`` and ``nbgrader autograde`` on one notebook.

``python benchmarks/per_submission.py [--count N]`` prints a table and writes ``benchmarks/results.json``.

Figures are ratios of one run on one machine; nothing else should be running. The notebook's own time is that of its
cells and tests in a bare Python process that has everything imported: what no grader can be faster than.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from rich.console import Console
from rich.table import Table

from autograder.authoring.build import make_zip
from autograder.course import Chapter, find_course

CHAPTER = "02_shallow_networks"
RESULTS = Path(__file__).with_name("results.json")
BIN = str(Path(sys.executable).parent)  # nbgrader calls alembic by its name
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", "PATH": f"{BIN}:{os.environ['PATH']}"}
OWN_TIME = """
import glob, io, json, sys, time, contextlib
import matplotlib; matplotlib.use("Agg")
import matplotlib.pyplot as plt, numpy, torch
from otter.test_files import ExceptionTestFile
torch.set_num_threads(1)
cells = [c["source"] for c in json.load(open(sys.argv[1]))["cells"] if c["cell_type"] == "code"]
cells = ["".join(c) for c in cells]
tests = sorted(glob.glob(sys.argv[2] + "/*.py"))
for _ in range(3):
    env, start = {"__name__": "__main__"}, time.monotonic()
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells:
            if "grader" not in cell:
                exec(cell, env)
            for number in plt.get_fignums():
                plt.figure(number).savefig(io.BytesIO(), bbox_inches="tight")
                plt.close(number)
    ran = time.monotonic() - start
    for path in tests:
        ExceptionTestFile.from_file(path).run(env)
print(json.dumps([ran, time.monotonic() - start - ran]))
"""


def run(*command: object, cwd: Path | None = None) -> float:
    """Wall time of a command, in seconds."""
    start = time.monotonic()
    subprocess.run([str(part) for part in command], check=True, capture_output=True, env=ENVIRONMENT, cwd=cwd)
    return time.monotonic() - start


def own_time(chapter: Chapter) -> tuple[float, float]:
    """Seconds of the cells and of the tests in a bare process, third time round."""
    command = [sys.executable, "-c", OWN_TIME, str(chapter.solution_notebook), str(chapter.tests_dir)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT)
    cells_s, tests_s = json.loads(done.stdout)
    return cells_s, tests_s


def time_autograder(notebook: Path, target: str, count: int, folder: Path) -> dict[str, float]:
    """A batch of copies with one job: seconds per submission over the whole command, and within the batch."""
    submissions = folder / "submissions"
    submissions.mkdir()
    for number in range(count):
        shutil.copy(notebook, submissions / f"student{number:04}.ipynb")
    out = folder / "out"
    command = (sys.executable, "-m", "autograder", "grade", target, submissions, "-o", out, "--jobs", 1)
    total_s = run(*command)
    seconds = [json.loads(path.read_text())["seconds"] for path in (out / "results").iterdir()]
    return {"total_s": total_s / count, "median_s": statistics.median(seconds)}


def time_otter(notebook: Path, archive: Path, count: int, folder: Path) -> float:
    """Mean seconds of ``otter run``."""
    command = (sys.executable, "-m", "otter", "run", notebook, "-a", archive, "-o", folder)
    return statistics.mean(run(*command, cwd=folder) for _ in range(count))


def time_nbgrader(chapter: Chapter, count: int, folder: Path) -> float:
    """Seconds per submission of ``nbgrader autograde`` over a few submissions of the same cells and tests."""
    source = folder / "source" / "a"
    source.mkdir(parents=True)
    nbformat.write(nbgrader_source(chapter), source / "a.ipynb")
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
    nbgrader = (sys.executable, "-m", "nbgrader")
    run(*nbgrader, "generate_assignment", "a", cwd=folder)
    for number in range(count):
        submitted = folder / "submitted" / f"student{number}" / "a"
        submitted.mkdir(parents=True)
        shutil.copy(source / "a.ipynb", submitted / "a.ipynb")
    return run(*nbgrader, "autograde", "a", cwd=folder) / count


def nbgrader_source(chapter: Chapter) -> nbformat.NotebookNode:
    """The solution notebook with each check cell as an nbgrader test cell that runs the same test file."""
    notebook = nbformat.read(chapter.solution_notebook, as_version=4)
    notebook.metadata.pop("otter", None)
    kept = []
    for cell in notebook.cells:
        name = cell.source.partition('grader.check("')[2].partition('"')[0]
        if name:
            test = (chapter.tests_dir / f"{name}.py").read_text()
            cell.source = (
                f"from otter.test_files import ExceptionTestFile\nfile = ExceptionTestFile.from_string({test!r})\n"
                "file.run(globals())\nassert file.score == file.possible"
            )
            metadata = {"grade": True, "grade_id": name, "locked": True, "points": 1, "schema_version": 3}
            cell.metadata = nbformat.from_dict({"nbgrader": {**metadata, "solution": False, "task": False}})
        else:  # nbgrader has a meaning of its own for these marks
            cell.source = cell.source.replace("BEGIN SOLUTION", "").replace("END SOLUTION", "")
        if cell.cell_type != "code" or "grader" not in cell.source:
            kept.append(cell)
    notebook.cells = kept
    return notebook


def measure(count: int) -> dict[str, Any]:
    """All figures, in seconds per submission."""
    chapter = find_course(Path(__file__).parent).chapter(CHAPTER)
    archive = make_zip(chapter)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        root = Path(folder)
        for name in ("kit", "trivial", "otter", "nbgrader"):
            (root / name).mkdir()
        cells_s, tests_s = own_time(chapter)
        kit = time_autograder(chapter.solution_notebook, CHAPTER, count, root / "kit")
        empty = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
        nbformat.write(empty, root / "empty.ipynb")
        trivial = time_autograder(root / "empty.ipynb", CHAPTER, count, root / "trivial")
        return {
            "chapter": CHAPTER,
            "submissions": count,
            "own_cells_s": cells_s,
            "own_tests_s": tests_s,
            "autograder_s": kit["median_s"],
            "autograder_whole_command_s": kit["total_s"],
            "autograder_one_empty_cell_s": trivial["median_s"],
            "otter_run_s": time_otter(chapter.solution_notebook, archive, 3, root / "otter"),
            "nbgrader_autograde_s": time_nbgrader(chapter, 3, root / "nbgrader"),
        }


def show(figures: dict[str, Any]) -> None:
    """The figures as a table."""
    own_s = figures["own_cells_s"] + figures["own_tests_s"]
    table = Table(title=f"{CHAPTER}: seconds per submission, one at a time")
    for heading in ("", "seconds", "above its own time", "times autograder grade"):
        table.add_column(heading, justify="left" if not heading else "right")
    for label, key in (
        ("the notebook's own cells and tests", None),
        ("autograder grade (namespaces)", "autograder_s"),
        ("otter run", "otter_run_s"),
        ("nbgrader autograde", "nbgrader_autograde_s"),
    ):
        seconds = own_s if key is None else figures[key]
        above = "" if key is None else f"{seconds - own_s:.3f}"
        table.add_row(label, f"{seconds:.3f}", above, f"{seconds / figures['autograder_s']:.1f}")
    Console().print(table)
    Console().print(
        f"A submission of one empty cell, all questions judged: {figures['autograder_one_empty_cell_s']:.3f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20, help="submissions in the batch")
    figures = measure(parser.parse_args().count)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")
    show(figures)


if __name__ == "__main__":
    main()
