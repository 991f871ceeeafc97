"""Every command that the documents show does its work, and prints what is shown under it."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomlkit
from documents import COMMANDS, DOCS, FILES, PROGRAM, README, ROOT, blocks

from autograder.authoring.build import build, make_zip
from autograder.authoring.master import read_master
from autograder.authoring.notebooks import write
from autograder.authoring.starter import start_chapter, starter_text
from autograder.authoring.variants import Kind, read_variants, variant_notebook
from autograder.course import Chapter, read_course
from autograder.grading.isolation.engine import docker_refused
from autograder.grading.isolation.local import namespaces_refused
from autograder.grading.isolation.wall import IMAGE

OTHERS = ("make", "cd", "jupyter", "nbgrader")  # what else the documents call
EXAMPLE = "01_first_steps"  # the chapter of docs/instructors.md
ADA = {
    "cells": [{"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": "x = 1"}],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 4,
}
GRADED = "02_shallow_networks"  # the chapter that the documents grade
SHEETS = {
    "canvas.csv": f"Student,ID,SIS Login ID,Section,{GRADED} (77)\n    Points Possible,,,,54\nA,1,ada,S,\n",
    "moodle.csv": "Identifier,Full name,ID number,Grade,Maximum grade,Last modified (grade),Feedback comments\n"
    "Participant 1,A,ada,,54.00,-,\n",
    "roster.csv": "id,name\nada,Ada Lovelace\n",
    "times.csv": "submission,submitted\nada,2026-11-30T23:59:00+01:00\n",
}
# Each autograder command once, with its output wherever that is shown.
RUN = {shown.command: shown for shown in sorted(COMMANDS, key=lambda c: len(c.output)) if shown.words[0] in PROGRAM}

# --- running what they say ----------------------------------------------------------------------------------------


def example_chapter(root: Path) -> Chapter:
    """The chapter of docs/instructors.md in a course of its own, with the course.toml that is shown there."""
    toml = next(block.text for block in blocks(DOCS / "instructors.md") if block.info == "toml")
    start_chapter(root, EXAMPLE)
    (root / "course.toml").write_text(toml, encoding="utf-8")
    return read_course(root).chapter(EXAMPLE)


@pytest.fixture(scope="session")
def built_example(tmp_path_factory: pytest.TempPathFactory) -> Chapter:
    """The chapter of docs/instructors.md, built by otter."""
    chapter = example_chapter(tmp_path_factory.mktemp("example") / "course")
    build(chapter.course)
    return chapter


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a small class of chapter 02, for the commands that read results."""
    folder = tmp_path_factory.mktemp("graded")
    (folder / "class").mkdir()
    (folder / "class" / "ada.ipynb").write_text(json.dumps(ADA))
    arguments = ("grade", GRADED, folder / "class", "-o", folder / "out", "--isolation", "none", "--trust")
    done = run_autograder(*arguments, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return folder / "out"


@pytest.fixture
def stage(built_example: Chapter, graded: Path, tmp_path: Path) -> Path:
    """A course of two chapters with what the commands of the documents speak of beside it."""
    root = tmp_path / "stage"
    shutil.copytree(ROOT / "examples", root / "examples")
    for part in ("assignments", "student", "solutions"):
        shutil.copytree(built_example.course.root / part / EXAMPLE, root / part / EXAMPLE)
        shutil.copytree(ROOT / part / GRADED, root / part / GRADED, ignore=shutil.ignore_patterns("autograder.zip"))
    settings = tomlkit.parse((ROOT / "course.toml").read_text(encoding="utf-8"))
    settings["chapters"] = [EXAMPLE, GRADED]
    (root / "course.toml").write_text(tomlkit.dumps(settings), encoding="utf-8")
    shutil.copyfile(make_zip(built_example), root / "your-autograder.zip")
    (root / "submissions").mkdir()
    (root / "submissions" / "ada.ipynb").write_text(json.dumps(ADA))
    shutil.copytree(graded, root / "out" / GRADED)
    for name, text in SHEETS.items():
        (root / name).write_text(text)
    return root


def run_autograder(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "autograder", *map(str, arguments)]
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)


def normal(lines: Iterator[str] | list[str] | tuple[str, ...]) -> list[str]:
    """Lines without the spaces at their ends, and without empty ones."""
    return [line.rstrip() for line in lines if line.strip()]


def test_every_shown_command_is_one_we_know():
    """A console block holds commands of this kit or of its Makefile, and each line begins with a dollar or is output."""
    assert COMMANDS
    for shown in COMMANDS:
        assert shown.words[0] in (*PROGRAM, *OTHERS), f"{shown.file.name}: {shown.command}"
    for block in (block for file in FILES for block in blocks(file)):
        assert block.info, f"{block.file.name}: a fence without a language: {block.text[:60]!r}"
        assert block.info in ("console", "sh") or not re.search(r"^\$ ", block.text, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("command", RUN, ids=lambda command: command.rpartition("autograder ")[2][:90])
def test_shown_command_runs_and_prints_what_is_shown(command: str, stage: Path, tmp_path: Path):
    """Each `autograder` command of the documents does its work in a course; output shown under it is the real one."""
    shown = RUN[command]
    arguments = shown.words[1:]
    if "docker" in arguments and (refused := docker_refused(IMAGE)):
        pytest.skip(refused)
    if refused := namespaces_refused():
        if shown.output or arguments[0] == "doctor":
            pytest.skip(f"its output is that of a host with namespaces: {refused}")
        if arguments[0] == "grade" and "none" not in arguments:
            arguments += ["--isolation", "none", "--trust"]
    if arguments[0] == "sources":  # what four documents ask is asked by all chapters together
        stage = ROOT
    if arguments[0] == "new":
        stage = tmp_path / "empty"
        stage.mkdir()
    if arguments[0] == "regrade":
        walls = ["--isolation", "none", "--trust"] if refused else []
        graded = run_autograder("grade", arguments[1], "submissions", "-o", arguments[2], *walls, cwd=stage)
        assert graded.returncode == 0, graded.stderr
        arguments += walls[2:]
    done = run_autograder(*arguments, cwd=stage)
    assert done.returncode == 0, done.stderr
    if shown.output:
        assert normal(shown.output) == normal(done.stdout.splitlines())


def test_readme_shows_the_table_of_the_sample_class():
    """The README has the command that grades the sample class, with its output under it."""
    (shown,) = [shown for shown in COMMANDS if shown.file == README and "examples/02_shallow_networks" in shown.command]
    assert any("submissions: " in line for line in shown.output)


# --- the chapter of docs/instructors.md ---------------------------------------------------------------------------


def test_chapter_in_the_page_is_the_one_to_start_from():
    """The master and the variants that docs/instructors.md shows are those that `autograder new` writes."""
    shown = [block.text for block in blocks(DOCS / "instructors.md") if block.info == "python"]
    assert shown == [starter_text(file, EXAMPLE) for file in ("master", "variants")]


@pytest.mark.slow
def test_example_chapter_builds_and_its_tests_judge_rightly(built_example: Chapter, tmp_path: Path):
    """The small master builds; its tests give the solution full marks, the untouched notebook none, variants their due."""
    import nbformat

    master = read_master(built_example.master)
    solution = nbformat.read(built_example.solution_notebook, as_version=4)
    folder = tmp_path / "class"
    folder.mkdir()
    shutil.copyfile(built_example.solution_notebook, folder / "solution.ipynb")
    shutil.copyfile(built_example.student_notebook, folder / "untouched.ipynb")
    variants = read_variants(built_example.variants)
    for number, variant in enumerate(variants):
        (folder / f"variant{number}.ipynb").write_text(write(variant_notebook(solution, master, [variant])))
    out = tmp_path / "out"
    done = run_autograder(
        *("grade", EXAMPLE, folder, "-o", out, "--isolation", "none", "--trust", "--json"),
        cwd=built_example.course.root,
    )
    assert done.returncode == 0, done.stderr
    rows = {row["submission"]: row for row in json.loads(done.stdout)}
    total = sum(question.max_points for question in master.questions)
    assert (rows["solution"]["score"], rows["solution"]["status"]) == (total, "graded")
    assert rows["untouched"]["score"] == 0
    assert {variant.kind for variant in variants} == {Kind.ACCEPT, Kind.REJECT}
    for number, variant in enumerate(variants):
        got, most = (
            rows[f"variant{number}"]["questions"][variant.question],
            master.question(variant.question).max_points,
        )
        assert got == most if variant.kind is Kind.ACCEPT else got < most, variant.title
