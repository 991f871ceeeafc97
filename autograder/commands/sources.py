"""The ``sources`` command."""

from dataclasses import asdict
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from autograder.authoring import sources as told
from autograder.commands.talk import RESULT, TALK, write_json, write_text
from autograder.course import find_course


def run_sources(course_dir: Path, json_file: Path | None, write: bool) -> int:
    """Tell which exercises are asked; 1 if one is not, a question claims one that there is not, or the page is old."""
    course = find_course(course_dir)
    sources = told.read_sources(course)
    with TALK.status("reading the masters"):
        claims = told.read_claims(course)
    chapters = told.coverage(sources, claims, course)
    problems = list(told.problems(sources, claims, chapters))
    page, text = course.root / told.COVERAGE_FILE, told.coverage_page(sources, chapters)
    if write:
        write_text(page, text)
    elif page.exists() and page.read_text(encoding="utf-8") != text:
        problems.append(f"{page}: not what the masters say: run 'autograder sources --write'")
    _show_sources(chapters, problems, json_file)
    for problem in problems:
        TALK.print(problem, soft_wrap=True, markup=False, highlight=False)
    return int(bool(problems))


def _show_sources(chapters: list[told.ChapterCoverage], problems: list[str], json_file: Path | None) -> None:
    if json_file:
        write_json({"chapters": [asdict(c) for c in chapters], "problems": problems}, json_file)
    if json_file == Path("-"):
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("chapter")
    for heading in ("exercises", "covered", "pending"):
        table.add_column(heading, justify="right")
    table.add_column("uncovered")
    for chapter in chapters:
        counts = len(chapter.covered), len(chapter.pending), len(chapter.uncovered)
        uncovered = Text(" ".join(exercise.id for exercise in chapter.uncovered), "bold red")
        table.add_row(chapter.name, str(sum(counts)), str(counts[0]), str(counts[1]), uncovered)
    RESULT.print(table)
    covered, pending = (sum(len(getattr(c, kind)) for c in chapters) for kind in ("covered", "pending"))
    RESULT.print(f"{covered} exercises covered, {pending} pending.")
