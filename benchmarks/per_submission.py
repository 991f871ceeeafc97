"""Seconds per submission of ``autograder grade`` (one job), ``otter run`` and ``nbgrader autograde``: three notebooks.

``python benchmarks/per_submission.py [--count N]`` prints a table each and writes ``benchmarks/results.json``: for a
notebook whose cells take no time, so that what is left is the grader's own, and for the solutions of the pilot chapter
and of the heaviest one, with their figures.

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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from record import record
from rich.console import Console
from rich.table import Table

from autograder.authoring.build import build, make_zip
from autograder.course import Chapter, find_course

PILOT = "02_shallow_networks"
HEAVIEST = "11_modern_convnets"  # of all chapters, the one whose solution takes longest
SMALL = Path(__file__).with_name("small")  # a course whose only notebook takes no time of its own
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


def time_autograder(
    notebook: Path, chapter: Chapter, count: int, folder: Path, options: Sequence[str] = ()
) -> dict[str, float]:
    """A batch of copies with one job: seconds per submission over the whole command, and within the batch."""
    submissions = folder / "submissions"
    submissions.mkdir()
    for number in range(count):
        shutil.copy(notebook, submissions / f"student{number:04}.ipynb")
    out, course = folder / "out", chapter.course.root
    kit = (sys.executable, "-m", "autograder", "grade", chapter.name, submissions, "-o", out, "--course", course)
    total_s = run(*kit, "--jobs", 1, *options)
    seconds = [json.loads(path.read_text())["seconds"] for path in (out / "results").iterdir()]
    p95_s = statistics.quantiles(seconds, n=20)[-1]
    return {"whole_command_s": total_s / count, "p50_s": statistics.median(seconds), "p95_s": p95_s}


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


def measure(chapter: Chapter, count: int, others: int) -> dict[str, Any]:
    """All figures of a chapter's solution notebook, in seconds per submission."""
    archive = make_zip(chapter)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        root = Path(folder)
        for name in ("kit", "otter", "nbgrader"):
            (root / name).mkdir()
        cells_s, tests_s = own_time(chapter)
        kit = time_autograder(chapter.solution_notebook, chapter, count, root / "kit")
        return {
            "chapter": chapter.name,
            "submissions": count,
            "own_cells_s": cells_s,
            "own_tests_s": tests_s,
            **{f"autograder_{name}": value for name, value in kit.items()},
            "otter_run_s": time_otter(chapter.solution_notebook, archive, others, root / "otter"),
            "nbgrader_autograde_s": time_nbgrader(chapter, others, root / "nbgrader"),
        }


def show(figures: dict[str, Any]) -> None:
    """The figures of a chapter as a table."""
    own_s = figures["own_cells_s"] + figures["own_tests_s"]
    table = Table(title=f"{figures['chapter']}: seconds per submission, one at a time")
    for heading in ("", "seconds", "above its own time", "times autograder grade"):
        table.add_column(heading, justify="left" if not heading else "right")
    for label, key in (
        ("the notebook's own cells and tests", None),
        ("autograder grade (namespaces), p50", "autograder_p50_s"),
        ("autograder grade (namespaces), p95", "autograder_p95_s"),
        ("otter run", "otter_run_s"),
        ("nbgrader autograde", "nbgrader_autograde_s"),
    ):
        seconds = own_s if key is None else figures[key]
        above = "" if key is None else f"{seconds - own_s:.3f}"
        table.add_row(label, f"{seconds:.3f}", above, f"{seconds / figures['autograder_p50_s']:.1f}")
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20, help="submissions in each batch of autograder grade")
    parser.add_argument("--others", type=int, default=3, help="submissions for otter run and nbgrader autograde")
    arguments = parser.parse_args()
    small = find_course(SMALL)
    build(small)
    results = []
    course = find_course(Path(__file__).parent)
    for chapter in (small.chapters[0], course.chapter(PILOT), course.chapter(HEAVIEST)):
        results.append(measure(chapter, arguments.count, arguments.others))
        show(results[-1])
    record("per_submission", results)


if __name__ == "__main__":
    main()
