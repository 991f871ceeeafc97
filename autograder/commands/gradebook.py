"""The ``gradebook`` command."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.progress import track

from autograder.authoring.nbgrader_source import source_notebook
from autograder.authoring.notebooks import write
from autograder.commands.export_nbgrader import write_version
from autograder.commands.results_of import chapter_of
from autograder.commands.talk import TALK
from autograder.course import Chapter, Course, find_course
from autograder.errors import KitError
from autograder.grading.intake import file_stem
from autograder.nbgrader_cells import Role, mark, points_of, role_of
from autograder.records.gradebook.database import open_gradebook, read_url, sqlite_file
from autograder.records.gradebook.gradebook import Work, write_assignment, write_work
from autograder.records.gradebook.marked import marked_notebook
from autograder.records.gradebook.nbgrader_course import (
    is_folder_name,
    prepare_course_dir,
    refuse_visible,
    write_submission,
)
from autograder.records.scores.final import LOST, Entry, LeftOut, Settled, Why, settle
from autograder.records.scores.roster import read_roster
from autograder.records.scores.scores import FinalScore, Kept, read_gradebook, read_kept, read_results
from autograder.records.scores.times import Handed, read_handed
from autograder.results import Status

NO_ID = "its id cannot be the name of a folder: letters, digits, spaces and . _ - @ + are fine"


@dataclass(frozen=True)
class GradebookRequest:
    """The arguments of ``autograder gradebook``."""

    out: Path
    course_dir: Path
    nbgrader_dir: Path
    db: str | None
    roster: Path | None
    times: Path | None
    as_json: bool


@dataclass(frozen=True)
class _Material:
    """What goes into the gradebook."""

    course: Course
    chapter: Chapter
    kept: dict[str, Kept]
    settled: Settled
    source: Any  # the chapter in nbgrader's format
    template: Any  # the students' notebook


def run_gradebook(request: GradebookRequest) -> int:
    """Bring results into nbgrader's gradebook; 1 if a submission reached nobody."""
    file = sqlite_file(read_url(request.db)) if request.db else request.nbgrader_dir / "gradebook.db"
    url = f"sqlite:///{file.absolute()}" if file else str(request.db)
    material = _material(request)
    if file:
        refuse_visible(file, material.course)
    told = prepare_course_dir(request.nbgrader_dir, url if request.db else None)
    if told:
        TALK.print(told, soft_wrap=True, markup=False, highlight=False)
    write_version(material.chapter, request.nbgrader_dir / "source", write(material.source))
    flagged = _write(request, url, material)
    if file:
        file.chmod(0o600)
    scores = read_gradebook(url, material.chapter.name)
    _show(scores, flagged, material, request.as_json)
    return int(any(one.why in LOST for one in material.settled.left_out))


def _material(request: GradebookRequest) -> _Material:
    import nbformat

    kept = read_kept(request.out)
    course = find_course(request.course_dir)
    chapter = course.chapter(chapter_of(kept, request.out))
    with TALK.status(f"reading {chapter.name}"):
        source = _with_points(source_notebook(chapter), kept)
    template = nbformat.read(chapter.student_notebook, as_version=4)
    roster = read_roster(request.roster) if request.roster else None
    handed = read_handed(request.times, chapter.name) if request.times else Handed()
    settled = settle(read_results(request.out), roster, handed, course, chapter.name)
    by_name = {one.result.submission: one for one in kept}
    if roster is None:  # a name is a student, as far as it can be a folder
        settled.entries = [_renamed(entry) for entry in settled.entries]
    _refuse_unsafe(settled)
    return _Material(course, chapter, by_name, settled, source, template)


def _with_points(source: Any, kept: list[Kept]) -> Any:
    """The chapter with the points that could be earned: tests that were not run leave the total."""
    most: dict[str, float] = {}
    for question in (question for one in kept for question in one.result.questions):
        most[question.name] = max(question.max_score, most.get(question.name, 0.0))
    for cell in source.cells:
        if role_of(cell) is Role.TESTS:
            mark(cell, Role.TESTS, cell.id, most.get(cell.id.removesuffix("-check"), points_of(cell)))
    return source


def _renamed(entry: Entry) -> Entry:
    """A student who is known by the name of the submission alone, by a name that a folder can have."""
    if entry.student.id != entry.score.submission:
        return entry
    return replace(entry, student=replace(entry.student, id=file_stem(entry.score.submission)))


def _refuse_unsafe(settled: Settled) -> None:
    for entry in list(settled.entries):
        if not is_folder_name(entry.student.id):
            settled.entries.remove(entry)
            settled.left_out.append(LeftOut(Why.UNMATCHED, entry.score.submission, entry.student.id, NO_ID))


def _write(request: GradebookRequest, url: str, material: _Material) -> dict[str, list[str]]:
    """Write all submissions; returns the cells whose marks were flagged, by student."""
    name, flagged = material.chapter.name, {}
    entries = sorted(material.settled.entries, key=lambda entry: entry.student.id)
    with open_gradebook(url, create=True) as gradebook:
        write_assignment(gradebook, name, material.source, material.course.due.get(name))
        for entry in track(entries, description="writing", console=TALK, transient=True):
            work = _work(entry, material)
            text = write(work.marked.notebook)
            write_submission(request.nbgrader_dir, work.student.id, name, text, work.submitted)
            if cells := write_work(gradebook, name, work, material.course.late):
                flagged[work.student.id] = cells
    return flagged


def _work(entry: Entry, material: _Material) -> Work:
    kept = material.kept[entry.score.submission]
    executed = _read(kept.notebook) if kept.notebook else None
    rejected = f"This submission was rejected: {kept.result.message}"
    note = rejected if kept.result.status is Status.REJECTED else kept.result.message
    marked = marked_notebook(material.source, material.template, executed, note)
    return Work(entry.student, kept.result, marked, entry.submitted, entry.days_late)


def _read(notebook: Path) -> dict[str, Any]:
    try:
        executed: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise KitError(f"{notebook}: cannot be read ({err}): grade the class again, then run this again") from err
    return executed


def _show(scores: list[FinalScore], flagged: dict[str, list[str]], material: _Material, as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(score) for score in scores], indent=1))
    else:
        counts = {status: sum(score.status is status for score in scores) for status in Status}
        told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
        waiting = sum(score.needs_marking for score in scores)
        print(f"{material.chapter.name}: {len(scores)} students ({told}); {waiting} wait for a person's mark")
    lines = [f"{student}: changed since it was marked: {', '.join(cells)}" for student, cells in flagged.items()]
    for one in material.settled.left_out:
        who = " of ".join(name for name in (one.submission, one.student) if name)
        lines.append(f"{who}: {one.why}{f' ({one.detail})' if one.detail else ''}")
    for line in lines:
        TALK.print(line, soft_wrap=True, markup=False, highlight=False)
