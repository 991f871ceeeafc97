"""Opening what a student handed in, and taking the notebook's bytes out of it.

A file is opened without following links and without blocking, and read up to a cap. An archive is read in
memory: nothing of it is ever written to disk, so its names can do no harm.
"""

import os
import re
import stat
import zipfile
from dataclasses import dataclass
from io import FileIO
from pathlib import Path, PurePosixPath
from typing import IO

from autograder.grading.notebook import MB, Refused

NOTEBOOK, ARCHIVE = ".ipynb", ".zip"
NAMES_IN_MESSAGE = 5

_OPENING = ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")  # as far as the system knows them
CLUTTER = {"__macosx", "__zip_filename__", "submission_metadata.yml", "thumbs.db", "desktop.ini"}
README = re.compile(r"readme(\.(md|txt|rst))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """How much of a submitted file is read, in MB (10⁶ bytes)."""

    notebook_mb: int = 100  # also of the notebook in an archive, unpacked
    archive_mb: int = 500  # packed, with everything beside the notebook
    read_mb: int = 8  # read in one go: bounds an archive's list of files to about 80 000


LIMITS = IntakeLimits()


def read_bytes(path: Path, limits: IntakeLimits, chapter: str) -> bytes:
    """The bytes of the notebook that a file is or, as an archive, holds.

    Raises:
        Refused: not a plain file, too large, or not an archive with one notebook in it.
        OSError: the file cannot be read.
    """
    is_archive = path.suffix.lower() == ARCHIVE
    with _open(path, limits.read_mb) as file:
        _refuse_size(os.fstat(file.fileno()).st_size, limits.archive_mb if is_archive else limits.notebook_mb)
        return _read_archive(file, limits, chapter) if is_archive else _read(file, limits.notebook_mb)


class _SmallReads(FileIO):
    """A file that hands out little at once: zipfile reads the list of an archive's files in one go."""

    def __init__(self, descriptor: int, read_mb: int):
        super().__init__(descriptor)
        self.most = read_mb * MB

    def read(self, size: int | None = -1) -> bytes:
        wanted = self.most + 1 if size is None or size < 0 else min(size, self.most + 1)
        data = super().read(wanted) or b""
        if len(data) > self.most:
            raise Refused("The archive holds far too many files: submit the notebook alone.")
        return data


def _open(path: Path, read_mb: int) -> _SmallReads:
    _refuse_special(path.lstat().st_mode)  # before opening: to open a device may act on it
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in _OPENING)
    file = _SmallReads(os.open(path, flags), read_mb)
    try:
        _refuse_special(os.fstat(file.fileno()).st_mode)  # and after: it may have been swapped in between
    except Refused:
        file.close()
        raise
    return file


def _refuse_special(mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise Refused("A symbolic link, which is not followed: submit the file itself.")
    if stat.S_ISDIR(mode):
        raise Refused("A folder that is named like a file: submit the notebook itself.")
    if not stat.S_ISREG(mode):
        raise Refused("Not a plain file (a pipe, a device or a socket): submit the .ipynb file.")


def _refuse_size(size: int, most_mb: int) -> None:
    if size > most_mb * MB:
        raise Refused(
            f"Larger than the {most_mb} MB that are read: clear the notebook's outputs, "
            "leave data files out, and submit again."
        )


def _read(file: IO[bytes], most_mb: int) -> bytes:
    """All of a file; what it declares as its size is not believed."""
    chunks, size = [], 0
    while chunk := file.read(MB):
        size += len(chunk)
        _refuse_size(size, most_mb)
        chunks.append(chunk)
    return b"".join(chunks)


def _read_archive(file: FileIO, limits: IntakeLimits, chapter: str) -> bytes:
    """The one notebook of an archive."""
    try:
        with zipfile.ZipFile(file) as archive:
            entry = _choose_entry(archive.infolist(), chapter)
            _refuse_size(entry.file_size, limits.notebook_mb)
            with archive.open(entry) as notebook:
                return _read(notebook, limits.notebook_mb)
    except Refused:
        raise
    except Exception as err:  # damaged archives make zipfile raise a dozen unrelated kinds of errors
        raise Refused("The zip archive is damaged, or is none: export or zip the notebook again.") from err


def _choose_entry(entries: list[zipfile.ZipInfo], chapter: str) -> zipfile.ZipInfo:
    # Of a repeated name the last counts, as for unzip.
    by_name = {entry.filename.replace("\\", "/"): entry for entry in entries}
    notebooks = [name for name, entry in by_name.items() if _is_notebook_entry(name, entry)]
    if not notebooks:
        held = _name_some(sorted(by_name)) or "nothing"
        raise Refused(f"No notebook in the archive (it holds {held}): submit the .ipynb file.")
    entry = by_name[notebooks[choose(notebooks, chapter)]]
    if entry.flag_bits & 1:
        raise Refused("The archive is protected by a password: zip the notebook again without one.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("The archive is packed in an unusual way: make a plain .zip, or submit the .ipynb file.")
    return entry


def _is_notebook_entry(name: str, entry: zipfile.ZipInfo) -> bool:
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    *folders, file_name = name.split("/")
    in_clutter = any(part in {"__MACOSX", ".ipynb_checkpoints"} for part in folders)
    return file_name.lower().endswith(NOTEBOOK) and not (is_link or in_clutter or is_clutter(file_name))


def choose(names: list[str], chapter: str) -> int:
    """Which of several notebooks is meant: the only one there is, or the only one named like the chapter.

    Raises:
        Refused: there is no telling.
    """
    alike = [i for i, name in enumerate(names) if PurePosixPath(name).stem.lower() == chapter.lower()]
    if len(names) == 1 or len(alike) == 1:
        return alike[0] if alike else 0
    raise Refused(
        f"{len(names)} notebooks, and no telling which one to grade ({_name_some(names)}): leave one only; "
        "if this is the download of a whole class, unpack it first."
    )


def _name_some(names: list[str]) -> str:
    shown = [re.sub(r"[\x00-\x1f\x7f]", " ", readable(name))[:80] for name in names[:NAMES_IN_MESSAGE]]
    return ", ".join(shown) + (f" and {len(names) - len(shown)} more" if len(names) > len(shown) else "")


def is_clutter(name: str) -> bool:
    """Left by tools, not by students. A hidden notebook or archive is still somebody's submission."""
    if name.startswith("."):
        return name.startswith("._") or not name.lower().endswith((NOTEBOOK, ARCHIVE))
    return name.lower() in CLUTTER or README.fullmatch(name) is not None


def readable(name: str) -> str:
    """A file name as text that can be written anywhere: bytes that are not UTF-8 become question marks."""
    return re.sub("[\ud800-\udfff]", "\ufffd", name)
