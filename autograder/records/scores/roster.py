"""Who is in the course: a roster from a plain CSV or from the sheets that platforms hand out.

Which student a submission belongs to is told by `autograder.records.scores.matching`.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import KitError
from autograder.records.scores.sheet import Sheet, read_sheet

MOST_NAMED = 10  # in a message
IDENTIFIER = re.compile(r"(?P<word>\D*[^\W\d]\D*?)\s*(?P<number>[0-9]+)")  # "Participant 1234567"
MOODLE_COLUMNS = 6  # fewer has no worksheet: a list of ids such as s1, s2 is none
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


def from_canvas(row: Row) -> Student:
    """A row of Canvas's gradebook."""
    name = row("Student") or f"{row('FirstName')} {row('LastName')}".strip()
    last, _, first = name.partition(",") if "," in name else (row("LastName"), "", row("FirstName"))
    canvas_id, sis_id, login = row("ID"), row("SIS User ID"), row("SIS Login ID")
    email = login if "@" in login else ""
    return Student(
        login or sis_id or canvas_id, name, first.strip(), last.strip(), email, canvas_id, sis_id, login
    )  # fmt: skip


def participant_number(identifier: str) -> str:
    """The number at the end of Moodle's Identifier, whatever the language of the word before it."""
    found = re.search(r"[0-9]+$", identifier.strip())
    return found[0] if found else ""


def from_moodle(row: Row) -> Student:
    """A row of Moodle's grading worksheet; in other languages than English, the first column alone is known."""
    number, email = row("ID number"), row("Email address")
    participant = participant_number(row.sheet.rows[row.number][0])
    return Student(number or email or participant, row("Full name"), email=email, participant=participant)


def is_worksheet(sheet: Sheet) -> bool:
    """Whether a sheet is Moodle's, in any language: its first cells are one and the same word and a number each."""
    if folded(sheet.header[0]) == "identifier":
        return True
    if len(sheet.header) < MOODLE_COLUMNS or sheet.column(*PLAIN_NAMES) is not None:
        return False
    words = {found["word"] if (found := IDENTIFIER.fullmatch(row[0].strip())) else "" for row in sheet.rows}
    return len(words) == 1 and "" not in words


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


PLAIN_NAMES = ("name", "first_name", "first name", "email")
PLAIN_ID = ("id", "student_id", "student id", "student")
WORKSHEET = Layout("Moodle grading worksheet", (), from_moodle)
LAYOUTS = (
    Layout("Canvas gradebook", (("Student", "LastName"), ("ID",), ("Section",)), from_canvas),
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
    fitting = (one for one in LAYOUTS if all(sheet.column(*names) is not None for names in one.columns))
    layout = WORKSHEET if is_worksheet(sheet) else next(fitting, None)
    if layout is None:
        raise KitError(
            f"{path}: no roster: it has the columns {', '.join(sheet.header)[:200]}; expected a column 'id', or a "
            "sheet of Canvas (Student, ID, Section), Moodle (Identifier, Full name) or Gradescope (SID, Email)"
        )
    students = students_of(sheet, layout.student)
    if not students:
        raise KitError(f"{path}: a {layout.name} without a student: download it again")
    refuse_doubled(path, students, lambda student: student.id)
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


def refuse_doubled(
    path: Path, students: Sequence[tuple[Student, Row]], key: Callable[[Student], str], repeats: bool = False
) -> None:
    """Refuse different students of one key.

    Args:
        repeats: refuse lines that say the same, too.

    Raises:
        KitError: there are such; names their lines.
    """
    lines: dict[str, list[tuple[Student, int]]] = defaultdict(list)
    for student, row in students:
        same = lines[folded(key(student))]
        if repeats or student not in (other for other, _ in same):
            same.append((student, row.line))
    doubled = [same for name, same in lines.items() if name and len(same) > 1]
    if doubled:
        told = [f"{key(same[0][0])!r} (lines {', '.join(str(line) for _, line in same)})" for same in doubled]
        more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
        different = "" if repeats else ", with different data"
        raise KitError(
            f"{path}: students listed twice{different}: {', '.join(told[:MOST_NAMED])}{more}; leave one line for each"
        )
