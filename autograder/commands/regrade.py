"""The ``regrade`` command: what a changed test changes in the grades."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from autograder.batch.changes import Change, changes, outdated
from autograder.batch.controller import Batch
from autograder.batch.past import RUN_FILE, PastRun, copy_results, drop, keep_aside, read_run, write_run
from autograder.batch.store import Store
from autograder.batch.table import plain
from autograder.commands.grade import grade_all, past_run, prepared, tell_places
from autograder.commands.grade_request import GradeRequest
from autograder.commands.talk import RESULT, TALK, write_json
from autograder.errors import KitError
from autograder.grading.isolation.wall import IMAGE
from autograder.results import Row, Status

DIFF_FILE = "changes.json"


@dataclass(frozen=True)
class RegradeRequest:
    """The arguments of ``autograder regrade``."""

    target: str
    out: Path
    submissions: Path | None
    course_dir: Path
    dry_run: bool
    jobs: int | None
    trust: bool
    as_json: bool


@dataclass(frozen=True)
class Regraded:
    """What a regrading came to.

    Attributes:
        changes: of the submissions that were graded anew, in whole or in part.
        history: where the replaced results are kept; None if none was replaced.
    """

    rows: list[Row]
    changes: list[Change]
    history: Path | None


def run_regrade(request: RegradeRequest) -> int:
    """Regrade a class; 1 if any submission met a fault of the grader's own."""
    again = _as_grade(request, _past_run(request))
    with prepared(again) as batch:
        _tell_outdated(batch)
        if not request.dry_run:
            write_run(request.out, past_run(again, batch))
        regraded = _tried(batch) if request.dry_run else _regraded(batch)
    _show(regraded, batch, request)
    return int(any(row.status == Status.ERROR for row in regraded.rows))


def _past_run(request: RegradeRequest) -> PastRun:
    """How the class was graded; where that is not known, as it is graded by default."""
    if request.submissions and not (request.out / RUN_FILE).exists():
        return PastRun(_chapter(request.target), str(request.submissions), isolation="auto", image=IMAGE)
    return read_run(request.out)


def _chapter(target: str) -> str:
    return Path(target).stem if target.lower().endswith(".zip") else target


def _as_grade(request: RegradeRequest, run: PastRun) -> GradeRequest:
    """The request that graded the class, to be made again."""
    chapter = _chapter(request.target)
    if chapter != run.chapter:
        raise KitError(f"{request.out} holds results of {run.chapter!r}, not of {chapter!r}: give the one or the other")
    submissions = request.submissions or Path(run.submissions)
    if not submissions.exists():
        raise KitError(f"{submissions}, where the submissions should lie, is not there: give their folder after OUT")
    return GradeRequest(
        target=request.target, submissions=submissions, out=request.out, course_dir=request.course_dir, as_json=False,
        jobs=request.jobs, isolation=run.isolation, image=run.image, fresh_container=run.fresh_container,
        gpus=run.gpus, gpu_slots=run.gpu_slots, cluster=None, cell_timeout=run.cell_timeout, timeout=run.timeout,
        memory=run.memory, regrade=False, trust=request.trust, release=None,
    )  # fmt: skip


def _regraded(batch: Batch) -> Regraded:
    """Regrade in place; what is replaced is kept in a folder of the history."""
    store, names = Store(batch.out), _names(batch)
    aside = keep_aside(store, names)
    try:
        rows = grade_all(batch)
    finally:  # what was replaced before an interrupt is told there, too
        found = list(changes(aside, store, names))
        drop(aside, set(names) - {change.submission for change in found})
        if found:
            write_json([asdict(change) for change in found], aside.out / DIFF_FILE)
    return Regraded(rows, found, aside.out if found else None)


def _tried(batch: Batch) -> Regraded:
    """Regrade in a temporary folder."""
    store = Store(batch.out)
    with tempfile.TemporaryDirectory(prefix="autograder-dry-") as folder:
        scratch = Store(Path(folder))
        scratch.prepare()
        copy_results(store, scratch, _names(batch))
        rows = grade_all(replace(batch, out=scratch.out))
        return Regraded(rows, list(changes(store, scratch, _names(batch))), None)


def _names(batch: Batch) -> list[str]:
    return [found.name for found in batch.found]


def _tell_outdated(batch: Batch) -> None:
    """Say which tests changed, before anything is run."""
    counts: Counter[str] = outdated(Store(batch.out), _names(batch), batch.assignment)
    told = ", ".join(f"{name} ({count} of {len(batch.found)})" for name, count in counts.items())
    TALK.print(f"To be judged again: {told}" if told else "No test changed since these results were made.")


def _show(regraded: Regraded, batch: Batch, request: RegradeRequest) -> None:
    if request.as_json:
        print(json.dumps(_as_json(regraded, batch, request.dry_run), indent=1))
    else:
        RESULT.print(_diff(regraded, batch.assignment.name, request.dry_run))
    if request.dry_run:
        TALK.print(f"{batch.out} is as it was; without --dry-run this is written there.", markup=False, soft_wrap=True)
        return
    if regraded.history:
        TALK.print(f"Results before: {regraded.history}", markup=False, soft_wrap=True)
    tell_places(batch)


def _as_json(regraded: Regraded, batch: Batch, dry_run: bool) -> dict[str, Any]:
    return {
        "chapter": batch.assignment.name,
        "dry_run": dry_run,
        "submissions": len(regraded.rows),
        "regraded": len(regraded.changes),
        "history": str(regraded.history) if regraded.history else None,
        "changes": [asdict(change) for change in regraded.changes],
    }


def _diff(regraded: Regraded, name: str, dry_run: bool) -> RenderableType:
    """Each grade that changed with the cases that did it, then what there is to say of all."""
    mattering = [change for change in regraded.changes if change.matters]
    parts: list[RenderableType] = [Text(f"{name}{', dry run' if dry_run else ''}", style="bold")]
    for change in mattering:
        parts.append(Text.assemble((f"{plain(change.submission)}  ", "bold"), f"{change.before} → {change.after}"))
        told = (f"{case.question}  {case.case}  {case.before} → {case.after}" for case in change.cases)
        parts += [Padding(plain(line), (0, 0, 0, 4)) for line in told]
    return Group(*parts, *_summary(regraded, len(mattering)))


def _summary(regraded: Regraded, changed: int) -> Iterator[Text]:
    whole = [change for change in regraded.changes if change.whole]
    if whole:
        told = "graded whole: the submission, its limits, the data or a version changed, or it is new"
        yield Text(f"{len(whole)} of {len(regraded.changes)} {told}")
    some = Counter(name for change in regraded.changes if not change.whole for name in change.judged)
    if some:
        yield Text("judged again: " + ", ".join(f"{name} ({count})" for name, count in some.items()))
    noun = "submission" if len(regraded.rows) == 1 else "submissions"
    told = f"{len(regraded.rows)} {noun}: {len(regraded.changes)} graded again, {changed} with another outcome"
    yield Text(told, style="bold")
