"""The first process of a box: starts the student's process, watches it, ends everything with it.

It reports how the box ended on a socket, and ends the box when the other end of that socket is closed: so the
trusted side stops a box by letting go, and no box outlives a grader that was killed.
"""

import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

WATCH_S = 0.02


@dataclass(frozen=True)
class Ending:
    """How a box ended.

    Attributes:
        signal: the signal that ended the student's process, or 0.
        code: its exit code, if it exited by itself.
        memory_mb: what the box used when it was stopped for memory, or 0.
        fault: what went wrong on the grader's side before student code ran, or empty.
    """

    signal: int = 0
    code: int = 0
    memory_mb: int = 0
    fault: str = ""


@dataclass(frozen=True)
class Watch:
    """What a keeper looks at.

    Attributes:
        report: closed by the trusted side when the box is to end.
        members: the processes of the box, the keeper left out.
        killed_for_memory: whether the kernel ended a process of the box for want of memory.
    """

    report: socket.socket
    memory_mb: int
    members: Callable[[], list[int]]
    killed_for_memory: Callable[[], bool]


def keep(watch: Watch, run: Callable[[], None]) -> Ending:
    """Fork ``run`` and watch it until it ends, uses too much memory, or is let go."""
    child = os.fork()
    if child == 0:
        watch.report.close()
        _run_and_exit(run)
    ending = _watch(child, watch)
    for pid in watch.members():
        _kill(pid)
    return ending


def _run_and_exit(run: Callable[[], None]) -> NoReturn:
    """Run in the student's process; what escapes goes to the zygote's log, which the worker quotes."""
    try:
        run()
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        os._exit(1)
    os._exit(0)


def send_ending(report: socket.socket, ending: Ending) -> None:
    """Tell the trusted side; it may be gone already."""
    try:
        report.sendall(json.dumps(asdict(ending)).encode())
    except OSError:
        return


def _watch(child: int, watch: Watch) -> Ending:
    pid_fd = os.pidfd_open(child)
    poll = select.poll()
    poll.register(pid_fd, select.POLLIN)
    poll.register(watch.report, select.POLLIN | select.POLLHUP)
    baseline = _private_bytes(os.getpid())
    while True:
        ready = {fd for fd, _ in poll.poll(1000 * WATCH_S)}
        _reap_orphans(child)
        if pid_fd in ready:
            return _ended(child, watch)
        if watch.report.fileno() in ready:
            _kill(child)
            return Ending(signal=signal.SIGKILL)
        used_mb = sum(max(0, _private_bytes(pid) - baseline) for pid in watch.members()) // 2**20
        if used_mb > watch.memory_mb:
            _kill(child)
            return Ending(signal=signal.SIGKILL, memory_mb=used_mb)


def _ended(child: int, watch: Watch) -> Ending:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == -signal.SIGKILL and watch.killed_for_memory():
        return Ending(signal=signal.SIGKILL, memory_mb=watch.memory_mb)
    return Ending(signal=-code) if code < 0 else Ending(code=code)


def _reap_orphans(child: int) -> None:
    """Collect daemons that ended; the student's own process is waited for by its descriptor."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid == child:
            return
        os.waitpid(ended.si_pid, os.WNOHANG)


def _private_bytes(pid: int) -> int:
    """Resident memory of a process that is not backed by a file of the disk: its own and shared."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "RssShmem:")))


def all_others() -> list[int]:
    """Every process that this one sees but itself: those of a box, where it has process numbers of its own."""
    own = os.getpid()
    return [pid for pid in _processes() if pid != own]


def processes_of(uid: int) -> list[int]:
    """The processes of a user: those of a box, where a container holds several."""
    return [pid for pid in _processes() if _owner(pid) == uid]


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _owner(pid: int) -> int | None:
    """The user a process acts for; its folder in /proc belongs to root while it may not be traced."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("Uid:")), None)


def descendants() -> list[int]:
    """Processes that descend from this one, where there is nothing else to tell them by."""
    found, front = [], [os.getpid()]
    while front:
        pid = front.pop()
        try:
            children = [
                int(p) for task in Path(f"/proc/{pid}/task").iterdir() for p in (task / "children").read_text().split()
            ]
        except OSError:
            continue
        found += children
        front += children
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
