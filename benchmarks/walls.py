"""Seconds per submission behind each wall: namespaces, warm containers, fresh containers; one job, in one run.

``python benchmarks/walls.py [--count N] [--fresh N]`` needs a Docker engine with the grader's image. It prints a table
and writes ``benchmarks/results.json``. What is measured is the whole command, start included, over copies of a
notebook: of one whose cells take no time, and of the pilot chapter's solution. Nothing else should be running.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from per_submission import PILOT, SMALL, time_autograder
from record import record
from rich.console import Console
from rich.table import Table

from autograder.authoring.build import build
from autograder.course import Chapter, find_course

WAYS = {
    "namespaces": ["--isolation", "namespaces"],
    "warm containers": ["--isolation", "docker"],
    "fresh containers": ["--isolation", "docker", "--fresh-container"],
}


def measure(chapter: Chapter, counts: dict[str, int]) -> dict[str, Any]:
    """Seconds per submission by way."""
    figures: dict[str, Any] = {"chapter": chapter.name, "ways": {}}
    for way, options in WAYS.items():
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            told = time_autograder(chapter.solution_notebook, chapter, counts[way], Path(folder), options)
            figures["ways"][way] = {"submissions": counts[way], **told}
    return figures


def show(figures: dict[str, Any]) -> None:
    """The figures of a chapter as a table."""
    table = Table(title=f"{figures['chapter']}: seconds per submission, one at a time")
    for heading in ("", "submissions", "whole command", "p50", "p95"):
        table.add_column(heading, justify="right" if heading else "left")
    for way, told in figures["ways"].items():
        seconds = (f"{told[name]:.3f}" for name in ("whole_command_s", "p50_s", "p95_s"))
        table.add_row(way, str(told["submissions"]), *seconds)
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=40, help="submissions in each batch")
    parser.add_argument("--fresh", type=int, default=10, help="submissions in each batch of fresh containers")
    arguments = parser.parse_args()
    counts = {way: arguments.fresh if "fresh" in way else arguments.count for way in WAYS}
    small = find_course(SMALL)
    build(small)
    results = []
    for chapter in (small.chapters[0], find_course(Path(__file__).parent).chapter(PILOT)):
        results.append(measure(chapter, counts))
        show(results[-1])
    record("walls", results)


if __name__ == "__main__":
    main()
