"""What a submission may have left behind on the host."""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from autograder.grading.isolation import engine
from autograder.grading.isolation.owners import this_process
from autograder.grading.isolation.wall import Wall
from autograder.grading.sandbox.gate import ZYGOTE
from autograder.grading.sandbox.jail import HOME as WORK
from autograder.grading.sandbox.jail import THROWAWAY_UIDS
from autograder.grading.sandbox.settings import Isolation

HOME = Path.home()
PLACES = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), HOME, Path.cwd())
DEPTH = 4  # of folders below a place that are looked into
FIXED = (
    *(".bashrc", ".profile", ".pythonrc", ".pythonrc.py", ".config/pip/pip.conf", ".ipython/profile_default/startup"),
    *(".local/share/jupyter/kernels/python3/kernel.json", ".ipython/profile_default/ipython_config.py"),
    *(".local/lib/python3/site-packages/usercustomize.py", ".matplotlib/matplotlibrc", ".config/matplotlib"),
)
# Processes of the box that waits for the next submission.
SPARE_BOX = {Isolation.NAMESPACES: 3, Isolation.DOCKER: 2, Isolation.NONE: 3}
SETTLE_S = 10.0
OF_AN_ENGINE = re.compile(r"/(overlay2|containers|netns)/")  # containers of other tests come and go


def _group_folders() -> list[Path]:
    """Where control groups of boxes can be."""
    told = Path("/proc/self/cgroup").read_text().splitlines()
    own = [line.partition("::")[2].lstrip("/") for line in told if line.startswith("0::")]
    root = Path("/sys/fs/cgroup")
    return [root / "memory", root / "pids", *(root / path for path in own)]


GROUPS = _group_folders()


def is_throwaway(uid: int) -> bool:
    return uid in THROWAWAY_UIDS


def zygote_pid(wall: Wall, started: int) -> int:
    """The process that boxes come from, as this host numbers it.

    Args:
        started: what the worker started for it.
    """
    if wall.isolation != Isolation.DOCKER:
        return started
    with engine.engine() as client:
        (mine,) = client.containers.list(filters={"label": f"{engine.OWNER}={this_process().name}"})
        first = psutil.Process(mine.attrs["State"]["Pid"])
    return next(p.pid for p in first.children(recursive=True) if ZYGOTE in p.cmdline())


@dataclass
class Watch:
    """Compares the host before and after a submission.

    Args:
        mark: a text that stands in the name of everything that attacks leave.
        zygote: pid of the process that boxes come from.
        isolation: of these boxes.
    """

    mark: str
    zygote: int
    isolation: Isolation
    before: dict[str, object] = field(default_factory=dict)
    groups: set[Path] = field(default_factory=set)

    def start(self) -> None:
        self.before = self._state()
        self.groups = self._stale_groups()

    def problems(self) -> list[str]:
        """What is there that was not there before, in words."""
        after = self._state()
        found = [f"{what} changed" for what, value in after.items() if value != self.before[what]]
        return [*found, *self._processes(), *self._files(), *self._shared_memory(), *self._files_of_container()]

    def _state(self) -> dict[str, object]:
        state: dict[str, object] = {f"~/{name}": _stamp(HOME / name) for name in FIXED}
        mounts = (line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())
        state["mounts"] = sorted(place for place in mounts if not OF_AN_ENGINE.search(place))
        state["libraries"] = tuple(_stamp(Path(path)) for path in (os.__file__, psutil.__file__, sys.prefix))
        return state

    def _processes(self) -> list[str]:
        end_s = time.monotonic() + SETTLE_S
        while True:
            boxes = _descendants(self.zygote)
            marked = [p for p in psutil.process_iter(["cmdline"]) if self.mark in " ".join(p.info["cmdline"] or [])]
            marked = [p for p in marked if p.pid != os.getpid()]
            groups = self._stale_groups() - self.groups
            spare = SPARE_BOX[self.isolation]
            if len(boxes) <= spare and not marked and not groups:
                return []
            if time.monotonic() > end_s:
                left = [f"process left: {pid}" for pid in [*boxes[spare:], *marked]]
                return left + [f"control group left: {path}" for path in groups]
            time.sleep(0.02)

    @staticmethod
    def _stale_groups() -> set[Path]:
        """Control groups of boxes that are gone: their names tell the process that made them."""
        groups = {path for base in GROUPS for path in base.glob("autograder-*") if path.is_dir()}
        return {path for path in groups if not psutil.pid_exists(int(path.name.split("-")[1]))}

    def _files(self) -> list[str]:
        found = []
        for place in PLACES:
            for root, folders, files in os.walk(place):
                depth = len(Path(root).parts) - len(place.parts)
                names = [*folders, *files]
                found += [f"file left: {root}/{name}" for name in names if self.mark in name]
                if depth == 0 and place != Path.cwd():
                    found += [f"file left: {root}/{name}" for name in names if is_throwaway(_owner(root, name))]
                hidden = {".cache", ".git", ".cargo", "site-packages", "node_modules", ".venv"}
                folders[:] = [] if depth >= DEPTH else [f for f in folders if f not in hidden and "pytest-of" not in f]
        return found

    def _files_of_container(self) -> list[str]:
        """What boxes left in the folders that they share; the spare one has a folder to work in."""
        if self.isolation != Isolation.DOCKER:
            return []
        root = Path(f"/proc/{self.zygote}/root")
        left = [path for place in ("tmp", "dev/shm", "run") for path in (root / place).iterdir()]
        left += sorted((root / WORK[1:]).iterdir(), key=lambda path: path.stat().st_mtime)[:-1]
        return [f"file left in the container: {path}" for path in left if path.name != "autograder"]

    @staticmethod
    def _shared_memory() -> list[str]:
        lines = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
        return [f"shared memory left: {line[1]}" for line in lines if is_throwaway(int(line[7]))]


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _owner(root: str, name: str) -> int:
    try:
        return os.lstat(os.path.join(root, name)).st_uid  # noqa: PTH118
    except OSError:
        return -1


def _descendants(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


class Sampler:
    """Tells the peak of the memory that the grader and its boxes used."""

    def __init__(self, zygote: int):
        path = str(Path(__file__).with_name("sampler.py"))
        command = [sys.executable, path, str(os.getpid()), str(zygote)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def peaks(self) -> str:
        """The peaks since the last call, as JSON."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
