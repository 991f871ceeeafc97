"""The ``build`` command."""

from pathlib import Path

from autograder.authoring.build import Action, build, make_zip
from autograder.commands.talk import TALK
from autograder.course import find_course

WRITTEN = {"missing": "new", "differs": "changed", "extra": "removed"}  # what a build did about a difference


def run_build(course_dir: Path, chapters: tuple[str, ...], check: bool, force: bool, zips: bool) -> int:
    """Build or check chapters; 1 if a check found a difference."""
    course = find_course(course_dir)
    names = [course.chapter(name).name for name in chapters] or list(course.chapter_names)
    differs = False
    for name in names:
        with TALK.status(f"{'checking' if check else 'building'} {name}"):
            (report,) = build(course, [name], check=check, force=force)
        differs |= report.action is Action.DIFFERS
        print(f"{name}: {report.action.value}")
        for file in report.files:
            word = file.change.value if check else WRITTEN[file.change.value]
            print(f"  {file.path} ({word})")
        if zips:
            print(f"  {make_zip(course.chapter(name))}")
    if differs:
        TALK.print("What is committed is not what the masters give: run 'autograder build' and commit the result.")
    return int(differs)
