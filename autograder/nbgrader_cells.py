"""nbgrader's metadata of a cell (schema 3): what a cell is for, under which name, for how many points."""

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

SCHEMA_VERSION = 3


class Role(Enum):
    """What nbgrader does with a cell: is it graded, is it the student's to write, is it restored before grading."""

    TESTS = (True, False, True)
    ANSWER = (False, True, False)
    WRITTEN = (True, True, False)  # graded by a person
    READ_ONLY = (False, False, True)

    @property
    def is_graded(self) -> bool:
        return self.value[0]

    @property
    def is_answer(self) -> bool:
        return self.value[1]


def mark(cell: "NotebookNode", role: Role, name: str, points: float | None = None) -> None:
    """Give a cell its role; graded cells need points."""
    grade, solution, locked = role.value
    cell.metadata["nbgrader"] = {
        "schema_version": SCHEMA_VERSION,
        "grade_id": name,
        "cell_type": cell.cell_type,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
    } | ({"points": points} if grade else {})


def role_of(cell: "NotebookNode") -> Role | None:
    """The role of a marked cell; None for the others."""
    told = cell.metadata.get("nbgrader")
    return Role((told["grade"], told["solution"], told["locked"])) if told else None


def name_of(cell: "NotebookNode") -> str:
    """The name of a marked cell."""
    return str(cell.metadata["nbgrader"]["grade_id"])


def points_of(cell: "NotebookNode") -> float:
    """What a graded cell is worth."""
    return float(cell.metadata["nbgrader"]["points"])
