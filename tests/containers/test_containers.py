"""Submissions in containers of a real engine: walled in, told apart, replaced, and removed."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import docker
import psutil
import pytest

from autograder.course import Limits
from autograder.grading.assignment import Assignment
from autograder.grading.isolation import engine
from autograder.grading.isolation.local import SandboxError, Zygote
from autograder.grading.isolation.owners import Owner, this_process
from autograder.grading.isolation.wall import Wall
from autograder.grading.judge.suite import read_suite
from autograder.grading.notebook import Cell, CellKind, Notebook
from autograder.grading.sandbox.settings import Isolation
from autograder.grading.session import Graded, Grader, grade_notebook

pytestmark = [pytest.mark.docker, pytest.mark.slow]

LIMITS = Limits(cell_timeout_s=30, timeout_s=120, memory_mb=400, processes=64, disk_mb=64)
TESTS = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "{name}"
points = None

@test_case(points=2, hidden=True)
def test_answer({name}):
    assert {name}(3) == 9
"""
GOOD = "def q1(x): return x * x\ndef q2(x): return x * x"

Grade = Callable[..., Graded]


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """Two questions and a data file."""
    folder = tmp_path_factory.mktemp("assignment")
    (folder / "tests").mkdir()
    (folder / "files" / "data").mkdir(parents=True)
    (folder / "files" / "data" / "numbers.csv").write_text("3,9")
    for name in ("q1", "q2"):
        (folder / "tests" / f"{name}.py").write_text(TESTS.format(name=name))
    return Assignment("small", None, folder / "tests", folder / "files")


@pytest.fixture(scope="module")
def warm(image: str, assignment: Assignment) -> Iterator[tuple[Grade, str]]:
    """Grades a notebook of cells in a warm container, which is named, too."""
    others = own_containers()
    with Zygote(Wall(Isolation.DOCKER, image), LIMITS, assignment.files_dir) as zygote:
        zygote.wait_ready()
        (container,) = own_containers() - others
        yield _grade_in(zygote, assignment), container


@pytest.fixture
def grade(warm: tuple[Grade, str]) -> Grade:
    return warm[0]


def _grade_in(zygote: Zygote, assignment: Assignment) -> Grade:
    suite = read_suite(assignment.test_files)

    def grade(*cells: str, **limits: float) -> Graded:
        notebook = Notebook(tuple(Cell(n, CellKind.CODE, source) for n, source in enumerate(cells)))
        grader = Grader(assignment, suite, zygote, replace(LIMITS, **limits), b"secret")
        return grade_notebook(notebook, "somebody", grader)

    return grade


def outputs(graded: Graded) -> str:
    return str(graded.outputs)


def own_containers() -> set[str]:
    with engine.engine() as client:
        mine = {"label": f"{engine.OWNER}={this_process().name}"}
        return {container.id for container in client.containers.list(all=True, filters=mine, ignore_removed=True)}


def test_right_answers_get_full_marks(grade: Grade):
    """The same notebook as anywhere earns the same, with the assignment's files beside it."""
    graded = grade("print(open('data/numbers.csv').read())", GOOD)
    assert [question.score for question in graded.questions] == [2, 2]
    assert "3,9" in outputs(graded)


def test_container_shows_no_test_no_answer_and_no_network(grade: Grade):
    """Of this package a submission sees the untrusted side only; it has no rights, no network, and a read-only root."""
    look = """
import glob, os, socket
status = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())
print('rights', sum(int(status[name], 16) for name in ('CapPrm', 'CapEff', 'CapBnd', 'CapAmb')), status['NoNewPrivs'])
print('interfaces', [name for _, name in socket.if_nameindex()])
print('package', sorted({path.split('/')[5] for path in glob.glob('/opt/grader/code/autograder/grading/**', recursive=True) if path.count('/') > 5 and 'pycache' not in path}))
print('compilers', [path for name in ('gcc', 'cc', 'g++', 'clang', 'make') for path in glob.glob(f'/usr/bin/{name}') + glob.glob(f'/opt/grader/bin/{name}')])
for place in ('/opt/grader/code/x', '/etc/x', '/x', '/run/x', '/home/student/x'):
    try:
        open(place, 'w')
        print('wrote', place)
    except OSError:
        pass
"""
    told = outputs(grade(look, GOOD))
    assert "rights 0 \\t1" in told
    assert "interfaces ['lo']" in told or "interfaces [\\'lo\\']" in told
    assert "judge" not in told
    assert "compilers []" in told
    assert "wrote" not in told


def test_memory_hog_is_told_as_such(grade: Grade):
    """The cell is stopped, the message has the limit, and the rest is graded."""
    graded = grade("x = []\nwhile True: x.append(bytearray(b'x' * 10_000_000))", GOOD)
    assert [question.score for question in graded.questions] == [2, 2]
    assert "MB of memory; the limit is 400 MB" in graded.cells[0].message


def test_memory_that_no_process_shows_is_bounded(grade: Grade):
    """Files in memory count for the container, and do not end it."""
    fill = "import os\nfor n in range(10):\n    open(f'/tmp/{n}', 'wb').write(bytes(20_000_000))"
    graded = grade(fill, GOOD)
    assert "No space left" in outputs(graded)
    assert [question.score for question in graded.questions] == [2, 2]


def test_fork_bomb_ends_within_its_limit(warm: tuple[Grade, str]):
    """It meets the limit of processes, its cell is stopped, and nothing of it is left."""
    grade, container = warm
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    graded = grade(bomb, GOOD, cell_timeout_s=3)
    assert [question.score for question in graded.questions] == [2, 2]
    with engine.engine() as client:
        first = psutil.Process(client.api.inspect_container(container)["State"]["Pid"])
    assert len(first.children(recursive=True)) < 12


def test_files_and_processes_do_not_outlive_a_submission(grade: Grade):
    """What one leaves in the shared folders, folders without rights included, the next does not meet."""
    leave = """
import os, time
for place in ('/tmp', '/dev/shm', '.'):
    os.makedirs(f'{place}/left/deep')
    open(f'{place}/left/deep/file', 'w').write('x')
    os.chmod(f'{place}/left', 0)
if os.fork() == 0:
    os.setsid()
    time.sleep(600)
"""
    grade(leave, GOOD)
    look = """
import os
own = os.getuid()
print('there', os.listdir('/tmp'), os.listdir('/dev/shm'), os.listdir('.'))
others = {int(line.split()[1]) for name in os.listdir('/proc') if name.isdigit() for line in open(f'/proc/{name}/status') if line.startswith('Uid:')}
print('users', len(others - {0, own}))
"""
    told = outputs(grade(look, GOOD))
    assert "there [] [] [" in told.replace("\\'", "'")
    assert "'left'" not in told.replace("\\'", "'").split("there")[1]
    assert "users 0" in told or "users 1" in told, "at most the box that waits for the next"


def test_container_that_is_removed_is_replaced(image: str, assignment: Assignment):
    """The submission it held is a fault of the grader's, not the student's; the next one gets a new container."""
    others = own_containers()
    with Zygote(Wall(Isolation.DOCKER, image), LIMITS, assignment.files_dir) as zygote:
        zygote.wait_ready()
        grade = _grade_in(zygote, assignment)
        assert sum(question.score for question in grade(GOOD).questions) == 4
        (before,) = own_containers() - others
        with engine.engine() as client:
            client.api.remove_container(before, force=True)
        with suppress(SandboxError):  # the box that was prepared may have gone with it; a batch grades once more
            grade(GOOD)
        assert sum(question.score for question in grade(GOOD).questions) == 4
        (after,) = own_containers() - others
        assert after != before
    assert own_containers() == others


def test_container_gone_in_mid_cell_is_the_graders_fault(image: str, assignment: Assignment):
    """What becomes of the submission is said as a fault of the sandbox, so that it is graded again."""
    others = own_containers()
    with Zygote(Wall(Isolation.DOCKER, image), LIMITS, assignment.files_dir) as zygote:
        zygote.wait_ready()
        box = zygote.box()
        (container,) = own_containers() - others
        with engine.engine() as client:
            client.api.kill(container)
        with pytest.raises(SandboxError, match="the container"):
            box.ending(10)
        box.close()


def test_fresh_containers_serve_one_submission_each(image: str, assignment: Assignment):
    """No two submissions meet in one container, and each goes with its submission."""
    hello = "import socket; print('boot', open('/proc/1/stat').read().split()[21])"
    others = own_containers()
    wall = Wall(Isolation.DOCKER, image, fresh=True)
    with Zygote(wall, LIMITS, assignment.files_dir) as zygote:
        zygote.wait_ready()
        grade = _grade_in(zygote, assignment)
        starts = [outputs(grade(hello, GOOD)).split("boot ")[1].split("\\n")[0] for _ in range(2)]
        assert starts[0] != starts[1]
        until_s = time.monotonic() + 30
        while len(own_containers() - others) > 1 and time.monotonic() < until_s:
            time.sleep(0.1)
        assert len(own_containers() - others) == 1, "only the one that is prepared for the next"
    assert own_containers() == others


def test_other_code_in_the_image_is_refused(containers: Wall, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """An image of another version of this package is not used; the message says what to do."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "from autograder.grading.sandbox import gate\ngate.code_fingerprint = lambda: 'another'\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(folder))
    with Zygote(containers, LIMITS, None) as zygote, pytest.raises(SandboxError, match=r"another version .*make image"):
        zygote.wait_ready()


def test_containers_of_a_killed_grader_are_found_and_removed(containers: Wall):
    """A container whose grader is gone is a stray; the next run removes it, and leaves those of living graders."""
    with engine.engine() as client:
        gone = replace(this_process(), pid=2**22 + 1)  # no such process
        elsewhere = Owner("another-host", os.getpid(), "1")
        assert [owner.is_gone for owner in (gone, this_process(), elsewhere)] == [True, False, False]
        made = [
            client.api.create_container(containers.image, labels={engine.OWNER: name})["Id"]
            for name in (gone.name, "nonsense", this_process().name, elsewhere.name)
        ]
        try:
            engine.remove_strays()
            left = {c.id for c in client.containers.list(all=True, filters={"label": engine.OWNER})}
            assert left & set(made) == set(made[2:])
        finally:
            for container in made:
                try:
                    client.api.remove_container(container, force=True)
                except docker.errors.NotFound:
                    continue
