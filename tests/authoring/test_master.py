"""Masters: what is read from a good one, and each mistake that must stop a build."""

from pathlib import Path

import pytest

from autograder.authoring.markers import Mark, mark_of, near_miss
from autograder.authoring.master import read_master
from autograder.errors import AuthoringError

BODY = '    assert double(3) == 6\n'
HIDDEN_BODY = '        assert double(value) == value + value, "hidden reason"\n'
REFERENCE_LINE = "    expected = [reference.shift(n) for n in range(3)]\n"
INSIDE_LINE = "    assert inside(lambda f: [f(n) for n in range(3)])(shift) == expected\n"
FIRST_SOLUTION = "# %% [raw]\n# # BEGIN SOLUTION\n# %%\ndef double"

# defect: (what to replace in the good master, by what, words of the message)
DEFECTS = {
    # boundaries
    "question-never-ended": ("# %% [raw]\n# # END QUESTION\n\n# %%\ndef helper", "# %%\ndef helper", "inside the question begun in cell 4"),
    "last-question-never-ended": ("# Rubric: one point for the model answer.\n# %% [raw]\n# # END SOLUTION\n# %% [raw]\n# # END QUESTION\n", "# Rubric: one point.\n# %% [raw]\n# # END SOLUTION\n", "BEGIN QUESTION is never ended"),
    "last-block-never-ended": ("# Rubric: one point for the model answer.\n# %% [raw]\n# # END SOLUTION\n# %% [raw]\n# # END QUESTION\n", "# Rubric.\n", "BEGIN SOLUTION is never ended"),
    "solution-never-ended": ("    # END SOLUTION\n# %% [raw]\n# # END SOLUTION\n", "    # END SOLUTION\n", "BEGIN TESTS inside the SOLUTION block"),
    "question-ended-with-open-tests": ("# # END TESTS\n# %% [raw]\n# # END QUESTION\n\n# %%\ndef helper", "# # END QUESTION\n\n# %%\ndef helper", "TESTS block begun in cell 9 is still open"),
    "end-without-begin": ("# %% [raw]\n# # BEGIN TESTS\n# %%\n\"\"\" # BEGIN TEST CONFIG\npoints: 1\nfailure", "# %%\n\"\"\" # BEGIN TEST CONFIG\npoints: 1\nfailure", "test config belongs|END TESTS without"),
    "block-outside-question": ("# # BEGIN QUESTION\n# name: q1_double\n# points: 3", "# # BEGIN PROMPT", "outside a question"),
    "prompt-after-solution": ("# # BEGIN TESTS\n# %%\n\"\"\" # BEGIN TEST CONFIG\npoints: 1\nfailure", "# # BEGIN PROMPT\n# %% [raw]\n# # END PROMPT\n# %% [raw]\n# # BEGIN TESTS\n# %%\n\"\"\" # BEGIN TEST CONFIG\npoints: 1\nfailure", "comes first"),
    "misspelt-begin-question": ("# # BEGIN QUESTION\n# name: q1", "# # BEGN QUESTION\n# name: q1", "did you mean '# BEGIN QUESTION'"),
    "misspelt-end-question": ("# # END QUESTION\n\n# %%", "# # END QUESTON\n\n# %%", "did you mean '# END QUESTION'"),
    "misspelt-begin-solution-cell": (FIRST_SOLUTION, FIRST_SOLUTION.replace("SOLUTION", "SOLUTIN"), "did you mean '# BEGIN SOLUTION'"),
    "begin-test-for-tests": ("# # BEGIN TESTS\n# %%\n\"\"\" # BEGIN TEST CONFIG\npoints: 1\nfailure", "# # BEGIN TEST\n# %%\n\"\"\" # BEGIN TEST CONFIG\npoints: 1\nfailure", "did you mean '# BEGIN TEST"),
    "longer-word-than-the-marker": (FIRST_SOLUTION, FIRST_SOLUTION.replace("SOLUTION", "SOLUTIONS"), "did you mean"),
    "raw-cell-of-nothing": ("# %% [markdown]\n# # Sample", "# %% [raw]\n# notes to self", "show it to the students"),
    "two-markers-in-one-raw-cell": ("# %% [raw]\n# # END TESTS\n# %% [raw]\n# # END QUESTION\n\n# %%", "# %% [raw]\n# # END TESTS\n# # END QUESTION\n\n# %%", "raw cell of its own"),
    "marker-in-markdown": ("# %% [raw]\n# # BEGIN SOLUTION\n# %%\ndef double", "# %% [markdown]\n# # BEGIN SOLUTION\n# %%\ndef double", "make it a raw cell"),
    "cell-header-not-read": ("# %% [raw]\n# # BEGIN SOLUTION\n# %%\ndef shift", "# %%[raw]\n# # BEGIN SOLUTION\n# %%\ndef shift", "BEGIN SOLUTION|cell header"),
    "vanishing-cell": ("# # Sample", "# # Ignoring units", "would vanish"),
    "two-assignment-configs": ("# %% [markdown]\n# # Sample", "# %% [raw]\n# # ASSIGNMENT CONFIG\n# name: x", "second assignment config"),
    "config-inside-question": ("# %% [markdown]\n# **1.** Write `double(x)`.", "# %% [raw]\n# # ASSIGNMENT CONFIG\n# name: x", "inside a question"),
    # line markers
    "misspelt-begin-line": ("    # BEGIN SOLUTION", "    # BEGIN SOLUTIN", "looks like the marker '# BEGIN SOLUTION'"),
    "misspelt-end-line": ("    # END SOLUTION", "    # END SOLUTON", "looks like the marker '# END SOLUTION'"),
    "lower-case-line": ("    # BEGIN SOLUTION", "    # begin solution", "looks like the marker"),
    "missing-space-line": ("    # BEGIN SOLUTION", "    # BEGINSOLUTION", "looks like the marker"),
    "lower-case-solution": ("amount = helper(0)  # SOLUTION", "amount = helper(0)  # solution", "looks like the marker '# SOLUTION'"),
    "solution-alone-on-its-line": ("amount = helper(0)  # SOLUTION", "# SOLUTION\namount = helper(0)", "looks like the marker '# SOLUTION'"),
    "lower-case-seed": ("BASE = 7", "BASE = 7  # seed", "looks like the marker '# SEED'"),
    "misspelt-ignore": ("BASE = 7", "BASE = 7  # IGNOR", "looks like the marker '# IGNORE'"),
    "misspelt-ignore-block": ("BASE = 7", "# BEGIN IGNOR\nBASE = 7\n# END IGNORE", "looks like the marker '# BEGIN IGNORE'"),
    "prompt-without-quotes": ('    """Twice x."""', "    # BEGIN PROMPT", "looks like the marker '# BEGIN PROMPT'"),
    "begin-line-never-ended": ("    # END SOLUTION\n", "", "is never ended"),
    "end-line-without-begin": ("    # BEGIN SOLUTION\n", "", "ends nothing"),
    "nested-lines": ("    secret_product = FACTOR * x\n", "    # BEGIN SOLUTION\n    secret_product = FACTOR * x\n", "has ended"),
    "prompt-inside-solution": ("    secret_product = FACTOR * x\n", '    """ # BEGIN PROMPT\n    x\n    """ # END PROMPT\n    secret_product = 1\n', "has ended"),
    "ignore-never-ended": ("BASE = 7", "# BEGIN IGNORE\nBASE = 7", "is never ended"),
    "line-marker-outside-solution-block": ("BASE = 7", "BASE = 7  # SOLUTION", "stands outside a SOLUTION block"),
    "answer-cell-without-marker": ("    # BEGIN SOLUTION\n    secret_product = FACTOR * x\n    return secret_product\n    # END SOLUTION\n", "    return 2 * x\n", "nothing in this answer cell is marked"),
    "marker-inside-a-statement": ("amount = helper(0)  # SOLUTION", "amount = helper(  # SOLUTION\n    0)", "what is left for the students"),
    "code-that-is-not-python": ("BASE = 7", "BASE = = 7", "not valid Python"),
    # tests
    "test-config-not-ended": ('failure_message: double(3) is 6\n""" # END TEST CONFIG', 'failure_message: double(3) is 6\n"""', "is not ended"),
    "misspelt-test-config-end": ('failure_message: double(3) is 6\n""" # END TEST CONFIG', 'failure_message: double(3) is 6\n""" # END TEST CONFG', "END TEST CONFIG"),
    "unknown-test-key": ("failure_message: double(3)", "failure_mesage: double(3)", "unknown key 'failure_mesage' in the test config"),
    "misspelt-hidden-key": ("hidden: true", "hiden: true", "unknown key 'hiden'"),
    "hidden-not-a-boolean": ("hidden: true", "hidden: 'yes'", "hidden must be true or false"),
    "negative-test-points": ("points: 1\nfailure_message", "points: -1\nfailure_message", "at least 0"),
    "misspelt-hidden-comment": ('""" # BEGIN TEST CONFIG\npoints: 1\nfailure_message: double(3) is 6\n""" # END TEST CONFIG', "# HIDEN", "does not hide this test"),
    "hidden-comment-too-late": (BODY, "    # HIDDEN\n" + BODY, "does not hide this test"),
    "text-among-tests": ("# # BEGIN TESTS\n# %%\n\"\"\" # BEGIN TEST CONFIG\npoints: 1\nfailure", "# # BEGIN TESTS\n# %% [markdown]\n# words\n# %%\n\"\"\" # BEGIN TEST CONFIG\npoints: 1\nfailure", "holds code only"),
    "test-without-assert": (BODY, "    expected = 6\n", "cannot fail"),
    "test-of-a-constant": (BODY, "    assert True\n", "cannot fail"),
    "assert-of-a-tuple": (BODY, "    assert (double(3) == 6, 'why')\n", "always true"),
    "two-functions-in-one-test": (BODY, BODY + "def test_more(double):\n" + BODY, "exactly one function"),
    "import-before-test": ("def test_small", "import math\ndef test_small", "exactly one function"),
    "empty-test": ("def test_small(double):\n" + BODY, "", "exactly one function"),
    "test-that-is-not-python": (BODY, "    assert double(3 == 6\n", "not valid Python"),
    "magic-in-test": (BODY, "    %time\n" + BODY, "not valid Python"),
    "two-tests-of-one-name": ("def test_hidden_many", "def test_small", "would replace the first"),
    "test-named-as-otters-own": ("def test_small", "def points", "means something to otter"),
    "public-test-says-reference": (BODY, "    assert double(3) == reference.double(3)\n", "a public test says 'reference'"),
    "public-test-says-inside": (BODY, "    assert inside(lambda f: f(3))(double) == 6\n", "a public test says 'inside'"),
    "reference-as-parameter": ("def test_against_reference(shift", "def test_against_reference(reference, shift", "of its own"),
    "inside-lambda-says-reference": (INSIDE_LINE, "    assert inside(lambda f: f(1) == reference.shift(1))(shift)\n", "would carry the answer"),
    "inside-local-function-says-reference": (INSIDE_LINE, "    def probe(f):\n        return f(1) == reference.shift(1)\n    assert inside(probe)(shift)\n", "would carry the answer"),
    "inside-reaches-reference-through-another": (INSIDE_LINE, "    right = lambda: reference.shift(1)\n    def probe(f):\n        return f(1) == right()\n    assert inside(probe)(shift)\n", "would carry the answer"),
    "inside-as-decorator-says-reference": (INSIDE_LINE, "    @inside\n    def probe(f):\n        return f(1) == reference.shift(1)\n    assert probe(shift)\n", "would carry the answer"),
    "inside-not-called": (INSIDE_LINE, "    put = inside\n    assert put(lambda f: f(1))(shift)\n", "must be called at once"),
    # configs
    "duplicate-question": ("name: q2_shift", "name: q1_double", "has this name"),
    "question-without-name": ("# name: q2_shift\n", "", "needs a name"),
    "question-name-with-space": ("name: q2_shift", "name: q2 shift", "needs a name"),
    "question-name-a-number": ("name: q2_shift", "name: 2", "needs a name"),
    "question-name-too-long": ("name: q2_shift", "name: " + "q" * 41, "at most 40"),
    "unknown-question-key": ("# points: 2\n\n# %% [markdown]\n# **2", "# pionts: 2\n\n# %% [markdown]\n# **2", "unknown key 'pionts' in the question config"),
    "unknown-assignment-key": ("# export_cell:", "# exprot_cell:", "unknown key 'exprot_cell' in the assignment config"),
    "unknown-nested-key": ("ok_format: false", "ok_fromat: false", "unknown key 'ok_fromat' in the assignment config, tests"),
    "refused-assignment-value": ("# export_cell: {pdf: false}", "# runs_on: mars", "otter refuses"),
    "config-not-yaml": ("# export_cell: {pdf: false}", "# export_cell: {pdf: false", "not valid YAML"),
    "config-not-a-mapping": ("# name: q2_shift\n# points: 2", "# - q2_shift", "key: value"),
    "config-file-missing": ("# export_cell: {pdf: false}", "# config_file: other.yaml", "config_file"),
    "files-hand-out-variants": ("# export_cell: {pdf: false}", "# files: [variants.py]", "holds answers"),
    "manual-not-a-boolean": ("manual: true", "manual: 'yes'", "manual must be true or false"),
    # points
    "question-without-tests": ("# manual: true\n", "", "no test"),
    "manual-without-points": ("# manual: true\n# points: 2\n", "# manual: true\n", "no points"),
    "manual-with-zero-points": ("# manual: true\n# points: 2\n", "# manual: true\n# points: 0\n", "worth 0 points"),
    "manual-with-tests": ("# name: q1_double", "# name: q1_double\n# manual: true", "counted twice"),
    "points-as-text": ("# points: 3", "# points: many", "points must be a number"),
    "list-of-points-with-hidden-tests": ("# points: 3", "# points: [1, 2]", "give points in each test config"),
    "more-points-in-tests": ("# points: 3", "# points: 2", "do not add up"),
    "fewer-points-in-tests": ("# points: 3", "# points: 5", "make them agree"),
}  # fmt: skip


def read(tmp_path: Path, text: str, suffix: str = ".py"):
    path = tmp_path / f"master{suffix}"
    path.write_text(text, encoding="utf-8")
    return read_master(path)


@pytest.mark.parametrize(
    "line",
    ["# BEGIN SOLUTIN", "# BEGN SOLUTION", "# EDN SOLUTION", "#BEGIN SOLUTION", "# Begin Solution", "# BEGIN-SOLUTION",
     "x = 1  # BEGIN SOLUTION", "x = 1  # SOLUTON", "x = 1  # Solution", "# SEED", "# END TEST", "# ENDSOLUTION",
     "# # BEGIN QUESTION", '""" # BEGIN PROMT', '""" # END TEST CONFG', "# ASIGNMENT CONFIG"],
)  # fmt: skip
def test_near_misses_are_found(line: str):
    """A line that resembles a marker without being one is taken for a mistake."""
    assert mark_of(line) is None
    assert near_miss(line)


@pytest.mark.parametrize(
    "line",
    ["# the solution of Ax = b", "x = 1  # solution of the system", "# begin with small steps", "# end of the loop",
     "h = relu(x)  # hidden", "# HIDDEN layers", "x = y  # type: ignore", "# speed matters", "# and solution two",
     "colour = '#aabbcc'", "# %% seed", "torch.manual_seed(0)  # seed the weights", "# END"],
)  # fmt: skip
def test_honest_comments_are_left_alone(line: str):
    """A comment of plain words is not taken for a marker."""
    assert mark_of(line) is None
    assert near_miss(line) is None


def test_headings_in_prose_may_say_solution():
    """Markdown may have a heading 'Solution', but not one that begins a block."""
    assert near_miss("# Solution", in_prose=True) is None
    assert near_miss("# BEGIN SOLUTION", in_prose=True)


def test_markers_are_known_as_otter_writes_them():
    """Every marker in its exact form is recognised."""
    assert mark_of("    # BEGIN SOLUTION NO PROMPT") is Mark.BEGIN_SOLUTION
    assert mark_of("x = 3 # SOLUTION NO PROMPT") is Mark.SOLUTION
    assert mark_of('"""; # END PROMPT') is Mark.END_PROMPT
    assert mark_of("rng = seed(s)  # SEED") is Mark.SEED


def test_good_master_is_read(tmp_path: Path, good: str):
    """Questions come with their points, sources, answers and tests."""
    master = read(tmp_path, good)
    assert [q.name for q in master.questions] == ["q1_double", "q2_shift", "q3_prose"]
    assert [q.max_points for q in master.questions] == [3, 2, 2]
    assert [q.sources for q in master.questions] == [("udl-1.1", "udl-1.2"), ("cs-1",), ("cs-2",)]
    assert [len(q.solution_cells) for q in master.questions] == [1, 1, 1]
    tests = master.questions[0].test_cells
    assert [(t.hidden, t.points, t.failure_message) for t in tests] == [(False, 1, "double(3) is 6"), (True, 2, None)]
    assert master.questions[2].manual
    assert master.question("q2_shift") is master.questions[1]
    assert master.question("q9") is None


@pytest.mark.parametrize("defect", [d for d, (_, _, message) in DEFECTS.items() if message])
def test_defect_is_refused(defect: str, tmp_path: Path, good: str):
    """Each defect is found and named, with the file."""
    old, new, message = DEFECTS[defect]
    assert old in good
    with pytest.raises(AuthoringError, match=message) as caught:
        read(tmp_path, good.replace(old, new, 1))
    assert str(tmp_path / "master.py") in str(caught.value)


def test_error_names_question_and_cell(tmp_path: Path, good: str):
    """The place of a mistake is its question and the number of its cell in the file, counted from 1."""
    with pytest.raises(AuthoringError) as caught:
        read(tmp_path, good.replace("    # END SOLUTION", "    # END SOLUTON"))
    assert (caught.value.question, caught.value.cell) == ("q1_double", 7)


def test_points_nowhere_are_refused(tmp_path: Path, good: str):
    """A question without any points is refused, though otter would make it worth one."""
    bare = good.replace("# points: 3\n", "").replace("points: 1\nfailure", "failure").replace("points: 2\nhidden", "hidden")
    with pytest.raises(AuthoringError, match="no points"):
        read(tmp_path, bare)


def test_missing_master_is_one_sentence(tmp_path: Path):
    """A chapter without a master is an authoring error."""
    with pytest.raises(AuthoringError, match="no such master"):
        read_master(tmp_path / "master.py")


def test_broken_ipynb_is_one_sentence(tmp_path: Path):
    """A file that is no notebook is an authoring error."""
    with pytest.raises(AuthoringError, match="cannot be read as a notebook"):
        read(tmp_path, "not json", ".ipynb")


def test_strip_from_all_cells_allows_markers_anywhere(tmp_path: Path, good: str):
    """With otter's strip_solutions_from_all_cells, an answer may stand outside a SOLUTION block."""
    text = good.replace("BASE = 7", "BASE = 7  # SOLUTION")
    assert read(tmp_path, text.replace("# export_cell:", "# strip_solutions_from_all_cells: true\n# export_cell:"))


@pytest.mark.parametrize(
    ("body", "fails"),
    [("def test_x(f):\n    assert f(1)\n", False), ("import math\nx = 1\n", False), ("class A:\n    pass\n", False),
     ("def t(f):\n    assert f(1)\nt(double)\n", True), ("assert double(1) == 2\n", True), ("double(1)\n", True)],
)  # fmt: skip
def test_ok_format_test_must_be_able_to_fail(body: str, fails: bool, tmp_path: Path, good: str):
    """In OK format a cell that only defines things passes on anything, and is refused."""
    head, rest = good.split("# %% [raw] sources=\"cs-1\"")[0], good.split("# %% [raw] sources=\"cs-2\"")[1]
    text = (head + '# %% [raw] sources="cs-2"' + rest).replace("ok_format: false", "ok_format: true")
    text = text.replace("def test_hidden_many(double):\n    for value in range(5):\n" + HIDDEN_BODY, "assert double(0) == 0\n")
    text = text.replace("def test_small(double):\n" + BODY, body)
    if fails:
        assert read(tmp_path, text)
    else:
        with pytest.raises(AuthoringError, match="cannot fail"):
            read(tmp_path, text)


def test_ok_format_has_no_reference(tmp_path: Path, good: str):
    """OK-format files cannot carry the solution, so naming it is refused."""
    text = good.replace("ok_format: false", "ok_format: true").replace("def test_small(double):\n" + BODY, "assert double(3) == 6\n")
    text = text.replace("def test_hidden_many(double):\n    for value in range(5):\n" + HIDDEN_BODY, "assert double(1) == reference.double(1)\n")
    with pytest.raises(AuthoringError, match="needs 'tests"):
        read(tmp_path, text)


def test_fenced_markers_are_read(tmp_path: Path):
    """Otter's fenced Markdown form of a marker counts as the raw cell it stands for."""
    import nbformat

    new = nbformat.v4
    fence = "```otter\n{}\n```"
    cells = [
        new.new_markdown_cell(fence.format("# BEGIN QUESTION\nname: q1\nmanual: true\npoints: 1")),
        new.new_markdown_cell("Why?"),
        new.new_markdown_cell(fence.format("# END QUESTION")),
    ]
    master = read(tmp_path, nbformat.writes(new.new_notebook(cells=cells)), ".ipynb")
    assert [q.name for q in master.questions] == ["q1"]
