"""Boxes on this machine: a zygote beside the worker, and a fresh jailed child of it for each submission."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path

from autograder.course import Limits
from autograder.errors import GraderFault
from autograder.grading.isolation.owners import this_process
from autograder.grading.isolation.wall import Wall
from autograder.grading.sandbox.keeper import Ending
from autograder.grading.sandbox.preload import BY_WORD, SPAWN
from autograder.grading.sandbox.settings import Isolation, Settings
from autograder.grading.wire import Channel, Reply, WireError

ZYGOTE = "autograder.grading.sandbox.zygote"
RELAY = "autograder.grading.isolation.relay"  # takes requests as a zygote does, for one in a container
START_TIMEOUT_S = 120.0
BOX_TIMEOUT_S = 30.0


class SandboxError(GraderFault):
    """The sandbox could not be set up."""


class Box:
    """One sandboxed process: the channel to it, and how it ended.

    Args:
        sock: the trusted end of the wire.
        report: the socket on which the box's keeper tells the ending; closing it ends the box.
    """

    def __init__(self, sock: socket.socket, report: socket.socket, max_bytes: int):
        self.channel = Channel(sock, max_bytes)
        self._report = report

    def ending(self, wait_s: float = 3.0) -> Ending | None:
        """How the box ended, once its channel has closed; None if it lives on without it.

        Raises:
            SandboxError: the box could not be set up at all.
        """
        self._report.settimeout(wait_s)
        told = b""
        with contextlib.suppress(OSError):
            while chunk := self._report.recv(65536):
                told += chunk
        ending = Ending(**json.loads(told)) if told else None
        if ending and ending.fault:
            raise SandboxError(f"a sandbox could not be set up: {ending.fault}")
        return ending

    def close(self) -> None:
        """End the box and everything in it."""
        self.channel.close()
        self._report.close()


class Zygote:
    """A prepared process that boxes are forked from; one per worker. Use as a context manager.

    Args:
        wall: around its boxes.
        files: a folder whose contents each submission finds beside it, or None.

    Raises:
        SandboxError: it did not start; the text holds what it said.
    """

    def __init__(self, wall: Wall, limits: Limits, files: Path | None):
        self._max_bytes = limits.message_mb * 2**20
        self._folder = Path(tempfile.mkdtemp(prefix="autograder-"))
        self._folder.chmod(0o711)
        scratch = self._folder / "root"
        scratch.mkdir()
        settings = Settings(
            isolation=wall.isolation,
            scratch=str(scratch),
            files=str(files.resolve()) if files else "",
            cpu_s=round(limits.timeout_s * (os.cpu_count() or 1)) + 1,
            memory_mb=limits.memory_mb,
            processes=limits.processes,
            open_files=limits.open_files,
            disk_mb=limits.disk_mb,
            output_kb=limits.output_kb,
            message_mb=limits.message_mb,
            gpu=_gpu_inside(wall),
            gpu_share=wall.gpu.share if wall.gpu else 1.0,
        )
        self._log = (self._folder / "zygote.log").open("w+")
        self._control, theirs = socket.socketpair()
        in_container = wall.isolation == Isolation.DOCKER
        program = [RELAY if in_container else ZYGOTE, str(theirs.fileno()), json.dumps(asdict(settings))]
        if in_container:
            program += [json.dumps(asdict(wall)), this_process().name]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *program],
                env=dict(os.environ) if in_container else _clean_environment(self._folder),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
            )
        self._box_timeout_s = START_TIMEOUT_S if in_container else BOX_TIMEOUT_S
        self._spare: Box | None = None
        self._preloaded: set[int] = set()

    def wait_ready(self) -> None:
        """Block until the zygote has imported everything and raised its walls.

        Raises:
            SandboxError.
        """
        self._control.settimeout(START_TIMEOUT_S)
        try:
            ready = self._control.recv(16)
        except TimeoutError:
            ready = b""
        if ready != b"ready\n":
            said = self._last_words()
            self.close()
            raise SandboxError(f"the sandbox did not start: {said}")

    def _last_words(self) -> str:
        self._log.seek(0)
        return (self._log.read().strip().splitlines() or ["it said nothing"])[-1]

    def preload(self, words: Collection[str]) -> None:
        """Have the zygote import what code of these words will want, once and for all boxes to come.

        Raises:
            SandboxError.
        """
        wanted = {place for place, word in enumerate(BY_WORD) if word in words} - self._preloaded
        if wanted:
            self._preloaded |= wanted
            self._ask(bytes(wanted))
            self._drop_spare()

    def box(self) -> Box:
        """A fresh box, ready for its first request; the next one is prepared meanwhile.

        Raises:
            SandboxError.
        """
        spare, self._spare = self._spare, None
        try:
            box = _when_ready(spare or self._spawn(), self._box_timeout_s)
        except SandboxError as err:
            if spare is None:
                raise SandboxError(f"{err}; {self._last_words()}") from err
            box = _when_ready(self._spawn(), self._box_timeout_s)  # the spare one may have gone with its container
        self._spare = self._spawn()
        return box

    def _spawn(self) -> Box:
        (mine, theirs), (my_report, their_report) = socket.socketpair(), socket.socketpair()
        with theirs, their_report:
            self._ask(SPAWN, theirs.fileno(), their_report.fileno())
        return Box(mine, my_report, self._max_bytes)

    def _ask(self, request: bytes, *descriptors: int) -> None:
        try:
            socket.send_fds(self._control, [request], descriptors)
        except OSError as err:
            raise SandboxError(f"the zygote is gone (exit code {self._process.poll()})") from err

    def _drop_spare(self) -> None:
        if self._spare:
            self._spare.close()
        self._spare = None

    def close(self) -> None:
        """End the zygote and its boxes, and remove what it left on disk."""
        self._drop_spare()
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> "Zygote":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _when_ready(box: Box, timeout_s: float) -> Box:
    """A box that has said that it is up.

    Raises:
        SandboxError: it did not, and is closed.
    """
    try:
        message = box.channel.receive(time.monotonic() + timeout_s)
    except WireError as err:
        with contextlib.closing(box):
            box.ending(0.5)
        raise SandboxError(f"a sandbox did not come up: {err}") from err
    if message.kind != Reply.READY:
        box.close()
        raise SandboxError(f"a sandbox said {message.kind!r} in place of ready")
    return box


def _gpu_inside(wall: Wall) -> str:
    """The number of a worker's GPU as its submissions see it: a container is given one only."""
    if wall.gpu is None:
        return ""
    return "0" if wall.isolation == Isolation.DOCKER else wall.gpu.device


def _clean_environment(folder: Path) -> dict[str, str]:
    """What a zygote may know of the host's environment: nothing that could be a secret."""
    passed = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TZ") if name in os.environ}
    config = {"IPYTHONDIR": str(folder / "ipython"), "MPLCONFIGDIR": str(folder / "matplotlib")}
    return {**passed, **config, "HOME": str(folder), "OMP_NUM_THREADS": "1", "LANG": "C.UTF-8"}


def namespaces_refused() -> str:
    """Why this host cannot do ``namespaces`` isolation, or the empty string if it can.

    Tries it: a zygote is started as for grading, without the heavy imports being any different.
    """
    if sys.platform != "linux":
        return f"namespaces are a thing of Linux, and this is {sys.platform}"
    probe = (
        "import os,sys,tempfile,pathlib;from autograder.grading.sandbox import jail;"
        "covered=jail.enter_root(pathlib.Path(sys.argv[1]));jail.unshare_box();pid=os.fork();"
        "(jail.enter_box(16,covered),os._exit(0)) if pid==0 else sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))"
    )
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        done = subprocess.run([sys.executable, "-c", probe, folder], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["refused"])[-1]
