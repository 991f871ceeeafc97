"""Whose a container is: the name of a process in a label, so that it can be told whether that process still runs."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Owner:
    """A process that has containers: which of which host, and when it started, since numbers are used again."""

    host: str
    pid: int
    start: str

    @classmethod
    def read(cls, name: str) -> "Owner | None":
        """An owner by its name; None for a name of another form."""
        parts = name.split("/")
        return cls(parts[0], int(parts[1]), parts[2]) if len(parts) == 3 and parts[1].isdigit() else None

    @property
    def name(self) -> str:
        return f"{self.host}/{self.pid}/{self.start}"

    @property
    def is_gone(self) -> bool:
        """Whether it was of this host and has ended; of other hosts nothing is known."""
        return self.host == _host() and _start_of(self.pid) != self.start


def this_process() -> Owner:
    """The process that asks."""
    return Owner(_host(), os.getpid(), _start_of(os.getpid()))


def _host() -> str:
    """This host since its start, and the process numbers that hold here."""
    if not Path("/proc/sys/kernel/random/boot_id").exists():
        return socket.gethostname()
    numbers = str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}-{numbers}"


def _start_of(pid: int) -> str:
    """When a process started, in ticks since the host did; empty when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
