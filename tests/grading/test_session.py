"""Cells run as in a notebook, questions are judged where their check stands, limits cost what they touch."""

from pathlib import Path

import pytest
from harness import (
    DOUBLE,
    GOOD_DOUBLE,
    GOOD_SQUARE,
    LIMITS,
    SQUARE,
    Grade,
    notebook_of,
    question,
    scores,
    write_assignment,
)

from autograder.grading.isolation.local import Zygote
from autograder.grading.isolation.wall import Wall
from autograder.grading.judge.suite import read_suite
from autograder.grading.sandbox.settings import Isolation
from autograder.grading.session import Grader, grade_notebook
from autograder.results import CellOutcome, Outcome

INIT = "import otter\ngrader = otter.Notebook('small.ipynb')"
FULL = {"q1": 3, "q2": 4}


def test_right_answers_earn_full_marks(grade: Grade):
    """A notebook with both answers gets every point and is not partial."""
    graded = grade(INIT, GOOD_SQUARE, 'grader.check("q1")', GOOD_DOUBLE, 'grader.check("q2")', "grader.check_all()")
    assert scores(graded) == FULL
    assert not graded.partial


def test_empty_notebook_earns_nothing_and_names_what_is_missing(grade: Grade):
    """Without an answer each case fails and says which name is not defined."""
    graded = grade("x = 1")
    assert scores(graded) == {"q1": 0, "q2": 0}
    assert {case.message.splitlines()[-1] for case in question(graded, "q1").cases} == {
        "`square` is not defined: the cell that should do it is missing or failed."
    }


def test_check_judges_what_stands_before_it(grade: Grade):
    """A later wrong redefinition does not change an answer that was checked before it."""
    graded = grade(INIT, GOOD_SQUARE, 'grader.check("q1")', "def square(x): return 0", GOOD_DOUBLE)
    assert scores(graded) == FULL


def test_last_check_of_a_question_counts(grade: Grade):
    """Two checks of one question: the second replaces the first, as under otter."""
    wrong = "def square(x): return 0"
    graded = grade(INIT, GOOD_SQUARE, 'grader.check("q1")', wrong, 'grader.check("q1")', GOOD_DOUBLE)
    assert scores(graded) == {"q1": 0, "q2": 4}


def test_check_in_the_middle_of_a_cell_judges_at_that_line(grade: Grade):
    """The answer may be spoilt in the very cell of the check, after it."""
    graded = grade(INIT, f'{GOOD_SQUARE}\ngrader.check("q1")\nsquare = None', GOOD_DOUBLE)
    assert scores(graded) == FULL


def test_check_of_an_unknown_question_raises_in_the_cell(grade: Grade):
    """As under otter, and the other cells go on."""
    graded = grade(INIT, 'grader.check("q99")', GOOD_SQUARE, GOOD_DOUBLE)
    assert graded.cells[1].outcome == CellOutcome.RAISED
    assert "q99" in graded.cells[1].message
    assert scores(graded) == FULL


def test_check_tells_the_submission_no_verdict(grade: Grade):
    """What check returns is the same for a right and for a wrong answer."""
    show = 'r = grader.check("q1")\nprint(r, sorted(vars(r)))'
    graded = grade(INIT, "def square(x): return 0", show, GOOD_SQUARE, show)
    assert graded.outputs[2] == graded.outputs[4]


def test_exception_in_one_cell_costs_only_its_own_question(grade: Grade):
    """Cells after an exception or a syntax error run."""
    graded = grade("1 / 0", "def square(x:\n  return", GOOD_DOUBLE)
    assert scores(graded) == {"q1": 0, "q2": 4}
    assert [cell.outcome for cell in graded.cells] == [CellOutcome.RAISED, CellOutcome.RAISED, CellOutcome.OK]


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("import os; os._exit(3)", "exit code 3"),
        ("import ctypes; ctypes.string_at(0)", "segmentation fault"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("x = [bytearray(10**7) for _ in range(100)]", "MB of memory; the limit is 400 MB"),
    ],
)
def test_cell_that_kills_the_process_is_left_out_and_the_rest_is_graded(grade: Grade, deed: str, told: str):
    """The other cells run again in a new box; the message names the cell and the cause."""
    graded = grade(INIT, GOOD_SQUARE, 'grader.check("q1")', deed, GOOD_DOUBLE)
    assert scores(graded) == FULL
    assert graded.partial
    assert graded.cells[3].outcome == CellOutcome.STOPPED
    assert graded.cells[3].message.startswith("Cell 4 ")
    assert told in graded.cells[3].message


@pytest.mark.parametrize(
    "deed",
    [
        "while True: pass",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "import time; time.sleep(1000)",
        "import ctypes; ctypes.PyDLL(None).sleep(1000)",
    ],
)
def test_cell_that_hangs_is_stopped_at_its_limit(grade: Grade, deed: str):
    """Whatever it swallows or holds, the clock is on the other side of the wall."""
    graded = grade(GOOD_SQUARE, deed, GOOD_DOUBLE, cell_timeout_s=1)
    assert scores(graded) == FULL
    assert "Cell 2 was stopped after 1 s, the limit for one cell" in graded.cells[1].message


@pytest.mark.parametrize(
    ("answer", "limit_s", "told"),
    [
        ("def square(x):\n    while True: pass", 1, "ran longer than 1 s"),
        ("import os\ndef square(x): os._exit(0)", 20, "exit code 0"),
        ("def square(x): return [bytearray(10**7) for _ in range(100)]", 20, "MB of memory"),
    ],
)
def test_answer_that_breaks_the_box_costs_only_its_question(grade: Grade, answer: str, limit_s: float, told: str):
    """The question gets zero with the cause; what comes after it is graded in a new box."""
    graded = grade(INIT, answer, 'grader.check("q1")', GOOD_DOUBLE, 'grader.check("q2")', cell_timeout_s=limit_s)
    assert scores(graded) == {"q1": 0, "q2": 4}
    assert told in question(graded, "q1").message
    assert graded.partial


def test_many_slow_cells_end_at_the_submission_limit(grade: Grade):
    """What was judged before the time ran out stands; the rest says that it was not reached."""
    slow = "import time; time.sleep(0.6)"
    graded = grade(INIT, GOOD_SQUARE, 'grader.check("q1")', *[slow] * 5, GOOD_DOUBLE, timeout_s=2)
    assert scores(graded) == {"q1": 3, "q2": 0}
    assert "Not reached: the submission used all of its 2 s" in question(graded, "q2").message
    assert graded.partial


def test_test_that_never_ends_on_a_submitted_value_is_stopped(grade: Grade):
    """The verdict's own loop over a submitted number is bounded, and costs that question only."""
    loop = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = 1

@test_case(points=None, hidden=True)
def test_loop(n):
    total = 0
    for i in range(n):
        total += i
    assert total == 3
"""
    tests = {"q1": loop, "q2": DOUBLE}
    graded = grade("n = 10**12", GOOD_DOUBLE, tests=tests, cell_timeout_s=1)
    assert scores(graded) == {"q1": 0, "q2": 4}
    assert "the tests did not come to an end within 1 s" in question(graded, "q1").message


def test_magics_await_shell_and_displays_work_as_in_a_notebook(grade: Grade):
    """IPython's own syntax runs, and outputs come in nbformat's form."""
    graded = grade(
        "%%time\nx = 1",
        "import asyncio\nawait asyncio.sleep(0)\n'done'",
        "!echo from the shell",
        "from IPython.display import display, HTML\ndisplay(HTML('<b>bold</b>'))",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "1 / 0",
    )
    outcomes = [cell.outcome for cell in graded.cells]
    assert outcomes == [CellOutcome.OK] * 5 + [CellOutcome.RAISED]
    assert graded.outputs[1][0]["data"] == {"text/plain": "'done'"}
    assert graded.outputs[2] == [{"output_type": "stream", "name": "stdout", "text": "from the shell\n"}]
    assert graded.outputs[3][0]["data"]["text/html"] == "<b>bold</b>"
    assert graded.outputs[4][0]["data"]["image/png"].startswith("iVBOR")
    assert graded.outputs[5][0]["ename"] == "ZeroDivisionError"


def test_output_of_a_cell_is_cut_at_its_limit(grade: Grade):
    """A flood of text is kept up to the limit, and says so."""
    graded = grade("for _ in range(10**5): print('x' * 99)", "import os\nfor _ in range(999): os.write(1, b'y' * 9999)")
    for index in (0, 1):
        text = "".join(output["text"] for output in graded.outputs[index])
        assert 60_000 < len(text) < 70_000
    assert "left out" in graded.outputs[0][-1]["text"]


def test_generators_start_the_same_before_every_question(grade: Grade):
    """What a submission draws when it is judged does not depend on what it drew before."""
    draws = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = 1

@test_case(points=None, hidden=True)
def test_draw(draw):
    first = draw()
    assert False, str(first)
"""
    answer = (
        "import random, numpy, torch\ndef draw(): return random.random() + numpy.random.rand() + torch.rand(()).item()"
    )
    once = grade(answer, tests={"q1": draws})
    again = grade(answer, "draw()", tests={"q1": draws})
    assert question(once, "q1").cases[0].detail == question(again, "q1").cases[0].detail


def test_test_that_seeds_seeds_the_submission(grade: Grade):
    """As in one process: after np.random.seed in a test, the student's function draws what the test expects."""
    seeded = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = 1

@test_case(points=None, hidden=True)
def test_draw(draw):
    import random
    import numpy as np
    import torch
    np.random.seed(5); random.seed(5); torch.manual_seed(5)
    expected = np.random.rand() + random.random() + torch.rand(()).item()
    np.random.seed(5); random.seed(5); torch.manual_seed(5)
    assert draw() == expected
"""
    answer = (
        "import random, numpy, torch\ndef draw(): return numpy.random.rand() + random.random() + torch.rand(()).item()"
    )
    assert scores(grade(answer, tests={"q1": seeded})) == {"q1": 1}


def test_otter_seed_settings_hold_in_every_cell(grade: Grade):
    """``seed`` starts the generators anew in each cell, ``seed_variable`` overwrites the variable."""
    same = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = 1

@test_case(points=None, hidden=True)
def test_same(a, b):
    assert a == b
"""
    cells = ("import numpy", "a = numpy.random.rand()", "b = numpy.random.rand()")
    assert scores(grade(*cells, tests={"q1": same}, settings={"seed": 1})) == {"q1": 1}


def test_gpu_cases_are_not_run_and_leave_the_total(grade: Grade):
    """Without a GPU their points count neither as earned nor as possible, visibly."""
    gpu = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = None

@test_case(points=1, hidden=False)
def test_cpu(x):
    assert x == 1

@test_case(points=2, hidden=True)
def test_gpu_too(x):
    assert x == 2
"""
    result = question(grade("x = 1", tests={"q1": gpu}), "q1")
    assert (result.score, result.max_score) == (1, 1)
    assert [case.outcome for case in result.cases] == [Outcome.PASSED, Outcome.NOT_RUN]
    assert "needs a GPU" in result.cases[1].message


def test_fault_of_the_judging_is_no_fault_of_the_submission(grade: Grade, monkeypatch: pytest.MonkeyPatch):
    """What breaks on the grader's side is raised as such, and scores nothing."""
    from autograder.errors import GraderFault
    from autograder.grading.judge import examiner

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(examiner, "judge_question", broken)
    with pytest.raises(GraderFault, match="q1 could not be judged: ZeroDivisionError: a bug of ours"):
        grade(GOOD_SQUARE, GOOD_DOUBLE)


def test_test_that_exits_has_not_passed(grade: Grade):
    """A case that raises SystemExit fails, and the next one runs."""
    exits = DOUBLE.replace('name = "q2"', 'name = "q1"').replace("    import numpy as np", "    raise SystemExit(0)")
    result = question(grade(GOOD_DOUBLE, tests={"q1": exits}), "q1")
    assert [case.outcome for case in result.cases] == [Outcome.FAILED, Outcome.PASSED]


def test_checks_beyond_the_third_are_ignored(grade: Grade):
    """A loop of checks is no oracle; a notebook run again without a cell does not use them up."""
    wrong, check = "def square(x): return 0", 'grader.check("q1")'
    graded = grade(INIT, wrong, check, check, "import os; os._exit(1)", GOOD_SQUARE, check, wrong, check)
    assert scores(graded)["q1"] == 3


def test_library_is_imported_before_the_notebook_that_names_it(tmp_path: Path):
    """What takes seconds to import is there when the first cell runs, for a notebook that wants it, not before."""
    look = "import sys\nprint('torch._dynamo' in sys.modules)"
    assignment = write_assignment(tmp_path, q1=SQUARE)
    suite = read_suite(assignment.test_files)
    with Zygote(Wall(Isolation.NONE), LIMITS, None) as zygote:
        zygote.wait_ready()
        grader = Grader(assignment, suite, zygote, LIMITS, b"secret")
        told = [
            grade_notebook(notebook_of(look + said), "somebody", grader).outputs[0][0]["text"]
            for said in ("", "  # torch.optim", "")
        ]
    assert told == ["False\n", "True\n", "True\n"]
