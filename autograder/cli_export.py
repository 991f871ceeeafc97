"""The commands under ``autograder export``; no work is done here."""

import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from autograder.cli_options import INPUT, course_option, nbgrader_option


@click.group()
def export() -> None:
    """Write scores and chapters in the formats of other systems."""


def score_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of all exports of scores."""
    options = (
        click.option("-o", "--out", "file", type=click.Path(path_type=Path), required=True, help="What to write."),
        course_option,
        click.option(
            "--gradebook",
            metavar="URL|DIR",
            help="Final scores, hand marks included: nbgrader's database, or the folder that has its gradebook.db.",
        ),
        click.option("--roster", type=INPUT, help="CSV file of the students; also a sheet of a platform."),
        click.option("--times", type=click.Path(path_type=Path, exists=True), help="When submissions came in."),
        click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON."),
    )
    for option in reversed(options):
        command = option(command)
    return click.argument("out", metavar="OUT", type=click.Path(path_type=Path))(command)


def sheet_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of exports that fill a platform's sheet."""
    options = (
        click.option("--sheet", type=INPUT, required=True, help="The sheet that the platform handed out."),
        click.option("--column", metavar="NAME", help="The column that takes the grades, if there is a choice."),
        click.option("--scale", is_flag=True, help="Convert points where the sheet has another maximum."),
        click.option("--keep", is_flag=True, help="Leave grades alone that are in the sheet already."),
        click.option("--dry-run", is_flag=True, help="Write nothing; show every grade that would change."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@export.command()
@score_options
@sheet_options
def canvas(**options: Any) -> None:
    """Fill the gradebook that Canvas exported with the scores in OUT.

    Exit code 0; 1 if a score found no student; 2 if it was called wrongly.
    """
    from autograder.commands.export import run_canvas

    sys.exit(run_canvas(*_sheet_requests(options)))


@export.command()
@score_options
@sheet_options
@click.option("--comment-column", metavar="NAME", help="Say what was graded in this column, where it is empty.")
def moodle(**options: Any) -> None:
    """Fill the grading worksheet of a Moodle assignment with the scores in OUT.

    Exit code 0; 1 if a score found no student; 2 if it was called wrongly.
    """
    from autograder.commands.export import run_moodle

    sys.exit(run_moodle(*_sheet_requests(options)))


def _sheet_requests(options: dict[str, Any]) -> tuple[Any, Any]:
    from autograder.commands.export import ExportRequest, SheetRequest

    common = {f.name: options.pop(f.name) for f in fields(ExportRequest)}
    return ExportRequest(**common), SheetRequest(**options)


@export.command()
@score_options
def gradescope(**options: Any) -> None:
    """Write the scores in OUT as Gradescope's results.json files and table of scores.

    Exit code 0; 1 if a score found no student; 2 if it was called wrongly.
    """
    from autograder.commands.export import ExportRequest, run_gradescope

    sys.exit(run_gradescope(ExportRequest(**options)))


@export.command("csv")
@score_options
def export_csv(**options: Any) -> None:
    """Write the scores in OUT as one plain table of students.

    Exit code 0; 1 if a score found no student; 2 if it was called wrongly.
    """
    from autograder.commands.export import ExportRequest, run_csv

    sys.exit(run_csv(ExportRequest(**options)))


@export.command("nbgrader")
@click.argument("chapters", nargs=-1)
@course_option
@nbgrader_option
@click.option("--force", is_flag=True, help="Replace versions that differ.")
def export_nbgrader(chapters: tuple[str, ...], course_dir: Path, nbgrader_dir: Path, force: bool) -> None:
    """Write source/ and release/ of chapters for a course that nbgrader itself grades.

    CHAPTERS are folders of assignments/; by default all that course.toml lists.
    """
    from autograder.commands.export_nbgrader import run_export_nbgrader

    sys.exit(run_export_nbgrader(course_dir, chapters, nbgrader_dir, force))
