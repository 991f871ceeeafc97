"""The ``grade`` command."""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from autograder.batch.controller import Batch, grade_batch
from autograder.batch.schedule import free_memory_mb, jobs_that_fit, needed_mb
from autograder.batch.scratch import scratch_folder
from autograder.batch.secret import course_secret, zip_secret
from autograder.batch.store import Store
from autograder.batch.table import summary_table
from autograder.commands.talk import RESULT, TALK
from autograder.course import Course, Limits, find_course
from autograder.errors import Interrupted, KitError
from autograder.grading.assignment import Assignment, chapter_assignment, zip_assignment
from autograder.grading.intake import find_submissions
from autograder.grading.isolation.choose import choose_wall, tidied
from autograder.grading.isolation.gpus import gpu_slots, host_gpus
from autograder.grading.isolation.wall import Gpu
from autograder.records.report import render_report
from autograder.results import Row, Status

PLAIN_PROGRESS_S = 10.0


@dataclass(frozen=True)
class GradeRequest:
    """The arguments of ``autograder grade``."""

    target: str
    submissions: Path
    out: Path
    course_dir: Path
    as_json: bool
    jobs: int | None
    isolation: str
    image: str
    fresh_container: bool
    gpus: str | None
    gpu_slots: int
    cluster: str | None
    cell_timeout: float | None
    timeout: float | None
    memory: int | None
    regrade: bool
    trust: bool


def run_grade(request: GradeRequest) -> int:
    """Grade a class; 1 if any submission met a fault of the grader's own."""
    with scratch_folder(), _target(request) as (assignment, course, secret):
        limits = (course.limits if course else Limits()).with_overrides(
            cell_timeout_s=request.cell_timeout, timeout_s=request.timeout, memory_mb=request.memory
        )
        found = find_submissions(request.submissions, assignment.assignment_name or "")
        store = Store(request.out)
        store.prepare()
        wall = choose_wall(
            request.isolation, request.image, request.trust, request.fresh_container, bool(request.cluster)
        )
        gpus = _gpus(request)
        wall = replace(wall, gpu=gpus[0] if gpus else None)
        title = course.title if course else assignment.name
        jobs = _jobs(request, limits, gpus)
        batch = Batch(
            assignment, found, request.out, limits, wall, secret, title, jobs, request.regrade,
            gpus=gpus, resources={"GPU": gpus[0].share} if gpus else {},
        )  # fmt: skip
        with tidied(wall):
            rows = _grade_with_progress(batch, request.cluster)
        grades = store.write_grades(rows, list(batch.questions))
        link = lambda submission: f"feedback/{quote(store.feedback_path(submission).name)}"  # noqa: E731
        report = store.write_report(render_report(rows, batch.questions, assignment.name, title, link))
    _show(rows, batch, request.as_json)
    TALK.print(f"Scores: {grades}", f"Report: {report} (with links to each feedback page)", sep="\n", soft_wrap=True)
    return int(any(row.status == Status.ERROR for row in rows))


def _gpus(request: GradeRequest) -> list[Gpu]:
    """The places for submissions on GPUs; on a cluster one stands for what each node has.

    Raises:
        KitError: this host has not what was asked for.
    """
    if request.gpus is None:
        return []
    if request.cluster:
        return [Gpu("", 1 / request.gpu_slots)]
    return gpu_slots(request.gpus, request.gpu_slots, host_gpus())


def _jobs(request: GradeRequest, limits: Limits, gpus: list[Gpu]) -> int:
    """How many submissions at a time; fewer than wanted where memory is short, which is said."""
    wanted = request.jobs or len(gpus) or os.cpu_count() or 1
    if gpus and not request.cluster and wanted > len(gpus):
        raise KitError(f"--jobs {wanted} needs as many places on GPUs, and there are {len(gpus)}: raise --gpu-slots")
    if request.cluster and request.jobs:
        raise KitError("--jobs is for this machine; on a cluster each thread of a 'dask worker' grades: leave it out")
    if request.cluster:
        return wanted
    free_mb = free_memory_mb()
    jobs = jobs_that_fit(wanted, limits, free_mb)
    if jobs < wanted:
        told = f"{free_mb:,} MB of memory are free, and each may need {needed_mb(limits):,} MB"
        TALK.print(f"{jobs} at a time, not {wanted}: {told}; a smaller --memory lets more run.", soft_wrap=True)
    return jobs


@contextlib.contextmanager
def _target(request: GradeRequest) -> Iterator[tuple[Assignment, Course | None, bytes]]:
    """The assignment that was asked for, the course it belongs to, and the secret its challenges come from."""
    path = Path(request.target)
    if path.suffix.lower() == ".zip":
        if not path.is_file():
            raise KitError(f"{path}: no such file; give an otter autograder zip or a chapter of the course")
        with zip_assignment(path) as assignment:
            yield assignment, None, zip_secret(path)
        return
    course = find_course(request.course_dir)
    with chapter_assignment(course.chapter(request.target)) as assignment:
        yield assignment, course, course_secret(course.root)


def _grade_with_progress(batch: Batch, cluster: str | None) -> list[Row]:
    """Grade with a progress bar, or with a line now and then where there is no terminal."""
    rows: list[Row] = []
    start_s = time.monotonic()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), console=TALK) as progress:
        task = progress.add_task("starting", total=len(batch.found), rate="")
        told_s = start_s

        def on_ready(jobs: int) -> None:
            at_a_time = min(jobs, len(batch.found))
            progress.update(task, description=f"grading, {at_a_time} at a time, {batch.wall.isolation}")

        def on_wait() -> None:
            progress.update(task, description="waiting for a node")
            if not TALK.is_terminal:
                TALK.print(f"waiting for a node to join the scheduler at {cluster}")

        def on_row(row: Row) -> None:
            nonlocal told_s
            rows.append(row)
            per_minute = 60 * len(rows) / (time.monotonic() - start_s)
            progress.update(task, advance=1, rate=f"{per_minute:.0f}/min")
            if not TALK.is_terminal and time.monotonic() - told_s > PLAIN_PROGRESS_S:
                told_s = time.monotonic()
                TALK.print(f"{len(rows)} of {len(batch.found)} done")

        try:
            if cluster:
                _cluster().grade_on_cluster(batch, cluster, on_wait, on_ready, on_row)
            else:
                grade_batch(batch, lambda: on_ready(batch.jobs), on_row)
        except KeyboardInterrupt:
            progress.stop()
            told = f"Interrupted: {len(rows)} of {len(batch.found)} done and kept; the same command goes on from there."
            raise Interrupted(told) from None
    return sorted(rows, key=lambda row: row.submission)


def _cluster() -> ModuleType:
    """The module that talks to Dask, which not everybody has.

    Raises:
        KitError: it is not installed.
    """
    try:
        from autograder.batch import cluster
    except ImportError as err:
        raise KitError(f"--cluster needs Dask ({err}): pip install 'autograder[cluster]'") from err
    return cluster


def _show(rows: list[Row], batch: Batch, as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
        return
    title = f"{batch.assignment.name}, isolation: {batch.wall.isolation}"
    RESULT.print(summary_table(rows, batch.questions, title, RESULT.width))
