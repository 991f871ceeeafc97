"""What was graded before: how a run was called, and the results that a later one replaces."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.batch.store import Store, write_whole
from autograder.errors import KitError

RUN_FILE = "run.json"
HISTORY = "history"
PLACES = (Store.result_path, Store.feedback_path, Store.notebook_path)


@dataclass(frozen=True)
class PastRun:
    """How a class was graded: what ``autograder regrade`` has to repeat; limits as they were asked for, or None."""

    chapter: str
    submissions: str
    isolation: str
    image: str = ""
    fresh_container: bool = False
    gpus: str | None = None
    gpu_slots: int = 1
    cell_timeout: float | None = None
    timeout: float | None = None
    memory: int | None = None


def write_run(out: Path, run: PastRun) -> None:
    """Remember how a class was graded."""
    write_whole(out / RUN_FILE, json.dumps(asdict(run), indent=1) + "\n")


def read_run(out: Path) -> PastRun:
    """How the class in a folder of results was graded.

    Raises:
        KitError: nothing was graded there, or the file that says how is damaged.
    """
    path = out / RUN_FILE
    if not path.exists():
        raise KitError(f"{path} is not there: grade the class into {out} first, with 'autograder grade'")
    try:
        run = PastRun(**json.loads(path.read_text(encoding="utf-8")))
        limits = (run.cell_timeout, run.timeout, run.memory)
        if not all(isinstance(text, str) for text in (run.chapter, run.submissions, run.isolation)):
            raise ValueError("a name is no text")
        if not all(limit is None or isinstance(limit, int | float) for limit in limits):
            raise ValueError("a limit is no number")
    except (OSError, ValueError, TypeError, RecursionError) as err:
        raise KitError(
            f"{path} does not say how the class was graded ({err}): grade it with 'autograder grade'"
        ) from err
    return run


def keep_aside(store: Store, submissions: Iterable[str]) -> Store:
    """Keep what a store holds of some submissions, whatever is written there afterwards.

    Files are linked, not copied, where the file system can: a file in a store is never changed, only replaced.

    Raises:
        KitError: something cannot be kept.
    """
    aside = Store(_new_folder(store.out / HISTORY))
    aside.prepare()
    pairs = [(place(store, one), place(aside, one)) for one in submissions for place in PLACES]
    for old, new in [*pairs, (store.grades_path, aside.grades_path)]:
        try:
            _link(old, new)
        except FileNotFoundError:
            continue  # not graded yet
        except OSError as err:
            raise KitError(f"{old} cannot be kept in {aside.out} ({err.strerror}): nothing was graded") from err
    return aside


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError:
        shutil.copy2(old, new)


def drop(aside: Store, submissions: Iterable[str]) -> None:
    """Of what was kept aside, drop some submissions: nothing was replaced there."""
    for submission in submissions:
        for place in PLACES:
            place(aside, submission).unlink(missing_ok=True)
    if not any((aside.out / "results").iterdir()):
        shutil.rmtree(aside.out)
        with contextlib.suppress(OSError):  # what earlier gradings replaced is there, too
            aside.out.parent.rmdir()


def copy_results(store: Store, target: Store, submissions: Iterable[str]) -> None:
    """Copy the results of submissions into another store, so that what stands need not be graded there."""
    with contextlib.suppress(OSError):
        shutil.copyfile(store.record_path, target.record_path)
    for submission in submissions:
        with contextlib.suppress(OSError):  # none, or none that can be read: it is graded
            shutil.copyfile(store.result_path(submission), target.result_path(submission))


def _new_folder(parent: Path) -> Path:
    """A folder named after this moment."""
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    number = 1
    while True:
        folder = parent / (moment if number == 1 else f"{moment}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        except OSError as err:
            raise KitError(f"{parent} cannot be made ({err.strerror}): the old results could not be kept") from err
        else:
            return folder
