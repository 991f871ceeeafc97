"""The ``verify`` command: build, prove, show."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder.authoring.build import build
from autograder.batch.scratch import scratch_folder
from autograder.commands.talk import RESULT, TALK, write_json, write_text
from autograder.course import Chapter, find_course
from autograder.errors import GraderFault, Interrupted, KitError
from autograder.grading.isolation.choose import choose_wall, tidied
from autograder.proof.model import ChapterProof, Entry, Options
from autograder.proof.record import read_record, write_record
from autograder.proof.report import proof_table, render_proof
from autograder.proof.tolerances.calibrate import Calibration, calibrate_chapter
from autograder.proof.tolerances.report import tolerance_record, tolerance_table
from autograder.proof.verify import verify

PAGES = "out/verify"
Result = TypeVar("Result")
Progressed = Callable[[int, int], None]  # how many trials are done, of how many


@dataclass(frozen=True)
class VerifyRequest:
    """The arguments of ``autograder verify``."""

    chapters: tuple[str, ...]
    course_dir: Path
    json_file: Path | None
    out: Path | None
    jobs: int | None
    isolation: str
    image: str
    mutants: int | None
    no_otter: bool
    tolerances: bool
    seeds: int
    again: bool


def run_verify(request: VerifyRequest) -> int:
    """Prove chapters; 1 if anything is unproven or a test is flaky."""
    course = find_course(request.course_dir)
    chapters = [course.chapter(name) for name in request.chapters] or course.chapters
    wall = choose_wall(request.isolation, request.image, trust=True)
    jobs = request.jobs or os.cpu_count() or 1
    options = Options(wall, jobs, request.mutants, not request.no_otter, request.again)
    pages = request.out or course.root / PAGES
    proofs: list[dict[str, Any]] = []
    for chapter in chapters:
        with TALK.status(f"building {chapter.name}"):
            build(course, [chapter.name])
        with scratch_folder(), tidied(wall):
            known = _record(chapter)
            proof = _with_progress(chapter, "proving", partial(verify, chapter, options, record=known))
            calibrated = partial(calibrate_chapter, chapter, options, request.seeds)
            calibration = _with_progress(chapter, "measuring", calibrated) if request.tolerances else None
        proofs.append(_proof_data(proof, calibration))
        if options.max_mutants is None:
            write_record(chapter, {name: one.entry for name, one in proof.questions.items() if one.entry})
        page = pages / f"{chapter.name}.html"
        write_text(page, render_proof(proof, chapter))
        if request.json_file != Path("-"):
            RESULT.print(proof_table(proof))
            if calibration:
                RESULT.print(tolerance_table(calibration))
        TALK.print(f"Survivors and their tests: {page}", soft_wrap=True)
    if request.json_file:
        write_json(proofs, request.json_file)
    return int(not all(proof["proven"] for proof in proofs))


def _record(chapter: Chapter) -> dict[str, Entry]:
    """What earlier proofs know of the chapter's mutants; nothing, with a word on it, if that cannot be read."""
    try:
        return read_record(chapter)
    except KitError as err:
        TALK.print(f"{err}: everything is tried again", markup=False, soft_wrap=True)
        return {}


def _proof_data(proof: ChapterProof, calibration: Calibration | None) -> dict[str, Any]:
    """A proof as plain data; a flaky test leaves a chapter unproven."""
    data = asdict(proof) | {"proven": proof.proven, "killed_share": proof.killed_share}
    if calibration:
        data["tolerances"] = tolerance_record(calibration)
        data["proven"] = proof.proven and not calibration.findings
    return data


def _with_progress(chapter: Chapter, what: str, work: Callable[[Progressed], Result]) -> Result:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=TALK, transient=True) as progress:
        task = progress.add_task(f"{what} {chapter.name}", total=None)
        try:
            return work(lambda done, total: progress.update(task, completed=done, total=total))
        except KeyboardInterrupt:
            raise Interrupted(f"Interrupted: {chapter.name} is not proven.") from None
        except GraderFault as err:
            raise KitError(f"{chapter.name} could not be verified: {err}; see 'autograder doctor'") from err
