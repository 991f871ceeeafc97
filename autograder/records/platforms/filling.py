"""Filling a platform's sheet with scores: only the cells that were asked for change, and every change is told."""

import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import KitError
from autograder.records.scores.final import Entry, LeftOut, Why
from autograder.records.scores.matching import Index
from autograder.records.scores.roster import Row, Student, refuse_doubled, students_of
from autograder.records.scores.sheet import Sheet, read_sheet
from autograder.records.spreadsheet import number

DECIMALS = 2  # platforms show no more


@dataclass(frozen=True)
class Target:
    """A sheet that takes grades.

    Attributes:
        students: with the row of each, from 0.
        column: where the grade goes.
        maximum: points possible according to the sheet; None if it does not say.
        comments: where a comment goes; None if nowhere.
        fixed: grades that are never replaced, folded.
        above_maximum: whether the platform takes a grade above the maximum.
    """

    sheet: Sheet
    students: dict[Student, int]
    column: int
    maximum: float | None
    comments: int | None = None
    fixed: frozenset[str] = frozenset()
    above_maximum: bool = True


@dataclass(frozen=True)
class Options:
    """How to fill: scale to the sheet's maximum, keep grades that are there, say something in the comments."""

    scale: bool = False
    keep: bool = False
    comment: bool = False


@dataclass(frozen=True)
class Change:
    """A cell that changes; the line is that of the file."""

    line: int
    student: str
    before: str
    after: str


@dataclass
class Filled:
    """What filling a sheet came to; ``same`` counts grades that were there already."""

    filled: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    same: int = 0
    left_out: list[LeftOut] = field(default_factory=list)


def read_target_sheet(
    path: Path, student: Callable[[Row], Student], key: Callable[[Student], str]
) -> tuple[Sheet, dict[Student, int]]:
    """A platform's sheet, and the row of each of its students.

    Args:
        key: what the platform tells students apart by.

    Raises:
        KitError: not a sheet, or a student stands twice in it; says which lines.
    """
    sheet = read_sheet(path)
    students = students_of(sheet, student)
    if not students:
        raise KitError(f"{path}: the sheet has no students: download it again")
    refuse_doubled(path, students, key, repeats=True)
    return sheet, {one: row.number for one, row in students}


def fill(target: Target, entries: Iterable[Entry], options: Options) -> Filled:
    """Put scores into a sheet.

    Raises:
        KitError: the sheet has another maximum than the chapter, and it was not said to scale.
    """
    result, index, taken = Filled(), Index(target.students), dict[int, Entry]()
    for entry in entries:
        found = index.of_student(entry.student)
        if len(found) != 1:
            why = Why.AMBIGUOUS if found else Why.NO_ROW
            result.left_out.append(LeftOut(why, entry.score.submission, entry.student.id))
            continue
        row = target.students[found[0]]
        if row in taken:
            clash = f"the line of {taken[row].student.id}"
            result.left_out.append(LeftOut(Why.AMBIGUOUS, entry.score.submission, entry.student.id, clash))
            continue
        taken[row] = entry
        _fill_row(target, row, entry, options, result)
    return result


def _fill_row(target: Target, row: int, entry: Entry, options: Options, result: Filled) -> None:
    cells, line = target.sheet.rows[row], target.sheet.lines[row]
    before, after = cells[target.column], grade_text(target, entry, options, result)
    if before.strip().casefold() in target.fixed:
        result.left_out.append(LeftOut(Why.EXCUSED, entry.score.submission, entry.student.id, before))
        return
    change = Change(line, entry.student.id, before, after)
    if _as_number(before) is not None and _as_number(before) == _as_number(after):
        result.same += 1
    elif options.keep and before.strip():
        result.left_out.append(LeftOut(Why.KEPT, entry.score.submission, entry.student.id, f"{before}, now {after}"))
        return
    else:
        target.sheet.set(row, target.column, after)
        (result.changed if has_grade(before) else result.filled).append(change)
    # Moodle shows comments as HTML. They begin with a number, so no spreadsheet takes them for a formula.
    if options.comment and target.comments is not None and not cells[target.comments].strip():
        target.sheet.set(row, target.comments, html.escape(comment_text(entry), quote=False))


def has_grade(cell: str) -> bool:
    """Whether a cell holds a grade: platforms write a dash where there is none."""
    return cell.strip() not in ("", "-")


def grade_text(target: Target, entry: Entry, options: Options, result: Filled) -> str:
    """A score as it goes into the sheet.

    Raises:
        KitError: the sheet has another maximum, and it was not said to scale.
    """
    score, maximum = entry.score.score or 0.0, entry.score.max_score
    if target.maximum is not None and abs(target.maximum - maximum) > 0.5 * 10**-DECIMALS:
        if not options.scale or not maximum:
            raise KitError(
                f"{target.sheet.path}: its maximum is {target.maximum:g} points, and the chapter has {maximum:g}: "
                "change it on the platform and download the sheet again, or add --scale to convert"
            )
        score *= target.maximum / maximum
    if target.maximum is not None and score > target.maximum and not target.above_maximum:
        detail = f"{number(round(score, DECIMALS))} of {target.maximum:g}"
        result.left_out.append(LeftOut(Why.TOO_HIGH, entry.score.submission, entry.student.id, detail))
        score = target.maximum
    return str(number(round(score, DECIMALS)))


def comment_text(entry: Entry) -> str:
    """What a comment says to the student: points, lateness, and the message of the grader."""
    score = entry.score
    told = [f"{number(round(score.score or 0.0, DECIMALS))} of {number(score.max_score)} points."]
    if score.late_penalty:
        told.append(f"Handed in late: {number(round(score.late_penalty, DECIMALS))} points were taken off.")
    return " ".join([*told, " ".join(score.message.split())]).strip()


def _as_number(cell: str) -> float | None:
    """A grade as a number, with a decimal point or comma; None if it is none."""
    try:
        return round(float(cell.strip().replace(",", ".")), DECIMALS)
    except ValueError:
        return None


def maximum_of(cells: Sequence[str]) -> float | None:
    """The one maximum that cells tell; None if they tell none, or several."""
    told = {value for cell in cells if (value := _as_number(cell)) is not None}
    return told.pop() if len(told) == 1 else None
