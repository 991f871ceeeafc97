"""Canvas: the gradebook that it exports, with one assignment's column filled.

Canvas takes a row by ID, then SIS User ID, then SIS Login ID, then name, and an assignment by the number in brackets
at the end of its title. A column without that number would become a new assignment.
"""

import re
from pathlib import Path

from autograder.errors import KitError
from autograder.records.platforms.filling import Target, maximum_of, read_target_sheet
from autograder.records.scores.roster import POINTS_POSSIBLE, folded, from_canvas
from autograder.records.scores.sheet import Sheet

ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<number>\d+)\)", re.DOTALL)
# Totals that Canvas reckons itself; its import drops any column with such words in it.
TOTALS = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
EXCUSED = frozenset({"ex"})


def open_gradebook_sheet(path: Path, wanted: str | None, chapter: str) -> Target:
    """The exported gradebook, with the column of an assignment.

    Args:
        wanted: the assignment: its title, its number, or the whole column's name; None for the one titled like the
            chapter, or the only one there is.

    Raises:
        KitError: not Canvas's gradebook, no such assignment or several, or a student stands twice in it.
    """
    sheet, students = read_target_sheet(path, from_canvas, lambda student: student.canvas_id or student.id)
    first = _first_assignment(sheet)
    column = _assignment(sheet, first, wanted, chapter)
    points = [row[column] for row in sheet.rows if POINTS_POSSIBLE in row[0].casefold()]
    if any("read only" in cell for cell in points):
        raise KitError(f"{path}: Canvas ignores the column {sheet.header[column]!r}, it is read only: choose another")
    return Target(sheet, students, column, maximum_of(points), fixed=EXCUSED)


def _first_assignment(sheet: Sheet) -> int:
    """Where the columns of the student end, by the rules of Canvas's own import."""
    header = [name.strip() for name in sheet.header]
    two_names = header[:2] == ["LastName", "FirstName"]
    if not two_names and not (header[0].endswith("Student") and len(header) > 3 and header[1] == "ID"):
        raise KitError(
            f"{sheet.path}: not Canvas's gradebook: its header begins {', '.join(header[:4])}; expected Student, ID. "
            "Export it in Canvas: Grades, Export"
        )
    section = sheet.column("Section")
    if section is None:
        raise KitError(f"{sheet.path}: the column Section is missing: export the gradebook again, with all its columns")
    return section + 1


def _assignment(sheet: Sheet, first: int, wanted: str | None, chapter: str) -> int:
    columns = {
        place: name for place, name in enumerate(sheet.header) if place >= first and ASSIGNMENT.fullmatch(name.strip())
    }
    columns = {place: name.strip() for place, name in columns.items() if not TOTALS.search(name.strip())}
    fitting = [place for place, name in columns.items() if _is_called(name, wanted or chapter)]
    if not fitting and wanted is None and len(columns) == 1:
        fitting = list(columns)
    if len(fitting) == 1:
        return fitting[0]
    there = ", ".join(repr(name) for name in columns.values()) or "none"
    asked = f"{len(fitting)} assignments are called" if fitting else "no assignment is called"
    raise KitError(f"{sheet.path}: {asked} {wanted or chapter!r}: choose one with --column; there are {there}")


def _is_called(column: str, wanted: str) -> bool:
    found = ASSIGNMENT.fullmatch(column)
    assert found
    return folded(wanted) in (folded(column), folded(found["title"]), found["number"])
