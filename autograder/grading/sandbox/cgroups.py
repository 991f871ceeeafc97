"""Memory and process limits by control groups, where this process may make some; v2 or v1.

The keeper's watching (`keeper.py`) works everywhere but looks only every few milliseconds; a control group is
exact. The zygote opens the folders while it still sees the host, and works through the descriptors afterwards.
"""

import contextlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
V2_CONTROLLERS = ("memory", "pids")
NAME = re.compile(r"autograder-(\d+)-[0-9a-f]{8}")  # of a box's groups: the pid of the process that removes them


@dataclass(frozen=True)
class Parent:
    """An open folder in which groups can be made.

    Attributes:
        limits: by file name, which limit goes there: ``memory`` (bytes) or ``processes``.
        kills: the file that counts processes killed for memory, or empty.
    """

    descriptor: int
    limits: dict[str, str]
    kills: str


def open_parents() -> list[Parent]:
    """Where groups can be made on this host; none where that is not allowed."""
    v2 = v2_folder(ROOT, _own_v2_path())
    if v2 is not None:
        limits = {"memory.max": "memory", "memory.swap.max": "zero", "pids.max": "processes"}
        return [Parent(os.open(v2, os.O_RDONLY | os.O_DIRECTORY), limits, "memory.events")]
    parents = []
    for controller, file, limit, kills in (
        ("memory", "memory.limit_in_bytes", "memory", "memory.oom_control"),
        ("pids", "pids.max", "processes", ""),
    ):
        folder = ROOT / controller
        if (folder / file).exists() or (folder / "cgroup.procs").exists():
            with contextlib.suppress(OSError):
                if os.access(folder, os.W_OK):
                    parents.append(Parent(os.open(folder, os.O_RDONLY | os.O_DIRECTORY), {file: limit}, kills))
    return parents


def v2_folder(root: Path, own: str) -> Path | None:
    """The v2 group whose children can be given limits, or None.

    A group that holds processes hands no controllers on, unless it is the topmost. So it is mostly the parent of this
    process's own group, where that belongs to the user, as below ``systemd --user``; for root it may be the topmost.

    Args:
        own: path of this process's group, as /proc tells it.
    """
    here = root / own.lstrip("/")
    for folder in (here, here.parent, root):
        with contextlib.suppress(OSError):
            handed = (folder / "cgroup.subtree_control").read_text().split()
            writable = os.access(folder, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK)
            if writable and set(V2_CONTROLLERS) <= set(handed):
                return folder
    return None


def _own_v2_path() -> str:
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    return next((line.removeprefix("0::") for line in lines if line.startswith("0::")), "/")


def remove_stale(parents: list[Parent]) -> None:
    """Remove groups whose maker is gone: it was killed before it could do so itself."""
    for parent in parents:
        for name in os.listdir(parent.descriptor):  # noqa: PTH208
            if (made := NAME.fullmatch(name)) and not _is_alive(int(made[1])):
                with contextlib.suppress(OSError):  # a group that still holds processes stays
                    os.rmdir(name, dir_fd=parent.descriptor)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def new_groups(parents: list[Parent]) -> "Groups":
    """Groups of a box that this process answers for; not made yet."""
    return Groups(f"autograder-{os.getpid()}-{secrets.token_hex(4)}", parents)


@dataclass(frozen=True)
class Groups:
    """The groups of one box."""

    name: str
    parents: list[Parent]

    def make(self, memory_mb: int, processes: int) -> None:
        """Make and limit the groups; what the kernel refuses is left to the keeper's watching."""
        values = {"memory": memory_mb * 2**20, "processes": processes, "zero": 0}
        for parent in self.parents:
            with contextlib.suppress(OSError):
                os.mkdir(self.name, dir_fd=parent.descriptor)
            for file, limit in parent.limits.items():
                with contextlib.suppress(OSError):  # a kernel without swap accounting has no file for it
                    _write(parent, f"{self.name}/{file}", values[limit])

    def enter(self) -> None:
        """Put this process, and what it will fork, into the groups."""
        for parent in self.parents:
            with contextlib.suppress(OSError):
                _write(parent, f"{self.name}/cgroup.procs", 0)  # the writer itself, whatever its number out there

    def killed_for_memory(self) -> bool:
        """Whether the kernel ended a process of the box because the box was out of memory."""
        for parent in self.parents:
            if parent.kills:
                with contextlib.suppress(OSError):
                    if _kills(_read(parent, f"{self.name}/{parent.kills}")):
                        return True
        return False

    def remove(self) -> None:
        """Remove the groups; everything in them has ended."""
        for parent in self.parents:
            with contextlib.suppress(OSError):
                os.rmdir(self.name, dir_fd=parent.descriptor)


def kills_in_container() -> int:
    """How many processes the kernel has ended for want of memory in the container that this process is in."""
    for path in (ROOT / "memory.events", ROOT / "memory" / "memory.oom_control"):
        with contextlib.suppress(OSError):
            return _kills(path.read_text())
    return 0


def _kills(text: str) -> int:
    """The count in a group's file of memory events, of either version."""
    told = dict(line.split()[:2] for line in text.splitlines() if line.count(" "))
    return int(told.get("oom_kill", 0))


def _write(parent: Parent, path: str, value: int) -> None:
    descriptor = os.open(path, os.O_WRONLY, dir_fd=parent.descriptor)
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)


def _read(parent: Parent, path: str) -> str:
    descriptor = os.open(path, os.O_RDONLY, dir_fd=parent.descriptor)
    try:
        return os.read(descriptor, 65536).decode()
    finally:
        os.close(descriptor)
