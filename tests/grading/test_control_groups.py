"""Control groups: found where they can be made, limited, and removed even if their maker was killed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.grading.sandbox import cgroups
from autograder.grading.sandbox.cgroups import Parent

MEMORY_MB, PROCESSES = 321, 17


@pytest.fixture
def parents() -> Iterator[list[Parent]]:
    """Where groups can be made on this host, v1 or v2."""
    found = cgroups.open_parents()
    if not found:
        pytest.skip("this user can make no control groups here")
    yield found
    for parent in found:
        os.close(parent.descriptor)


def read(parent: Parent, path: str) -> str:
    return Path(f"/proc/self/fd/{parent.descriptor}", path).read_text().strip()


def names(parent: Parent) -> list[str]:
    return os.listdir(parent.descriptor)  # noqa: PTH208


def ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_groups_hold_their_limits_and_the_process_that_entered(parents: list[Parent]):
    """The kernel tells the limits back, lists the process, and lets the group go once it is empty."""
    groups = cgroups.new_groups(parents)
    groups.make(MEMORY_MB, PROCESSES)
    try:
        expected = {"memory": str(MEMORY_MB * 2**20), "processes": str(PROCESSES), "zero": "0"}
        for parent in parents:
            for file, limit in parent.limits.items():
                assert file == "memory.swap.max" or read(parent, f"{groups.name}/{file}") == expected[limit]
        told, tell = os.pipe()
        if (pid := os.fork()) == 0:
            groups.enter()
            os.close(tell)
            os.read(told, 1)
            os._exit(0)
        os.close(told)
        try:
            while not all(str(pid) in read(parent, f"{groups.name}/cgroup.procs").split() for parent in parents):
                assert os.waitpid(pid, os.WNOHANG) == (0, 0)
        finally:
            os.close(tell)
            os.waitpid(pid, 0)
        assert not groups.killed_for_memory()
    finally:
        groups.remove()
    assert not any(groups.name in names(parent) for parent in parents)


def test_groups_of_a_killed_maker_are_removed(parents: list[Parent]):
    """A group stays while the process in its name lives, and goes when that has ended."""
    living = cgroups.new_groups(parents)
    stale = replace(living, name=living.name.replace(str(os.getpid()), str(ended_pid())))
    for groups in (living, stale):
        groups.make(MEMORY_MB, PROCESSES)
    try:
        cgroups.remove_stale(parents)
        for parent in parents:
            assert (living.name in names(parent), stale.name in names(parent)) == (True, False)
    finally:
        living.remove()
        stale.remove()


@pytest.mark.parametrize(
    ("handed", "own", "expected"),
    [
        ({"": "cpu memory pids", "a": ""}, "/a/b", ""),  # root on a host of today
        ({"": "memory pids", "a": "memory pids", "a/b": ""}, "/a/b", "a"),  # below systemd --user, in a scope
        ({"": "memory pids", "a": "cpu", "a/b": "memory pids"}, "/a/b", "a/b"),
        ({"": "memory pids"}, "/", ""),  # a container that may write to its groups
        ({"": "cpu", "a": "pids"}, "/a", None),
        ({"": "memory", "a": ""}, "/gone", None),
        ({}, "/", None),  # v1, or nothing mounted
    ],
)
def test_v2_groups_are_made_where_the_controllers_are_handed_on(
    tmp_path: Path, handed: dict[str, str], own: str, expected: str | None
):
    """In this process's group, else beside it, else at the top; nowhere if none hands memory and pids on."""
    for name, controllers in handed.items():
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "cgroup.subtree_control").write_text(controllers + "\n")
        (tmp_path / name / "cgroup.procs").touch()
    found = cgroups.v2_folder(tmp_path, own)
    assert found == (None if expected is None else tmp_path / expected)
