"""A process that has imported everything once and forks a jailed child per submission.

Started as a program of its own, never forked from the grader: what it holds is what a submission could read.
Its worker asks over one socket, a byte at a time: a library to import, or a box; the request for a box carries two
descriptors, the wire of the new box and the socket its keeper reports on.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import torch

# Everything is imported here, at the start: later there is no way back to the files of this package.
from autograder.grading.sandbox import cgroups, jail, keeper, seccomp
from autograder.grading.sandbox.memory import freeze
from autograder.grading.sandbox.preload import BY_WORD, INLINE_BACKEND, SPAWN, preload, preload_base
from autograder.grading.sandbox.serve import Server
from autograder.grading.sandbox.settings import Settings
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
    as_root = os.geteuid() == 0
    covered: dict[str, str] = {}
    parents: list[cgroups.Parent] = []
    if settings.isolation == "namespaces":
        parents = cgroups.open_parents()
        cgroups.remove_stale(parents)
        covered = jail.enter_root(Path(settings.scratch), [Path(settings.files)] if settings.files else [])
    freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.sendall(b"ready\n")
    while True:
        asked, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        if not asked:
            return
        if asked != SPAWN:
            preload(list(BY_WORD.values())[asked[0]])
            freeze()
            continue
        wire, report = (socket.socket(fileno=fd) for fd in descriptors)
        if os.fork() == 0:
            control.close()
            _start_box(Box(wire, report, notebook_shell, settings, covered, as_root, cgroups.new_groups(parents)))
        wire.close()
        report.close()


def _show_figures(shell: NotebookShell) -> None:
    """Figures appear at the end of the cell that drew them, as in a notebook."""
    with contextlib.suppress(ImportError):
        import matplotlib
        from matplotlib_inline.backend_inline import configure_inline_support

        configure_inline_support(shell, INLINE_BACKEND)
        matplotlib.interactive(True)


@dataclass(frozen=True)
class Box:
    """What a new box is made of."""

    wire: socket.socket
    report: socket.socket
    shell: NotebookShell
    settings: Settings
    covered: dict[str, str]
    as_root: bool
    groups: cgroups.Groups

    @property
    def walled(self) -> bool:
        return self.settings.isolation == "namespaces"


def _start_box(box: Box) -> NoReturn:
    """In a fork of the zygote: raise the walls, keep the student's process, end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    uid = jail.FIRST_THROWAWAY_UID + random.SystemRandom().randrange(jail.THROWAWAY_UIDS) if box.as_root else 0
    try:
        if box.walled:
            _enter_namespaces(box)
            jail.close_to_others()
        folder = _work_folder(box)
        watch = keeper.Watch(box.report, box.settings.memory_mb, box.walled, box.groups.killed_for_memory)
        ending = keeper.keep(watch, lambda: _run_student(box, folder, uid))
        if not box.walled:
            shutil.rmtree(folder, ignore_errors=True)
    except BaseException as err:
        ending = keeper.Ending(fault=f"{type(err).__name__}: {err}")
    keeper.send_ending(box.report, ending)
    os._exit(0)


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
    jail.enter_box(box.settings.disk_mb, box.covered)


def _work_folder(box: Box) -> Path:
    """The folder a submission runs in, with the assignment's own files copied into it."""
    folder = Path(jail.HOME) if box.walled else Path(box.settings.scratch, f"work{os.getpid()}")
    folder.mkdir(exist_ok=True)
    if box.settings.files:
        shutil.copytree(box.settings.files, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    return folder


def _run_student(box: Box, folder: Path, uid: int) -> None:
    """The student's process: give up every right, then serve."""
    os.setsid()
    os.chdir(folder)
    box.groups.enter()
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    raw = attach_outputs(box.shell)
    _close_all_but({0, 1, 2, raw.fileno(), box.wire.fileno()})
    if box.walled:
        if uid:
            _own(folder, uid)
        jail.limit_resources(box.settings)
        jail.drop_privileges(uid)
        seccomp.install()
    else:
        os.environ["HOME"] = os.environ["TMPDIR"] = str(folder)
    sys.stdin = open(os.devnull)  # noqa: SIM115, PTH123
    sys.path[:] = ["", *(p for p in sys.path if p and Path(p).is_dir())]
    Server(Channel(box.wire, box.settings.message_mb * 2**20), box.shell, raw).run()


def _close_all_but(kept: set[int]) -> None:
    for fd in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208
        if fd not in kept:
            with contextlib.suppress(OSError):  # the listing's own
                os.close(fd)


def _own(folder: Path, uid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, uid)


if __name__ == "__main__":
    main(int(sys.argv[1]), Settings(**json.loads(sys.argv[2])))
