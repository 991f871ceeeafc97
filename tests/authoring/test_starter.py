"""A new chapter: proven from the first minute, listed where it belongs; what is there stays."""

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autograder.authoring.starter import start_chapter
from autograder.cli import main
from autograder.errors import KitError

COURSE = """\
title = "Ours"  # and yours

chapters = [
    "02_second",  # the hard one
    "04_fourth",
]

[limits]
memory_mb = 1024
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in arguments])


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_new_chapter_of_a_new_course_is_proven_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """In an empty folder: new, build, verify, all without an edit."""
    monkeypatch.chdir(tmp_path)
    started = run("new", "01_tensors_first")
    assert started.exit_code == 0, started.output
    assert started.stdout.split() == [f"assignments/01_tensors_first/{name}.py" for name in ("master", "variants")]
    assert run("build").exit_code == 0
    notebook = json.loads(Path("student/01_tensors_first/01_tensors_first.ipynb").read_text())
    assert any("# Tensors first" in "".join(cell["source"]) for cell in notebook["cells"])
    proof = run("verify", "--no-otter", "--isolation", "none", "--json", "-")
    assert proof.exit_code == 0, proof.output


@pytest.mark.parametrize(
    ("name", "chapters"),
    [
        ("01_first", ["01_first", "02_second", "04_fourth"]),
        ("03_third", ["02_second", "03_third", "04_fourth"]),
        ("05_fifth", ["02_second", "04_fourth", "05_fifth"]),
    ],
)
def test_chapter_is_listed_in_order_and_the_rest_of_the_file_stays(tmp_path: Path, name: str, chapters: list[str]):
    """It stands before the first chapter of a higher name; comments, title and limits are as they were."""
    (tmp_path / "course.toml").write_text(COURSE)
    below = tmp_path / "notes" / "deep"
    below.mkdir(parents=True)
    done = run("new", name, "--course", below)
    assert done.exit_code == 0, done.output
    text = (tmp_path / "course.toml").read_text()
    assert tomllib.loads(text) == {**tomllib.loads(COURSE), "chapters": chapters}
    assert all(comment in text for comment in ("# and yours", "# the hard one"))
    assert (tmp_path / "assignments" / name / "master.py").exists()


@pytest.mark.parametrize("name", ["first", "1_first", "01-first", "01_First", "01_", "../01_first", "01_first/x"])
def test_name_that_grading_could_not_use_is_refused(tmp_path: Path, name: str):
    """The message shows a name as it should be, and nothing is written."""
    with pytest.raises(KitError, match="such as 03_deep_networks"):
        start_chapter(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_is_there_is_written_over(tmp_path: Path):
    """A chapter that is listed, or whose folder is there, is refused, and all files stay."""
    (tmp_path / "course.toml").write_text(COURSE)
    (tmp_path / "assignments" / "03_mine").mkdir(parents=True)
    (tmp_path / "assignments" / "03_mine" / "master.py").write_text("# mine")
    before = files(tmp_path)
    for name, told in (("02_second", "lists 02_second already"), ("03_mine", "is there already")):
        done = run("new", name, "--course", tmp_path)
        assert (done.exit_code, told in done.stderr) == (2, True), done.output
    assert files(tmp_path) == before


def test_course_that_cannot_be_written_to_is_told(tmp_path: Path):
    """No traceback: a sentence with the file."""
    (tmp_path / "assignments").write_text("not a folder")
    done = run("new", "01_first", "--course", tmp_path)
    assert (done.exit_code, "cannot be written" in done.stderr) == (2, True), done.output
    assert not (tmp_path / "course.toml").exists()
