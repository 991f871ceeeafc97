"""What this host supports, each lack with the command that cures it."""

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import GraderFault, KitError
from autograder.grading.isolation import engine
from autograder.grading.isolation.gpus import host_gpus
from autograder.grading.isolation.local import namespaces_refused
from autograder.grading.isolation.wall import IMAGE
from autograder.grading.sandbox import cgroups
from autograder.grading.sandbox.settings import Isolation

MIN_DISK_MB, MIN_MEMORY_MB = 2_000, 4_000
NAMESPACES, CONTAINERS = (Isolation.NAMESPACES,), (Isolation.DOCKER,)
NAMESPACES, CONTAINERS = (Isolation.NAMESPACES,), (Isolation.DOCKER,)
LANDLOCK_CREATE_RULESET, LANDLOCK_VERSION = 444, 1  # the call has this number on every architecture


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        needed_for: the kinds of wall that cannot be without it.
        told: what was found.
        cure: the command or step that helps; empty where nothing is amiss.
    """

    name: str
    ok: bool
    needed_for: tuple[Isolation, ...]
    told: str
    cure: str = ""


def examine_host() -> list[Finding]:
    """Look at everything that grading can use."""
    return [check() for check in CHECKS]


def best_wall(findings: list[Finding]) -> Isolation | None:
    """The wall that submissions get without being asked for one; None if this host can make none."""
    for isolation in (Isolation.NAMESPACES, Isolation.DOCKER):
        if all(finding.ok for finding in findings if isolation in finding.needed_for):
            return isolation
    return None


def _system() -> Finding:
    linux = sys.platform == "linux"
    cure = "" if linux else "here containers wall in submissions: --isolation docker"
    return Finding("system", linux, NAMESPACES, f"{sys.platform}, Python {sys.version.split()[0]}, uid {_uid()}", cure)


def _uid() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else -1


def _namespaces() -> Finding:
    refused = namespaces_refused()
    if not refused:
        return Finding("namespaces", True, NAMESPACES, "as root" if _uid() == 0 else "as an ordinary user")
    if _uid() == 0:
        cure = "in a container: run it with --privileged on a host of your own, or grade on the host itself"
    else:
        cure = (
            "sudo sysctl -w user.max_user_namespaces=10000; on Debian also kernel.unprivileged_userns_clone=1, "
            "on Ubuntu 24.04 also kernel.apparmor_restrict_unprivileged_userns=0; or run as root"
        )
    return Finding("namespaces", False, NAMESPACES, f"refused ({refused})", cure)


def _cgroups() -> Finding:
    parents = cgroups.open_parents() if sys.platform == "linux" else []
    for parent in parents:
        os.close(parent.descriptor)
    files = [file for parent in parents for file in parent.limits]
    if files:
        return Finding("control groups", True, (), f"memory and processes by {', '.join(files)}")
    cure = "run as root, or on a host with systemd: systemd-run --user --scope autograder grade …"
    return Finding("control groups", False, (), "none to write to: memory is watched every 20 ms instead", cure)


def _seccomp() -> Finding:
    found = Path("/proc/sys/kernel/seccomp/actions_avail").exists()
    cure = "" if found else "use a kernel built with CONFIG_SECCOMP_FILTER"
    return Finding("seccomp", found, NAMESPACES, "filters can be set" if found else "this kernel has no filters", cure)


def _landlock() -> Finding:
    """Told for whoever asks; the wall is made without it, see docs/security.md."""
    version = -1
    if sys.platform == "linux":
        version = ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), LANDLOCK_VERSION)
    there = f"version {version}" if version > 0 else "not in this kernel"
    return Finding("landlock", version > 0, (), f"{there}; not used: namespaces show nothing it could hide")


def _engine() -> Finding:
    cure = "start Docker (sudo systemctl start docker), or set DOCKER_HOST"
    try:
        with engine.engine() as client:
            version = client.version()["Version"]
    except (KitError, GraderFault) as err:
        return Finding("docker engine", False, CONTAINERS, str(err), cure)
    return Finding("docker engine", True, CONTAINERS, f"version {version} at {engine.address()}")


def _image() -> Finding:
    refused = engine.docker_refused(IMAGE)
    return Finding("docker image", not refused, CONTAINERS, refused or IMAGE, "make image" if refused else "")


def _containers() -> Finding:
    try:
        left = engine.strays()
    except (KitError, GraderFault):
        return Finding("containers", True, (), "none to look at")
    cure = "the next 'autograder grade --isolation docker' removes them" if left else ""
    return Finding("containers", not left, (), f"{len(left)} left by graders that were killed", cure)


def _gpu() -> Finding:
    devices = host_gpus()
    if devices:
        return Finding("gpu", True, (), f"number {', '.join(devices)}: --gpus all")
    return Finding("gpu", False, (), "none; cases that need one are reported as not run")


def _disk() -> Finding:
    folder = tempfile.gettempdir()
    free_mb = shutil.disk_usage(folder).free // 2**20
    cure = "" if free_mb >= MIN_DISK_MB else "free some space there, or set TMPDIR to a folder with more"
    return Finding("disk", not cure, (), f"{free_mb:,} MB free in {folder}", cure)


def _memory() -> Finding:
    try:
        lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        free_mb = int(lines["MemAvailable"].split()[0]) // 1024
    except (OSError, KeyError, ValueError):
        return Finding("memory", False, (), "cannot be told")
    cure = "" if free_mb >= MIN_MEMORY_MB else "grade with --jobs 1 and a smaller --memory"
    return Finding("memory", not cure, (), f"{free_mb:,} MB free, {os.cpu_count()} cores", cure)


CHECKS: tuple[Callable[[], Finding], ...] = (
    *(_system, _namespaces, _cgroups, _seccomp, _landlock, _engine, _image, _containers, _gpu, _disk, _memory),
)
