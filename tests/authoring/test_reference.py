"""The part of a solution that goes into hidden test files."""

import random

import pytest

from autograder.authoring.reference import names_asked, preamble, reference_source


def run(source: str) -> dict:
    names = {"__name__": "reference"}
    exec(source, names)
    return names


def test_only_what_is_needed_is_cut_out():
    """Names are followed backwards through the earlier cells; the rest stays behind."""
    before = [
        "import math\nimport json",
        "scale = 3\nother = 4",
        "def helper(x):\n    return scale * x\n\ndef unused():\n    return other",
    ]
    source = reference_source(before, ["def answer(x):\n    return helper(x) + math.floor(x)"])
    assert run(source)["answer"](2) == 8
    assert "json" not in source and "other" not in source


def test_local_names_pull_nothing_in():
    """A local variable of the answer does not drag along a global of the same name."""
    assert "heavy" not in reference_source(["model = heavy_training()"], ["def f(x):\n    model = x\n    return model"])


def test_plots_prints_and_checks_fall_away():
    """Statements that only show something are dropped, magics included."""
    own = [
        "%matplotlib inline\nimport matplotlib.pyplot as plt\ny = [1]\nplt.plot(y)\nprint(y)\n!ls\ngrader.check('q')"
    ]
    source = reference_source(["%%bash\necho hi", "%time x = 3"], own)
    assert run(source)["y"] == [1]
    for gone in ("plot(", "print", "grader", "get_ipython"):
        assert gone not in source


def test_changes_in_place_are_kept():
    """Loops, item assignments, method calls and calls that change a needed value are kept, in order."""
    before = ["def grow(d):\n    d.append(5)"]
    own = ["d = [0]\nd[0] = 1\nd.append(2)\nfor k in (3, 4):\n    d.append(k)\ngrow(d)\nd += [6]"]
    assert run(reference_source(before, own, {"d"}))["d"] == [1, 2, 3, 4, 5, 6]


def test_conditional_bindings_are_kept():
    """A name bound inside if, try or with is found."""
    before = ["try:\n    import nowhere as fast\nexcept ImportError:\n    fast = None", "if True:\n    k = 2"]
    assert run(reference_source(before, ["def f():\n    return k, fast"]))["f"]() == (2, None)


def test_seeds_are_kept_before_what_draws():
    """A seed call stays if code that runs is kept, and goes if there are only definitions."""
    drawing = reference_source(["import random\nrandom.seed(3)"], ["value = random.random()"])
    assert run(drawing)["value"] == random.Random(3).random()
    assert "seed" not in reference_source(["import random\nrandom.seed(3)"], ["def f():\n    return 1"])


def test_asked_names_are_read_from_tests():
    """The names a test asks for are known unless it reaches for them dynamically."""
    assert names_asked(["def t():\n    assert reference.a(reference.b.c)"]) == {"a", "b"}
    assert names_asked(["def t():\n    assert getattr(reference, 'a')"]) is None


def test_only_asked_names_are_cut_out():
    """What no test asks for does not enter the file."""
    assert "secret" not in reference_source([], ["a = 1\nsecret = 2"], {"a"})


def test_preamble_has_only_what_is_mentioned():
    """Nothing for plain tests, inside alone, or reference alone."""
    assert preamble(["def t(f):\n    assert f.inside == 'reference'"], "x = 1") == ""
    only_inside = preamble(["def t(f):\n    assert inside(f)"], "x = 1")
    assert "def inside" in only_inside and "_SOLUTION" not in only_inside
    only_reference = preamble(["def t(f):\n    assert reference.x"], "x = 1")
    assert "_SOLUTION" in only_reference and "def inside" not in only_reference


def test_reference_gives_the_names_of_the_solution():
    """Values, functions and classes come out as they are; the namespace is called reference."""
    source = "text = '''a\\n\"quoted\" \\\\ {x}'''\ndef where():\n    return __name__"
    names = run(preamble(["def t():\n    assert reference.x"], source))
    assert names["reference"].text == 'a\n"quoted" \\ {x}'
    assert names["reference"].where() == "reference"


def test_unknown_name_of_reference_is_explained():
    """A name the solution lacks is an AttributeError that says so."""
    names = run(preamble(["def t():\n    assert reference.x"], "x = 1"))
    with pytest.raises(AttributeError, match="defines no 'y'"):
        names["reference"].y  # noqa: B018


def test_reference_leaves_random_generators_alone():
    """Running the solution on first use draws nothing from the generators that a test has seeded."""
    np, torch = pytest.importorskip("numpy"), pytest.importorskip("torch")
    source = "import random, numpy, torch\nx = random.random(), numpy.random.rand(), torch.rand(2)"
    names = run(preamble(["def t():\n    assert reference.x"], source))
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    assert names["reference"].x
    seen = random.random(), np.random.rand(), torch.rand(1).item()
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    assert seen == (random.random(), np.random.rand(), torch.rand(1).item())


def test_solution_runs_only_when_asked():
    """A test file loads without running the solution; it runs once."""
    names = run(preamble(["def t():\n    assert reference.x"], "import builtins\nbuiltins.RUNS.append(1)\nx = 1"))
    import builtins

    builtins.RUNS = []
    try:
        assert builtins.RUNS == []
        assert names["reference"].x + names["reference"].x == 2
        assert builtins.RUNS == [1]
    finally:
        del builtins.RUNS
