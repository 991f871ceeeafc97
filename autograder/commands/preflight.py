"""The ``preflight`` command: what to mend in a notebook before it is handed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from autograder.commands.results_of import course_of
from autograder.commands.talk import RESULT, TALK, write_json
from autograder.course import Limits, find_course
from autograder.errors import Interrupted
from autograder.grading.intake import find_submissions, read_submission
from autograder.grading.notebook import Rejection
from autograder.preflight.handout import Handout, bundle_handout, chapter_handout, is_bundle
from autograder.preflight.look import preflight
from autograder.preflight.model import Finding, Preflight, QuestionState
from autograder.records.plain_text import printable


@dataclass(frozen=True)
class PreflightRequest:
    """The arguments of ``autograder preflight``."""

    notebook: Path
    chapter: str | None
    course_dir: Path
    cell_timeout: float | None
    timeout: float | None
    as_json: bool


def run_preflight(request: PreflightRequest) -> int:
    """Look at a notebook and run it; 1 if there is something to mend."""
    try:
        with _handout(request) as (handout, limits):
            chosen = limits.with_overrides(cell_timeout_s=request.cell_timeout, timeout_s=request.timeout)
            found = _with_progress(request.notebook, handout, chosen)
    except KeyboardInterrupt:
        raise Interrupted("Interrupted: nothing was changed.") from None
    if request.as_json:
        write_json({"ready": found.ready, **asdict(found)}, Path("-"))
    else:
        _show(found, handout is not None)
    return int(not found.ready)


@contextmanager
def _handout(request: PreflightRequest) -> Iterator[tuple[Handout | None, Limits]]:
    """What was handed out of the chapter, where that is at hand, and how long cells may take."""
    if request.chapter and is_bundle(request.chapter):
        with bundle_handout(Path(request.chapter)) as handout:
            yield handout, Limits()
        return
    if request.chapter:
        course = find_course(request.course_dir)
        yield chapter_handout(course.chapter(request.chapter)), course.limits
        return
    name = _told_chapter(request.notebook)
    known = course_of(request.course_dir, name) if name else None
    yield (chapter_handout(known.chapter(name)), known.limits) if known else (None, Limits())


def _told_chapter(path: Path) -> str:
    """The chapter that a notebook says it is of; its file's name where it says nothing."""
    (found,) = find_submissions(path)
    notebook = read_submission(found)
    return "" if isinstance(notebook, Rejection) else notebook.assignment_name or path.stem


def _with_progress(path: Path, handout: Handout | None, limits: Limits) -> Preflight:
    columns = (TextColumn("running cells"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=TALK, transient=True) as progress:
        task = progress.add_task("", total=None)
        return preflight(path, handout, limits, lambda done, total: progress.update(task, completed=done, total=total))


def _show(found: Preflight, has_handout: bool) -> None:
    if found.questions:
        RESULT.print(_table(found))
    for finding in found.findings:
        RESULT.print(Text(_line(finding)), soft_wrap=True)
    if not has_handout:
        TALK.print("What was handed out is not known here: --chapter makes this stricter.")
    told = "ready to hand in" if found.ready else f"{len(found.findings)} to mend"
    RESULT.print(Text(f"{printable(found.notebook)}: {told}"), soft_wrap=True)


def _table(found: Preflight) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=Text(printable(found.chapter)), title_justify="left")
    for heading in ("question", "answered", "check cell", "public tests"):
        table.add_column(heading, justify="right" if heading in ("check cell", "public tests") else "left")
    for state in found.questions:
        table.add_row(*_row(state))
    return table


def _row(state: QuestionState) -> list[Text]:
    answered = Text("yes", "green") if state.answered else Text("no", "red")
    tests = "" if state.total is None else f"{state.passed} / {state.total}"
    return [Text(printable(state.name)), answered, Text(str(state.check_cell or "")), Text(tests)]


def _line(finding: Finding) -> str:
    return printable(f"{finding.question}: {finding.told}" if finding.question else finding.told)
