"""From a file to what is to be mended in it, in the order in which a student would mend it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder.course import Limits
from autograder.errors import KitError
from autograder.grading.intake import find_submissions, load_submission
from autograder.grading.notebook import MB, Notebook, Rejection, other_assignment, parse_notebook
from autograder.grading.opening import ARCHIVE, NOTEBOOK
from autograder.preflight.fresh_run import Checked, FreshRun, Progress, run_fresh
from autograder.preflight.gaps import checks_of, gaps
from autograder.preflight.handout import Handout, tests_of
from autograder.preflight.model import Finding, Kind, Preflight, QuestionState
from autograder.records.gradebook.locate import locate

MOST_BESIDE_MB = 100  # of files beside a notebook that are copied for the run


@dataclass(frozen=True)
class Submission:
    """A notebook that can be read, and the tests that it is to pass."""

    path: Path
    data: bytes
    notebook: Notebook
    tests: dict[str, str]


def preflight(path: Path, handout: Handout | None, limits: Limits, on_cell: Progress) -> Preflight:
    """Look at a notebook, or the zip of an export, and run it.

    Args:
        handout: what was handed out, where that is at hand; else the notebook's own metadata must do.
        limits: the time for a cell and for all cells.

    Raises:
        KitError: neither a notebook nor a zip, or too much lies beside it.
    """
    submission = _read(path, handout)
    if isinstance(submission, Rejection):
        return Preflight(str(path), handout.name if handout else "", [], [Finding(Kind.REJECTED, submission.reason)])
    chapter = handout.name if handout else submission.notebook.assignment_name or path.stem
    run = run_fresh(submission.notebook, submission.tests, _files(path, handout), limits, on_cell)
    found = Preflight(str(path), chapter)
    found.findings += _of_the_run(run)
    _add_questions(found, submission, run)
    if handout:
        found.findings += _gone_responses(handout, submission.notebook)
    return found


def _read(path: Path, handout: Handout | None) -> Submission | Rejection:
    name = handout.name if handout else ""
    (found,) = find_submissions(path)
    data = load_submission(found, chapter=name)
    if isinstance(data, Rejection):
        return data
    notebook = parse_notebook(data)
    if isinstance(notebook, Rejection):
        return notebook
    if name and notebook.assignment_name not in (None, name):
        return other_assignment(notebook.assignment_name, name)
    tests = dict(handout.tests) if handout else tests_of(data, path.parent)
    if not tests:
        return Rejection(
            "The notebook has no tests with it, so it was not made by otter, or an editor dropped its metadata: "
            "give what was handed out with --chapter."
        )
    return Submission(path, data, notebook, tests)


def _files(path: Path, handout: Handout | None) -> list[tuple[str, Path]]:
    """What belongs beside the notebook: as it was handed out, else what lies beside it now."""
    folder, found, size = handout.folder if handout else path.absolute().parent, [], 0
    for file in sorted(folder.rglob("*")):
        inner = file.relative_to(folder)
        skipped = inner.parts[0] == "tests" or any(part.startswith((".", "__pycache__")) for part in inner.parts)
        if skipped or file.suffix.lower() in (NOTEBOOK, ARCHIVE) or file.is_symlink() or not file.is_file():
            continue
        size += file.stat().st_size
        if size > MOST_BESIDE_MB * MB:
            raise KitError(
                f"{folder} holds more than {MOST_BESIDE_MB} MB beside the notebook: move the notebook, with what it "
                "needs, into a folder of its own, or give what was handed out with --chapter"
            )
        found.append((inner.as_posix(), file))
    return found


# --- what the run tells ---------------------------------------------------------------------------------------------


def _of_the_run(run: FreshRun) -> Iterator[Finding]:
    for index, error in run.failed.items():
        advice = "Restart and run all: what it needs must stand in a cell above it."
        yield Finding(Kind.CELL_FAILED, f"Cell {index + 1} raised {error.rstrip('.')}. {advice}", cell=index + 1)
    for index, limit_s in run.stopped.items():
        told = f"Cell {index + 1} was stopped after {limit_s:g} s: look for an endless loop, or let it do less."
        yield Finding(Kind.CELL_STOPPED, told, cell=index + 1)
    if run.ended_at is not None:
        told = f"Cell {run.ended_at + 1} ended Python, or could not be stopped: the cells after it were not run."
        yield Finding(Kind.NOT_RUN, told, cell=run.ended_at + 1)
    if run.out_of_time is not None:
        told = f"All cells together take too long: cell {run.out_of_time + 1} and those after it were not run."
        yield Finding(Kind.NOT_RUN, told, cell=run.out_of_time + 1)


def _add_questions(found: Preflight, submission: Submission, run: FreshRun) -> None:
    checks, last = checks_of(submission.notebook), {one.question: one for one in run.checked}
    waiting = list(gaps(submission.notebook, submission.data))
    for gap in waiting:
        what = "the text that an answer is to replace" if gap.written else "`...` where an answer belongs"
        told = f"Cell {gap.cell + 1} still has {what}."
        found.findings.append(Finding(Kind.UNANSWERED, told, gap.question, gap.cell + 1))
    unanswered = {gap.question for gap in waiting}
    for name in submission.tests:
        state = _state(name, checks.get(name), last.get(name), name not in unanswered)
        found.questions.append(state)
        found.findings += _of_a_question(state, last.get(name))
    asked = {gap.question for gap in waiting if gap.written} - {*submission.tests, ""}
    found.questions += [QuestionState(name, answered=False) for name in sorted(asked)]


def _state(name: str, check: int | None, last: Checked | None, answered: bool) -> QuestionState:
    state = QuestionState(name, answered, None if check is None else check + 1)
    if last:
        state.passed, state.total = sum(result["passed"] for result in last.results), len(last.results)
    return state


def _of_a_question(state: QuestionState, last: Checked | None) -> Iterator[Finding]:
    if state.check_cell is None:
        told = f'Its check cell is gone. Add a cell grader.check("{state.name}") below the answer.'
        yield Finding(Kind.NO_CHECK, told, state.name)
    if last is None:
        yield Finding(Kind.NOT_RUN, "It could not be checked: mend the cells first.", state.name)
    elif last.missing:
        names = ", ".join(f"`{name}`" for name in last.missing)
        told = f"There is no {names} when it is checked: a cell was deleted, a name changed, or the cell failed."
        yield Finding(Kind.NOT_DEFINED, told, state.name, state.check_cell)
    elif state.answered:
        for result in last.results:
            if not result["passed"]:
                told = f"{result['name']}: {result['message'] or _last_line(result)}"
                yield Finding(Kind.TEST_FAILED, told, state.name, state.check_cell)


def _last_line(result: dict[str, Any]) -> str:
    lines = str(result["detail"]).split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it failed")


def _gone_responses(handout: Handout, notebook: Notebook) -> Iterator[Finding]:
    """Cells for written answers that were handed out and are not there any more."""
    template = nbformat.reads(handout.data.decode(), as_version=4).cells
    cells = [{"cell_type": cell.kind.value, "source": cell.source} for cell in notebook.cells]
    places = locate(template, cells).places
    for cell in template:
        if cell.id.endswith("-response") and cell.id not in places:
            question = cell.id.removesuffix("-response")
            told = "The cell for its answer in words is gone: copy it from the notebook that was handed out."
            yield Finding(Kind.NO_CELL, told, question)
