"""The commands; no work is done here."""

import sys
from pathlib import Path
from typing import Any

import click

from autograder import __version__
from autograder.cli_export import export
from autograder.cli_options import INPUT, course_option, isolation_option, nbgrader_option, out_argument, release_option
from autograder.errors import KitError

GRADER_ERROR = 1


class KitGroup(click.Group):
    """Turns a `KitError` of any command into one sentence and exit code 2."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KitError as err:
            click.echo(f"autograder: {err}", err=True)
            sys.exit(err.exit_code)
        except BrokenPipeError:  # the reader of our output went away: not worth a word
            sys.exit(GRADER_ERROR)


@click.group(cls=KitGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__)
def main() -> None:
    """Author chapter assignments with hidden tests, and grade submissions with the tests behind a wall."""


@main.command()
@click.argument("chapters", nargs=-1)
@course_option
@click.option("--check", is_flag=True, help="Write nothing; fail if what is committed is not what would be built.")
@click.option("--force", is_flag=True, help="Build chapters that have not changed, too.")
@click.option("--zips", is_flag=True, help="Also write solutions/CHAPTER/autograder.zip, for otter and Gradescope.")
def build(chapters: tuple[str, ...], course_dir: Path, check: bool, force: bool, zips: bool) -> None:
    """Turn masters into student and solution versions.

    CHAPTERS are folders of assignments/; by default all that course.toml lists.
    """
    from autograder.commands.build import run_build

    sys.exit(run_build(course_dir, chapters, check, force, zips))


@main.command()
@click.argument("name", metavar="NN_NAME")
@course_option
def new(name: str, course_dir: Path) -> None:
    """Start a chapter: a master and variants that build, verify and grade as they are.

    It is listed in course.toml, before the first chapter of a higher name. Where there is no course, one is started.
    """
    from autograder.commands.new import run_new

    sys.exit(run_new(course_dir, name))


@main.command()
@click.argument("chapters", nargs=-1)
@course_option
@click.option("-o", "--out", type=click.Path(path_type=Path), default="dist", show_default=True, help="For the zips.")
def release(chapters: tuple[str, ...], course_dir: Path, out: Path) -> None:
    """Write what students get: a zip for each chapter, and SHA256SUMS.

    CHAPTERS are folders of assignments/; by default all that course.toml lists. They are built first if they changed.
    Exit code 0; 1 if something of the answers stood in a zip, which is then not written; 2 if it was called wrongly.
    """
    from autograder.commands.release import run_release

    sys.exit(run_release(course_dir, chapters, out))


@main.command()
@click.argument("target", metavar="CHAPTER|ZIP")
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder for the results.")
@course_option
@click.option("--jobs", "-j", type=click.IntRange(1), help="Submissions at a time; by default one per core.")
@isolation_option("The wall around submissions; none is for notebooks you wrote, and needs --trust.")
@click.option("--fresh-container", is_flag=True, help="With docker: a container for each submission.")
@click.option("--gpus", metavar="all|N|IDS", help="GPUs that submissions may use: all, how many, or 0,2 or device=1.")
@click.option("--gpu-slots", type=click.IntRange(1), default=1, show_default=True, help="Submissions on each GPU.")
@click.option("--cluster", metavar="ADDRESS", help="Have the nodes of this Dask scheduler grade.")
@click.option("--cell-timeout", type=float, metavar="S", help="Seconds for one cell, or for one question's tests.")
@click.option("--timeout", type=float, metavar="S", help="Seconds for one submission.")
@click.option("--memory", type=int, metavar="MB", help="Memory for one submission.")
@click.option("--regrade", is_flag=True, help="Grade again what was graded with the same tests and settings.")
@click.option("--trust", is_flag=True, help="These submissions may do anything to this machine.")
@release_option
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON in place of the table.")
def grade(target: str, submissions: Path, out: Path, course_dir: Path, as_json: bool, **options: Any) -> None:
    """Grade every submission found under SUBMISSIONS.

    The first argument is a chapter of the course, or any otter autograder zip. A second run does only what changed.
    Exit code 0; 1 if the grader itself failed on a submission; 2 if it was called wrongly.
    """
    from autograder.commands.grade import run_grade
    from autograder.commands.grade_request import GradeRequest

    sys.exit(run_grade(GradeRequest(target, submissions, out, course_dir, as_json, **options)))


@main.command()
@out_argument
@release_option
def feedback(out: Path, release: str | None) -> None:
    """Write the feedback pages in OUT/feedback anew, from the results in OUT; nothing is graded again."""
    from autograder.commands.pages import run_feedback

    sys.exit(run_feedback(out, release))


@main.command()
@out_argument
@click.option("--json", "as_json", is_flag=True, help="Also print its figures as JSON.")
def report(out: Path, as_json: bool) -> None:
    """Write OUT/report.html anew, from the results in OUT: scores, questions, suspect tests, run times."""
    from autograder.commands.pages import run_report

    sys.exit(run_report(out, as_json))


@main.command()
@click.argument("target", metavar="CHAPTER|ZIP")
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("submissions", type=click.Path(path_type=Path), required=False)
@course_option
@click.option("--dry-run", is_flag=True, help="Grade into a temporary folder and show what would change.")
@click.option("--jobs", "-j", type=click.IntRange(1), help="Submissions at a time; by default one per core.")
@click.option("--trust", is_flag=True, help="As for grade; needed if the class was graded without isolation.")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON in place of the table.")
def regrade(target: str, out: Path, submissions: Path | None, course_dir: Path, **options: Any) -> None:
    """Grade a class again after tests were changed, and tell whose grade changes and why.

    OUT is the folder that grade wrote; it knows where the submissions lie and which limits were set. Only questions
    whose tests changed are judged again. The results that are replaced stay in OUT/history.
    Exit code as for grade.
    """
    from autograder.commands.regrade import RegradeRequest, run_regrade

    sys.exit(run_regrade(RegradeRequest(target, out, submissions, course_dir, **options)))


@main.command()
@click.argument("chapters", nargs=-1)
@course_option
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the proof as JSON; - prints it.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder for the pages; by default out/verify.")
@click.option("--jobs", "-j", type=click.IntRange(1), help="Trials at a time; by default one per core.")
@isolation_option("What is run was written by the instructor, so none needs no --trust here.")
@click.option("--mutants", type=click.IntRange(0), metavar="N", help="Mutants of each question; by default all.")
@click.option("--again", is_flag=True, help="Try everything, whatever proof.json knows of it.")
@click.option("--no-otter", is_flag=True, help="Leave out the solution's run under plain otter.")
@click.option("--tolerances", is_flag=True, help="Also measure how much room each bound leaves; takes minutes.")
@click.option("--seeds", type=click.IntRange(2), default=20, show_default=True, help="Runs of --tolerances.")
def verify(chapters: tuple[str, ...], course_dir: Path, **options: Any) -> None:
    """Prove that the tests of chapters accept right answers, reject wrong ones and give nothing away.

    CHAPTERS are folders of assignments/; by default all that course.toml lists. They are built first if they changed.
    Exit code 0; 1 if anything is unproven; 2 if it was called wrongly.
    """
    from autograder.commands.verify import VerifyRequest, run_verify

    sys.exit(run_verify(VerifyRequest(chapters, course_dir, **options)))


@main.command()
@click.argument("notebook", type=INPUT)
@click.option("--chapter", metavar="CHAPTER|ZIP", help="What was handed out: a chapter of the course, or its zip.")
@course_option
@click.option("--cell-timeout", type=float, metavar="S", help="Seconds for one cell.")
@click.option("--timeout", type=float, metavar="S", help="Seconds for all cells.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON in place of the table.")
def preflight(notebook: Path, **options: Any) -> None:
    """Look at a NOTEBOOK, or the zip of its export, before it is handed in, and run it with its public tests.

    Its code runs with your rights, without a wall.
    Exit code 0; 1 if there is something to mend; 2 if it was called wrongly.
    """
    from autograder.commands.preflight import PreflightRequest, run_preflight

    sys.exit(run_preflight(PreflightRequest(notebook, **options)))


@main.command()
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("-o", "--out", "file", type=click.Path(path_type=Path), help="The page; by default OUT/similarity.html.")
@course_option
@click.option("--template", type=INPUT, help="The notebook that was handed out; by default that of the chapter.")
@click.option("--top", type=click.IntRange(1, 1000), default=50, show_default=True, help="Pairs to list at most.")
@click.option("--json", "as_json", is_flag=True, help="Print the pairs as JSON in place of the table.")
def similarity(**options: Any) -> None:
    """List pairs of submissions in OUT that have code in common, for people to look at."""
    from autograder.commands.similarity import SimilarityRequest, run_similarity

    sys.exit(run_similarity(SimilarityRequest(**options)))


@main.command()
@course_option
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write it as JSON; - prints JSON in place of the table.",
)
@click.option("--write", is_flag=True, help="Write docs/coverage.md, which lists each exercise with its questions.")
def sources(course_dir: Path, json_file: Path | None, write: bool) -> None:
    """Tell which exercises of assignments/sources.toml are asked by which question.

    Exit code 1 if a chapter of the course leaves one out, or a question claims one that is not listed.
    """
    from autograder.commands.sources import run_sources

    sys.exit(run_sources(course_dir, json_file, write))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Tell what this host supports; exit code 1 if it can wall in no submission."""
    from autograder.commands.doctor import run_doctor

    sys.exit(run_doctor(as_json))


@main.command()
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path, exists=True, file_okay=False))
@nbgrader_option
@course_option
@click.option("--db", metavar="URL", help="Database, as SQLAlchemy writes it; by default gradebook.db in --course-dir.")
@click.option("--roster", type=click.Path(path_type=Path), help="CSV file of the students; also a sheet of a platform.")
@click.option("--times", type=click.Path(path_type=Path, exists=True), help="When submissions came in.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def gradebook(**options: Any) -> None:
    """Write the results in OUT into nbgrader's gradebook, where people mark written answers.

    Marks, comments and extra credit that are there already stay. Exit code 0; 1 if a submission reached nobody; 2 if
    it was called wrongly.
    """
    from autograder.commands.gradebook import GradebookRequest, run_gradebook

    sys.exit(run_gradebook(GradebookRequest(**options)))


main.add_command(export)
