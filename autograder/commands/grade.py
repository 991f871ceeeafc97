"""The ``grade`` command."""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
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
from autograder.batch.past import PastRun, write_run
from autograder.batch.scratch import scratch_folder
from autograder.batch.secret import course_secret, zip_secret
from autograder.batch.store import Store
from autograder.batch.table import summary_table
from autograder.commands.talk import RESULT, TALK
from autograder.course import Course, Limits, find_course
from autograder.errors import Interrupted, KitError
from autograder.grading.assignment import Assignment, chapter_assignment, zip_assignment
from autograder.grading.intake import find_submissions
from autograder.grading.isolation.local import namespaces_refused
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
    cell_timeout: float | None
    timeout: float | None
    memory: int | None
    regrade: bool
    trust: bool


def run_grade(request: GradeRequest) -> int:
    """Grade a class; 1 if any submission met a fault of the grader's own."""
    with prepared(request) as batch:
        write_run(request.out, past_run(request, batch))
        rows = grade_all(batch)
    _show(rows, batch, request.as_json)
    tell_places(batch)
    return int(any(row.status == Status.ERROR for row in rows))


@contextlib.contextmanager
def prepared(request: GradeRequest) -> Iterator[Batch]:
    """What a request asks for, looked up and ready to be graded, for as long as the context lasts.

    Raises:
        KitError: something that was asked for is not there or cannot be.
    """
    with scratch_folder(), _target(request) as (assignment, course, secret):
        limits = (course.limits if course else Limits()).with_overrides(
            cell_timeout_s=request.cell_timeout, timeout_s=request.timeout, memory_mb=request.memory
        )
        found = find_submissions(request.submissions, assignment.assignment_name or "")
        Store(request.out).prepare()
        isolation = choose_isolation(request.isolation, request.trust)
        title = course.title if course else assignment.name
        jobs = request.jobs or os.cpu_count() or 1
        yield Batch(assignment, found, request.out, limits, isolation, secret, title, jobs, request.regrade)


def past_run(request: GradeRequest, batch: Batch) -> PastRun:
    """What is to be remembered of a run, so that it can be repeated."""
    return PastRun(
        chapter=batch.assignment.name,
        submissions=str(request.submissions.resolve()),
        isolation=batch.isolation,
        cell_timeout=request.cell_timeout,
        timeout=request.timeout,
        memory=request.memory,
    )


def grade_all(batch: Batch) -> list[Row]:
    """Grade a batch with a progress bar, and write its table and its report; the rows are sorted by name."""
    store = Store(batch.out)
    rows = _grade_with_progress(batch)
    store.write_grades(rows, list(batch.questions))
    link = lambda submission: f"feedback/{quote(store.feedback_path(submission).name)}"  # noqa: E731
    store.write_report(render_report(rows, batch.questions, batch.assignment.name, batch.title, link))
    return rows


def tell_places(batch: Batch) -> None:
    """Say where the table and the report lie."""
    store = Store(batch.out)
    told = f"Scores: {store.grades_path}", f"Report: {store.report_path} (with links to each feedback page)"
    TALK.print(*told, sep="\n", soft_wrap=True)


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


def choose_isolation(asked: str, trust: bool) -> str:
    """The isolation to use.

    Raises:
        KitError: none without trust, or this host cannot do what was asked.
    """
    if asked == "none":
        if not trust:
            raise KitError(
                "--isolation none lets a submission do anything to this machine: add --trust if you wrote it"
            )
        return asked
    if refused := namespaces_refused():
        raise KitError(f"this host cannot wall in submissions ({refused}); see 'autograder doctor'")
    return "namespaces"


def _grade_with_progress(batch: Batch) -> list[Row]:
    """Grade with a progress bar, or with a line now and then where there is no terminal."""
    rows: list[Row] = []
    start_s = time.monotonic()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), console=TALK) as progress:
        task = progress.add_task("starting", total=len(batch.found), rate="")
        told_s = start_s

        def on_ready() -> None:
            jobs = min(batch.jobs, len(batch.found))
            progress.update(task, description=f"grading, {jobs} at a time, {batch.isolation}")

        def on_row(row: Row) -> None:
            nonlocal told_s
            rows.append(row)
            per_minute = 60 * len(rows) / (time.monotonic() - start_s)
            progress.update(task, advance=1, rate=f"{per_minute:.0f}/min")
            if not TALK.is_terminal and time.monotonic() - told_s > PLAIN_PROGRESS_S:
                told_s = time.monotonic()
                TALK.print(f"{len(rows)} of {len(batch.found)} done")

        try:
            grade_batch(batch, on_ready, on_row)
        except KeyboardInterrupt:
            progress.stop()
            told = f"Interrupted: {len(rows)} of {len(batch.found)} done and kept; the same command goes on from there."
            raise Interrupted(told) from None
    return sorted(rows, key=lambda row: row.submission)


def _show(rows: list[Row], batch: Batch, as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
        return
    title = f"{batch.assignment.name}, isolation: {batch.isolation}"
    RESULT.print(summary_table(rows, batch.questions, title, RESULT.width))
