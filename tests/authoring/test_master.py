"""Masters: what is read from a good one, and each mistake that must stop a build."""

import re
from pathlib import Path

import pytest

from autograder.authoring.markers import Mark, mark_of, near_miss
from autograder.authoring.master import read_master
from autograder.errors import AuthoringError

BODY = "    assert double(3) == 6\n"
HIDDEN_TEST = (
    "def test_hidden_many(double):\n    for value in range(5):\n"
    '        assert double(value) == value + value, "hidden reason"\n'
)


def read_defects() -> dict[str, tuple[str, str, str]]:
    """Name to what is replaced in the good master, by what, and a pattern of the error."""
    text = (Path(__file__).parent / "masters" / "defects.txt").read_text(encoding="utf-8")
    found = re.findall(r"(?ms)^=== ([^:\n]+): ([^\n]+)\n<<<\n(.*?)\n>>>\n(.*?)\n?(?=^===|\Z)", text)
    return {name: (old, new, message) for name, message, old, new in found}


DEFECTS = read_defects()


def read(tmp_path: Path, text: str, suffix: str = ".py"):
    path = tmp_path / f"master{suffix}"
    path.write_text(text, encoding="utf-8")
    return read_master(path)


@pytest.mark.parametrize(
    "line",
    [
        "# BEGIN SOLUTIN",
        "# BEGN SOLUTION",
        "# EDN SOLUTION",
        "#BEGIN SOLUTION",
        "# Begin Solution",
        "# BEGIN-SOLUTION",
        "x = 1  # BEGIN SOLUTION",
        "x = 1  # SOLUTON",
        "x = 1  # Solution",
        "# SEED",
        "# END TEST",
        "# ENDSOLUTION",
        "# # BEGIN QUESTION",
        '""" # BEGIN PROMT',
        '""" # END TEST CONFG',
        "# ASIGNMENT CONFIG",
    ],
)
def test_near_misses_are_found(line: str):
    """A line that resembles a marker without being one is taken for a mistake."""
    assert mark_of(line) is None
    assert near_miss(line)


@pytest.mark.parametrize(
    "line",
    [
        "# the solution of Ax = b",
        "x = 1  # solution of the system",
        "# begin with small steps",
        "# end of the loop",
        "h = relu(x)  # hidden",
        "# HIDDEN layers",
        "x = y  # type: ignore",
        "# speed matters",
        "# and solution two",
        "colour = '#aabbcc'",
        "# %% seed",
        "torch.manual_seed(0)  # seed the weights",
        "# END",
    ],
)
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
    assert [(t.hidden, t.points, t.failure_message) for t in tests] == [
        (False, 1, "double(3) is 6"),
        (True, 2, None),
    ]
    assert master.questions[2].manual
    assert master.question("q2_shift") is master.questions[1]
    assert master.question("q9") is None


@pytest.mark.parametrize("defect", DEFECTS)
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
    bare = (
        good.replace("# points: 3\n", "")
        .replace("points: 1\nfailure", "failure")
        .replace("points: 2\nhidden", "hidden")
    )
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
    [
        ("def test_x(f):\n    assert f(1)\n", False),
        ("import math\nx = 1\n", False),
        ("class A:\n    pass\n", False),
        ("def t(f):\n    assert f(1)\nt(double)\n", True),
        ("assert double(1) == 2\n", True),
        ("double(1)\n", True),
    ],
)
def test_ok_format_test_must_be_able_to_fail(body: str, fails: bool, tmp_path: Path, good: str):
    """In OK format a cell that only defines things passes on anything, and is refused."""
    head, _, rest = good.partition('# %% [raw] sources="cs-1"')
    rest = rest[rest.index('# %% [raw] sources="cs-2"') :]
    text = (head + rest).replace("ok_format: false", "ok_format: true")
    text = text.replace(HIDDEN_TEST, "assert double(0) == 0\n")
    text = text.replace("def test_small(double):\n" + BODY, body)
    if fails:
        assert read(tmp_path, text)
    else:
        with pytest.raises(AuthoringError, match="cannot fail"):
            read(tmp_path, text)


def test_ok_format_has_no_reference(tmp_path: Path, good: str):
    """OK-format files cannot carry the solution, so naming it is refused."""
    text = good.replace("ok_format: false", "ok_format: true").replace(
        "def test_small(double):\n" + BODY, "assert double(3) == 6\n"
    )
    text = text.replace(
        HIDDEN_TEST,
        "assert double(1) == reference.double(1)\n",
    )
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


def test_unclosed_fence_is_refused(tmp_path: Path):
    """A fence that otter would read to no end is refused."""
    import nbformat

    cell = nbformat.v4.new_markdown_cell("```otter\n# BEGIN QUESTION\nname: q1")
    with pytest.raises(AuthoringError, match="fence is not closed"):
        read(tmp_path, nbformat.writes(nbformat.v4.new_notebook(cells=[cell])), ".ipynb")
