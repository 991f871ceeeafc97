"""Hands a batch to the nodes of a Dask cluster, and writes down what comes back.

Dask moves the work: a task whose node dies or is cut off runs on another one, and counts once. The controller sends
little more than the nodes have hands for, so neither it nor the scheduler ever holds the whole class.
"""

import contextlib
import importlib.metadata
import itertools
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Future, KilledWorker, as_completed

from autograder.batch import node
from autograder.batch.controller import Batch, failed, keep_what_stands, know_questions
from autograder.batch.fingerprint import versions
from autograder.batch.store import Store
from autograder.errors import KitError
from autograder.grading.intake import Found, load_submission
from autograder.grading.notebook import Rejection
from autograder.results import Row

CONNECT_S = 15.0
LOOK_S = 1.0  # between two looks at which nodes there are
AHEAD = 2  # submissions on their way per submission that the nodes grade at a time
MAX_NODES_TOLD = 5
QUIET = {"distributed.admin.large-graph-warning-threshold": "1 GB"}  # a notebook may be full of figures
REMEDY = "give all of them one environment: pip install -c constraints.txt 'autograder[cluster]'"
KEPT = "what is done is kept, and the same command goes on from there"


def grade_on_cluster(
    batch: Batch,
    address: str,
    on_wait: Callable[[], None],
    on_ready: Callable[[int], None],
    on_row: Callable[[Row], None],
) -> None:
    """Grade a batch on the nodes of a cluster; the same as `controller.grade_batch`, with the same results.

    Args:
        address: of the scheduler, or the file in which it wrote its address.
        on_wait: told if there is no node yet.
        on_ready: told how many submissions the nodes grade at a time, as things stand at the start.

    Raises:
        KitError: no scheduler is there, it went away, nodes have other packages, or a node cannot grade.
    """
    todo = keep_what_stands(batch, on_row)
    if not todo and batch.questions:
        return
    with dask.config.set(QUIET), _client(address) as client:
        shift = _Shift(batch, client)
        try:
            shift.wait_for_nodes(on_wait)
            check_versions(client)
            shift.begin()
            on_ready(shift.places())
            for row in shift.rows(todo):
                on_row(row)
        except (CancelledError, OSError) as err:
            raise KitError(f"the scheduler at {address} went away ({type(err).__name__}): {KEPT}") from err
        finally:
            shift.end()


def _client(address: str) -> Client:
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is told in our own words
    place = {"scheduler_file": address} if Path(address).is_file() else {"address": address}
    try:
        return Client(**place, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as err:
        raise KitError(
            f"no Dask scheduler answers at {address} ({err}): start one with 'dask scheduler', "
            "and on each node 'dask worker' with its address"
        ) from err


def check_versions(client: Client) -> None:
    """See that scheduler and nodes have the packages that this process has.

    Raises:
        KitError: names those that have others, and says what to do.
    """
    wanted = versions()
    found: dict[str, dict[str, str]] = {}
    for name in wanted:
        for place, version in client.run(importlib.metadata.version, name, on_error="return").items():
            found.setdefault(place, {})[name] = _version(version)
    # A node that came or went between two questions is not judged here: each looks for itself before it grades.
    asked = {place: names for place, names in found.items() if names.keys() == wanted.keys()}
    told = [f"{place} has {odd}" for place, names in asked.items() if (odd := node.differing(wanted, names))]
    try:
        client.run_on_scheduler(importlib.metadata.version, "autograder")
    except importlib.metadata.PackageNotFoundError:
        told.insert(0, "the scheduler has no autograder")
    if told:
        more = f" and {len(told) - MAX_NODES_TOLD} more" if len(told) > MAX_NODES_TOLD else ""
        raise KitError(f"{'; '.join(told[:MAX_NODES_TOLD])}{more}: {REMEDY}")


def _version(told: Any) -> str:
    return told.partition("+")[0] if isinstance(told, str) else "none"


class _Shift:
    """One run on a cluster."""

    def __init__(self, batch: Batch, client: Client):
        self.batch, self.client = batch, client
        self.run = secrets.token_hex(8)
        self.numbers = itertools.count(1)
        self.open: dict[Future[node.Done], Found] = {}

    def wait_for_nodes(self, on_wait: Callable[[], None]) -> None:
        """Wait until somebody can grade."""
        if not self.places():
            on_wait()
        while not self.places():
            time.sleep(LOOK_S)

    def places(self) -> int:
        """How many submissions the nodes that are there grade at a time."""
        nodes = self.client.scheduler_info(n_workers=-1)["workers"].values()
        return sum(_hands(told, self.batch.resources) for told in nodes)

    def begin(self) -> None:
        """Send the chapter, and have one node prove its test files.

        Raises:
            KitError: they are of no use, or the node cannot grade.
        """
        parcel = node.pack(self.batch.settings(), self.batch.assignment)
        self.parcel = self.client.submit(node.receive, parcel, key=f"autograder-{parcel.digest}")
        told = self._submit(node.questions).result()
        if isinstance(told, str):
            raise KitError(told)
        know_questions(self.batch, told)

    def rows(self, todo: list[Found]) -> Iterator[Row]:
        """Rows as they are done; submissions go out as nodes have room."""
        waiting, done, look_s, most = iter(todo), as_completed(loop=self.client.loop), 0.0, 0
        while True:
            if time.monotonic() > look_s:
                look_s, most = time.monotonic() + LOOK_S, AHEAD * self.places() + 1
            for found in itertools.islice(waiting, max(0, most - len(self.open))):
                future = self._submit(node.grade, self._job(found))
                self.open[future] = found
                done.add(future)
            if not self.open:
                return
            future = next(done)
            yield self._row(self.open.pop(future), future)

    def end(self) -> None:
        """Take back what is under way, and have the nodes forget the chapter."""
        with contextlib.suppress(Exception):  # a node that cannot be told leaves by itself after a while
            self.client.cancel(list(self.open))
            self.client.run(node.leave, self.run, on_error="ignore")

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        key = f"autograder-{self.run}-{next(self.numbers)}"
        return self.client.submit(
            function, self.parcel, self.run, *arguments, key=key, resources=self.batch.resources, pure=False
        )

    def _job(self, found: Found) -> node.Job:
        data = load_submission(found, chapter=self.batch.assignment.assignment_name or "")
        return node.Job(found.name, data.reason, b"") if isinstance(data, Rejection) else node.Job(found.name, "", data)

    def _row(self, found: Found, future: "Future[node.Done]") -> Row:
        """The row of what came back; its files are written here.

        Raises:
            KitError: a node cannot grade. CancelledError: the scheduler went away.
        """
        if future.status == "error":
            return failed(self.batch, found, _why(future.exception()))
        done = future.result()
        if done.refused:
            raise KitError(f"a node cannot grade: {done.refused}; {KEPT}")
        if done.row is None or done.files is None:
            return failed(self.batch, found, done.died)
        try:
            Store(self.batch.out).write_files(found.name, done.files)
        except OSError as err:
            return failed(self.batch, found, f"its files cannot be written ({err})")
        return done.row


def _hands(told: Mapping[str, Any], wanted: Mapping[str, float]) -> int:
    """How many submissions a node grades at a time: by its threads, and by what else one asks for."""
    shares = [told["resources"].get(name, 0.0) // amount for name, amount in wanted.items()]
    return int(min([told["nthreads"], *shares]))


def _why(err: BaseException) -> str:
    if isinstance(err, KilledWorker):
        return "every node that had it died"
    return f"a node failed with {type(err).__name__}: {err}"
