"""Who is in the course: a roster from a plain CSV or from the sheets that platforms hand out.

Which student a submission belongs to is told by `autograder.records.matching`.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import KitError
from autograder.records.sheet import Sheet, read_sheet

MOST_NAMED = 10  # in a message
POINTS_POSSIBLE = "points possible"  # a row of Canvas sheets that is no student


@dataclass(frozen=True)
class Student:
    """A student, by every name that the course and its platforms know them by; what is not known is empty.

    Attributes:
        id: what the course calls the student, in the gradebook and in tables; unique in a roster.
        name: the full name as people write it; where only its parts are given, first and last name.
        canvas_id, sis_id, login: the columns ID, SIS User ID and SIS Login ID of Canvas.
        participant: the number in Moodle's Identifier, "Participant 1234567".
    """

    id: str
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    canvas_id: str = ""
    sis_id: str = ""
    login: str = ""
    participant: str = ""

    @property
    def spellings(self) -> set[str]:
        """The ways in which the name is written, folded."""
        written = {self.name, f"{self.last_name}, {self.first_name}", f"{self.first_name} {self.last_name}"}
        if "," in self.name:
            last, _, first = self.name.partition(",")
            written.add(f"{first} {last}")
        return {folded(name) for name in written if folded(name.strip(", "))}


def folded(text: str) -> str:
    """Text for comparing: one form of each letter, no capitals, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def squashed(text: str) -> str:
    """Letters and digits alone, as Canvas writes names into file names."""
    return "".join(letter for letter in folded(text) if letter.isalnum() or letter == "_")


# Reading


@dataclass(frozen=True)
class Layout:
    """A kind of roster: the columns that tell it from others, and how a row of it becomes a student."""

    name: str
    columns: tuple[tuple[str, ...], ...]  # each by any of its names; all are needed
    student: Callable[["Row"], Student]


@dataclass(frozen=True)
class Row:
    """A row of a roster, asked by the names of columns."""

    sheet: Sheet
    number: int

    def __call__(self, *columns: str) -> str:
        """The first of these columns that the sheet has, without spaces around; empty if it has none."""
        place = self.sheet.column(*columns)
        return "" if place is None else self.sheet.rows[self.number][place].strip()

    @property
    def line(self) -> int:
        return self.sheet.lines[self.number]


def _from_canvas(row: Row) -> Student:
    name = row("Student") or f"{row('FirstName')} {row('LastName')}".strip()
    last, _, first = name.partition(",") if "," in name else (row("LastName"), "", row("FirstName"))
    canvas_id, sis_id, login = row("ID"), row("SIS User ID"), row("SIS Login ID")
    email = login if "@" in login else ""
    return Student(
        login or sis_id or canvas_id, name, first.strip(), last.strip(), email, canvas_id, sis_id, login
    )  # fmt: skip


def participant_number(identifier: str) -> str:
    """The number at the end of Moodle's Identifier, whatever the language of the word before it."""
    number = identifier.strip().rpartition(" ")[2]
    return number if number.isascii() and number.isdigit() else ""


def _from_moodle(row: Row) -> Student:
    number, email, participant = row("ID number"), row("Email address"), participant_number(row("Identifier"))
    return Student(number or email or participant, row("Full name"), email=email, participant=participant)


def _from_gradescope(row: Row) -> Student:
    first, last = row("First Name"), row("Last Name")
    name = row("Name", "Full Name", "Names") or f"{first} {last}".strip()
    return Student(row("SID") or row("Email"), name, first, last, row("Email"))


def _from_plain(row: Row) -> Student:
    first, last = row("first_name", "first name"), row("last_name", "last name")
    return Student(
        row(*PLAIN_ID), row("name", "full_name", "full name") or f"{first} {last}".strip(), first, last, row("email"),
        row("canvas_id", "lms_user_id"), row("sis_id"), row("login"), participant_number(row("participant")),
    )  # fmt: skip


PLAIN_ID = ("id", "student_id", "student id", "student")
LAYOUTS = (
    Layout("Canvas gradebook", (("Student", "LastName"), ("ID",), ("Section",)), _from_canvas),
    Layout("Moodle grading worksheet", (("Identifier",), ("Full name", "Email address", "ID number")), _from_moodle),
    Layout("Gradescope roster or scores", (("SID",), ("Email",)), _from_gradescope),
    Layout("plain roster", (PLAIN_ID,), _from_plain),
)


def read_roster(path: Path) -> list[Student]:
    """The students of a roster, in its order.

    Takes a CSV file with a column ``id`` (and, if there, ``name`` or ``first_name`` and ``last_name``, ``email``,
    ``canvas_id`` or ``lms_user_id``, ``sis_id``, ``login``, ``participant``), and what Canvas (gradebook), Moodle
    (grading worksheet) and Gradescope (roster, scores, gradebook) hand out, told apart by their columns. A line that
    repeats another one is taken once.

    Raises:
        KitError: not such a file, a student without an id, or two different students with one id; says which lines.
    """
    sheet = read_sheet(path)
    layout = next((one for one in LAYOUTS if all(sheet.column(*names) is not None for names in one.columns)), None)
    if layout is None:
        raise KitError(
            f"{path}: no roster: it has the columns {', '.join(sheet.header)[:200]}; expected a column 'id', or a "
            "sheet of Canvas (Student, ID, Section), Moodle (Identifier, Full name) or Gradescope (SID, Email)"
        )
    students = students_of(sheet, layout.student)
    if not students:
        raise KitError(f"{path}: a {layout.name} without a student: download it again")
    _refuse_doubled(path, students)
    return list(dict.fromkeys(student for student, _ in students))


def students_of(sheet: Sheet, student: Callable[[Row], Student]) -> list[tuple[Student, Row]]:
    """The students of a sheet with their rows; rows that are no students, as Canvas has, are left out.

    Raises:
        KitError: a student without an id.
    """
    found = []
    for row in (Row(sheet, number) for number in range(len(sheet.rows))):
        if is_student(sheet.rows[row.number]):
            one = student(row)
            if not one.id:
                raise KitError(f"{sheet.path}, line {row.line}: a student without an id: fill it in, or take it out")
            found.append((one, row))
    return found


def is_student(cells: Sequence[str]) -> bool:
    """Whether a row is one of a student: not the maxima of Canvas, not its row of posting policies, not empty."""
    if POINTS_POSSIBLE in cells[0].casefold():
        return False
    return not all(folded(cell) in ("", "muted") or folded(cell).startswith("manual posting") for cell in cells)


def _refuse_doubled(path: Path, students: list[tuple[Student, Row]]) -> None:
    lines: dict[str, dict[Student, int]] = defaultdict(dict)
    for student, row in students:
        lines[folded(student.id)].setdefault(student, row.line)
    doubled = [list(same.items()) for same in lines.values() if len(same) > 1]
    if doubled:
        told = [f"{same[0][0].id!r} (lines {', '.join(str(line) for _, line in same)})" for same in doubled]
        more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
        raise KitError(
            f"{path}: students listed twice, with different data: {', '.join(told[:MOST_NAMED])}{more}; "
            "leave one line for each"
        )
