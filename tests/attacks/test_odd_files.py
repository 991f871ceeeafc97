"""Odd names, archives and files in a folder of submissions, through the real command."""

import json
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from classes import grade_class, points
from forms import FORMS
from library import PLACES, plain_notebook
from targets import SMALL

from autograder.grading.intake import find_submissions
from autograder.grading.isolation.local import namespaces_refused

pytestmark = pytest.mark.skipif(bool(namespaces_refused()), reason=f"no namespaces here: {namespaces_refused()}")

RIGHT, WRONG = (plain_notebook(SMALL, dict.fromkeys(PLACES, kind)) for kind in ("right", "wrong"))
FULL, REJECTED, DESERVE = "full", "rejected", "what the wrong answers earn"
MEGABYTE = 2**20
MOST_S = 150.0  # who opens a pipe waits for ever, and is ended after the limit of a submission and two minutes

NAMES = (
    *(
        "a b [1] (2) ünï-名前.ipynb",
        "a..b.ipynb",
        "..evil.ipynb",
        "-rf.ipynb",
        "$(touch marked);`touch marked`&|.ipynb",
    ),
    *("new\nline\x1b[31m.ipynb", '=HYPERLINK("x")<script>alert(1).ipynb', "x" * 249 + ".ipynb", "CAPITALS.IPYNB"),
    "*?[!a].ipynb",
)


def plain(notebook: dict) -> bytes:
    return FORMS["plain"](notebook)


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> Callable[[Path], None]:
    """Writes an archive with these entries."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in entries:
                archive.writestr(name, data)

    return write


def link_entry(name: str, target: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry, target


def locked(path: Path) -> None:
    """An archive whose flags say that a password is needed."""
    zipped(("hw.ipynb", plain(RIGHT)))(path)
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))


def large(path: Path) -> None:
    """A notebook of 50 MB, most of it outputs."""
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 50 * MEGABYTE}
    cells = [{**cell, "outputs": [output] * (n == 0)} for n, cell in enumerate(RIGHT["cells"])]
    path.write_text(json.dumps({**RIGHT, "cells": cells}))


def unreadable(path: Path) -> None:
    path.write_bytes(plain(RIGHT))
    path.chmod(0)


HARM = b"raise SystemExit('read')"  # a module or a pickle of a submission that something of the grader loads
BESIDE = [(name, HARM) for name in ("numpy.py", "pickle.py", "sitecustomize.py", "otter/__init__.py")]
OVERRIDES = [
    ("tests/q1.py", b"test = {'name': 'q1_row_norms', 'points': 100, 'suites': []}"),
    ("otter_config.json", b"{"),
]
MANY = [(f"data/{n}.txt", b"") for n in range(20_000)]

FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "large.ipynb": (large, FULL),
    "plain.zip": (zipped(("hw.ipynb", plain(RIGHT))), FULL),
    "folder.zip": (
        zipped(
            ("hw/hw.ipynb", plain(RIGHT)),
            *(("__MACOSX/hw/._hw.ipynb", b"\0"), ("hw/.DS_Store", b"\0")),
            ("hw/.ipynb_checkpoints/hw-checkpoint.ipynb", plain(WRONG)),
        ),
        FULL,
    ),
    "slip.zip": (zipped(("../../slipped.ipynb", plain(RIGHT)), ("../../slipped.py", HARM)), FULL),
    "absolute.zip": (zipped(("/var/tmp/slipped.ipynb", plain(RIGHT))), FULL),
    "link.zip": (zipped(link_entry("link", b"/var/tmp"), ("link/slipped.ipynb", plain(RIGHT))), FULL),
    "bomb.zip": (zipped(("hw.ipynb", b" " * 100 * MEGABYTE)), REJECTED),
    "overrides.zip": (zipped(("hw.ipynb", plain(WRONG)), *OVERRIDES, ("autograder/__init__.py", HARM)), DESERVE),
    "modules.zip": (zipped(("hw.ipynb", plain(WRONG)), *BESIDE), DESERVE),
    "log.zip": (zipped(("hw.ipynb", plain(WRONG)), (".OTTER_LOG", b"cbuiltins\nexit\n)R.")), DESERVE),
    "no notebook.zip": (zipped(("hw.html", b"<p>"), ("hw.pdf", b"%PDF")), REJECTED),
    "many.zip": (zipped(("hw.ipynb", plain(WRONG)), *MANY, *MANY[:9], ("hw.ipynb", plain(RIGHT))), FULL),
    "locked.zip": (locked, REJECTED),
    "link.ipynb": (lambda path: path.symlink_to("../outside.ipynb"), REJECTED),
    "neighbour.ipynb": (lambda path: path.symlink_to("CAPITALS.IPYNB"), REJECTED),
    "pipe.ipynb": (os.mkfifo, REJECTED),
    "folder.ipynb": (Path.mkdir, REJECTED),
    "loop.ipynb": (lambda path: path.symlink_to(path.name), REJECTED),
    "unreadable.ipynb": (unreadable, FULL if os.geteuid() == 0 else REJECTED),
    **{name: (lambda path: path.write_bytes(plain(RIGHT)), FULL) for name in NAMES},
    "wrong.ipynb": (lambda path: path.write_bytes(plain(WRONG)), DESERVE),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_odd_files_get_what_their_notebook_earns_or_a_reason(tmp_path: Path):
    """Whatever is handed in has a row: full marks, a reason, or what the answers earn; nothing is read outside."""
    (tmp_path / "outside.ipynb").write_bytes(plain(RIGHT))
    folder = tmp_path / "submissions"
    folder.mkdir()
    for name, (make, _) in FILES.items():
        make(folder / name)
    files = {found.path.name: found.name for found in find_submissions(folder, "small")}
    assert set(files) == set(FILES)
    before = sorted(path for path in tmp_path.iterdir())
    run = grade_class(tmp_path)
    assert run.seconds < MOST_S
    assert run.left == []
    assert len(run.names) == len(FILES)
    made = {"course.toml", "solutions", "scratch", "out", ".secret"}
    assert [path for path in tmp_path.iterdir() if path not in before and path.name not in made] == []
    assert [path for path in (Path("/var/tmp/slipped.ipynb"), Path("marked")) if path.exists()] == []
    got = {name: (run.results[files[name]]["status"], points(run.results[files[name]])) for name in FILES}
    full, none = ({place: value for place in PLACES} for value in (3.0, 0.0))
    earned = {FULL: ("graded", full), REJECTED: ("rejected", none), DESERVE: got["wrong.ipynb"]}
    assert got["wrong.ipynb"][1] != full
    assert got == {name: earned[word] for name, (_, word) in FILES.items()}
    assert all(run.results[files[name]]["message"] for name, (_, word) in FILES.items() if word == REJECTED)
    assert "\x1b" not in run.said
