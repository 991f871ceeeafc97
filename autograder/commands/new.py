"""The ``new`` command."""

import os
from pathlib import Path

from autograder.authoring.starter import start_chapter
from autograder.commands.talk import TALK
from autograder.course import COURSE_FILE, course_root

NEXT = """\
Edit master.py and variants.py. Then
  autograder build {name}
  autograder verify {name}
  autograder grade {name} student/{name}/{name}.ipynb -o out/{name}"""


def run_new(course_dir: Path, name: str) -> int:
    """Start a chapter, in a course that is started, too, where there is none."""
    root = course_root(course_dir) or course_dir
    started = start_chapter(root, name)
    for path in (started.chapter.master, started.chapter.variants):
        print(os.path.relpath(path))
    what = "a new course, with this chapter" if started.new_course else "lists it now"
    told = f"{os.path.relpath(root / COURSE_FILE)}: {what}. {NEXT.format(name=name)}"
    TALK.print(told, soft_wrap=True, highlight=False, markup=False)
    return 0
