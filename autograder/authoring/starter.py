"""A new chapter to start from: two small questions that build, verify and grade as they are."""

import re
import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import tomlkit

from autograder.course import COURSE_FILE, Chapter, read_course
from autograder.errors import KitError

NAME = re.compile(r"\d\d_[a-z0-9]+(_[a-z0-9]+)*")
FILES = ("master", "variants")
NEW_COURSE = """\
title = "My course"

# In the order in which they are taught; each is a folder of assignments/.
chapters = [
]
"""


@dataclass(frozen=True)
class Started:
    """What was made: the chapter, and whether its course is new, too."""

    chapter: Chapter
    new_course: bool


def start_chapter(root: Path, name: str) -> Started:
    """Write a chapter's master and variants, and list it in ``course.toml``, before the first chapter of a higher name.

    Args:
        root: folder of the course; without a ``course.toml`` it becomes one.

    Raises:
        KitError: the name is not of the form NN_name, there is such a chapter, or the course cannot be read or written.
    """
    if not NAME.fullmatch(name):
        told = "two digits, then words of small letters and digits with _ between, such as 03_deep_networks"
        raise KitError(f"{name!r} cannot be the name of a chapter: expected {told}")
    path = root / COURSE_FILE
    new_course = not path.is_file()
    if not new_course and name in read_course(root).chapter_names:
        raise KitError(f"{path} lists {name} already: edit assignments/{name}, or choose another name")
    folder = root / "assignments" / name
    if folder.exists():
        raise KitError(f"{folder} is there already: list it in {COURSE_FILE}, or choose another name")
    try:
        text = _listed(NEW_COURSE if new_course else path.read_text(encoding="utf-8"), name)
        _write_files(folder, name)
        _replace(path, text)
    except OSError as err:
        raise KitError(f"{err.filename or root}: cannot be written ({err.strerror})") from err
    return Started(read_course(root).chapter(name), new_course)


def starter_text(file: str, name: str) -> str:
    """The master (``master``) or the variants (``variants``) of a new chapter of that name."""
    title = name.split("_", 1)[1].replace("_", " ").capitalize()
    text = resources.files("autograder.authoring").joinpath("templates", f"{file}.txt").read_text(encoding="utf-8")
    return text.replace("{{ name }}", name).replace("{{ title }}", title)


def _listed(toml: str, name: str) -> str:
    """``course.toml`` with the chapter listed; comments and layout stay."""
    document = tomlkit.parse(toml)
    listed = document.setdefault("chapters", tomlkit.array())
    place = next((place for place, other in enumerate(listed) if other > name), len(listed))
    listed.insert(place, name)
    return tomlkit.dumps(document)


def _write_files(folder: Path, name: str) -> None:
    """Both files or none."""
    part = folder.with_name(f".{name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for file in FILES:
        (part / f"{file}.py").write_text(starter_text(file, name), encoding="utf-8")
    part.replace(folder)


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
