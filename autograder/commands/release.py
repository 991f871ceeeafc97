"""The ``release`` command: build, pack, audit, and only then put the zip where it is handed out from."""

import hashlib
import tempfile
from enum import StrEnum
from pathlib import Path

from autograder.authoring.build import Action, build
from autograder.authoring.release import student_bundle
from autograder.commands.talk import TALK, write_bytes
from autograder.course import Chapter, Course, find_course
from autograder.errors import GraderFault, Interrupted, KitError
from autograder.proof.computed import solution_values
from autograder.proof.leaks.audit import Leak, audit

SUMS = "SHA256SUMS"


class Released(StrEnum):
    """What became of a chapter's zip."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


def run_release(course_dir: Path, chapters: tuple[str, ...], out: Path) -> int:
    """Write the zips that students get; 1 if something of the answers stood in one."""
    course = find_course(course_dir)
    chosen = [course.chapter(name) for name in chapters] or course.chapters
    refused = False
    try:
        for chapter in chosen:
            with TALK.status(f"building {chapter.name}"):
                (report,) = build(course, [chapter.name])
            if report.action is Action.BUILT and report.files:
                TALK.print(f"{chapter.name} was built first: {len(report.files)} of its files were not up to date.")
            with TALK.status(f"looking for answers in the zip of {chapter.name}"):
                done, leaks = release_chapter(chapter, out)
            file = out / f"{chapter.name}.zip"
            print(f"{file}: {done.value}")
            refused |= done is Released.REFUSED
            _tell(leaks, file)
            _write_sums(course, out)
    except KeyboardInterrupt:
        raise Interrupted(f"Interrupted: what is in {out} is whole; run the same command again.") from None
    return int(refused)


def release_chapter(chapter: Chapter, out: Path) -> tuple[Released, list[Leak]]:
    """Pack a built chapter into ``OUT/CHAPTER.zip``; one that tells answers is not written, and an old one goes.

    Raises:
        AuthoringError: a mistake in the master or its variants.
        KitError: the chapter is not built, its solution does not run, or the zip cannot be written.
    """
    data, target = student_bundle(chapter), out / f"{chapter.name}.zip"
    try:
        leaks = _leaks(chapter, data)
    except GraderFault as err:
        raise KitError(f"{chapter.name} was not released, as its solution could not be run ({err})") from err
    if leaks:
        _remove(target)
        return Released.REFUSED, leaks
    if target.is_file() and target.read_bytes() == data:
        return Released.UNCHANGED, []
    write_bytes(target, data)
    return Released.WRITTEN, []


def _leaks(chapter: Chapter, data: bytes) -> list[Leak]:
    """What stands of the answers in a zip, read as a student would unpack it."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / f"{chapter.name}.zip"
        bundle.write_bytes(data)
        return audit(chapter, bundle, solution_values(chapter))


def _tell(leaks: list[Leak], file: Path) -> None:
    for leak in leaks:
        of = f" of {leak.question}" if leak.question else ""
        TALK.print(f"  {leak.kind}{of} in {leak.place}: {leak.text}", markup=False, highlight=False, soft_wrap=True)
    if leaks:
        TALK.print(f"{file} was not written: students would read this. Mend the master, then release again.")


def _write_sums(course: Course, out: Path) -> None:
    """The checksums of all chapters that lie there, as ``sha256sum -c`` reads them."""
    zips = [path for name in course.chapter_names if (path := out / f"{name}.zip").is_file()]
    if zips:
        lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in zips]
        write_bytes(out / SUMS, "".join(lines).encode())
    else:
        _remove(out / SUMS)


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as err:
        raise KitError(f"{file}: is out of date and cannot be removed ({err.strerror}): remove it") from err
