"""``autograder doctor`` tells what the host can do, and what helps where it cannot."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from autograder import cli
from autograder.grading.isolation import host
from autograder.grading.isolation.engine import docker_refused
from autograder.grading.isolation.host import Finding, best_wall, examine_host
from autograder.grading.isolation.wall import IMAGE
from autograder.grading.sandbox.settings import Isolation


def test_doctor_agrees_with_what_grade_would_do():
    """Exit code and named isolation follow from whether namespaces work here."""
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "doctor", "--json"], capture_output=True, text=True, check=False
    )
    told = json.loads(done.stdout)
    best = "docker" if not docker_refused(IMAGE) else ""
    best = best if host.namespaces_refused() else "namespaces"
    assert (done.returncode, told["isolation"]) == (int(not best), best)
    assert [f["name"] for f in told["findings"]] == [
        *("system", "namespaces", "control groups", "seccomp", "landlock"),
        *("docker engine", "docker image", "containers", "gpu", "disk", "memory"),
    ]


def test_every_lack_that_can_be_cured_says_how():
    """A finding that is not ok has a cure, but for hardware that is just not there."""
    for finding in examine_host():
        assert finding.ok or finding.cure or finding.name in ("landlock", "gpu", "memory"), finding


def test_host_without_namespaces_is_told_how_to_get_them(monkeypatch: pytest.MonkeyPatch):
    """The table marks the lack, gives the command, and the exit code is 1."""
    monkeypatch.setattr(host, "namespaces_refused", lambda: "unshare: Operation not permitted")
    monkeypatch.setattr(host.os, "geteuid", lambda: 1000)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    done = CliRunner().invoke(cli.main, ["doctor"])
    assert done.exit_code == 1


def test_containers_do_where_namespaces_are_refused():
    """The best wall that is whole is taken: a lack of one does not matter while there is the other."""
    lack = {kind: Finding(kind, False, (kind,), "") for kind in (Isolation.NAMESPACES, Isolation.DOCKER)}
    there = {kind: Finding(kind, True, (kind,), "") for kind in lack}
    namespaces, docker = Isolation.NAMESPACES, Isolation.DOCKER
    assert best_wall([there[namespaces], there[docker]]) == namespaces
    assert best_wall([lack[namespaces], there[docker]]) == docker
    assert best_wall([lack[namespaces], lack[docker]]) is None


def test_cures_name_the_setting(monkeypatch: pytest.MonkeyPatch):
    """For an ordinary user the cure is the kernel's setting, for root it is another place to run."""
    monkeypatch.setattr(host, "namespaces_refused", lambda: "unshare: Operation not permitted")
    monkeypatch.setattr(host.os, "geteuid", lambda: 1000)
    assert "user.max_user_namespaces" in host._namespaces().cure
    monkeypatch.setattr(host.os, "geteuid", lambda: 0)
    assert "--privileged" in host._namespaces().cure
    assert host._namespaces().needed_for == (Isolation.NAMESPACES,)
