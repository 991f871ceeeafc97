"""Batches on a Dask cluster: a real scheduler, workers as processes of their own, some of which are lost."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from small_class import COMMAND, TEST_FILE, grade, write_class, write_zip

from autograder.batch.cluster import grade_on_cluster
from autograder.batch.controller import Batch
from autograder.batch.scratch import PREFIX
from autograder.course import Limits
from autograder.grading.assignment import zip_assignment
from autograder.grading.intake import find_submissions
from autograder.grading.isolation.local import namespaces_refused
from autograder.grading.isolation.wall import Wall
from autograder.grading.sandbox.settings import Isolation
from autograder.results import Row

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(namespaces_refused()), reason=f"no namespaces here: {namespaces_refused()}"),
]
DASK = str(Path(sys.executable).with_name("dask"))
IMPATIENT = {  # a node that says nothing for so long is lost
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "15s",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "15s",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "15s",
}
START_S = 60.0


@dataclass
class Cluster:
    """A scheduler and its nodes, each a process in a session of its own."""

    folder: Path
    host: str = "127.0.0.1"
    processes: list[subprocess.Popen] = field(default_factory=list)

    @property
    def scheduler_file(self) -> Path:
        return self.folder / "scheduler.json"

    @property
    def temporary(self) -> Path:
        """Where nodes put what they do not keep."""
        return self.folder / "temporary"

    @property
    def address(self) -> str:
        return json.loads(self.scheduler_file.read_text())["address"]

    def start(self) -> None:
        self._run("scheduler", "scheduler", "--host", self.host, "--port", "0", "--scheduler-file", self.scheduler_file)
        deadline_s = time.monotonic() + START_S
        while not self.scheduler_file.exists():
            assert time.monotonic() < deadline_s
            time.sleep(0.05)

    def add_node(self, name: str, *options: object, before: tuple[str, ...] = (), **env: str) -> psutil.Process:
        """Start a node with one thread; what it starts in turn are its children."""
        options = ("--nthreads", "1", *(options or ["--no-nanny"]))
        return self._run(name, "worker", self.address, "--name", name, *options, before=before, **env)

    def _run(self, name: str, *words: object, before: tuple[str, ...] = (), **env: str) -> psutil.Process:
        self.temporary.mkdir(exist_ok=True)
        env = {**os.environ, **IMPATIENT, "TMPDIR": str(self.temporary), **env}
        log = (self.folder / f"{name}.log").open("w")
        with log:
            process = subprocess.Popen(
                [*before, DASK, *map(str, words), "--no-dashboard"],
                stdout=log, stderr=log, cwd=self.folder, start_new_session=True, env=env,
            )  # fmt: skip
        self.processes.append(process)
        return psutil.Process(process.pid)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@contextlib.contextmanager
def running(folder: Path, host: str = "127.0.0.1") -> Iterator[Cluster]:
    cluster = Cluster(folder, host)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_zip(tmp_path_factory.mktemp("zip") / "small.zip")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two nodes, one of which has a GPU by its own account."""
    with running(tmp_path_factory.mktemp("cluster")) as made:
        made.add_node("plain")
        made.add_node("gpu", "--no-nanny", "--resources", "GPU=1")
        yield made


# --- nodes that are lost ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def far_away() -> Iterator[tuple[str, tuple[str, ...], list[str]]]:
    """A network of its own with one cable to here: this end's address, what to start a process there with, and the
    command that cuts the cable."""
    name = f"ag{os.getpid() % 100000}"
    net = f"198.18.{os.getpid() % 250}"

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    try:
        ip("netns", "add", name)
        ip("link", "add", name, "type", "veth", "peer", "name", "far", "netns", name)
        ip("addr", "add", f"{net}.1/30", "dev", name)
        ip("link", "set", name, "up")
        ip("-n", name, "addr", "add", f"{net}.2/30", "dev", "far")
        ip("-n", name, "link", "set", "far", "up")
        ip("-n", name, "link", "set", "lo", "up")
        yield f"{net}.1", ("ip", "netns", "exec", name), ["ip", "link", "set", name, "down"]
    finally:
        for words in (("link", "del", name), ("netns", "del", name)):
            with contextlib.suppress(OSError, subprocess.CalledProcessError):
                ip(*words)


def has_a_box(node: psutil.Process) -> bool:
    """Whether a node grades: its worker, the zygote of that, and a box."""
    return len(node.children(recursive=True)) >= 3


@pytest.fixture
def distance() -> Iterator[tuple[str, tuple[str, ...], list[str]]]:
    """A network that can be cut; where none can be made, the node is stopped instead, which looks the same."""
    with contextlib.ExitStack() as stack:
        try:
            made = stack.enter_context(far_away())
        except (OSError, subprocess.CalledProcessError):
            made = ("127.0.0.1", (), [])
        yield made


def test_class_is_graded_once_though_nodes_die_and_are_cut_off(archive: Path, tmp_path: Path, distance):
    """Of three nodes one is killed and one loses its network while they grade: grades.csv has the bytes of that
    of a run on this machine, and every submission has one result."""
    host, there, cut = distance
    folder, local, out = write_class(tmp_path / "class", 24, seconds=0.7), tmp_path / "local", tmp_path / "out"
    assert grade(archive, folder, "-o", local).returncode == 0
    with running(tmp_path, host) as cluster:
        cluster.add_node("stays", "--nanny")  # comes back should a busy machine make it look lost
        dies = cluster.add_node("dies")
        far = cluster.add_node("far", before=there)
        words = [*COMMAND, archive, folder, "-o", out, "--cluster", cluster.address, "--json"]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, **IMPATIENT})
        with process:
            lost = []
            while len(lost) < 2:
                assert process.poll() is None, "done before two nodes were lost"
                for node in (dies, far):
                    if node not in lost and has_a_box(node):
                        lost.append(node)
                        if node is dies:
                            node.send_signal(signal.SIGKILL)
                        elif cut:
                            subprocess.run(cut, check=True)
                        else:
                            node.send_signal(signal.SIGSTOP)
                time.sleep(0.05)
            told, _ = process.communicate(timeout=240)
    assert process.returncode == 0
    names = [row["submission"] for row in json.loads(told)]
    assert sorted(names) == sorted(set(names))
    assert (out / "grades.csv").read_bytes() == (local / "grades.csv").read_bytes()
    assert sorted(p.name for p in out.rglob("*")) == sorted(p.name for p in local.rglob("*"))


# --- what nodes are asked -----------------------------------------------------------------------------------------


def test_results_of_a_cluster_are_those_of_this_machine(archive: Path, tmp_path: Path, cluster: Cluster):
    """Results, notebooks and pages are the same but for times; a second run finds them standing and needs no node."""
    folder, local, out = write_class(tmp_path / "class", 4), tmp_path / "local", tmp_path / "out"
    assert grade(archive, folder, "-o", local, "--jobs", 1).returncode == 0
    done = grade(archive, folder, "-o", out, "--cluster", cluster.scheduler_file)
    assert done.returncode == 0, done.stderr
    assert (out / "grades.csv").read_bytes() == (local / "grades.csv").read_bytes()
    for path in (local / "results").iterdir():
        ours, theirs = (json.loads((place / "results" / path.name).read_text()) for place in (local, out))
        for result in (ours, theirs):
            del result["seconds"]
            for cell in result["cells"]:
                del cell["seconds"]
        assert theirs == ours
    for path in (local / "notebooks").iterdir():
        assert (out / "notebooks" / path.name).read_bytes() == path.read_bytes()
    assert grade(archive, folder, "-o", out, "--cluster", "127.0.0.1:1").returncode == 0
    assert grade(archive, folder, "-o", local, "--cluster", "127.0.0.1:1").returncode == 0


def test_nothing_of_the_course_stays_on_a_node(archive: Path, tmp_path: Path, cluster: Cluster):
    """After a run no worker is left on any node, and no file."""
    done = grade(archive, write_class(tmp_path / "class", 2), "-o", tmp_path / "out", "--cluster", cluster.address)
    assert done.returncode == 0, done.stderr
    nodes = [psutil.Process(process.pid) for process in cluster.processes]
    deadline_s = time.monotonic() + 10
    while any(node.children(recursive=True) for node in nodes) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert not [child for node in nodes for child in node.children(recursive=True)]
    assert cluster.temporary.exists()
    assert not list(cluster.temporary.glob(f"{PREFIX}*"))


def test_submissions_go_where_what_they_ask_for_is(archive: Path, tmp_path: Path, cluster: Cluster):
    """What asks for a GPU is graded on the node that has one, and is counted by its GPUs."""
    folder, out = write_class(tmp_path / "class", 3), tmp_path / "out"
    plain = psutil.Process(cluster.processes[1].pid)
    rows: list[Row] = []
    busy, places = [], []

    def on_row(row: Row) -> None:
        rows.append(row)
        busy.extend(plain.children(recursive=True))

    with zip_assignment(archive) as assignment:
        batch = Batch(
            assignment, find_submissions(folder), out, Limits(), Wall(Isolation.NAMESPACES), b"secret", "Course"
        )
        batch.resources = {"GPU": 1}
        for name in ("results", "feedback", "notebooks"):
            (out / name).mkdir(parents=True)
        grade_on_cluster(batch, cluster.address, lambda: None, places.append, on_row)
    assert (len(rows), busy, places) == (4, [], [1])


def test_run_waits_for_its_first_node(archive: Path, tmp_path: Path):
    """Without a node a run says that it waits; a node that joins later gets the work."""
    with running(tmp_path) as cluster:
        words = [*COMMAND, archive, write_class(tmp_path / "class", 1), "-o", tmp_path / "out"]
        process = subprocess.Popen([*words, "--cluster", cluster.address], stderr=subprocess.PIPE, text=True)
        with process:
            assert process.stderr
            assert any("waiting for a node" in line for line in process.stderr)
            cluster.add_node("late")
            threading.Thread(target=process.stderr.read, daemon=True).start()
            assert process.wait(timeout=120) == 0


# --- what is refused ----------------------------------------------------------------------------------------------


def test_node_with_other_packages_is_refused_by_name(archive: Path, tmp_path: Path):
    """The versions of each node are compared before anything is graded; the sentence says what to do."""
    other = tmp_path / "packages" / "numpy-0.1.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 0.1\n")
    with running(tmp_path) as cluster:
        cluster.add_node("old", PYTHONPATH=str(other.parent))
        done = grade(archive, write_class(tmp_path / "class", 1), "-o", tmp_path / "out", "--cluster", cluster.address)
    assert done.returncode == 2
    assert "has numpy 0.1 in place of" in done.stderr
    assert "pip install" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_calls_get_one_sentence(archive: Path, tmp_path: Path, cluster: Cluster):
    """No scheduler there, --jobs with --cluster, test files that are of no use: exit code 2, no traceback."""
    folder, out = write_class(tmp_path / "class", 1), tmp_path / "out"
    broken = write_zip(tmp_path / "broken.zip", TEST_FILE.replace("name =", "names ="))
    for words, told in (
        ((archive, folder, "-o", out, "--cluster", "127.0.0.1:1"), "no Dask scheduler answers at 127.0.0.1:1"),
        ((archive, folder, "-o", out, "--cluster", "127.0.0.1:1", "--jobs", 2), "leave it out"),
        ((broken, folder, "-o", out, "--cluster", cluster.address), "test file q1.py cannot be used"),
    ):
        done = grade(*words)
        assert done.returncode == 2
        assert told in done.stderr
        assert "Traceback" not in done.stderr
