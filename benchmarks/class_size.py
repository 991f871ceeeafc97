"""How ``autograder grade`` grows with the class and with the machines, over notebooks that take no time of their own.

``python benchmarks/class_size.py [--sizes 100 1000 10000] [--scaling 300]`` grades generated classes, each of them
twice, then one class with one job, with two, and on two nodes of a Dask cluster on this machine. The same is done with
a tenth as many solutions of the pilot chapter, which have something to compute. It prints two tables and writes
``benchmarks/results.json``.

Memory is the peak that the kernel tells of a process, of the worker without what it forks. A rate is that between the
first result and the last: the start of the workers is left out of it, and is in the total.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from record import record
from rich.console import Console
from rich.table import Table

from autograder.authoring.build import build
from autograder.course import Chapter, find_course

PILOT = "02_shallow_networks"
SMALL = Path(__file__).with_name("small")
GRADE = (sys.executable, "-m", "autograder", "grade")
DASK = str(Path(sys.executable).with_name("dask"))
WRONG = {"x * x": "x + x", "torch.add(x, x)": "torch.mul(x, x)"}  # a share of a class gets it wrong
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
LOOK_S = 0.25


def write_class(chapter: Chapter, folder: Path, count: int) -> Path:
    """So many copies of the solution; each fourth with the first answer wrong, each fifth with the second."""
    folder.mkdir()
    notebook = chapter.solution_notebook.read_text(encoding="utf-8")
    for number in range(count):
        text = notebook
        for every, (right, wrong) in zip((4, 5), WRONG.items(), strict=True):
            text = text.replace(right, wrong) if number % every == 0 else text
        (folder / f"student{number:05}.ipynb").write_text(text, encoding="utf-8")
    return folder


def grade(chapter: Chapter, submissions: Path, out: Path, *options: object) -> dict[str, float]:
    """Run the command and watch it: its time, its rate, and the peak memory of the controller and of a worker."""
    words = [*GRADE, chapter.name, submissions, "-o", out, "--course", chapter.course.root, *options]
    start_s = time.monotonic()
    process = subprocess.Popen([str(word) for word in words], env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    controller_mb = worker_mb = 0.0
    while process.poll() is None:
        controller_mb = max(controller_mb, peak_mb(process.pid))
        worker_mb = max([worker_mb, *map(peak_mb, workers_of(process.pid))])
        time.sleep(LOOK_S)
    total_s = time.monotonic() - start_s
    if process.returncode:
        raise SystemExit(f"autograder grade ended with exit code {process.returncode}")
    return {"total_s": total_s, "rate_per_s": rate(out), "controller_mb": controller_mb, "worker_mb": worker_mb}


def workers_of(pid: int) -> list[int]:
    with contextlib.suppress(psutil.Error):
        children = psutil.Process(pid).children()
        return [child.pid for child in children if "autograder.batch.worker" in child.cmdline()]
    return []


def peak_mb(pid: int) -> float:
    """The most memory that a process had; 0 if it is gone."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    return 0.0


def rate(out: Path) -> float:
    """Results per second, from the first to the last."""
    times = [path.stat().st_mtime for path in (out / "results").iterdir()]
    span_s = max(times) - min(times)
    return (len(times) - 1) / span_s if span_s else 0.0


def measure_sizes(chapter: Chapter, sizes: list[int], root: Path) -> list[dict[str, float]]:
    """Classes of these sizes, with a job per core; each is graded, and then the same command is run again."""
    measured = []
    for count in sizes:
        submissions, out = write_class(chapter, root / f"class{count}", count), root / f"out{count}"
        figures = grade(chapter, submissions, out)
        again = grade(chapter, submissions, out)
        rerun = {"rerun_s": again["total_s"], "rerun_controller_mb": again["controller_mb"]}
        measured.append({"submissions": count, "jobs": os.cpu_count() or 1, **figures, **rerun})
    return measured


def measure_scaling(chapter: Chapter, count: int, root: Path) -> list[dict[str, Any]]:
    """The same class with one job, with two, and on two nodes."""
    place = root / chapter.name
    place.mkdir()
    submissions = write_class(chapter, place / "class", count)
    head = {"chapter": chapter.name, "submissions": count}
    measured = []
    for jobs in (1, 2):
        figures = grade(chapter, submissions, place / f"jobs{jobs}", "--jobs", jobs)
        measured.append({**head, "by": f"--jobs {jobs}", **figures})
    with two_nodes(place) as address:
        figures = grade(chapter, submissions, place / "cluster", "--cluster", address)
    measured.append({**head, "by": "--cluster, 2 nodes", **figures})
    return measured


@contextlib.contextmanager
def two_nodes(root: Path) -> Iterator[Path]:
    """A Dask scheduler and two nodes with one thread each, on this machine."""
    address = root / "scheduler.json"
    scheduler = (DASK, "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", address)
    node = (DASK, "worker", "--scheduler-file", address, "--nthreads", "1", "--no-nanny")
    with contextlib.ExitStack() as stack, (root / "dask.log").open("w") as log:
        for words in (scheduler, node, node):
            command = [*map(str, words), "--no-dashboard"]
            process = subprocess.Popen(command, stdout=log, stderr=log, env=ENVIRONMENT, cwd=root)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            while not address.exists() and process.poll() is None:
                time.sleep(LOOK_S)
        yield address


def show(title: str, rows: list[dict[str, Any]]) -> None:
    """Figures as a table, one column per name."""
    table = Table(title=title)
    for name in rows[0]:
        table.add_column(name, justify="left" if name in ("by", "chapter") else "right")
    for row in rows:
        table.add_row(*(f"{value:,.1f}" if isinstance(value, float) else str(value) for value in row.values()))
    Console(width=140).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 1000, 10000], help="classes to grade")
    parser.add_argument("--scaling", type=int, default=300, help="submissions of the class that shows the scaling")
    arguments = parser.parse_args()
    course = find_course(SMALL)
    build(course)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        if arguments.sizes:
            sizes = measure_sizes(course.chapters[0], arguments.sizes, Path(folder))
            show("growth with the class", sizes)
            record("class_size", sizes)
        if arguments.scaling:
            pilot = find_course(Path(__file__).parent).chapter(PILOT)
            scaling = measure_scaling(course.chapters[0], arguments.scaling, Path(folder))
            scaling += measure_scaling(pilot, arguments.scaling // 10, Path(folder))
            show("growth with the machines", scaling)
            record("scaling", scaling)


if __name__ == "__main__":
    main()
