"""The leak audit: whatever is planted is found, where it was planted, and an honest chapter has nothing."""

import base64
import json
import re
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.authoring.build import build
from autograder.course import Chapter, read_course
from autograder.errors import KitError
from autograder.proof.leaks.audit import Leak, LeakKind, audit

ROOT = Path(__file__).parents[2]
NAME = "01_springs"
NOTEBOOK = f"{NAME}.ipynb"
VALUES = {"q1_energy": [2.718281828, 0.125, 0.5125], "q2_count": [1734]}

MASTERS = Path(__file__).parent / "masters"
MASTER = (MASTERS / "springs.py.txt").read_text(encoding="utf-8")
VARIANTS = (MASTERS / "springs_variants.py.txt").read_text(encoding="utf-8")

# One piece of each kind, as it might have slipped through: in other quotes, spaces and brackets, rounded.
PIECES = {
    LeakKind.SOLUTION: "return  float((0.5*spring*(stretched ** 2).sum()))",
    LeakKind.MODEL_ANSWER: "the derivative of a convex energy vanishes in one place only.",
    LeakKind.HIDDEN_TEST: "see test_many_springs",
    LeakKind.HIDDEN_ASSERT: "assert abs(energy(np.array([1., 2., 4.]), 3.) - 7.0123) < 1e-09",
    LeakKind.HIDDEN_MESSAGE: "Think of what the mean does\\nto every single length.",
    LeakKind.VALUE: "about 2.7183",
    LeakKind.VARIANT: "forgets to square the stretch of a spring",
}
EVERYTHING = "\n".join(PIECES.values())


def write(root: Path, master: str = MASTER, variants: str = VARIANTS) -> Chapter:
    """A course with one chapter, not built."""
    folder = root / "assignments" / NAME
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "lengths.csv").write_text("2.7183,7.0123\n")
    (root / "course.toml").write_text(f'chapters = ["{NAME}"]\n')
    (folder / "master.py").write_text(master)
    (folder / "variants.py").write_text(variants)
    return read_course(root).chapter(NAME)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Chapter:
    """The chapter of this file, built."""
    chapter = write(tmp_path_factory.mktemp("course"))
    build(chapter.course)
    return chapter


@pytest.fixture
def bundle(built: Chapter, tmp_path: Path) -> Path:
    """A copy of what students get, to plant leaks in."""
    return shutil.copytree(built.student_notebook.parent, tmp_path / NAME)


def edit(bundle: Path, change: Callable[[dict], object]) -> None:
    """Change the notebook of a bundle as JSON."""
    path = bundle / NOTEBOOK
    notebook = json.loads(path.read_text())
    change(notebook)
    path.write_text(json.dumps(notebook))


def plant_in_cell(bundle: Path, text: str) -> None:
    edit(bundle, lambda nb: nb["cells"][2].update(source=[*nb["cells"][2]["source"], "\n", text]))


def plant_in_metadata(bundle: Path, text: str) -> None:
    edit(bundle, lambda nb: nb["cells"][2]["metadata"].update(note={"deep": [1, {"hint": text.splitlines()}]}))


def plant_in_notebook_metadata(bundle: Path, text: str) -> None:
    edit(bundle, lambda nb: nb["metadata"].update(note=text))


def plant_in_key(bundle: Path, text: str) -> None:
    edit(bundle, lambda nb: nb["metadata"].update({text: 0}))


def plant_in_output(bundle: Path, text: str) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}
    edit(bundle, lambda nb: nb["cells"][0].update(outputs=[output]))


def plant_in_attachment(bundle: Path, text: str) -> None:
    encoded = base64.b64encode(text.encode()).decode()
    edit(bundle, lambda nb: nb["cells"][2].update(attachments={"a.txt": {"text/plain": encoded}}))


def plant_in_test_source(bundle: Path, text: str) -> None:
    edit(bundle, lambda nb: nb["metadata"]["otter"]["tests"].update(q9=f"name = 'q9'\n{text}"))


def plant_in_file(bundle: Path, text: str) -> None:
    (bundle / "tests").mkdir()
    (bundle / "tests" / "q1_energy.py").write_text(text)


def plant_in_data(bundle: Path, text: str) -> None:
    (bundle / "data" / "lengths.csv").write_text(text, encoding="utf-16")


def plant_in_zip(bundle: Path, text: str) -> None:
    with zipfile.ZipFile(bundle / "more.zip", "w") as archive:
        archive.writestr("inner/notes.txt", text)


def plant_in_broken_notebook(bundle: Path, text: str) -> None:
    (bundle / "old.ipynb").write_text(json.dumps({"cells": [{"source": text.splitlines(keepends=True)}]})[:-1])


PLACES = {
    plant_in_cell: f"{NOTEBOOK}, cell 3",
    plant_in_metadata: f"{NOTEBOOK}, cell 3, metadata.note.deep.1.hint",
    plant_in_notebook_metadata: f"{NOTEBOOK}, metadata.note",
    plant_in_key: f"{NOTEBOOK}, metadata",
    plant_in_output: f"{NOTEBOOK}, cell 1, outputs.0.text",
    plant_in_attachment: f"{NOTEBOOK}, cell 3, attachments.a.txt.text/plain",
    plant_in_test_source: f"{NOTEBOOK}, metadata.otter.tests.q9",
    plant_in_file: "tests/q1_energy.py",
    plant_in_data: "data/lengths.csv",
    plant_in_zip: "more.zip/inner/notes.txt",
    plant_in_broken_notebook: "old.ipynb",
}


def found(leaks: list[Leak]) -> set[tuple[LeakKind, str]]:
    return {(leak.kind, leak.place) for leak in leaks}


def test_honest_chapter_has_no_leak(built: Chapter, bundle: Path, tmp_path: Path):
    """The built student version, as a folder and as a zip, with the computed values known, is clean."""
    assert audit(built, values=VALUES) == []
    archive = shutil.make_archive(str(tmp_path / "handed-out"), "zip", bundle.parent, bundle.name)
    assert audit(built, Path(archive), VALUES) == []


def test_pilot_chapter_has_no_leak():
    """The chapter of this repository is clean."""
    assert audit(read_course(ROOT).chapter("02_shallow_networks")) == []


@pytest.mark.parametrize("plant", PLACES, ids=lambda plant: plant.__name__)
def test_every_kind_is_found_in_every_place(built: Chapter, bundle: Path, plant: Callable[[Path, str], None]):
    """A piece of each kind is found where it was planted, and nowhere else."""
    plant(bundle, EVERYTHING)
    assert found(audit(built, bundle, VALUES)) == {(kind, PLACES[plant]) for kind in PIECES}


@pytest.mark.parametrize("kind", PIECES)
def test_each_kind_is_told_from_the_others(built: Chapter, bundle: Path, kind: LeakKind):
    """One piece is one leak, of its kind and question; an assert with a number in it is two."""
    plant_in_cell(bundle, PIECES[kind])
    leaks = audit(built, bundle, VALUES)
    expected = {kind, LeakKind.VALUE} if kind is LeakKind.HIDDEN_ASSERT else {kind}
    assert {leak.kind for leak in leaks} == expected
    assert {leak.question for leak in leaks} == {"q3_why" if kind is LeakKind.MODEL_ANSWER else "q1_energy"}


@pytest.mark.parametrize(
    "text",
    [
        "# the shared end settles where the pulls of all springs cancel",
        "springs_in_all = 18",
        "is_stable=True",
        "stretched = np.abs(x - x.mean())  # see above",
        "x = 1; stretched = np.abs(\n    x - x.mean(),\n)",
        "if spring == 0:\n\n    return 0.0",
        "gaps = x[:, None] - x[None, :]",
        "assert springs_in_all == 3 * 6 and is_stable, 'no'",
        "strengths do not add up over all springs",
    ],
)
def test_leaks_of_other_forms_are_found(built: Chapter, bundle: Path, text: str):
    """Comments, one-line answers, rewritten and wrapped lines, lines of accepted variants, messages of asserts."""
    plant_in_cell(bundle, text)
    assert len(audit(built, bundle)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "return 0.0",
        "if spring == 1:\n    return 1.0",
        "springs_in_all = 180\nmy_springs_in_all = 18",
        "is_stable = False",
        "stretched = np.abs(y - y.mean())",
        "about 2.7184, 2.72, 12.7183, 2.7183e5, 1734.5",
        "def test_many_springs_more(): pass",
        "assert energy(np.array([1.0, 2.0, 4.0]), 3.0) > 0",
        "forgets to square",
        "import numpy as np\nnp.abs(LENGTHS)",
        "0.5125, 0.1250",
    ],
)
def test_near_misses_do_not_alarm(built: Chapter, bundle: Path, text: str):
    """Trivial lines, other names and numbers, and what students may see anyway are no leaks."""
    plant_in_cell(bundle, text)
    assert audit(built, bundle, VALUES) == []


@pytest.mark.parametrize("times", [1, 2])
def test_shown_line_leaks_where_the_master_does_not_put_it(make: Callable[..., Chapter], bundle: Path, times: int):
    """A line of the answer that given code has, too, may stand as often as the author put it there, and no more."""
    line = "stretched = np.abs(x - x.mean())"
    given = {"cell_type": "code", "source": f"x = LENGTHS\n{line}"}
    chapter = make(MASTER.replace("STRETCH =", f"# %%\n{given['source']}\n" * times + "# %%\nSTRETCH ="))
    edit(bundle, lambda nb: nb["cells"].extend([given] * times))
    assert audit(chapter, bundle) == []
    plant_in_metadata(bundle, line)
    assert found(audit(chapter, bundle)) == {(LeakKind.SOLUTION, PLACES[plant_in_metadata])}


def test_solution_handed_out_is_found_question_by_question(built: Chapter):
    """The solution folder in place of the student folder: every question leaks, and every hidden test."""
    leaks = audit(built, built.solution_dir)
    assert {leak.question for leak in leaks} == {"q1_energy", "q2_count", "q3_why"}
    assert {LeakKind.HIDDEN_TEST, LeakKind.SOLUTION, LeakKind.MODEL_ANSWER} <= {leak.kind for leak in leaks}


@pytest.mark.parametrize("name", ["variants.py", "master.py", "proof.json", "deep/autograder.zip"])
def test_instructors_files_are_found_by_name(built: Chapter, bundle: Path, name: str):
    """A file that only instructors have is a leak, whatever is in it."""
    (bundle / name).parent.mkdir(exist_ok=True)
    (bundle / name).write_text("x")
    assert found(audit(built, bundle)) == {(LeakKind.FILE, name)}


@pytest.mark.parametrize("form", ["<d", "<f"])
def test_values_are_found_as_bytes(built: Chapter, bundle: Path, form: str):
    """A computed answer in a binary file is found, in double and single precision; other numbers are not."""
    (bundle / "data" / "net.pt").write_bytes(b"\0\x93pad" + struct.pack(form, 2.7182))
    assert audit(built, bundle, VALUES) == []
    (bundle / "data" / "net.pt").write_bytes(b"\0\x93pad" + struct.pack(form, 2.718281828))
    assert found(audit(built, bundle, VALUES)) == {(LeakKind.VALUE, "data/net.pt")}


def test_file_that_nothing_speaks_of_is_searched(make: Callable[..., Chapter], bundle: Path):
    """Data that the text names is the author's to give; a file beside it that holds the answers is not."""
    chapter = make()
    for folder in (bundle, chapter.source_dir):
        (folder / "data" / "key.csv").write_text("2.7183\n")
    assert found(audit(chapter, bundle, VALUES)) == {(LeakKind.VALUE, "data/key.csv")}


def test_many_values_need_more_digits(built: Chapter, bundle: Path):
    """Among a thousand computed numbers four equal digits are an accident, six are not."""
    values = {"q1_energy": [1 + n / 997 for n in range(1000)]}
    plant_in_cell(bundle, "1.502")
    assert audit(built, bundle, values) == []
    plant_in_cell(bundle, f"{values['q1_energy'][500]:.6f}")
    assert found(audit(built, bundle, values)) == {(LeakKind.VALUE, f"{NOTEBOOK}, cell 3")}


def test_odd_numbers_harm_nothing(built: Chapter, bundle: Path):
    """Integers beyond all floats, infinity and endless digits are read, and what stands beside them is found."""
    plant_in_cell(bundle, f"{'9' * 5000} 1e999 0.0 00 ² 1734")
    leaks = audit(built, bundle, {"q2_count": [10**400, float("inf"), float("nan"), -0.0, 1734]})
    assert [leak.text for leak in leaks] == ["1734"]


def test_missing_or_odd_bundle_is_told(built: Chapter, make: Callable[..., Chapter], tmp_path: Path):
    """A chapter that is not built, and a file that is no zip, are mistakes with a remedy."""
    with pytest.raises(KitError, match="autograder build 01_springs"):
        audit(make())
    (tmp_path / "x.txt").write_text("x")
    with pytest.raises(KitError, match="neither a folder nor a zip"):
        audit(built, tmp_path / "x.txt")


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rewritten_answer_is_found(built: Chapter, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    """Whatever space and line breaks stand between the words of an answer, and whatever stands around it."""
    tokens = re.findall(r"\w+(?:\.\d+)?|\W", "0.5 * spring * (stretched**2).sum()".replace(" ", ""))
    gap = st.sampled_from(["", " ", "\n    ", "\t"])
    text = "".join(token + data.draw(gap) for token in tokens)
    before, after = data.draw(st.sampled_from(["y = ", "return float(", "## ", "> `"])), data.draw(gap)
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "a.txt").write_text(f"Lorem {before}{text}{after} ipsum")
    leaks = audit(built, folder)
    assert found(leaks) <= {(LeakKind.SOLUTION, "a.txt")}
    assert bool(leaks) is before.startswith("return")


# --- what the author shows --------------------------------------------------------------------------------------------


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Chapter]:
    """The chapter with another master, not built."""
    return lambda master=MASTER, variants=VARIANTS: write(tmp_path / "other", master, variants)


PROSE = "# **1.** Write `energy(x, spring)`."
GIVEN = "STRETCH = "
PUBLIC = "    got = energy(np.array([3.0]), 2.0)\n"


@pytest.mark.parametrize(
    ("old", "new", "kind", "cell"),
    [
        (PROSE, f"{PROSE} Remember `0.5 * spring * (stretched**2).sum()`.", None, 0),
        (PROSE, f"{PROSE} Try `float(0.5 * spring * (stretched ** 2).sum())`.", LeakKind.SOLUTION, 5),
        (PUBLIC, f"{PUBLIC}    twice = float(0.5 * 1 * (STRETCH**2).sum())\n", None, 0),
        (GIVEN, "total = float(0.5 * spring * (stretched**2).sum())\nfar = np.abs(x - x.mean())\nSTRETCH = ", LeakKind.SOLUTION, 3),
        (GIVEN, "stretched = np.abs(x - x.mean())\nSTRETCH = ", None, 0),
        (PROSE, f"{PROSE} With `np.abs(x - x.mean())` no length is negative.", None, 0),
        (GIVEN, "gaps = x[:, None] - x[None, :]\nout = float(spring * (gaps**2).sum() / (4 * len(x)))\nSTRETCH = ",
         LeakKind.VARIANT, 3),
        (PUBLIC, f"{PUBLIC}    assert abs(energy(np.array([1, 2, 4]), 3) - 7.0123) < 1e-9\n", LeakKind.HIDDEN_ASSERT, 10),
        (PROSE, f"{PROSE} The three springs together have the energy 7.012.", LeakKind.VALUE, 5),
        (GIVEN, "print('it should be 7.01230')\nSTRETCH = ", LeakKind.VALUE, 3),
        (GIVEN, "WEIGHT = 7.0123  # 7.0123 is the weight\nSTRETCH = ", None, 0),
        (PROSE, f"{PROSE} The rest length is 2.718.", LeakKind.VALUE, 5),
        (PROSE, f"{PROSE} The three springs have the lengths 1.0, 2.0 and 4.0.", None, 0),
        ("# **3.** Say", "# The derivative of a convex energy vanishes in one place only. Say", LeakKind.MODEL_ANSWER, 24),
    ],
)  # fmt: skip
def test_answer_that_the_author_shows_is_found(
    make: Callable[..., Chapter], bundle: Path, old: str, new: str, kind: LeakKind | None, cell: int
):
    """Text, given code and public tests that give an answer away are found; shared idioms and given data are not."""
    assert MASTER.count(old) == 1
    leaks = {leak for leak in found(audit(make(MASTER.replace(old, new)), bundle, VALUES)) if "master.py" in leak[1]}
    if kind is LeakKind.HIDDEN_ASSERT:
        leaks.discard((LeakKind.VALUE, f"master.py, cell {cell}"))  # the number in it
    assert leaks == ({(kind, f"master.py, cell {cell}")} if kind else set())


def test_hidden_test_that_is_public_over_again_is_found(make: Callable[..., Chapter], bundle: Path):
    """A hidden test whose body is that of the public test proves nothing."""
    hidden = "    assert abs(energy(np.array([1.0, 2.0, 4.0]), 3.0) - 7.0123) < 1e-9"
    body = f'{PUBLIC}    assert got == 0, f"expected 0, got {{got}}"'
    master = re.sub(re.escape(hidden) + ".*", lambda _: body, MASTER)
    leaks = audit(make(master), bundle)
    assert [(leak.kind, leak.place) for leak in leaks if leak.kind is LeakKind.HIDDEN_TEST] == [
        (LeakKind.HIDDEN_TEST, "master.py, cell 10")
    ]
