"""One temporary folder for all that a run puts on disk, removed by the next run if this one is killed.

A run holds a lock on its folder. The kernel lets go of it when the process ends, however it ends; so a folder without
one is nobody's.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "autograder-run-"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that `tempfile` uses meanwhile, here and in what is started from here; removed in the end."""
    remove_stale(Path(tempfile.gettempdir()))
    folder, lock = locked_folder()
    default, variable = tempfile.tempdir, os.environ.get("TMPDIR")
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = default
        os.environ.pop("TMPDIR")
        if variable is not None:
            os.environ["TMPDIR"] = variable
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_stale(place: Path) -> None:
    """Remove the folders of this user's runs that were killed; what cannot be removed stays."""
    for folder in place.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            descriptor = _open(folder)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(descriptor).st_uid == os.geteuid():
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)


def locked_folder() -> tuple[Path, int]:
    """A fresh folder, and the descriptor that holds its lock: as long as it is open, the folder is somebody's."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            descriptor = _open(folder)
        except FileNotFoundError:
            continue
        with contextlib.suppress(OSError):  # where a file system has no locks, nobody removes the folder either
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if folder.exists():  # before it was locked, another run may have taken it for nobody's
            return folder, descriptor
        os.close(descriptor)


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
