"""Tolerances: what is noted of a test's comparisons changes none of them, and tells tight bounds from roomy ones."""

import io
import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from autograder.authoring.build import build_chapter
from autograder.course import Limits, read_course
from autograder.errors import KitError
from autograder.grading.assignment import chapter_assignment
from autograder.grading.isolation.wall import Wall
from autograder.grading.sandbox.settings import Isolation
from autograder.proof.material import read_material
from autograder.proof.model import Fault
from autograder.proof.tolerances.calibrate import Calibration, Comparison, calibrate
from autograder.proof.tolerances.instrument import RECORDER, instrument
from autograder.proof.tolerances.measure import Setting
from autograder.proof.tolerances.readings import Kind, Reading, Recorder
from autograder.proof.tolerances.report import tolerance_record, tolerance_table
from autograder.proof.trials import TrialPool


class Case:
    """A test function whose comparisons are noted, made from the lines of its body."""

    def __init__(self, body: str, shift: int = 0, parameters: str = ""):
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        source = f"@test_case()\ndef test_it({parameters}):\n{lines}\n"
        code, places = instrument(source, "test.py")
        self.recorder = Recorder(places, shift)
        self.names = {"test_case": lambda: lambda function: function, "np": np, "torch": torch, "math": math}
        self.names |= {"random": random, RECORDER: self.recorder}
        exec(code, self.names)

    def run(self, *arguments: Any) -> list[Reading]:
        try:
            self.names["test_it"](*arguments)
        except AssertionError:
            self.failed = True
        else:
            self.failed = False
        return list(self.recorder.readings)


X, Y = "np.array([0.5, 0.2])", "torch.tensor([1.0, 2.0])"
FORMS = [  # the expression of an assert, its outcome, and how full its bounds are
    ("0.25 < 1", True, [(Kind.UPPER, 0.25)]),
    ("2.0 <= 1", False, [(Kind.UPPER, 2)]),
    ("-3.0 < 1", True, [(Kind.UPPER, 0)]),
    ("0.95 >= 0.9", True, [(Kind.LOWER, 0.9 / 0.95)]),
    ("-1.0 > 0.5", False, [(Kind.LOWER, math.inf)]),
    ("-1.0 > -2", True, [(Kind.UPPER, 0.5)]),
    ("-3.0 < -2", True, [(Kind.LOWER, 2 / 3)]),
    ("float('nan') < 1", False, [(Kind.UPPER, math.inf)]),
    ("1e-3 > sum([1e-4])", True, [(Kind.UPPER, 0.1)]),  # the constant is the bound
    (f"({X} < 1).all()", True, [(Kind.UPPER, 0.5)]),
    (f"np.all({X} < {X} * 4)", True, [(Kind.UPPER, 0.25)]),
    (f"torch.all({Y} < 4)", True, [(Kind.UPPER, 0.5)]),
    (f"not ({Y} > 4).any()", True, [(Kind.UPPER, 0.5)]),
    (f"(({X} < 1) & ({X} > 0.1)).all()", True, [(Kind.UPPER, 0.5), (Kind.LOWER, 0.5)]),
    ("all(abs(v) < 1 for v in [0.1, -0.5])", True, [(Kind.UPPER, 0.5)]),
    ("not any([v > 1 for v in [0.1, 0.5]])", True, [(Kind.UPPER, 0.5)]),
    ("any(v > 1 for v in [0.1, 5.0])", True, []),
    ("0.5 > 1 or 0.1 < 1", True, [(Kind.UPPER, 0.1)]),
    ("0.5 < 1 or 0.1 < 1", True, []),
    ("0.5 < 1 and 2.0 < 1", False, [(Kind.UPPER, 0.5), (Kind.UPPER, 2)]),
    ("not (0.5 > 1 or 0.1 > 1)", True, [(Kind.UPPER, 0.5), (Kind.UPPER, 0.1)]),
    ("bool(0.2 < 1) is True", True, [(Kind.DECISION, 0.2)]),
    ("True == (5.0 > 1)", True, [(Kind.DECISION, 0.2)]),
    (f"[True] == [{X}.max() > 1e-6, False][:1]", True, []),
    ("3 < 5", True, []),
    ("len([1.0]) < 2.5", True, []),
    ("0.5 > 0", True, []),
    ("0.1 < 0.2 < 0.3", True, []),
    ("sum(v > 1 for v in [2.0, 0.5]) == 1", True, []),
    ("'a' < 'b'", True, []),
    ("np.allclose([1.0], [1 + 1e-6], rtol=0, atol=1e-5)", True, [(Kind.CLOSE, 0.1)]),
    ("np.allclose([1.0], 2.0, 0.25)", False, [(Kind.CLOSE, 2)]),
    ("np.isclose(np.ones(2), [1, 1], atol=0).all()", True, [(Kind.CLOSE, 0)]),
    ("not np.allclose([0.0, 3.0], [0.0, 1.0], 0, 0.5)", True, [(Kind.LOWER, 0.25)]),
    ("not np.isclose([1.0, 3.0], 0.0, 0, 0.5).any()", True, [(Kind.LOWER, 0.5)]),
    ("np.allclose([1, 2], [1, 2])", True, []),
    ("np.allclose([np.inf, np.nan], [np.inf, np.nan], equal_nan=True)", True, [(Kind.CLOSE, 0)]),
    ("np.allclose(np.nan, 1.0)", False, [(Kind.CLOSE, math.inf)]),
    (f"torch.allclose({Y}, {Y} + 0.5, atol=1, rtol=0)", True, [(Kind.CLOSE, 0.5)]),
    (f"{Y}.allclose({Y} + 0.5, rtol=0, atol=1)", True, [(Kind.CLOSE, 0.5)]),
    ("math.isclose(1.0, 1.5, abs_tol=1)", True, [(Kind.CLOSE, 0.5)]),
    ("math.isclose(8.0, 10.0, rel_tol=0.4)", True, [(Kind.CLOSE, 0.5)]),
]


@pytest.mark.parametrize(("expression", "outcome", "expected"), FORMS)
def test_every_form_is_read_and_keeps_its_outcome(expression: str, outcome: bool, expected: list[tuple[Kind, float]]):
    """Each form of comparison passes as it did, and says how full its bound is."""
    case = Case(f"assert {expression}")
    readings = case.run()
    assert case.failed is not outcome
    assert [reading.kind for reading in readings] == [kind for kind, _ in expected]
    assert [reading.fill for reading in readings] == pytest.approx([fill for _, fill in expected], rel=1e-5)


@pytest.mark.parametrize(
    ("statement", "passes", "fill"),
    [
        ("np.testing.assert_allclose([1.0], [1.0 + 5e-8])", True, 0.5),
        ("np.testing.assert_allclose(actual=np.nan, desired=np.nan)", True, 0),
        ("np.testing.assert_allclose(2.0, 1.0, rtol=0.5)", False, 2),
        ("torch.testing.assert_close(torch.tensor(2e-5), torch.tensor(0.0))", False, 2),
        ("torch.testing.assert_close(2e-7, 0.0)", False, 2),
        ("torch.testing.assert_close(torch.tensor(1.0), torch.tensor(1.5), rtol=0, atol=1)", True, 0.5),
    ],
)
def test_functions_that_assert_are_read(statement: str, passes: bool, fill: float):
    """What raises by itself is read wherever it stands, with its own default tolerances."""
    case = Case(f"for _ in range(2):\n    {statement}")
    (reading,) = case.run()
    assert (case.failed, reading.kind) == (not passes, Kind.CLOSE)
    assert reading.fill == pytest.approx(fill, rel=1e-3)


ATOMS = st.sampled_from(["f(0.5) < f(1.0)", "f(2.0) <= f(1.0)", "f(3.0) > f(1.0)", "f(0) >= f(1)", "f(1.0) == f(1)"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds("bool({})".format, inner),
        st.builds("(({}) is ({}))".format, inner, inner),
        st.builds("(({}) {} ({}))".format, inner, st.sampled_from(["and", "or", "&", "|"]), inner),
        st.builds("{}(({}) for _ in range(2))".format, st.sampled_from(["all", "any"]), inner),
        st.builds("{}([({}), ({})])".format, st.sampled_from(["all", "any"]), inner, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS)
def test_nested_expressions_keep_their_meaning(expression: str):
    """However comparisons are combined, the same parts are evaluated, once, in the same order, to the same end."""
    plain: list[float] = []
    noted: list[float] = []
    outcome = bool(eval(expression, {"f": lambda v: plain.append(v) or v}))
    case = Case(f"assert {expression}", parameters="f")
    case.run(lambda v: noted.append(v) or v)
    assert (case.failed, noted) == (not outcome, plain)


def test_functions_that_may_be_sent_stay_as_they_are():
    """Code that runs beside the student's objects knows no recorder; helpers that are only called are read."""
    body = """
def sent(x):
    assert x < 1
    return x
@mark
def marked(x):
    assert called(x) < 1
    return x
def called(x):
    assert x < 1
    return x
def helper(x):
    assert x < 1
apply(sent, lambda x: x > 0.5)
marked(0.5)
helper(0.25)
"""
    case = Case(body, parameters="apply, mark")
    (reading,) = case.run(lambda function, test: (function(0.5), test(0.5)), lambda function: function)
    assert (case.failed, reading.fill) == (False, 0.25)


def test_the_fullest_reading_of_a_loop_is_kept():
    """A comparison that is made many times has one reading, that of the worst."""
    (reading,) = Case("for v in (0.1, 0.7, 0.2):\n    assert v < 1").run()
    assert (reading.fill, reading.gap, reading.place.line) == (0.7, pytest.approx(0.3), 4)


SEEDED = ["np.random.default_rng(5).random()", "random.Random(5).random()", "(random.seed(5), random.random())[1]"]
SEEDED += ["np.random.RandomState(5).rand()", "(np.random.seed(seed=5), np.random.rand())[1]"]
SEEDED += ["torch.rand(1, generator=torch.Generator().manual_seed(5)).item()"]
SEEDED += ["(torch.manual_seed(5), torch.rand(1).item())[1]"]


@pytest.mark.parametrize("draw", SEEDED)
def test_seeds_of_the_test_are_shifted(draw: str):
    """Each shift draws other numbers, the same ones again for the same shift, and none at all leaves them."""
    drawn = [[] for _ in range(4)]
    for shift, numbers in zip((0, 1, 2, 1), drawn, strict=True):
        Case(f"keep({draw})", shift, "keep").run(numbers.append)
    assert drawn[0] == [eval(draw)]
    assert len({*drawn[0], *drawn[1], *drawn[2]}) == 3
    assert drawn[1] == drawn[3]


def test_a_seed_that_the_answer_gets_too_stays():
    """Where student's code draws from the same seed, shifting one side would only tear them apart."""
    seeds = []
    Case("for s in (1, 2):\n    assert answer(s) == np.random.default_rng(s).random()", 1, "answer").run(seeds.append)
    case = Case("for s in (1, 2):\n    assert answer(s) == np.random.default_rng(s).random()", 1, "answer")
    case.run(lambda seed: np.random.default_rng(seed).random())
    assert not case.failed


def comparison(kind: Kind, right: float, wrong: float | None, right_gap: float = 1.0, wrong_gap: float = 1.0):
    return Comparison("q", "test", 1, "text", kind, {Setting.FLOAT32: right}, right_gap, wrong, wrong_gap, "title")


@pytest.mark.parametrize(
    ("measured", "told"),
    [
        (comparison(Kind.UPPER, 0.01, 300.0), None),
        (comparison(Kind.UPPER, 0.0, None), None),
        (comparison(Kind.UPPER, 0.71, 300.0), "right answers fill 0.71 of it"),
        (comparison(Kind.CLOSE, 0.01, 1.4), "overfills it only 1.4 times (title)"),
        (comparison(Kind.CLOSE, 1.2, None), "a right answer overfills it 1.2 times"),
        (comparison(Kind.LOWER, 0.95, 2.0, 0.05, 0.1), None),  # in the middle
        (comparison(Kind.LOWER, 0.1, math.inf, 0.9, 0.1), None),  # room by factors
        (comparison(Kind.LOWER, 0.95, 1.5, 0.05, 0.3), "right answers fill 0.95 of it"),
        (comparison(Kind.LOWER, 0.95, None), None),
        (comparison(Kind.DECISION, 0.2, None), None),
        (comparison(Kind.DECISION, 0.5, None), "within a factor 2 of the turning point"),
    ],
)
def test_a_bound_without_room_is_flagged(measured: Comparison, told: str | None):
    """A factor of 3 on both sides is room; a lower bound may also stand in the middle."""
    assert (measured.flag is None) if told is None else (told in measured.flag)


def question(name: str, solution: str, tests: list[str]) -> str:
    head = f"# %% [raw]\n# # BEGIN QUESTION\n# name: {name}\n# points: 1\n\n# %% [markdown]\n# Write it.\n\n"
    answer = f"# %% [raw]\n# # BEGIN SOLUTION\n# %%\n{solution}\n# %% [raw]\n# # END SOLUTION\n"
    config = '""" # BEGIN TEST CONFIG\nhidden: {}\n"""  # END TEST CONFIG\n'
    cells = "".join(f"# %%\n{config.format(str(n > 0).lower())}{test}\n" for n, test in enumerate(tests))
    return (
        f"{head}{answer}# %% [raw]\n# # BEGIN TESTS\n{cells}# %% [raw]\n# # END TESTS\n# %% [raw]\n# # END QUESTION\n\n"
    )


CONFIG = "# %% [raw]\n# # ASSIGNMENT CONFIG\n# name: 01_bounds\n# tests: {files: false, ok_format: false}\n\n"
PUBLIC = "def test_is_there({0}):\n    assert callable({0})"
ROOMY = "def test_value(third):\n    assert abs(third() - 1 / 3) < 1e-6"
TIGHT = "def test_value(near):\n    assert abs(near() - 1) < 1e-3"
FLAKY = """def test_luck(lucky):
    import random
    assert lucky() < 10 * random.random()"""
BRITTLE = """def test_inputs(square):
    import numpy as np
    x = np.random.default_rng(1).integers(10)
    assert square(x) == x * x
    assert x == 4"""
TORCH = """def test_kind(ones):
    import torch
    assert ones().dtype == torch.float32"""
MASTER = CONFIG + "".join(
    question(name, solution, [PUBLIC.format(function), test])
    for name, function, solution, test in [
        ("q1_roomy", "third", "def third():\n    return 1 / 3  # SOLUTION", ROOMY),
        ("q2_tight", "near", "def near():\n    return 1.0007  # SOLUTION", TIGHT),
        ("q3_flaky", "lucky", "def lucky():\n    return 5.0  # SOLUTION", FLAKY),
        ("q4_brittle", "square", "def square(x):\n    return x * x  # SOLUTION", BRITTLE),
        ("q5_torch", "ones", "def ones():\n    import torch\n    return torch.ones(1)  # SOLUTION", TORCH),
    ]
)
VARIANTS = """# %% q1_roomy accept: rounded
def third():
    return 0.3333333333

# %% q1_roomy reject: to three digits
def third():
    return 0.333

# %% q2_tight reject: a little too far
def near():
    return 1.0014

# %% q2_tight reject: nothing like it
def near():
    return 7.0
"""
SEEDS = 8


@pytest.fixture(scope="module")
def calibration(tmp_path_factory: pytest.TempPathFactory) -> Calibration:
    """A chapter with a question for each thing that can be said of its bounds, measured."""
    root: Path = tmp_path_factory.mktemp("course")
    folder = root / "assignments" / "01_bounds"
    folder.mkdir(parents=True)
    (root / "course.toml").write_text('chapters = ["01_bounds"]\n')
    (folder / "master.py").write_text(MASTER)
    (folder / "variants.py").write_text(VARIANTS)
    chapter = read_course(root).chapter("01_bounds")
    build_chapter(chapter, root)
    steps = []
    with chapter_assignment(chapter) as assignment, TrialPool(assignment, Limits(), Wall(Isolation.NONE), 1) as pool:
        found = calibrate(read_material(chapter), pool, SEEDS, lambda *step: steps.append(step))
    assert (steps[0], steps[-1]) == ((0, found.runs), (found.runs, found.runs))
    assert steps == sorted(steps)
    return found


def only(calibration: Calibration, question: str) -> Comparison:
    (found,) = [one for one in calibration.comparisons if one.question == question]
    return found


def test_a_roomy_bound_is_not_flagged(calibration: Calibration):
    """Right answers fill little of it, and the wrong one overfills it by far."""
    roomy = only(calibration, "q1_roomy")
    assert roomy.right == {Setting.FLOAT32: pytest.approx(1e-10 / 3 / 1e-6, rel=1e-3)}
    assert (roomy.wrong, roomy.nearest) == (pytest.approx(1e-3 / 3 / 1e-6), "to three digits")
    assert (roomy.case, roomy.flag) == ("test_value", None)


def test_a_tight_bound_is_flagged_on_both_sides(calibration: Calibration):
    """It says how much of it right answers fill, and which wrong answer is nearest."""
    tight = only(calibration, "q2_tight")
    assert tight.right_fill == pytest.approx(0.7)
    assert "fill 0.7 of it" in tight.flag
    assert "1.4 times (a little too far)" in tight.flag


def test_a_test_that_depends_on_luck_is_flaky(calibration: Calibration):
    """A right answer that some seeds of the grader fail is a finding, and nothing else is."""
    (finding,) = calibration.findings
    assert (finding.fault, finding.question) == (Fault.FLAKY, "q3_flaky")
    assert f"of {SEEDS} seeds" in finding.text
    assert "lucky() < 10 * random.random()" in finding.text


def test_a_fixed_seed_hides_no_other_inputs(calibration: Calibration):
    """A test that passes for its own inputs or torch's usual type only is brittle, with the cause."""
    inputs, kind = calibration.brittle
    assert (inputs.question, inputs.case, inputs.cause) == ("q4_brittle", "test_inputs", "other seeds in the test")
    assert 0 < inputs.failed <= inputs.runs == SEEDS - 1
    assert (kind.question, kind.cause, kind.failed) == ("q5_torch", "float64 as torch's default", SEEDS)


def test_what_makes_no_difference_is_not_run(calibration: Calibration):
    """Only the question that says torch runs with other defaults of torch; wrong answers run once."""
    settings = 3 if torch.cuda.is_available() else 2
    assert calibration.runs == 6 * (2 * SEEDS - 1) + (settings - 1) * SEEDS + 3


def test_table_and_record_say_what_is_wrong(calibration: Calibration):
    """Flagged comparisons come first in the table; the record is JSON."""
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(tolerance_table(calibration))
    text = console.export_text()
    assert text.index("q2_tight") < text.index("q1_roomy")
    assert "3 comparisons in" in text and "2 with too little room" in text and "1 that fail a right answer" in text
    record = json.loads(json.dumps(tolerance_record(calibration), allow_nan=False))
    flags = {one["question"]: one["flag"] for one in record["comparisons"]}
    assert flags["q1_roomy"] is None and "factor 3" in flags["q2_tight"]


def test_one_seed_is_refused(calibration: Calibration):
    """Nothing differs over one seed."""
    with pytest.raises(KitError, match="at least 2 seeds"):
        calibrate(None, None, 1)
