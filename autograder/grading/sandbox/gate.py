"""The first program of a container: starts the zygote, and joins the wires of its boxes to the attached streams.

It runs as the container's root, whose rights are few, and holds no secret: what it could tell of one submission, the
trusted side has already. What the trusted side tells first is the zygote's settings and the assignment's own files.
"""

import hashlib
import io
import json
import os
import platform
import socket
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from autograder.grading.sandbox.mux import Mux
from autograder.grading.sandbox.preload import SPAWN
from autograder.grading.sandbox.settings import read_settings

ZYGOTE = "autograder.grading.sandbox.zygote"
PRIVATE = Path("/run/autograder")  # of the container's root
FILES = PRIVATE / "files"
BOX = struct.Struct("!II")  # numbers of the two channels of a box
LENGTH = struct.Struct("!I")
MAX_TOLD = 1 << 30  # the assignment's files come in one piece


class StandardStreams:
    """What the container was started with as a `mux.Stream`."""

    read_fd, write_fd = 0, 1

    def __init__(self) -> None:
        os.set_blocking(0, False)
        os.set_blocking(1, False)

    def read(self) -> bytes | None:
        try:
            return os.read(0, 1 << 18)
        except BlockingIOError:
            return None

    def write(self, data: memoryview) -> int:
        try:
            return os.write(1, data[: 1 << 16])
        except BlockingIOError:
            return 0


class Gate:
    """The zygote of a container and the channels of its boxes."""

    def __init__(self) -> None:
        self.mux = Mux(StandardStreams(), self.told, MAX_TOLD)
        self.control, self._theirs = socket.socketpair()
        self.zygote: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Serve until the trusted side lets go, or the zygote ends."""
        self.mux.tell(json.dumps(describe()).encode())
        while self.mux.step():
            pass

    def told(self, message: bytes) -> None:
        """The settings first, then requests as a zygote takes them; those for a box with their channels."""
        if self.zygote is None:
            self._start(message)
        elif message[:1] == SPAWN:
            self._spawn(*BOX.unpack(message[1:]))
        else:
            self.control.sendall(message)

    def _start(self, message: bytes) -> None:
        (size,) = LENGTH.unpack_from(message)
        told, files = message[LENGTH.size :][:size], message[LENGTH.size + size :]
        settings = replace(read_settings(told.decode()), scratch=str(PRIVATE), files=str(FILES) if files else "")
        if files:
            with zipfile.ZipFile(io.BytesIO(files)) as archive:
                archive.extractall(FILES)
        home = {"HOME": str(PRIVATE), "IPYTHONDIR": f"{PRIVATE}/ipython", "MPLCONFIGDIR": f"{PRIVATE}/matplotlib"}
        arguments = [sys.executable, "-m", ZYGOTE, str(self._theirs.fileno()), json.dumps(asdict(settings))]
        self.zygote = subprocess.Popen(
            arguments,
            env={**os.environ, **home, "OMP_NUM_THREADS": "1", "LANG": "C.UTF-8"},
            pass_fds=[self._theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
        )
        self._theirs.close()
        self.mux.selector.register(self.control, 1, self._zygote_said)

    def _zygote_said(self) -> None:
        said = self.control.recv(64)
        if not said:
            sys.exit(1)
        self.mux.tell(said)

    def _spawn(self, wire: int, report: int) -> None:
        (mine, theirs), (my_report, their_report) = socket.socketpair(), socket.socketpair()
        with theirs, their_report:
            socket.send_fds(self.control, [SPAWN], [theirs.fileno(), their_report.fileno()])
        self.mux.open(wire, mine)
        self.mux.open(report, my_report)


def describe() -> dict[str, str]:
    """What has to be the same on both sides: the version of Python, and this package's own code."""
    return {"python": ".".join(platform.python_version_tuple()[:2]), "code": code_fingerprint()}


def code_fingerprint() -> str:
    """A number for the code that an image holds of this package."""
    digest = hashlib.sha256()
    for path in code_files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def code_files() -> Iterator[Path]:
    """The files of this package that the untrusted side is made of, sorted."""
    here = Path(__file__).parent
    yield from sorted(here.glob("*.py"))
    yield from (here.parent / f"{name}.py" for name in ("codec", "decoding", "encoding", "wire"))


if __name__ == "__main__":
    Gate().run()
