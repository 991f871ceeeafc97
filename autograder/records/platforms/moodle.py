"""Moodle: the grading worksheet of an assignment, with its grades (and comments) filled.

Moodle takes a row by the number in its Identifier alone, and needs the columns Identifier, Grade and
Last modified (grade). In other languages than English they have other names.
"""

from pathlib import Path

from autograder.errors import KitError
from autograder.records.platforms.filling import Target, maximum_of, read_target_sheet
from autograder.records.scores.roster import from_moodle, is_worksheet, participant_number
from autograder.records.scores.sheet import Sheet, read_sheet

GRADE, MODIFIED, MAXIMUM, COMMENTS = "Grade", "Last modified (grade)", "Maximum grade", "Feedback comments"


def open_worksheet(path: Path, wanted: str | None, comments: str | None) -> Target:
    """The downloaded grading worksheet.

    Args:
        wanted, comments: names of the columns for grades and comments, where the worksheet is not in English.

    Raises:
        KitError: not a grading worksheet, a column is missing, or a student stands twice in it.
    """
    _refuse_other(read_sheet(path))
    sheet, students = read_target_sheet(path, from_moodle, lambda student: student.participant)
    column = sheet.column(wanted or GRADE)
    if column is None:
        raise KitError(
            f"{path}: no column {wanted or GRADE!r}: name the column of the grades with --column; "
            f"there are {', '.join(map(repr, sheet.header))}"
        )
    if wanted is None and sheet.column(MODIFIED) is None:
        raise KitError(f"{path}: the column {MODIFIED!r} is missing, which Moodle needs: download the worksheet again")
    remarks = sheet.column(comments or COMMENTS)
    if comments and remarks is None:
        raise KitError(f"{path}: no column {comments!r}; there are {', '.join(map(repr, sheet.header))}")
    return Target(sheet, students, column, _maximum(sheet), remarks, above_maximum=False)


def _refuse_other(sheet: Sheet) -> None:
    if not is_worksheet(sheet):
        raise KitError(
            f"{sheet.path}: not Moodle's grading worksheet: expected an Identifier such as 'Participant 1234567' in "
            "the first column. Download it in Moodle: the assignment, View all submissions, Download grading worksheet "
            "(the assignment's setting 'Offline grading worksheet' must be on)"
        )
    for row, line in zip(sheet.rows, sheet.lines, strict=True):
        if not participant_number(row[0]):
            raise KitError(f"{sheet.path}, line {line}: no number in the Identifier {row[0]!r}: download it again")


def _maximum(sheet: Sheet) -> float | None:
    column = sheet.column(MAXIMUM)
    if column is None:
        return None
    cells = [row[column] for row in sheet.rows]
    maximum = maximum_of(cells)
    if maximum is None and any(cells):
        raise KitError(
            f"{sheet.path}: {MAXIMUM!r} is {cells[0]!r}, not one number of points: points cannot be filled into a scale"
        )
    return maximum
