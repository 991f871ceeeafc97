"""``autograder release`` writes what students get: it runs where they unpack it, and tells nothing."""

import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.build import build
from autograder.authoring.notebooks import write
from autograder.authoring.release import student_bundle
from autograder.authoring.requirements import requirements
from autograder.authoring.setup_cell import setup_source, with_setup
from autograder.commands.release import Released, release_chapter
from autograder.course import Chapter, read_course
from autograder.proof.leaks.audit import Leak, LeakKind, audit

ROOT = Path(__file__).parents[1]
REAL = "01_supervised_learning"
SMALL, OTHER = "01_springs", "02_more_springs"
SPRINGS = ROOT / "tests" / "proof" / "masters"


def autograder(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "autograder", *map(str, arguments)]
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A small course of two chapters with data, not built."""
    root = tmp_path / "course"
    for name in (SMALL, OTHER):
        folder = root / "assignments" / name
        (folder / "data").mkdir(parents=True)
        (folder / "data" / "lengths.csv").write_text("2.5,7.25\n")
        master = (SPRINGS / "springs.py.txt").read_text().replace(SMALL, name).replace("np.exp(1.0)", "np.exp(0.9)")
        (folder / "master.py").write_text(master)
        (folder / "variants.py").write_text((SPRINGS / "springs_variants.py.txt").read_text())
    (root / "course.toml").write_text(f'title = "Springs"\nchapters = ["{SMALL}", "{OTHER}"]\ncontact = "Ask Hooke."\n')
    return root


@pytest.fixture
def chapter(course: Path) -> Chapter:
    """The first of them, built."""
    found = read_course(course)
    build(found, [SMALL])
    return found.chapter(SMALL)


# --- what is written --------------------------------------------------------------------------------------------------


def test_bundle_has_notebook_data_versions_and_a_page(chapter: Chapter):
    """Everything of the student folder but what tools left there, the grader's versions, and what to do."""
    folder = chapter.student_notebook.parent
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "x.ipynb").write_text("x")
    (folder / ".OTTER_LOG").write_text("x")
    with zipfile.ZipFile(io.BytesIO(student_bundle(chapter))) as bundle:
        assert bundle.namelist() == [f"{SMALL}.ipynb", "README.md", "data/lengths.csv", "requirements.txt"]
        assert bundle.read("data/lengths.csv") == b"2.5,7.25\n"
        page = bundle.read("README.md").decode()
        pinned = dict(line.split("==") for line in bundle.read("requirements.txt").decode().split())
        notebook = nbformat.reads(bundle.read(f"{SMALL}.ipynb").decode(), as_version=4)
    assert pinned.keys() == {"numpy", "otter-grader", "torch"}  # matplotlib is not imported
    assert "+" not in pinned["torch"]
    assert all(word in page for word in (SMALL, "Springs", "Jupyter", "VS Code", "Colab", "`data/`", "Ask Hooke."))
    built = nbformat.read(chapter.student_notebook, as_version=4)
    assert notebook.cells[1:] == built.cells
    assert f"otter-grader=={pinned['otter-grader']}" in notebook.cells[0].source


def test_bundle_is_the_same_bytes_whenever_and_by_whomever_it_is_packed(chapter: Chapter):
    """Times and permissions of the files do not count, nor does the user's umask."""
    first = student_bundle(chapter)
    for path in chapter.student_notebook.parent.rglob("*"):
        os.utime(path, (0, 10**9))
        path.chmod(path.stat().st_mode ^ stat.S_IRWXO)
    assert student_bundle(chapter) == first


def test_requirements_pin_what_is_imported():
    """Packages that the code imports, at the versions here; no standard library, no module of the author's own."""
    code = [
        "import os.path, numpy.linalg\n%matplotlib inline",
        "def f():\n    from nbformat import v4",
        "import pandas",
        "x =",
    ]
    names = [line.partition("==")[0] for line in requirements(code, ["pandas"]).split()]
    assert names == ["nbformat", "numpy", "otter-grader", "torch"]


def test_authors_own_page_and_requirements_stay(chapter: Chapter):
    """A README.md and a requirements.txt that the author hands out are not replaced."""
    for name in ("README.md", "requirements.txt"):
        (chapter.student_notebook.parent / name).write_text("mine")
    with zipfile.ZipFile(io.BytesIO(student_bundle(chapter))) as bundle:
        assert {bundle.read("README.md"), bundle.read("requirements.txt")} == {b"mine"}


@pytest.mark.slow
def test_course_is_released_then_left_alone(course: Path):
    """All chapters, built first; checksums that agree; a second run changes nothing and says so; then only what changed."""
    dist = course / "dist"
    done = autograder("release", cwd=course)
    assert (done.returncode, done.stdout) == (0, f"dist/{SMALL}.zip: written\ndist/{OTHER}.zip: written\n"), done.stderr
    sums = dict(reversed(line.split("  ")) for line in (dist / "SHA256SUMS").read_text().splitlines())
    assert sums == {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in dist.glob("*.zip")}
    before = {path.name: path.stat().st_mtime_ns for path in dist.glob("*.zip")}
    (course / "assignments" / OTHER / "data" / "lengths.csv").write_text("3.5\n")
    done = autograder("release", cwd=course)
    assert done.stdout == f"dist/{SMALL}.zip: unchanged\ndist/{OTHER}.zip: written\n", done.stderr
    assert (dist / f"{SMALL}.zip").stat().st_mtime_ns == before[f"{SMALL}.zip"]
    assert {path.name for path in dist.iterdir()} == {f"{SMALL}.zip", f"{OTHER}.zip", "SHA256SUMS"}


def test_contact_that_is_no_text_is_told(course: Path):
    """Where to ask is a text: anything else is refused, with an exit code of 2."""
    text = (course / "course.toml").read_text()
    (course / "course.toml").write_text(text.replace('"Ask Hooke."', "7"))
    done = autograder("release", cwd=course)
    assert (done.returncode, "contact must be a text" in done.stderr) == (2, True)


# --- nothing leaks ----------------------------------------------------------------------------------------------------


def edit(chapter: Chapter, change: Callable[[dict], object]) -> None:
    notebook = json.loads(chapter.student_notebook.read_text())
    change(notebook)
    chapter.student_notebook.write_text(json.dumps(notebook))


def plant_line_in_data(chapter: Chapter) -> None:
    (chapter.student_notebook.parent / "data" / "lengths.csv").write_text("1\nstretched = np.abs(x - x.mean())\n")


def plant_hidden_test_in_metadata(chapter: Chapter) -> None:
    test = "assert springs_in_all == 3 * 6 and is_stable"
    edit(chapter, lambda nb: nb["metadata"]["otter"]["tests"].update(q2_count=test))


def plant_old_output(chapter: Chapter) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": ["about 2.4596\n"]}  # what the solution computes
    edit(chapter, lambda nb: nb["cells"][2].update(outputs=[output]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "leak"),
    [
        (plant_line_in_data, (LeakKind.SOLUTION, "data/lengths.csv")),
        (plant_hidden_test_in_metadata, (LeakKind.HIDDEN_ASSERT, f"{SMALL}.ipynb, metadata.otter.tests.q2_count")),
        (plant_old_output, (LeakKind.VALUE, f"{SMALL}.ipynb, cell 4, outputs.0.text")),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_leak_in_a_zip_keeps_it_from_being_written(
    chapter: Chapter, tmp_path: Path, plant: Callable[[Chapter], None], leak: tuple[LeakKind, str]
):
    """Wherever it was planted, it is named with its place; no zip is there then, not even that of an earlier release."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / f"{SMALL}.zip").write_bytes(b"of an earlier release")
    plant(chapter)
    done, leaks = release_chapter(chapter, tmp_path / "dist")
    assert (done, [(one.kind, one.place) for one in leaks]) == (Released.REFUSED, [leak])
    assert list((tmp_path / "dist").iterdir()) == []


@pytest.mark.slow
def test_leak_of_one_chapter_does_not_keep_back_the_others(course: Path):
    """The command names what leaked and where, exits with 1, and releases the clean chapter with its checksum."""
    (course / "assignments" / SMALL / "data" / "key.csv").write_text("springs_in_all = 18\n")
    done = autograder("release", "-o", "out/handed", cwd=course)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [f"out/handed/{SMALL}.zip: refused", f"out/handed/{OTHER}.zip: written"]
    assert "solution of q2_count in data/key.csv: springs_in_all = 18" in done.stderr
    assert {path.name for path in (course / "out" / "handed").iterdir()} == {f"{OTHER}.zip", "SHA256SUMS"}
    assert SMALL not in (course / "out" / "handed" / "SHA256SUMS").read_text()


def test_chapters_of_this_course_are_packed_the_same_twice_and_clean(tmp_path: Path):
    """Every chapter of the repository, by what its master hides; verify searches for computed numbers, too."""
    for chapter in read_course(ROOT).chapters:
        data = student_bundle(chapter)
        assert student_bundle(chapter) == data
        (tmp_path / "bundle.zip").write_bytes(data)
        found: list[Leak] = audit(chapter, tmp_path / "bundle.zip")
        assert found == [], chapter.name


# --- it is used -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What students get of a real chapter."""
    file = tmp_path_factory.mktemp("dist") / f"{REAL}.zip"
    file.write_bytes(student_bundle(read_course(ROOT).chapter(REAL)))
    return file


def run_in_jupyter(notebook: Path, **environment: str) -> nbformat.NotebookNode:
    """The notebook as Jupyter runs it, with its outputs."""
    words = ("-m", "nbconvert", "--to", "notebook", "--execute", "--allow-errors", "--stdout", notebook.name)
    done = subprocess.run(
        [sys.executable, *words],
        cwd=notebook.parent, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return nbformat.reads(done.stdout, as_version=4)


def errors_of(notebook: nbformat.NotebookNode) -> list[tuple[int, str]]:
    outputs = [(n, output) for n, cell in enumerate(notebook.cells) for output in cell.get("outputs", [])]
    return [(n, f"{o.ename}: {o.evalue}") for n, o in outputs if o.output_type == "error"]


def grade(submissions: Path, out: Path) -> list[dict]:
    done = autograder("grade", REAL, submissions, "-o", out, "--isolation", "none", "--trust", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_unpacked_bundle_runs_and_its_export_is_graded(real_bundle: Path, tmp_path: Path):
    """In an empty folder and a real kernel no cell fails, the last one exports, and the zip is graded."""
    shutil.unpack_archive(real_bundle, tmp_path / "work")
    ran = run_in_jupyter(tmp_path / "work" / f"{REAL}.ipynb")
    assert errors_of(ran) == []
    (export,) = (tmp_path / "work").glob("*.zip")
    (row,) = grade(export, tmp_path / "out")
    assert (row["status"], row["score"]) == ("graded", 0)


@pytest.mark.slow
def test_answers_in_a_bundled_notebook_get_the_same_score(tmp_path: Path):
    """The solution gets full marks with the first cell of a bundle; the gradebook finds its cells; nobody copied it."""
    chapter = read_course(ROOT).chapter(REAL)
    solution = with_setup(nbformat.read(chapter.solution_notebook, as_version=4), REAL)
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ada.ipynb").write_text(write(solution))
    untouched = with_setup(nbformat.read(chapter.student_notebook, as_version=4), REAL)
    (tmp_path / "class" / "bob.ipynb").write_text(write(untouched))
    row, other = grade(tmp_path / "class", tmp_path / "out")
    assert row["score"] == row["max_score"] > other["score"] == 0
    done = autograder("similarity", tmp_path / "out", "--json")
    assert json.loads(done.stdout)["pairs"] == [], done.stderr
    done = autograder("gradebook", tmp_path / "out", "--course-dir", tmp_path / "nbgrader", "--json")
    assert done.returncode == 0, done.stderr
    marked = nbformat.read(tmp_path / "nbgrader" / "autograded" / "ada" / REAL / f"{REAL}.ipynb", as_version=4)
    student = nbformat.read(chapter.student_notebook, as_version=4)
    checks = [cell.source for cell in student.cells if cell.source.startswith("grader.check")]
    assert [cell.source for cell in marked.cells if cell.source in checks] == checks


# What Colab has that matters here: a shell whose name otter knows it by, and a dialogue to upload files.
COLAB = """
import sys, types, shutil, pathlib
from ipykernel.zmqshell import ZMQInteractiveShell

def upload():
    uploads = pathlib.Path("uploads")
    uploads.write_text(uploads.read_text() + "." if uploads.exists() else ".")
    shutil.copy({bundle!r}, ".")
    return {{pathlib.Path({bundle!r}).name: b"its bytes"}}

colab = types.ModuleType("google.colab")
colab.files = types.SimpleNamespace(upload=upload)
sys.modules["google.colab"] = colab
get_ipython().__class__ = type("Shell", (ZMQInteractiveShell,), {{"__module__": "google.colab._shell"}})
"""


@pytest.mark.slow
def test_notebook_alone_runs_on_colab(real_bundle: Path, tmp_path: Path):
    """On Colab only the notebook is there: its first cell asks for the zip once, then every check finds its tests."""
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "colab.py").write_text(COLAB.format(bundle=str(real_bundle)))
    (tmp_path / "opened").mkdir()
    with zipfile.ZipFile(real_bundle) as bundle:
        (tmp_path / "opened" / "from the browser.ipynb").write_bytes(bundle.read(f"{REAL}.ipynb"))
    ran = run_in_jupyter(tmp_path / "opened" / "from the browser.ipynb", IPYTHONDIR=str(tmp_path / "ipython"))
    checks = [cell for cell in ran.cells if cell.source.startswith("grader.check(")]
    assert len(checks) == 6
    assert all("results" in cell.outputs[0].data["text/plain"] for cell in checks)
    assert [n for n, _ in errors_of(ran)] == [len(ran.cells) - 2]  # otter does not export on Colab, as the page says
    assert (tmp_path / "opened" / "uploads").read_text() == "."


def test_first_cell_installs_otter_where_it_is_missing(tmp_path: Path):
    """Without otter the cell installs it, at the version that grades; with otter it does nothing."""
    code = f"""
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
installed = []
shell.register_magic_function(installed.append, magic_name="pip")
shell.run_cell({setup_source(REAL)!r}).raise_error()
assert installed == [], installed
sys.modules["otter"] = None
shell.run_cell({setup_source(REAL)!r}).raise_error()
print(*installed)
"""
    words = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(
        words, env={**os.environ, "IPYTHONDIR": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.stdout == "install -q otter-grader==7.0.0\n", done.stderr
