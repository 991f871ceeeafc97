"""The ``export`` commands that bring scores to learning platforms."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from autograder.commands.export_told import Done, finish, some
from autograder.commands.results_of import chapter_of, course_of
from autograder.commands.talk import write_bytes, write_json, write_text
from autograder.course import Course
from autograder.errors import KitError
from autograder.grading.intake import file_stem
from autograder.records.platforms.canvas import open_gradebook_sheet
from autograder.records.platforms.filling import Options, Target, fill
from autograder.records.platforms.gradescope import results_json, scores_csv
from autograder.records.platforms.moodle import open_worksheet
from autograder.records.platforms.plain import plain_csv
from autograder.records.scores.final import Settled, Why, settle
from autograder.records.scores.roster import Student, read_roster
from autograder.records.scores.scores import FinalScore, Kept, converted, read_gradebook, read_kept, read_results
from autograder.records.scores.times import Handed, read_handed


@dataclass(frozen=True)
class ExportRequest:
    """What every ``autograder export`` of scores is asked for."""

    out: Path
    file: Path
    course_dir: Path
    gradebook: str | None
    roster: Path | None
    times: Path | None
    as_json: bool


@dataclass(frozen=True)
class SheetRequest:
    """What filling a platform's sheet is asked for beside that."""

    sheet: Path
    column: str | None
    scale: bool
    keep: bool
    dry_run: bool
    comment_column: str | None = None


@dataclass
class Material:
    """What there is to export."""

    chapter: str
    kept: list[Kept]
    scores: list[FinalScore]
    handed: Handed
    course: Course | None = None  # whose late policy is still to be applied
    notes: list[str] = field(default_factory=list)


def run_canvas(request: ExportRequest, how: SheetRequest) -> int:
    """Fill Canvas's gradebook; 1 if a score reached nobody."""
    return _run_sheet(request, how, lambda chapter: open_gradebook_sheet(how.sheet, how.column, chapter))


def run_moodle(request: ExportRequest, how: SheetRequest) -> int:
    """Fill Moodle's grading worksheet; 1 if a score reached nobody."""
    return _run_sheet(request, how, lambda _chapter: open_worksheet(how.sheet, how.column, how.comment_column))


def run_gradescope(request: ExportRequest) -> int:
    """Write results.json files and scores; 1 if a score reached nobody."""
    material, settled = _settled(request, None)
    results = {kept.result.submission: kept.result for kept in material.kept}
    done = [entry for entry in settled.entries if entry.score.submission in results]
    for entry in done:
        name = entry.score.submission
        write_json(results_json(results[name], entry), request.file / file_stem(name) / "results.json")
    students = {one.student for one in settled.left_out if one.why is Why.NO_SUBMISSION}
    missing = [student for student in _roster(request) or [] if student.id in students]
    max_score = max((score.max_score for score in material.scores), default=0.0)
    write_text(request.file / "scores.csv", scores_csv(settled.entries, missing, results, max_score))
    told = f"{len({entry.score.submission for entry in done})} results.json and scores.csv: {request.file}"
    return finish(Done(request.file, told, settled, material.notes, request.file / "left-out.csv"), request.as_json)


def run_csv(request: ExportRequest) -> int:
    """Write a plain table; 1 if a score reached nobody."""
    material, settled = _settled(request, None)
    _refuse_same(request.file, request.roster, request.times)
    write_text(request.file, plain_csv(settled))
    done = Done(request.file, f"{len(settled.entries)} scores: {request.file}", settled, material.notes)
    return finish(done, request.as_json)


def _run_sheet(request: ExportRequest, how: SheetRequest, open_target: Callable[[str], Target]) -> int:
    _refuse_same(request.file, how.sheet, request.roster, request.times)
    kept = read_kept(request.out)
    target = open_target(chapter_of(kept, request.out))
    material, settled = _settled(request, list(target.students))
    filled = fill(target, settled.entries, Options(how.scale, how.keep, how.comment_column is not None))
    settled.left_out += filled.left_out
    if not how.dry_run:
        write_bytes(request.file, target.sheet.to_bytes())
    counts = f"{len(filled.filled)} grades filled, {len(filled.changed)} changed, {filled.same} as they were"
    where = "nothing was written (--dry-run)" if how.dry_run else request.file
    told = f"{target.sheet.header[target.column].strip()}: {counts}: {where}"
    left_out = None if how.dry_run else request.file.with_name(f"{request.file.stem}.left-out.csv")
    done = Done(request.file, told, settled, material.notes, left_out, filled, how.dry_run)
    return finish(done, request.as_json)


def _refuse_same(file: Path, *inputs: Path | None) -> None:
    for path in inputs:
        if path is not None and path.exists() and file.exists() and path.samefile(file):
            raise KitError(f"{file}: would be written over what is read: give another file with -o")


# What there is


def _settled(request: ExportRequest, in_sheet: list[Student] | None) -> tuple[Material, Settled]:
    """The scores of students; without a roster the sheet itself says who they are."""
    material = _material(request)
    roster = _roster(request) or in_sheet
    settled = settle(material.scores, roster, material.handed, material.course, material.chapter)
    material.notes += _notes_on_times(settled, request)
    return material, settled


def _roster(request: ExportRequest) -> list[Student] | None:
    return read_roster(request.roster) if request.roster else None


def _material(request: ExportRequest) -> Material:
    kept = read_kept(request.out)
    chapter = chapter_of(kept, request.out)
    course = course_of(request.course_dir, chapter)
    handed = read_handed(request.times, chapter) if request.times else Handed()
    if request.gradebook is None:
        material = Material(chapter, kept, read_results(request.out), handed, course)
        material.notes += _notes_on_automatic(course, chapter)
    else:
        # No course: the gradebook holds what lateness cost.
        material = Material(chapter, kept, read_gradebook(_database(request.gradebook), chapter), handed)
    if course and chapter in course.points:
        material.scores = [converted(score, course.points[chapter]) for score in material.scores]
    unmarked = [score.student for score in material.scores if score.needs_marking]
    if unmarked:
        material.notes.append(f"Not all written answers of {some(unmarked)} are marked: these scores will change.")
    return material


def _database(given: str) -> str:
    """A database URL; a folder means the gradebook that nbgrader keeps in a course's folder."""
    return given if "://" in given else f"sqlite:///{Path(given) / 'gradebook.db'}"


def _notes_on_automatic(course: Course | None, chapter: str) -> list[str]:
    from autograder.authoring.master import read_master

    notes = ["These are the scores of the tests alone; --gradebook adds what people marked."]
    with contextlib.suppress(KitError):  # a chapter that cannot be read has other worries
        manual = [q.name for q in read_master(course.chapter(chapter).master).questions if q.manual] if course else []
        if manual:
            notes.append(f"The written answers ({some(manual)}) are not in them.")
    return notes


def _notes_on_times(settled: Settled, request: ExportRequest) -> list[str]:
    notes = []
    if settled.untimed:
        hint = "" if request.times else "; give --times"
        notes.append(f"Counted as on time, as nobody told when they came in: {some(settled.untimed)}{hint}.")
    if settled.marked_late:
        notes.append(f"Canvas calls these late, and does not say how late: {some(settled.marked_late)}.")
    return notes
