"""The ``grade`` command."""

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from autograder.batch.controller import Batch, grade_batch
from autograder.batch.manual import manual_questions
from autograder.batch.pages import write_report
from autograder.batch.past import PastRun, write_run
from autograder.batch.scratch import scratch_folder
from autograder.batch.secret import course_secret, zip_secret
from autograder.batch.store import Store
from autograder.batch.table import summary_table
from autograder.commands.grade_request import GradeRequest
from autograder.commands.pages import feedback_with_progress
from autograder.commands.places import choose_places
from autograder.commands.talk import RESULT, TALK
from autograder.course import Course, Limits, find_course
from autograder.errors import Interrupted, KitError
from autograder.grading.assignment import Assignment, chapter_assignment, zip_assignment
from autograder.grading.intake import find_submissions
from autograder.grading.isolation.choose import tidied
from autograder.results import BatchRecord, ManualQuestion, Release, Row, Status

PLAIN_PROGRESS_S = 10.0


def run_grade(request: GradeRequest) -> int:
    """Grade a class; 1 if any submission met a fault of the grader's own."""
    with prepared(request) as batch:
        write_run(request.out, past_run(request, batch))
        rows = grade_all(batch, request.cluster)
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
        store = Store(request.out)
        store.prepare()
        before = store.read_record()
        places = choose_places(request, limits)
        with tidied(places.wall):
            yield Batch(
                assignment=assignment,
                found=found,
                out=request.out,
                limits=limits,
                wall=places.wall,
                secret=secret,
                title=course.title if course else assignment.name,
                jobs=places.jobs,
                gpus=places.gpus,
                resources=places.resources,
                regrade=request.regrade,
                release=Release(request.release or (before.release if before else Release.AFTER)),
                manual=_manual(course, assignment),
            )


def past_run(request: GradeRequest, batch: Batch) -> PastRun:
    """What is to be remembered of a run, so that it can be repeated."""
    return PastRun(
        chapter=batch.assignment.name,
        submissions=str(request.submissions.resolve()),
        isolation=batch.wall.isolation,
        image=request.image,
        fresh_container=request.fresh_container,
        gpus=request.gpus,
        gpu_slots=request.gpu_slots,
        cell_timeout=request.cell_timeout,
        timeout=request.timeout,
        memory=request.memory,
    )


def grade_all(batch: Batch, cluster: str | None = None) -> list[Row]:
    """Grade a batch with a progress bar, and write its table and its pages; the rows are sorted by name."""
    store = Store(batch.out)
    record = _record(store, batch)
    rows = _grade_with_progress(batch, cluster)
    store.write_grades(rows, list(batch.questions))
    record = replace(record, questions=dict(batch.questions))
    store.write_record(record)
    write_report(store, record)
    return rows


def tell_places(batch: Batch) -> None:
    """Say where the table and the report lie."""
    store = Store(batch.out)
    told = f"Scores: {store.grades_path}", f"Report: {store.report_path} (with links to each feedback page)"
    TALK.print(*told, sep="\n", soft_wrap=True)


def _record(store: Store, batch: Batch) -> BatchRecord:
    """What the pages have in common, written down; pages of a run before are made to agree with it first."""
    before = store.read_record()
    record = BatchRecord(
        chapter=batch.assignment.name,
        title=batch.title,
        release=batch.release,
        manual=batch.manual,
        submissions=tuple(found.name for found in batch.found),
    )
    shown = ("title", "release", "manual")
    if before is None or any(getattr(before, name) != getattr(record, name) for name in shown):
        feedback_with_progress(store, record)
    store.write_record(record)
    return record


def _manual(course: Course | None, assignment: Assignment) -> tuple[ManualQuestion, ...]:
    """The questions that a person marks; an autograder zip tells of none."""
    try:
        return manual_questions(course.chapter(assignment.name)) if course else ()
    except KitError as err:
        TALK.print(f"Questions marked by hand are not shown: {err}", soft_wrap=True, markup=False)
        return ()


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
