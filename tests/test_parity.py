"""The wall changes no score: plain ``otter run`` with the built tests gives the same, question by question."""

import csv
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.build import make_zip
from autograder.authoring.master import read_master
from autograder.authoring.variants import Variant, read_variants, variant_notebook
from autograder.course import Chapter, read_course
from autograder.grading.isolation.local import namespaces_refused

ROOT = Path(__file__).parents[1]
CHAPTER = "02_shallow_networks"
# Of the sample class, what plain otter cannot run to its end: another chapter, a killed kernel, a script.
NOT_FOR_OTTER = {"student12", "student13", "student21"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(namespaces_refused()), reason=f"no namespaces here: {namespaces_refused()}"),
]


@pytest.fixture(scope="module")
def chapter(tmp_path_factory: pytest.TempPathFactory) -> Chapter:
    """A copy of the course, to make the autograder zip in."""
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "course.toml", root)
    for folder in ("assignments", "solutions", "student"):
        shutil.copytree(ROOT / folder / CHAPTER, root / folder / CHAPTER)
    return read_course(root).chapter(CHAPTER)


def shared_notebooks(chapter: Chapter) -> dict[str, nbformat.NotebookNode]:
    """Every variant once; the first of each question share a notebook, then the second, and so on."""
    rounds: dict[str, list[Variant]] = defaultdict(list)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for variant in read_variants(chapter.variants):
        key = (variant.question, variant.kind)
        counts[key] += 1
        rounds[f"{variant.kind}{counts[key]}"].append(variant)
    master = read_master(chapter.master)
    solution = nbformat.read(chapter.solution_notebook, as_version=4)
    return {name: variant_notebook(solution, master, variants) for name, variants in rounds.items()}


def sample_notebooks() -> Iterator[tuple[str, bytes]]:
    """The sample submissions that are notebooks, out of their folders and zips."""
    for path in sorted((ROOT / "examples" / CHAPTER).iterdir()):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                name = next(name for name in archive.namelist() if name.endswith(".ipynb"))
                yield path.stem, archive.read(name)
        elif path.is_dir():
            yield path.name, next(path.glob("*.ipynb")).read_bytes()
        elif path.suffix == ".ipynb" and path.stem not in NOT_FOR_OTTER:
            yield path.stem, path.read_bytes()


def gather(chapter: Chapter, folder: Path) -> list[Path]:
    """All notebooks to compare, each under its own name in a folder: otter's checks look for that name."""
    contents = {"solution": chapter.solution_notebook.read_bytes(), "untouched": chapter.student_notebook.read_bytes()}
    contents |= {name: nbformat.writes(notebook).encode() for name, notebook in shared_notebooks(chapter).items()}
    contents |= dict(sample_notebooks())
    for name, data in contents.items():
        path = folder / name / f"{chapter.name}.ipynb"
        path.parent.mkdir()
        path.write_bytes(data.removeprefix(b"\xef\xbb\xbf"))  # nbformat takes no byte order mark
    return sorted(folder.glob("*/*.ipynb"))


def run_otter(notebook: Path, archive: Path, out: Path) -> dict[str, float]:
    """Scores by question of plain ``otter run``."""
    out.mkdir()
    command = [sys.executable, "-m", "otter", "run", str(notebook), "-a", str(archive), "-o", str(out), "--no-logo"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=out)
    assert done.returncode == 0, f"otter run on {notebook.parent.name}: {done.stderr[-2000:]}"
    told = json.loads((out / "results.json").read_text())
    return {test["name"]: test["score"] for test in told["tests"] if "score" in test}


def test_scores_equal_those_of_plain_otter(chapter: Chapter, tmp_path: Path):
    """Solution, untouched notebook, every accept and reject variant, every honest sample submission."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    notebooks = gather(chapter, folder)
    archive = make_zip(chapter)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "autograder", "grade", str(archive), str(folder), "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    with (out / "grades.csv").open(newline="") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    assert len(rows) == len(notebooks)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        plain = list(pool.map(lambda path: run_otter(path, archive, tmp_path / f"otter-{path.parent.name}"), notebooks))
    differences = [
        (path.parent.name, name, score, rows[path.parent.name][name])
        for path, scores in zip(notebooks, plain, strict=True)
        for name, score in scores.items()
        if float(rows[path.parent.name][name]) != pytest.approx(score, abs=1e-4)
    ]
    assert differences == []
    assert all(len(scores) == len(read_master(chapter.master).questions) - 1 for scores in plain)  # one is manual
    lost = {row["submission"]: row["percent"] for row in rows.values()}
    assert lost["solution"] == "100.0"
    assert lost["untouched"] == "0.0"
    assert all(lost[name] == "100.0" for name in lost if name.startswith("accept"))
    assert not any(lost[name] == "100.0" for name in lost if name.startswith("reject"))
