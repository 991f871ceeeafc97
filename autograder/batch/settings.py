"""What a worker is told at the start."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.grading.assignment import Assignment
from autograder.grading.isolation.wall import Wall, read_wall
from autograder.results import ManualQuestion, Release


@dataclass(frozen=True)
class Settings:
    """What a worker is told at the start; paths as text, the secret in hex."""

    assignment: dict[str, Any]
    limits: dict[str, Any]
    wall: dict[str, Any]
    out: str
    secret: str
    title: str
    regrade: bool
    release: str
    manual: list[dict[str, Any]]

    def to_wall(self) -> Wall:
        return read_wall(self.wall)

    def to_assignment(self) -> Assignment:
        told = dict(self.assignment)
        told["tests_dir"] = Path(told["tests_dir"])
        told["files_dir"] = Path(told["files_dir"]) if told["files_dir"] else None
        return Assignment(**told)

    def frame(self) -> dict[str, Any]:
        """What `render_feedback` wants to know beside the result and the notebook."""
        manual = tuple(ManualQuestion(**question) for question in self.manual)
        return {"title": self.title, "release": Release(self.release), "manual": manual}


def describe(assignment: Assignment) -> dict[str, Any]:
    """An assignment as `Settings` carries it."""
    told = asdict(assignment)
    return told | {"tests_dir": str(assignment.tests_dir), "files_dir": str(assignment.files_dir or "")}
