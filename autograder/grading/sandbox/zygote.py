"""A process that has imported everything once and forks a jailed child per submission.

Started as a program of its own, never forked from the grader: what it holds is what a submission could read.
Its worker asks over one socket, a byte at a time: a library to import, or a box; the request for a box carries two
descriptors, the wire of the new box and the socket its keeper reports on.
"""

import contextlib
import os
import random
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import torch

# Everything is imported here, at the start: later there is no way back to the files of this package.
from autograder.grading.sandbox import cgroups, gpu, jail, keeper, seccomp
from autograder.grading.sandbox.memory import freeze
from autograder.grading.sandbox.preload import BY_WORD, INLINE_BACKEND, SPAWN, preload, preload_base
from autograder.grading.sandbox.serve import Server
from autograder.grading.sandbox.settings import Isolation, Settings, read_settings
from autograder.grading.sandbox.shell import NotebookShell, attach_outputs, create_shell
from autograder.grading.wire import Channel

ENVIRONMENT = {
    "HOME": jail.HOME,
    "IPYTHONDIR": f"{jail.HOME}/.ipython",
    "LANG": "C.UTF-8",
    "MPLBACKEND": INLINE_BACKEND,
    "MPLCONFIGDIR": f"{jail.HOME}/.config/matplotlib",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PATH": f"{sys.prefix}/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    "TMPDIR": "/tmp",
    "TORCHINDUCTOR_CACHE_DIR": "/tmp",  # torch._dynamo makes this folder when imported, and the zygote can make none
    "USER": "student",
}


def main(control_fd: int, settings: Settings) -> None:
    """Prepare, then fork on request until the worker lets go."""
    control = socket.socket(fileno=control_fd)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the worker's business
    preload_base()
    torch.set_num_threads(1)
    notebook_shell = create_shell(settings.output_kb)
    _show_figures(notebook_shell)
    os.environ.update(ENVIRONMENT)
    gpu.choose(settings.gpu, settings.gpu_share)
    uids = jail.throwaway_uids(settings.isolation)
    covered: dict[str, str] = {}
    parents: list[cgroups.Parent] = []
    if settings.isolation == Isolation.NAMESPACES:
        parents = cgroups.open_parents()
        cgroups.remove_stale(parents)
        shown = [Path(settings.files)] if settings.files else []
        covered = jail.enter_root(Path(settings.scratch), shown, settings.gpu)
    freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.sendall(b"ready\n")
    _serve(control, Shared(notebook_shell, settings, covered, uids, parents))


@dataclass(frozen=True)
class Shared:
    """What all boxes of a zygote have in common; ``uids`` are the throwaway users there are, or 0 without a choice."""

    shell: NotebookShell
    settings: Settings
    covered: dict[str, str]
    uids: Sequence[int]
    parents: list[cgroups.Parent]


def _serve(control: socket.socket, shared: Shared) -> None:
    """Import and fork as the worker asks."""
    before = os.open(os.devnull, os.O_RDONLY)
    while True:
        asked, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        if not asked:
            return
        if asked != SPAWN:
            preload(list(BY_WORD.values())[asked[0]])
            freeze()
            continue
        over, lasts = os.pipe()
        if os.fork() == 0:
            control.close()
            wire, report = (socket.socket(fileno=fd) for fd in descriptors)
            uid = random.SystemRandom().choice(shared.uids)
            _start_box(Box(shared, wire, report, before, uid, cgroups.new_groups(shared.parents)))
        for descriptor in (before, lasts, *descriptors):
            os.close(descriptor)
        before = over


def _show_figures(shell: NotebookShell) -> None:
    """Figures appear at the end of the cell that drew them, as in a notebook."""
    with contextlib.suppress(ImportError):
        import matplotlib
        from matplotlib_inline.backend_inline import configure_inline_support

        configure_inline_support(shell, INLINE_BACKEND)
        matplotlib.interactive(True)


@dataclass(frozen=True)
class Box:
    """What a new box is made of.

    Attributes:
        before: comes to its end with the box that was made before.
        uid: the user it runs as.
    """

    shared: Shared
    wire: socket.socket
    report: socket.socket
    before: int
    uid: int
    groups: cgroups.Groups

    @property
    def settings(self) -> Settings:
        return self.shared.settings

    @property
    def walled(self) -> bool:
        return self.settings.isolation != Isolation.NONE

    def members(self) -> list[int]:
        """The processes of the box but for its keeper, which asks."""
        if self.settings.isolation == Isolation.NAMESPACES:
            return keeper.all_others()
        return keeper.processes_of(self.uid) if self.settings.isolation == Isolation.DOCKER else keeper.descendants()

    def memory_alarm(self) -> Callable[[], bool]:
        """Tells whether the kernel has ended a process for want of memory since now."""
        if self.settings.isolation != Isolation.DOCKER:
            return self.groups.killed_for_memory
        before = cgroups.kills_in_container()
        return lambda: cgroups.kills_in_container() > before


def _start_box(box: Box) -> NoReturn:
    """In a fork of the zygote: raise the walls, keep the student's process, end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        if box.settings.isolation == Isolation.NAMESPACES:
            _enter_namespaces(box)
        if box.walled:
            jail.close_to_others()
        folder = _work_folder(box)
        watch = keeper.Watch(box.report, box.settings.memory_mb, box.members, box.memory_alarm())
        ending = keeper.keep(watch, lambda: _run_student(box, folder))
        _tidy(box, folder)
    except BaseException as err:
        ending = keeper.Ending(fault=f"{type(err).__name__}: {err}")
    keeper.send_ending(box.report, ending)
    os._exit(0)


def _tidy(box: Box, folder: Path) -> None:
    """Remove what a box leaves behind that does not end with its namespaces."""
    if box.settings.isolation == Isolation.DOCKER:
        jail.purge(box.uid)
        with contextlib.suppress(OSError):  # it ended before it was the student's: there is nothing in it to hide
            folder.rmdir()
    elif box.settings.isolation == Isolation.NONE:
        shutil.rmtree(folder, ignore_errors=True)


def _enter_namespaces(box: Box) -> None:
    """Go on as the first process of new namespaces; the process that was there only waits for it."""
    jail.unshare_box()
    box.groups.make(box.settings.memory_mb, box.settings.processes)
    if os.fork() > 0:
        box.wire.close()
        box.report.close()
        os.wait()
        box.groups.remove()
        os._exit(0)
    jail.die_with_parent(signal.SIGKILL)
    jail.enter_box(box.settings.disk_mb, box.shared.covered)


def _work_folder(box: Box) -> Path:
    """The folder a submission runs in, with the assignment's own files copied into it."""
    folder = {
        Isolation.NAMESPACES: Path(jail.HOME),
        Isolation.DOCKER: Path(jail.HOME, str(box.uid)),
        Isolation.NONE: Path(box.settings.scratch, f"work{os.getpid()}"),
    }[box.settings.isolation]
    folder.mkdir(mode=0o700, exist_ok=True)
    if box.settings.files:
        shutil.copytree(box.settings.files, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    return folder


def _run_student(box: Box, folder: Path) -> None:
    """The student's process: give up every right, then serve."""
    os.setsid()
    os.chdir(folder)
    box.groups.enter()
    if box.settings.isolation == Isolation.DOCKER:
        jail.die_first()
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    raw = attach_outputs(box.shared.shell)
    _close_all_but({0, 1, 2, raw.fileno(), box.wire.fileno(), box.before})
    if box.walled:
        if box.uid:
            _own(folder, box.uid)
        jail.limit_resources(box.settings)
        jail.drop_privileges(box.uid)
        seccomp.install()
    else:
        os.environ["TMPDIR"] = str(folder)
    os.environ["HOME"] = str(folder)
    sys.stdin = open(os.devnull)  # noqa: SIM115, PTH123
    sys.path[:] = ["", *(p for p in sys.path if p and Path(p).is_dir())]
    _wait_for_others(box)
    Server(Channel(box.wire, box.settings.message_mb * 2**20), box.shared.shell, raw).run()


def _wait_for_others(box: Box) -> None:
    """Where boxes share folders and process numbers, be ready only when what the one before left is gone."""
    if box.settings.isolation == Isolation.DOCKER:
        os.read(box.before, 1)
    os.close(box.before)


def _close_all_but(kept: set[int]) -> None:
    for fd in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208
        if fd not in kept:
            with contextlib.suppress(OSError):  # the listing's own
                os.close(fd)


def _own(folder: Path, uid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, uid)


if __name__ == "__main__":
    main(int(sys.argv[1]), read_settings(sys.argv[2]))
