"""Results on disk → the pages that people read. Nothing is graded again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from autograder.batch.store import Store
from autograder.errors import KitError
from autograder.records.pages.feedback import render_feedback
from autograder.records.pages.report import render_report
from autograder.records.pages.summary import Summary, summarise
from autograder.results import BatchRecord, Status, SubmissionResult

UNREADABLE = "No score yet: the result is missing or cannot be read. Grade it again; the other results stand."


def read_batch(store: Store) -> BatchRecord:
    """The record of the batch in a folder; of a folder without one, what its results tell.

    Raises:
        KitError: the folder holds no results.
    """
    record = store.read_record()
    if record is not None:
        return record
    first = next(store.results(), None)
    if first is None:
        raise KitError(
            f"{store.out}: no results in it; give the folder that 'autograder grade … -o' wrote, with results/ in it"
        )
    return BatchRecord(first.chapter, first.chapter, submissions=tuple(result.submission for result in store.results()))


def batch_results(store: Store, record: BatchRecord) -> Iterator[SubmissionResult]:
    """The result of each submission of a batch, read one at a time; what cannot be read is told as an error."""
    for name in record.submissions:
        yield store.read(name) or SubmissionResult(
            name, record.chapter, Status.ERROR, None, sum(record.questions.values()), message=UNREADABLE
        )


def write_feedback(store: Store, record: BatchRecord, on_page: Callable[[], None] = lambda: None) -> list[str]:
    """Write every feedback page of a folder anew, also those of submissions that left the batch.

    Args:
        on_page: called after each page.

    Returns:
        The submissions whose executed notebook should be there and cannot be read: their pages show none.
    """
    without = []
    for result in store.results():
        notebook = store.read_notebook(result.submission)
        if notebook is None and result.cells:
            without.append(result.submission)
        store.write_page(
            result.submission, render_feedback(result, notebook, record.title, record.release, record.manual)
        )
        on_page()
    return without


def write_report(store: Store, record: BatchRecord) -> tuple[Path, Summary]:
    """Write ``report.html`` anew; the same summary tells programs what the page tells people."""
    link = lambda submission: f"feedback/{quote(store.feedback_path(submission).name)}"  # noqa: E731
    summary = summarise(record, batch_results(store, record), link)
    store.write_report(render_report(summary))
    return store.report_path, summary
