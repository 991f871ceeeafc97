"""The documents say what is so: commands run, tables equal the code, links lead somewhere."""

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from functools import cache
from itertools import takewhile
from pathlib import Path

import click
import pytest
import tomlkit

from autograder import results
from autograder.authoring.build import build, make_zip
from autograder.authoring.master import read_master
from autograder.authoring.notebooks import write
from autograder.authoring.starter import start_chapter, starter_text
from autograder.authoring.variants import Kind, read_variants, variant_notebook
from autograder.batch.store import LEADING, TRAILING
from autograder.cli import main
from autograder.course import Chapter, LatePolicy, Limits, read_course
from autograder.grading.decoding import DECODERS
from autograder.grading.isolation.engine import docker_refused
from autograder.grading.isolation.local import namespaces_refused
from autograder.grading.isolation.wall import IMAGE
from autograder.grading.wire import Ask

ROOT = Path(__file__).parents[1]
README, DOCS = ROOT / "README.md", ROOT / "docs"
FILES = [README, *sorted(path for path in DOCS.glob("*.md") if path.name != "errata.md")]
PROGRAM = (".venv/bin/autograder", "autograder")
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

# --- reading the documents ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    file: Path
    info: str
    text: str


@dataclass(frozen=True)
class Shown:
    """A command in a console block, and the output shown under it."""

    file: Path
    command: str
    output: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        return shlex.split(self.command)


def blocks(file: Path) -> list[Block]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(file, info, text) for info, text in found]


def prose(file: Path) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def code_spans(file: Path) -> list[str]:
    """What stands between backquotes in running text, in one line each."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose(file))]


def shown_commands() -> list[Shown]:
    """Every command in a console block of any document."""
    found = []
    for block in (block for file in FILES for block in blocks(file) if block.info in ("console", "sh")):
        lines = block.text.splitlines()
        for number, line in enumerate(lines):
            if line.startswith("$ "):
                output = takewhile(lambda other: not other.startswith("$ "), lines[number + 1 :])
                found.append(Shown(block.file, line.removeprefix("$ "), tuple(output)))
    return found


def table(file: Path, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without backquotes and without the table's head."""
    after = re.split(rf"^#+ {re.escape(heading)}$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(after) == 2, f"{file.name} has {len(after) - 1} headings {heading!r}"
    lines = after[1].splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("| --- "))
    rows = takewhile(lambda line: line.startswith("|"), lines[start + 1 :])
    return [[cell.strip().replace("`", "") for cell in row.strip("|").split("|")] for row in rows]


def anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", prose(file), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


COMMANDS = shown_commands()
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


@cache
def make_knows(words: str) -> bool:
    """Whether make has a rule for this; nothing is made."""
    return (
        subprocess.run(["make", "-n", *shlex.split(words)], cwd=ROOT, capture_output=True, check=False).returncode == 0
    )


def test_every_make_target_exists():
    """What the documents call `make …` has a rule in the Makefile."""
    spans = [span for file in FILES for span in code_spans(file) if span.startswith("make ")]
    told = {span.removeprefix("make ") for span in spans} | {
        shlex.join(shown.words[1:]) for shown in COMMANDS if shown.words[0] == "make"
    }
    assert {"grade", "test", "setup"} <= told
    assert not [words for words in told if not make_knows(words)]


def test_every_make_target_is_in_the_readme():
    """A target that `make help` lists is named in the README."""
    targets = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert targets
    assert not [t for t in targets if t != "help" and f"make {t}" not in README.read_text("utf-8")]


# --- commands and options -----------------------------------------------------------------------------------------


def options_of(command: click.Command) -> set[str]:
    """The options that ``--help`` of a command lists."""
    context = click.Context(command, info_name=command.name, help_option_names=["-h", "--help"])
    listed = [line.strip() for line in command.get_help(context).splitlines() if line.strip().startswith("-")]
    return {word for line in listed for word in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", line.split("  ")[0])}


def commands_of(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command by all the words that call it, such as ``export canvas``."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{prefix}{name} ")
        else:
            yield prefix + name, command


OPTIONS = {name: options_of(command) for name, command in commands_of(main)} | {"": options_of(main)}


def called(words: list[str]) -> str:
    """The command that the words of a command line call."""
    return next((name for name in (words[0], " ".join(words[:2])) if name in OPTIONS), "")


def told_commands(file: Path) -> Iterator[list[str]]:
    """Commands of the kit in a document, shown or in running text."""
    yield from (shown.words[1:] for shown in COMMANDS if shown.file == file and shown.words[0] in PROGRAM)
    for span in code_spans(file):
        if span.split()[0] in PROGRAM and len(span.split()) > 1:
            yield span.split()[1:]


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_commands_and_options_in_documents_exist(file: Path):
    """Whatever a document calls an `autograder` command or an option is listed by `--help`."""
    for words in told_commands(file):
        assert called(words) or words[0] in main.commands, f"{file.name}: autograder {words[0]}"
        options = {word.partition("=")[0] for word in words if word.startswith("-")}
        assert options <= OPTIONS[called(words)], f"{file.name}: {words}"
    known = set().union(*OPTIONS.values())
    options = {word for span in code_spans(file) for word in span.split() if re.fullmatch(r"--?[a-z][a-z-]*", word)}
    assert options <= known, f"{file.name}: {options - known}"


def test_every_command_and_option_is_documented():
    """Each subcommand, and each of its options, stands in the grader's or the instructor's document."""
    files = [DOCS / "grading.md", DOCS / "instructors.md", DOCS / "platforms.md", DOCS / "gradebook.md"]
    spans = {word for file in files for span in code_spans(file) for word in span.split()}
    told = [words for file in files for words in told_commands(file)]
    for name, options in OPTIONS.items():
        assert not name or any(called(words) == name for words in told), f"autograder {name}"
        missing = options - spans - {word for words in told for word in words}
        assert not missing - {"--version"}, f"autograder {name}: {missing}"


# --- tables, links, names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_links_lead_to_files_and_headings(file: Path):
    """A relative link names a file of the repository, and a heading in it."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(file)):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        place = (file.parent / path).resolve() if path else file
        assert place.exists(), f"{file.name}: {target}"
        assert not anchor or anchor in anchors(place), f"{file.name}: {target}"


def test_readme_tree_lists_what_is_there():
    """Each line of the README's tree names a file or folder, and every top-level folder has its line."""
    tree = next(block.text for block in blocks(README) if block.text.startswith("assignments/"))
    named = [
        line.partition("  ")[0] if line[0] != " " else f"autograder/{line.split()[0]}" for line in tree.splitlines()
    ]
    assert not [name for name in named if not (ROOT / name).exists()]
    packages = [path.parent.relative_to(ROOT) for path in (ROOT / "autograder").glob("*/__init__.py")]
    assert not [path for path in packages if not any(name.startswith(f"{path.as_posix()}/") for name in named)]


def test_limits_table_equals_the_defaults():
    """Names, order and default values in docs/instructors.md are those of `Limits`."""
    told = [(name, float(value)) for name, value, _ in table(DOCS / "instructors.md", "Limits")]
    assert told == [(field.name, float(field.default)) for field in fields(Limits)]


def test_lateness_table_equals_the_defaults():
    """Names, order and default values in docs/instructors.md are those of `LatePolicy`."""
    told = [(name, value) for name, value, _ in table(DOCS / "instructors.md", "Deadlines")]
    defaults = [getattr(LatePolicy(), field.name) or 0 for field in fields(LatePolicy)]
    assert [name for name, _ in told] == [field.name for field in fields(LatePolicy)]
    assert [str(value) for value in defaults] == [value.replace("none", "0") for _, value in told]


TYPES = {
    "str": "text",
    "float": "number",
    "float | None": "number or null",
    "int": "integer",
    "dict[str, float]": "numbers by text",
    "tuple[ManualQuestion, ...]": "list of ManualQuestion",
    "tuple[str, ...]": "list of text",
    "bool": "true or false",
    "list[QuestionResult]": "list of QuestionResult",
    "list[CellResult]": "list of CellResult",
    "list[CaseResult]": "list of CaseResult",
    **{name: name for name in ("Status", "Outcome", "CellOutcome", "Release")},
}


RECORDS = ["SubmissionResult", "QuestionResult", "CaseResult", "CellResult", "BatchRecord", "ManualQuestion"]


@pytest.mark.parametrize("name", RECORDS)
def test_results_tables_equal_the_records(name: str):
    """Fields, order and types in docs/results.md are those of the dataclasses."""
    record = getattr(results, name)
    tree = ast.parse(Path(results.__file__).read_text(encoding="utf-8"))
    (node,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    annotated = {one.target.id: ast.unparse(one.annotation) for one in node.body if isinstance(one, ast.AnnAssign)}
    told = [(field, kind) for field, kind, _ in table(DOCS / "results.md", name)]
    assert told == [(field.name, TYPES[annotated[field.name]]) for field in fields(record)]
    assert all(field.default is not None or field.default is MISSING for field in fields(record))


@pytest.mark.parametrize("name", ["Status", "Outcome", "CellOutcome", "Release"])
def test_results_tables_list_every_value(name: str):
    """The values in docs/results.md are those of the enumerations."""
    assert [value for value, _ in table(DOCS / "results.md", name)] == list(getattr(results, name))


def test_statuses_in_the_students_page_are_all_there():
    """Students find each status, under the words of the feedback page."""
    from autograder.records.pages.feedback import STATUS_WORDS

    told = [(status, words) for status, words, _ in table(DOCS / "students.md", "What the status means")]
    assert told == [(status.value, STATUS_WORDS[status][0]) for status in results.Status]


def test_columns_of_the_grades_are_listed():
    """The columns of grades.csv in docs/results.md are those that are written."""
    told = [name for name, _ in table(DOCS / "results.md", "grades.csv")]
    assert told == [*LEADING, "one column per question", *TRAILING]


def test_codec_and_request_tables_are_complete():
    """Each tag of the codec and each request of the wire stands in docs/design.md, and nothing else."""
    tags = [tag for row in table(DOCS / "design.md", "The codec") for tag in row[0].split(", ")]
    assert sorted(tags) == sorted(DECODERS)
    asked = [kind for row in table(DOCS / "design.md", "The wire") for kind in row[0].split(", ")]
    assert sorted(asked) == sorted(Ask)


def test_tests_that_hold_the_promises_exist():
    """Each test named in docs/security.md is a test of this repository."""
    named = {span for span in code_spans(DOCS / "security.md") if span.startswith("test_") and span != "test_gpu"}
    defined = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert named
    assert named <= defined, named - defined


def test_documents_speak_of_the_project_alone():
    """No path of the machine on which they were written, no home folder."""
    for file in FILES:
        assert not re.search(r"/(home|root|tmp|work)/\w", file.read_text(encoding="utf-8")), file.name


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
