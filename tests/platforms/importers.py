"""What platforms do with a file, written from the rules of their imports and from nothing of this kit.

Each function takes the bytes that are uploaded and what the platform knows, and gives what would be stored.
"""

import csv
import io
import re
from dataclasses import dataclass, field


class Refused(Exception):
    """The platform takes nothing of the file."""


# Canvas


@dataclass(frozen=True)
class CanvasUser:
    """A student as Canvas knows them."""

    id: int
    name: str
    sortable_name: str
    sis_user_id: str = ""
    login_id: str = ""


@dataclass
class CanvasImport:
    """What Canvas found: grades by user and assignment, people and assignments it does not know."""

    grades: dict[int, dict[int, str]] = field(default_factory=dict)
    unknown_people: list[str] = field(default_factory=list)
    new_assignments: list[str] = field(default_factory=list)


TOTALS = re.compile(
    "Current Score|Current Points|Current Grade|Final Score|Final Points|Final Grade|Override Score|Override Grade|Override Status"
)


def canvas_import(data: bytes, users: list[CanvasUser], assignments: dict[int, str]) -> CanvasImport:
    """Import a gradebook: header, points possible, students by ID, SIS User ID, SIS Login ID, name, in this order."""
    text = data.decode("utf-8-sig")
    separator = _canvas_separator(text)
    rows = [
        row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(c.strip(" ") for c in row)
    ]
    header, *rest = rows
    first = _canvas_student_columns(header)
    result, columns = CanvasImport(), {}
    for place, name in enumerate(header[first:], start=first):
        if TOTALS.search(name):
            continue
        found = re.fullmatch(r"(.*) \((\d+)\)", name, re.DOTALL)
        if found and int(found[2]) in assignments:
            columns[place] = int(found[2])
        else:
            result.new_assignments.append(name)
    points: list[str] = []
    for row in rest:
        if "Points Possible" in row[0]:
            points = row
        elif not all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell, re.IGNORECASE) for cell in row):
            _canvas_student(row, header, columns, points, users, result)
    return result


def _canvas_separator(text: str) -> str:
    lines = text.splitlines()[:3]
    counts = {}
    for separator in (";", ","):
        widths = {len(next(csv.reader([line], delimiter=separator), [])) for line in lines}
        counts[separator] = widths.pop() if len(widths) == 1 else 0
    return ";" if counts[";"] > counts[","] else ","


def _canvas_student_columns(header: list[str]) -> int:
    if not (len(header) > 3 and "Student" in header[0] and "ID" in header[1]):
        raise Refused("Invalid header row")
    count = 3
    if re.search(r"SIS\s+Login\s+ID", header[2]):
        count += 1
    elif re.search(r"SIS\s+User\s+ID", header[2]) and re.search(r"SIS\s+Login\s+ID", header[3]):
        integration = bool(re.search(r"Integration\s+ID", header[4]))
        count += 2 + integration + bool(re.search(r"Root\s+Account", header[4 + integration]))
    if "Section" not in header[count - 1]:
        raise Refused("Invalid header row")
    return count


def _canvas_student(row, header, columns, points, users, result) -> None:
    named = dict(zip(header, row, strict=False))
    keys = (
        lambda user: named["ID"].isdigit() and user.id == int(named["ID"]),
        lambda user: bool(named.get("SIS User ID")) and user.sis_user_id == named["SIS User ID"],
        lambda user: bool(named.get("SIS Login ID")) and user.login_id == named["SIS Login ID"],
        lambda user: row[0] in (user.name, user.sortable_name),
    )
    user = next((user for key in keys for user in users if key(user)), None)
    if user is None:
        result.unknown_people.append(row[0])
        return
    for place, assignment in columns.items():
        read_only = points and "read only" in points[place]
        if not read_only and row[place].strip():
            result.grades.setdefault(user.id, {})[assignment] = _canvas_grade(row[place].strip())


def _canvas_grade(cell: str) -> str:
    if re.fullmatch(r"-?[0-9.,]+%?", cell):
        *whole, last = re.split(r"[,.]", cell)
        return f"{''.join(whole)}.{last}" if whole else last
    return cell


# Moodle


@dataclass(frozen=True)
class MoodleWords:
    """The words of a Moodle in some language."""

    identifier: str = "Identifier"
    participant: str = "Participant "
    grade: str = "Grade"
    modified: str = "Last modified (grade)"
    comments: str = "Feedback comments"


ENGLISH = MoodleWords()


def moodle_import(
    data: bytes, participants: set[int], maximum: float, words: MoodleWords = ENGLISH
) -> dict[int, tuple[float | None, str]]:
    """Import a worksheet: grade and comment by participant; a grade out of range is passed over in silence."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    header = rows[0]
    for needed in (words.identifier, words.grade, words.modified):
        if needed not in header:
            raise Refused("invalidgradeimport")
    imported = {}
    for row in rows[1:]:
        number = row[header.index(words.identifier)][len(words.participant) :]
        if not number.isdigit() or int(number) not in participants:
            continue
        cell = row[header.index(words.grade)].strip().replace(",", ".")
        grade = float(cell) if re.fullmatch(r"-?[0-9.]+", cell) else None
        if grade is not None and not 0 <= grade <= maximum:
            grade = None
        comment = row[header.index(words.comments)] if words.comments in header else ""
        imported[int(number)] = (grade, comment)
    return imported


# Gradescope


def gradescope_results(data: dict) -> float:
    """Check a results.json by Gradescope's documentation of autograders; the score that it shows."""
    known = {
        "score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility",
        "stdout_visibility", "extra_data", "tests", "leaderboard",
    }  # fmt: skip
    in_test = {
        "score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags", "visibility",
        "extra_data",
    }  # fmt: skip
    seen = {"hidden", "after_due_date", "after_published", "visible"}
    formats = {"text", "html", "simple_format", "md", "ansi"}
    if not set(data) <= known or data.get("visibility", "visible") not in seen:
        raise Refused("unknown field")
    for test in data["tests"]:
        if not set(test) <= in_test or test["visibility"] not in seen or test["output_format"] not in formats:
            raise Refused("unknown field in a test")
        if test.get("status", "passed") not in ("passed", "failed"):
            raise Refused("unknown status")
    score = data.get("score", sum(test["score"] for test in data["tests"]))
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise Refused("score is no number")
    return float(score)
