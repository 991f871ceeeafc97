"""Finding submissions in a folder, and reading them without trusting them.

Nothing found ever vanishes: what cannot be graded is listed too, with the reason.
"""

import hashlib
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path, PurePosixPath

from autograder.errors import KitError
from autograder.grading.notebook import Notebook, Refused, Rejection, parse_notebook
from autograder.grading.opening import (
    ARCHIVE,
    LIMITS,
    NOTEBOOK,
    IntakeLimits,
    choose,
    is_clutter,
    read_bytes,
    readable,
)

MAX_DEPTH = 8  # levels looked at in a student's folder
MAX_ENTRIES = 20_000  # files looked at in a student's folder
MAX_STEM_BYTES = 180  # file systems allow 255 bytes, with endings such as .json
GRADESCOPE_EXPORT = re.compile(r"assignment_\d+_export")


@dataclass(frozen=True, slots=True)
class Found:
    """A submission as listed.

    Attributes:
        name: its row in every table; unique in the listing.
        path: the file to read, or what stands in its place.
        problem: why it is refused already; empty if it can be tried.
    """

    name: str
    path: Path
    problem: str = ""


def find_submissions(folder: Path, chapter: str = "") -> list[Found]:
    """Every submission under a folder, sorted by name; what cannot be graded is listed with its problem.

    Takes ``NAME.ipynb``, ``NAME.zip`` and ``NAME/`` with a notebook in it, hence also what Moodle, Canvas and
    Gradescope hand out, unpacked; or one such file in place of the folder. Where a student's folder holds
    several notebooks, the one named like the chapter is taken.

    Raises:
        KitError: no such folder, it cannot be listed, or nothing is in it.
    """
    if not folder.exists():
        raise KitError(f"{folder}: no such file or folder; give the folder that holds the submissions")
    if not folder.is_dir():
        return [_single_file(folder)]
    try:
        names = _unique_names(list(_top_level(folder)))
    except OSError as err:
        raise KitError(f"{folder}: cannot be listed ({err.strerror}); check its permissions") from err
    if not names:
        raise KitError(f"{folder}: no submissions; expected NAME.ipynb, NAME.zip or NAME/ with a notebook")
    found = [_look_at(path, name, chapter) for path, name in names.items()]
    return sorted(found, key=lambda one: one.name)


def _single_file(path: Path) -> Found:
    if path.suffix.lower() not in (NOTEBOOK, ARCHIVE):
        raise KitError(f"{path}: expected a folder of submissions, a .ipynb or a .zip file")
    # The grader named this path, so links in it are the grader's own; resolved, it has none.
    return Found(readable(path.stem), path.resolve())


def _top_level(folder: Path) -> Iterator[Path]:
    """What stands for a submission: the folder's entries, and those of a Gradescope export in it."""
    for path in _entries(folder):
        if GRADESCOPE_EXPORT.fullmatch(path.name) and _is_folder(path):
            yield from _entries(path)
        else:
            yield path


def _entries(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if not is_clutter(path.name)]


def _unique_names(paths: list[Path]) -> dict[Path, str]:
    """Short names (``x`` for ``x.ipynb``) as long as they are free, then full file names, then numbers."""
    names: dict[Path, str] = {}
    taken: set[str] = set()
    for path in sorted(paths, key=_precedence):
        full = readable(path.name)
        has_ending = not _is_folder(path) or path.suffix.lower() in (NOTEBOOK, ARCHIVE)
        short = PurePosixPath(full).stem if has_ending else full
        wishes = chain([short, full], (f"{full} ({number})" for number in count(2)))
        names[path] = next(name for name in wishes if name not in taken)
        taken.add(names[path])
    return names


def _precedence(path: Path) -> tuple[int, str]:
    """Folders first, as they have no ending to tell them apart by; then what is most likely to be graded."""
    endings = (NOTEBOOK, ARCHIVE, path.suffix.lower())
    return (0 if _is_folder(path) else 1 + endings.index(path.suffix.lower()), path.name)


def _look_at(path: Path, name: str, chapter: str) -> Found:
    """The submission that one entry of the listing stands for."""
    try:
        return Found(name, _file_of(path, chapter))
    except Refused as err:
        return Found(name, path, str(err))
    except OSError as err:
        return Found(name, path, f"The folder cannot be listed ({err.strerror}): check its permissions.")


def _file_of(path: Path, chapter: str) -> Path:
    suffix = path.suffix.lower()
    if path.is_symlink() or suffix in (NOTEBOOK, ARCHIVE):
        return path  # whatever stands there, reading it tells what is wrong
    if _is_folder(path):
        return _notebook_in(path, chapter)
    kind = f"a {readable(suffix)} file" if suffix else "a file without an ending"
    raise Refused(f"Not a notebook but {kind}: submit the .ipynb file, or the .zip that otter exports.")


def _notebook_in(folder: Path, chapter: str) -> Path:
    """The file to grade in a student's folder: a notebook, else an archive, as near to the top as any."""
    level, seen = [folder], 0
    for _ in range(MAX_DEPTH):
        entries = [path for inner in level for path in _entries(inner)]
        seen += len(entries)
        if seen > MAX_ENTRIES:
            raise Refused(f"The folder holds more than {MAX_ENTRIES:,} files: submit the notebook alone.")
        for ending in (NOTEBOOK, ARCHIVE):
            named = [path for path in entries if path.suffix.lower() == ending]
            # A link or folder of that name is taken only where nothing better is: reading it tells why not.
            if files := [path for path in named if stat.S_ISREG(path.lstat().st_mode)] or named:
                return files[choose([path.relative_to(folder).as_posix() for path in files], chapter)]
        level = [path for path in entries if _is_folder(path)]
    raise Refused("No notebook in the folder (links are not followed): submit the .ipynb file.")


def _is_folder(path: Path) -> bool:
    """A folder itself: a link to one does not count."""
    return stat.S_ISDIR(path.lstat().st_mode)


def read_submission(found: Found, limits: IntakeLimits = LIMITS, chapter: str = "") -> Notebook | Rejection:
    """Read what was found. Whatever it is, the answer is a notebook or a rejection, not an exception.

    Args:
        found: an item of `find_submissions`.
        limits: how much to read at most.
        chapter: the name that tells the notebook to grade among several in an archive.
    """
    data = load_submission(found, limits, chapter)
    return data if isinstance(data, Rejection) else parse_notebook(data)


def load_submission(found: Found, limits: IntakeLimits = LIMITS, chapter: str = "") -> bytes | Rejection:
    """The bytes of the notebook that was found, not looked into yet; see `read_submission`."""
    if found.problem:
        return Rejection(found.problem)
    try:
        return read_bytes(found.path, limits, chapter)
    except Refused as err:
        return Rejection(str(err))
    except OSError as err:
        return Rejection(f"The file cannot be read ({err.strerror}): check its permissions or submit again.")


def file_stem(name: str) -> str:
    """A file name (without ending) for a submission's results: safe anywhere, different for each name.

    Ordinary names stay as they are; any other is cleaned and gets eight digits of a hash. So does an ordinary
    name that ends like one: nobody can take the file of somebody else.
    """
    ordinary = re.fullmatch(r"[\w+@()](?:[\w +@().-]*[\w+@()-])?", name) is not None
    if ordinary and not re.search(r"-[0-9a-f]{8}$", name) and len(name.encode()) <= MAX_STEM_BYTES:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    text = re.sub(r"[^\w+@().-]+", "_", unicodedata.normalize("NFKC", name)).strip("._-")
    return f"{text.encode()[: MAX_STEM_BYTES - 9].decode(errors='ignore') or 'submission'}-{digest}"
