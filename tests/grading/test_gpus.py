"""GPUs: who gets which, and what happens when one is lost; with made-up devices, as most machines have none."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness import LIMITS, notebook_of, write_assignment

from autograder.errors import KitError
from autograder.grading.isolation.gpus import gpu_slots, host_gpus
from autograder.grading.isolation.local import Zygote, namespaces_refused
from autograder.grading.isolation.wall import Gpu, Wall
from autograder.grading.judge.suite import read_suite
from autograder.grading.notebook import Notebook
from autograder.grading.sandbox.settings import Isolation
from autograder.grading.session import Graded, Grader, grade_notebook
from autograder.results import Outcome

DEVICE_TEST = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = None

@test_case(points=1, hidden=False)
def test_anywhere(f):
    assert f(1) == 2

@test_case(points=2, hidden=True)
def test_gpu_sees_its_device(device):
    assert device() == "7"
"""
PLAIN_TEST = (
    DEVICE_TEST.partition("@test_case(points=2")[0].replace("q1", "q2").replace("(f)", "(g)").replace("f(1)", "g(1)")
)


@pytest.mark.parametrize(
    ("asked", "per_device", "expected"),
    [
        ("all", 1, ["0", "1", "2"]),
        ("2", 1, ["0", "1"]),
        ("2,0", 1, ["2", "0"]),
        ("device=1", 1, ["1"]),
        ("1", 3, ["0", "0", "0"]),
        ("2", 2, ["0", "1", "0", "1"]),
    ],
)
def test_places_are_spread_over_devices(asked: str, per_device: int, expected: list[str]):
    """Devices take turns, and the places on one share its memory."""
    slots = gpu_slots(asked, per_device, ["0", "1", "2"])
    assert slots == [Gpu(number, 1 / per_device) for number in expected]


@pytest.mark.parametrize(
    ("asked", "there", "told"),
    [
        ("all", [], "no NVIDIA GPU"),
        ("3", ["0", "1"], "2 GPUs"),
        ("0", ["0"], "device=0"),
        ("0,5", ["0", "1"], "not 5"),
        ("1,1", ["0", "1"], "twice"),
        ("first", ["0"], "expected all"),
    ],
)
def test_what_is_not_there_is_told(asked: str, there: list[str], told: str):
    """A device that is missing, named twice or not named at all gets a sentence."""
    with pytest.raises(KitError, match=told):
        gpu_slots(asked, 1, there)


def test_devices_are_found_by_their_files(tmp_path: Path):
    """Control files of the driver are no devices; the numbers are in order."""
    for name in ("nvidia10", "nvidia2", "nvidia0", "nvidiactl", "nvidia-uvm", "nvidia0x", "null"):
        (tmp_path / name).touch()
    assert host_gpus(tmp_path) == ["0", "2", "10"]


def test_share_of_memory_is_set_when_cuda_starts():
    """Choosing a GPU starts nothing; the share is set by what torch calls when a submission starts CUDA."""
    program = (
        "import torch; from autograder.grading.sandbox import gpu\n"
        "told = []; torch.cuda.set_per_process_memory_fraction = told.append\n"
        "gpu.choose('0', 0.25); assert told == [] and not torch.cuda.is_initialized()\n"
        "[queued[0]() for queued in torch.cuda._queued_calls if 'gpu.py' in queued[0].__code__.co_filename]\n"
        "assert told == [0.25], told"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def grade_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Gpu | None, Notebook], Graded]]:
    """Grades a notebook with a made-up GPU, or without one."""
    if refused := namespaces_refused():
        pytest.skip(f"this host has no namespaces: {refused}")
    assignment = write_assignment(tmp_path_factory.mktemp("gpu"), q1=DEVICE_TEST, q2=PLAIN_TEST)
    suite = read_suite(assignment.test_files)
    zygotes: dict[Gpu | None, Zygote] = {}

    def grade(gpu: Gpu | None, notebook: Notebook) -> Graded:
        if gpu not in zygotes:
            zygotes[gpu] = Zygote(Wall(Isolation.NAMESPACES, gpu=gpu), LIMITS, None)
            zygotes[gpu].wait_ready()
        grader = Grader(assignment, suite, zygotes[gpu], LIMITS, b"secret", has_gpu=gpu is not None)
        return grade_notebook(notebook, "somebody", grader)

    yield grade
    for zygote in zygotes.values():
        zygote.close()


ANSWERS = (
    "import os\ndef f(x): return x + 1\ndef g(x): return x + 1\ndef device(): return os.environ['CUDA_VISIBLE_DEVICES']"
)


def test_submission_sees_the_device_of_its_place(grade_on: Callable[[Gpu | None, Notebook], Graded]):
    """With a GPU its cases run, and the device that the place was given is the one that is visible."""
    result = grade_on(Gpu("7", 0.5), notebook_of(ANSWERS)).questions[0]
    assert [case.outcome for case in result.cases] == [Outcome.PASSED, Outcome.PASSED]
    assert (result.score, result.max_score) == (3, 3)


def test_without_a_gpu_its_cases_leave_the_total(grade_on: Callable[[Gpu | None, Notebook], Graded]):
    """Without one they are not run, their points leave the total, and the submission sees no device."""
    graded = grade_on(None, notebook_of(ANSWERS, "print('seen:', repr(device()))"))
    result = graded.questions[0]
    assert [case.outcome for case in result.cases] == [Outcome.PASSED, Outcome.NOT_RUN]
    assert (result.score, result.max_score) == (1, 1)
    assert "seen: ''" in str(graded.outputs)


def test_lost_gpu_costs_its_question_only(grade_on: Callable[[Gpu | None, Notebook], Graded]):
    """After an error that CUDA does not recover from, the rest is graded in a new process, and the message says so."""
    lost = (
        "import torch\ndef f(x): raise torch.AcceleratorError('CUDA error: an illegal memory access was encountered')"
    )
    graded = grade_on(Gpu("7"), notebook_of(ANSWERS + "\n" + lost))
    first, second = graded.questions
    assert (first.score, second.score) == (0, 1)
    assert "lost the GPU" in first.message


def test_cell_that_loses_the_gpu_is_left_out(grade_on: Callable[[Gpu | None, Notebook], Graded]):
    """The same in a cell stops that cell; the answers of the others stand."""
    lost = "import torch\nraise torch.AcceleratorError('CUDA error: device-side assert triggered')"
    graded = grade_on(Gpu("7"), notebook_of(lost, ANSWERS))
    assert [question.score for question in graded.questions] == [3, 1]
    assert "lost the GPU" in graded.cells[0].message


def test_gpu_out_of_memory_costs_its_case(grade_on: Callable[[Gpu | None, Notebook], Graded]):
    """An allocation that fails is an exception like any other: the process lives on."""
    full = "import torch\ndef g(x): raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 2.00 GiB')"
    graded = grade_on(Gpu("7"), notebook_of(ANSWERS + "\n" + full))
    first, second = graded.questions
    assert (first.score, second.score, graded.partial) == (3, 0, False)
    assert "CUDA out of memory" in second.cases[0].message
