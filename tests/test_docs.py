"""The documents say what is so: commands and options exist, tables equal the code, links lead somewhere."""

import ast
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path

import click
import pytest
from documents import COMMANDS, DOCS, FILES, PROGRAM, README, ROOT, anchors, blocks, code_spans, prose, table

from autograder import results
from autograder.authoring.sources import read_sources
from autograder.batch.store import LEADING, TRAILING
from autograder.cli import main
from autograder.course import LatePolicy, Limits, read_course
from autograder.grading.decoding import DECODERS
from autograder.grading.wire import Ask


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


def test_readme_lists_the_chapters_and_counts_their_exercises():
    """The table has the chapters of the course in their order, and the number of exercises is that of the sources."""
    course = read_course(ROOT)
    assert [row[0] for row in table(README, "The chapters")] == list(course.chapter_names)
    assert f"all {len(read_sources(course).exercises)} exercises" in prose(README)
    assert not read_sources(course).pending


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
