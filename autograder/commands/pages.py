"""The ``feedback`` and ``report`` commands: pages made again from the results on disk."""

import json
from dataclasses import asdict, replace
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder.batch.pages import read_batch, write_feedback, write_report
from autograder.batch.store import Store
from autograder.commands.talk import RESULT, TALK
from autograder.results import BatchRecord, Release

MAX_NAMED = 5  # submissions named in a warning


def run_feedback(out: Path, release: str | None) -> int:
    """Write the feedback pages of a folder of results anew; what was chosen holds for later runs, too."""
    store = Store(out)
    record = read_batch(store)
    store.prepare()
    if release is not None:
        record = replace(record, release=Release(release))
    count = feedback_with_progress(store, record)
    store.write_record(record)
    noun = "page" if count == 1 else "pages"
    RESULT.print(
        f"{count} {noun} in {out / 'feedback'}, as {record.release} the deadline", soft_wrap=True, markup=False
    )
    return 0


def run_report(out: Path, as_json: bool) -> int:
    """Write the report of a folder of results anew."""
    store = Store(out)
    record = read_batch(store)
    store.prepare()
    path, summary = write_report(store, record)
    if as_json:
        told = {
            "counts": summary.counts,
            "score": summary.scores and asdict(summary.scores),
            "seconds": summary.seconds and asdict(summary.seconds),
            "questions": [asdict(item) for item in summary.items],
            "suspects": [asdict(case) for case in summary.suspects],
        }
        print(json.dumps(told, indent=1))
        TALK.print(f"Report: {path}", soft_wrap=True, markup=False)
    else:
        RESULT.print(f"Report of {len(summary.lines)} submissions: {path}", soft_wrap=True, markup=False)
    return 0


def feedback_with_progress(store: Store, record: BatchRecord) -> int:
    """Write every feedback page with a progress bar, and say which show no notebook; how many there are."""
    count = sum(1 for _ in (store.out / "results").glob("*.json"))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=TALK, transient=True) as progress:
        task = progress.add_task("writing pages", total=count)
        without = write_feedback(store, record, lambda: progress.advance(task))
        done = int(progress.tasks[0].completed)
    if done < count:
        TALK.print(f"{count - done} of {count} results cannot be read and have no new page: grade them again")
    if without:
        names = ", ".join(without[:MAX_NAMED]) + (" …" if len(without) > MAX_NAMED else "")
        TALK.print(f"No notebook in notebooks/ for {len(without)}: {names}; their pages show none", markup=False)
    return done
