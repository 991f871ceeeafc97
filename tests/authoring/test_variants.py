"""Variants: the file that holds them, and the notebooks they make."""

from pathlib import Path

import nbformat
import pytest

from autograder.authoring.build import build_chapter
from autograder.authoring.master import read_master
from autograder.authoring.variants import Kind, read_variants, variant_notebook
from autograder.course import read_course
from autograder.errors import AuthoringError

GOOD = '''"""Other people's answers."""
# %% q1_double accept: adds x to itself
def double(x):
    return x + x

# %% q1_double reject: squares: fine for 2 only
def double(x):
    return x * x

# %% q2_shift reject: forgets the base
%matplotlib inline
shift = lambda x: x
'''.replace('"""Other people\'s answers."""\n', "# Other people's answers.\n")


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "variants.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_variants_are_read_in_order(tmp_path: Path):
    """Question, kind, title, code and cell number come from header and body."""
    first, second, third = read_variants(write(tmp_path, GOOD))
    assert (first.question, first.kind, first.title, first.cell) == (
        "q1_double",
        Kind.ACCEPT,
        "adds x to itself",
        1,
    )
    assert first.source == "def double(x):\n    return x + x"
    assert second.title == "squares: fine for 2 only"
    assert (third.question, third.kind, third.cell) == ("q2_shift", Kind.REJECT, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# %% q1 maybe: title\nx = 1\n", "accept, reject, equivalent; found 'maybe'"),
        ("# %% q1 accept\nx = 1\n", "a variant begins"),
        ("# %% q1 accept:\nx = 1\n", "needs a title"),
        ("# %% [markdown]\n# words\n", "a variant begins"),
        ("# %% q1 accept: title\n\n# only words\n", "no code"),
        ("# %% q1 accept: title\ndef f(:\n", "not valid Python"),
        ("# %% q1 accept: one\nx = 1\n# %% q1 reject: one\nx = 2\n", "second variant with the title"),
        ("x = 1\n# %% q1 accept: one\nx = 1\n", "before the first variant"),
    ],
)
def test_bad_variants_are_refused(text: str, message: str, tmp_path: Path):
    """Each defect of a variants file is named."""
    with pytest.raises(AuthoringError, match=message):
        read_variants(write(tmp_path, text))


def test_same_title_for_two_questions_is_fine(tmp_path: Path):
    """A title need only be unique within its question."""
    assert len(read_variants(write(tmp_path, "# %% a accept: t\nx = 1\n# %% b accept: t\nx = 1\n"))) == 2


def test_missing_file_is_one_sentence(tmp_path: Path):
    """A chapter without variants is an authoring error."""
    with pytest.raises(AuthoringError, match="cannot be read"):
        read_variants(tmp_path / "variants.py")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The solution notebook and master of the good chapter, with an answer in two cells."""
    good = (Path(__file__).parent / "masters" / "good.py.txt").read_text(encoding="utf-8")
    root = tmp_path_factory.mktemp("course")
    (root / "assignments" / "01_sample").mkdir(parents=True)
    (root / "course.toml").write_text('chapters = ["01_sample"]\n')
    text = good.replace("\namount = helper(0)  # SOLUTION", "# %%\namount = helper(0)  # SOLUTION")
    (root / "assignments" / "01_sample" / "master.py").write_text(text)
    chapter = read_course(root).chapter("01_sample")
    build_chapter(chapter, root)
    return nbformat.read(chapter.solution_notebook, as_version=4), read_master(chapter.master)


def test_variant_replaces_all_answer_cells(built, tmp_path: Path):
    """All code cells of the answer make way for one cell; the rest is as it was."""
    solution, master = built
    variant = read_variants(write(tmp_path, GOOD))[2]
    made = variant_notebook(solution, master, [variant])
    assert len(made.cells) == len(solution.cells) - 1
    code = "\n".join(cell.source for cell in made.cells)
    assert "shift = lambda x: x" in code and "amount = helper(0)" not in code and "secret_product" in code
    assert "amount = helper(0)" in "\n".join(cell.source for cell in solution.cells)
    nbformat.validate(made)


def test_variants_of_two_questions_share_a_notebook(built, tmp_path: Path):
    """Variants of different questions may be put into one notebook."""
    solution, master = built
    first, _, third = read_variants(write(tmp_path, GOOD))
    code = "\n".join(cell.source for cell in variant_notebook(solution, master, [first, third]).cells)
    assert "return x + x" in code and "shift = lambda x: x" in code


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# %% q9 accept: t\nx = 1\n", "no such question in master.py: it has q1_double, q2_shift, q3_prose"),
        ("# %% q3_prose accept: t\nx = 1\n", "no code answer"),
        ("# %% q1_double accept: t\nx = 1\n# %% q1_double accept: u\nx = 1\n", "a notebook for each"),
    ],
)
def test_variants_that_fit_nowhere_are_refused(built, text: str, message: str, tmp_path: Path):
    """An unknown question, one without code, or two answers to one question are authoring errors."""
    with pytest.raises(AuthoringError, match=message):
        variant_notebook(*built, read_variants(write(tmp_path, text)))
