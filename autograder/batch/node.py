"""What a node of a cluster does: unpack the chapter once, and grade with workers of its own that stay warm.

Runs inside a Dask worker. `Parcel` and `Job` come from the controller, `Done` goes back to it; all are plain records,
so no file system is shared.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import socket
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path

from autograder.batch.controller import Seat, WorkerDied
from autograder.batch.fingerprint import versions
from autograder.batch.scratch import locked_folder, remove_stale
from autograder.batch.settings import Settings
from autograder.batch.store import Files, Store
from autograder.errors import KitError
from autograder.grading.assignment import Assignment
from autograder.grading.intake import Found
from autograder.grading.isolation.wall import Wall
from autograder.grading.sandbox.settings import Isolation
from autograder.results import Row

IDLE_S = 600.0  # then the controller is taken for dead, and nothing of the course stays on the node


@dataclass(frozen=True)
class Parcel:
    """What all submissions of a batch have in common.

    Attributes:
        settings: as for a worker; its paths are the controller's.
        files: the chapter's tests and data as a tar archive.
        versions: of the packages that the controller has.
    """

    settings: Settings
    files: bytes = field(repr=False)
    versions: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """A name for what is in it."""
        told = json.dumps([asdict(self.settings), dict(self.versions)], sort_keys=True)
        return hashlib.sha256(told.encode() + self.files).hexdigest()


@dataclass(frozen=True)
class Job:
    """One submission; ``data`` is its notebook as it was handed in, or ``problem`` says why there is none."""

    name: str
    problem: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Done:
    """What came of a job.

    Attributes:
        row, files: the result; None if workers died of it.
        died: how they died.
        refused: why this node can grade nothing at all.
    """

    row: Row | None = None
    files: Files | None = None
    died: str = ""
    refused: str = ""


def pack(settings: Settings, assignment: Assignment) -> Parcel:
    """Make the parcel of a batch; the same content gives the same bytes.

    Settings that name a place of the controller's are left empty.
    """
    folders = {"tests": assignment.tests_dir, "files": assignment.files_dir}
    told = {**settings.assignment, "tests_dir": "", "files_dir": ""}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, folder in folders.items():
            if folder is None:
                continue
            for path in sorted(folder.rglob("*")):
                archive.add(path, f"{name}/{path.relative_to(folder)}", recursive=False, filter=_without_traces)
    return Parcel(replace(settings, assignment=told, out="", regrade=True), packed.getvalue(), versions())


def _without_traces(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.mtime = entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


# --- on the node --------------------------------------------------------------------------------------------------

_benches: dict[str, "Bench"] = {}
_lock = threading.Lock()


def receive(parcel: Parcel) -> Parcel:
    """A parcel as a Dask task: what depends on it finds it on its node, and a node that lacks it asks another."""
    return parcel


def questions(parcel: Parcel, run: str) -> dict[str, float] | str:
    """The assignment's questions with their maximum, once its test files proved to be of use; or what is wrong."""
    with _bench(parcel, run) as bench, bench.seat() as seat:
        try:
            return seat.worker().questions
        except (KitError, WorkerDied) as err:
            return str(err)


def grade(parcel: Parcel, run: str, job: Job) -> Done:
    """Grade a submission on this node.

    Args:
        run: which run of the controller it is; its workers stay warm until `leave`.
    """
    host = socket.gethostname()
    if told := differing(parcel.versions, versions()):
        return Done(refused=f"{host} has {told}")
    with _bench(parcel, run) as bench:
        try:
            return bench.grade(job)
        except KitError as err:
            return Done(refused=f"{host}: {err}")
        except WorkerDied as err:
            return Done(died=str(err))


def leave(run: str) -> None:
    """End the workers of a run, and remove what it brought here."""
    with _lock:
        bench = _benches.pop(run, None)
    if bench is not None:
        bench.close()


def differing(wanted: Mapping[str, str], found: Mapping[str, str]) -> str:
    """Which packages differ, in words; empty if none does."""
    told = [f"{name} {found[name]} in place of {version}" for name, version in wanted.items() if found[name] != version]
    return ", ".join(told)


@contextlib.contextmanager
def _bench(parcel: Parcel, run: str) -> Iterator["Bench"]:
    """The bench of a run; one that nobody has used for long is left."""
    with _lock:
        bench = _benches.get(run) or _benches.setdefault(run, Bench(parcel, run))
        bench.users += 1
        bench.timer.cancel()
    try:
        yield bench
    finally:
        with _lock:
            bench.users -= 1
            if not bench.users:
                bench.timer = threading.Timer(IDLE_S, leave, [run])
                bench.timer.daemon = True
                bench.timer.start()


class Bench:
    """A run on this node: the chapter's files, and a worker for each submission that is graded at a time."""

    def __init__(self, parcel: Parcel, run: str):
        remove_stale(Path(tempfile.gettempdir()))
        self.users, self.timer = 0, threading.Timer(IDLE_S, leave, [run])
        self._folder, self._held = locked_folder()
        self._store = Store(self._folder / "out")
        self._store.prepare()
        chapter = self._folder / "chapter"
        with tarfile.open(fileobj=io.BytesIO(parcel.files)) as archive:
            archive.extractall(chapter, filter="data")
        files = str(chapter / "files") if (chapter / "files").is_dir() else ""
        assignment = {**parcel.settings.assignment, "tests_dir": str(chapter / "tests"), "files_dir": files}
        wall = asdict(_wall_here(parcel.settings.to_wall()))
        self._settings = replace(parcel.settings, assignment=assignment, wall=wall, out=str(self._store.out))
        self._free: list[Seat] = []
        self._all: list[Seat] = []

    @contextlib.contextmanager
    def seat(self) -> Iterator[Seat]:
        """A place with a worker, for one user at a time."""
        if self._free:
            seat = self._free.pop()
        else:
            seat = Seat(self._settings, self._folder)
            self._all.append(seat)
        try:
            yield seat
        finally:
            self._free.append(seat)

    def grade(self, job: Job) -> Done:
        """Grade a submission.

        Raises:
            KitError: no worker can start here. WorkerDied: two died of it.
        """
        path = self._folder / f"{threading.get_ident()}.ipynb"
        path.write_bytes(job.data)
        with self.seat() as seat:
            row = seat.grade(Found(job.name, path, job.problem))
        return Done(row, self._store.take_files(job.name))

    def close(self) -> None:
        """End the workers and remove everything."""
        self.timer.cancel()
        for seat in self._all:
            seat.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._held)


def _wall_here(wall: Wall) -> Wall:
    """The wall with this node's own image and GPU: the one that whoever started the node made visible to it.

    Raises:
        KitError: this node has no such image.
    """
    if wall.isolation == Isolation.DOCKER:
        from autograder.grading.isolation.engine import image_id

        wall = replace(wall, image=image_id(wall.image))
    if wall.gpu:
        seen = os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0]
        wall = replace(wall, gpu=replace(wall.gpu, device=seen))
    return wall
