"""The ``verify`` command: build, prove, show."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder.authoring.build import build
from autograder.batch.scratch import scratch_folder
from autograder.commands.grade import choose_isolation
from autograder.commands.talk import RESULT, TALK, write_json, write_text
from autograder.course import Chapter, find_course
from autograder.errors import GraderFault, Interrupted, KitError
from autograder.proof.model import ChapterProof
from autograder.proof.report import proof_table, render_proof
from autograder.proof.verify import Options, verify

PAGES = "out/verify"


@dataclass(frozen=True)
class VerifyRequest:
    """The arguments of ``autograder verify``."""

    chapters: tuple[str, ...]
    course_dir: Path
    json_file: Path | None
    out: Path | None
    jobs: int | None
    isolation: str
    mutants: int | None
    plain_otter: bool


def run_verify(request: VerifyRequest) -> int:
    """Prove chapters; 1 if anything is unproven."""
    course = find_course(request.course_dir)
    chapters = [course.chapter(name) for name in request.chapters] or course.chapters
    isolation = choose_isolation(request.isolation, trust=True)
    options = Options(isolation, request.jobs or os.cpu_count() or 1, request.mutants, request.plain_otter)
    pages = request.out or course.root / PAGES
    proofs: list[ChapterProof] = []
    for chapter in chapters:
        with TALK.status(f"building {chapter.name}"):
            build(course, [chapter.name])
        with scratch_folder():
            proof = _verify_with_progress(chapter, options)
        proofs.append(proof)
        page = pages / f"{chapter.name}.html"
        write_text(page, render_proof(proof, chapter))
        if request.json_file != Path("-"):
            RESULT.print(proof_table(proof))
        TALK.print(f"Survivors and their tests: {page}", soft_wrap=True)
    if request.json_file:
        told = [asdict(proof) | {"proven": proof.proven, "killed_share": proof.killed_share} for proof in proofs]
        write_json(told, request.json_file)
    return int(not all(proof.proven for proof in proofs))


def _verify_with_progress(chapter: Chapter, options: Options) -> ChapterProof:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=TALK, transient=True) as progress:
        task = progress.add_task(f"proving {chapter.name}", total=None)
        try:
            return verify(chapter, options, lambda done, total: progress.update(task, completed=done, total=total))
        except KeyboardInterrupt:
            raise Interrupted(f"Interrupted: {chapter.name} is not proven.") from None
        except GraderFault as err:
            raise KitError(f"{chapter.name} could not be verified: {err}; see 'autograder doctor'") from err
