"""Options and arguments that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from autograder.grading.isolation.wall import IMAGE

Command = TypeVar("Command", bound=Callable[..., Any])
INPUT = click.Path(path_type=Path, exists=True, dir_okay=False)

course_option = click.option(
    "--course",
    "course_dir",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    help="Folder of the course; by default the nearest course.toml at or above this one.",
)
release_option = click.option(
    "--release",
    type=click.Choice(["before", "after"]),
    help="Pages for before or after the deadline; by default as last time, at first after. Before it, they show "
    "nothing of hidden tests, and points of public ones only.",
)
nbgrader_option = click.option(
    "--course-dir",
    "nbgrader_dir",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the course for nbgrader; made if it is not there.",
)
out_argument = click.argument("out", type=click.Path(path_type=Path, exists=True, file_okay=False))


def isolation_option(text: str) -> Callable[[Command], Command]:
    """The options that choose the wall."""
    kinds = click.Choice(["auto", "namespaces", "docker", "none"])
    isolation = click.option("--isolation", type=kinds, default="auto", show_default=True, help=text)
    image = click.option("--image", default=IMAGE, show_default=True, help="With docker: the image of the containers.")
    return lambda command: isolation(image(command))
