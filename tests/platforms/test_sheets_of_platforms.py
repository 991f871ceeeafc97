"""What is exported is taken by the platforms' own import rules; nothing else in their sheets changes."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from importers import CanvasUser, MoodleWords, Refused, canvas_import, moodle_import
from made import CHAPTER, MAX_SCORE, results_folder, unhurried

from autograder.cli import main
from autograder.records.platforms.canvas import open_gradebook_sheet
from autograder.records.platforms.filling import Options, fill
from autograder.records.platforms.moodle import open_worksheet
from autograder.records.scores.final import Entry
from autograder.records.scores.matching import match
from autograder.records.scores.roster import Student, read_roster
from autograder.records.scores.scores import FinalScore
from autograder.results import Status

ADA = CanvasUser(101, "Ada Lovelace", "Lovelace, Ada", "S1", "ada@uni.example")
ZOE = CanvasUser(102, "Zoë van Dijk", "van Dijk, Zoë", "S2", "zoe")
BO = CanvasUser(103, 'Bo "Bobby" Li', 'Li, Bo "Bobby"', "S3", "bo")
EVE = CanvasUser(104, "Eve Excused", "Excused, Eve", "S4", "eve")
USERS = [ADA, ZOE, BO, EVE]
HOMEWORK, ESSAY = 77, 78
ASSIGNMENTS = {HOMEWORK: "HW 1", ESSAY: "Final Grade essay"}
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,HW 1 (77),Notes,Other (79),Current Score\r\n"
    "    Points Possible,,,,,10.00,,5,(read only)\r\n"
    ",,,,,Manual Posting,,,\r\n"
    '"Lovelace, Ada",101,S1,ada@uni.example,CS 1,,"likes, commas",,91\r\n'
    '"van Dijk, Zoë",102,S2,zoe,"CS 1 and CS 2",8.5,,3,\r\n'
    '"Li, Bo ""Bobby""",103,S3,bo,CS 1,"2",,,\r\n'
    '"Excused, Eve",104,S4,eve,CS 1,EX,,,\r\n'
)
IN_CANVAS = {"lovelaceada_101_5_ch1": 9.0, "vandijkzoë_LATE_102_6_ch1": 8.5, "libobobby_103_7_ch1": 7.25}
MOODLE = (
    "\ufeffIdentifier,Full name,ID number,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\r\n"
    'Participant 9001,"Lovelace, ""Ada""",S1,ada@uni.example,Submitted for grading,,10.00,Yes,'
    '"Monday, 23 November 2026, 9:00 AM",-,\r\n'
    "Participant 9002,Zoë van Dijk,S2,zoe@uni.example,No submission,8.00,10.00,Yes,-,-,<p>well done</p>\r\n"
)
IN_MOODLE = {"Lovelace Ada_9001_assignsubmission_file": 9.5, "Zoë van Dijk_9002_assignsubmission_file_": 7.0}


def run(*arguments: object) -> Result:
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "canvas.csv"
    path.write_bytes(CANVAS.encode())
    return path


@pytest.fixture
def worksheet(tmp_path: Path) -> Path:
    path = tmp_path / "moodle.csv"
    path.write_bytes(MOODLE.encode())
    return path


def export(platform: str, out: Path, sheet: Path, *more: object) -> tuple[Result, Path]:
    file = out.parent / "filled.csv"
    column = ("--column", "HW 1") if platform == "canvas" else ()
    done = run("export", platform, out, "--sheet", sheet, "-o", file, "--course", out.parent, *column, *more)
    return done, file


def left_out(file: Path) -> list[tuple[str, str]]:
    with file.with_name(f"{file.stem}.left-out.csv").open(newline="", encoding="utf-8") as table:
        return sorted((row["reason"], row["submission"] or row["student"]) for row in csv.DictReader(table))


# Canvas


def test_canvas_takes_the_grades_and_nothing_else_changed(tmp_path, sheet):
    """By Canvas's rules each student has their grade; every other cell, quote and line end is as it was."""
    done, file = export("canvas", results_folder(tmp_path / "out", IN_CANVAS), sheet)
    assert done.exit_code == 0, done.stderr
    assert "1 grades filled, 1 changed, 1 as they were" in done.stderr
    imported = canvas_import(file.read_bytes(), USERS, ASSIGNMENTS)
    grades = {user: marks[HOMEWORK] for user, marks in imported.grades.items()}
    assert grades == {101: "9", 102: "8.5", 103: "7.25", 104: "EX"}
    assert imported.unknown_people == []
    assert imported.new_assignments == ["Notes", "Other (79)"]  # this course of ours has them not
    wanted = CANVAS.replace('CS 1,,"likes', 'CS 1,9,"likes').replace('bo,CS 1,"2"', 'bo,CS 1,"7.25"')
    assert file.read_bytes() == wanted.encode()
    assert sheet.read_bytes() == CANVAS.encode()


def test_grades_that_change_are_shown_and_a_dry_run_writes_nothing(tmp_path, sheet):
    """A dry run lists old and new grade of each line; the real run lists those that it replaced."""
    out = results_folder(tmp_path / "out", IN_CANVAS)
    done, file = export("canvas", out, sheet, "--dry-run")
    assert (done.exit_code, file.exists()) == (0, False)
    assert [line.split() for line in done.stdout.splitlines()[1:]] == [
        ["4", "ada@uni.example", "9"],
        ["6", "bo", "2", "7.25"],
    ]
    assert "nothing was written" in done.stderr
    done, _ = export("canvas", out, sheet)
    assert [line.split() for line in done.stdout.splitlines()[1:]] == [["6", "bo", "2", "7.25"]]


def test_grades_in_the_sheet_can_be_kept(tmp_path, sheet):
    """With --keep only empty cells are filled; the others are listed with both grades."""
    done, file = export("canvas", results_folder(tmp_path / "out", IN_CANVAS), sheet, "--keep")
    grades = canvas_import(file.read_bytes(), USERS, ASSIGNMENTS).grades
    assert (grades[101][HOMEWORK], grades[103][HOMEWORK]) == ("9", "2")
    assert "has another grade in the sheet, which was kept: libobobby_103_7_ch1 (bo), 2, now 7.25" in done.stderr


def test_nobody_is_lost_on_the_way_to_canvas(tmp_path, sheet):
    """Unmatched, excused and failed submissions and students without one are told and listed; the exit code says so."""
    scores = IN_CANVAS | {"stranger_999_1_x": 3.0, "excusedeve_104_8_ch1": 4.0, "libobobby_103_7_ch1": None}
    done, file = export("canvas", results_folder(tmp_path / "out", scores), sheet)
    assert done.exit_code == 1
    assert left_out(file) == [
        ("excused in the sheet", "excusedeve_104_8_ch1"),
        ("no such student", "stranger_999_1_x"),
        ("the grader failed: grade it again", "libobobby_103_7_ch1"),
    ]
    assert "no such student: stranger_999_1_x" in done.stderr
    assert canvas_import(file.read_bytes(), USERS, ASSIGNMENTS).grades[103][HOMEWORK] == "2"  # not touched


def test_a_roster_leads_from_our_names_to_those_of_canvas(tmp_path, sheet):
    """Submissions named by the course's own ids reach Canvas's rows by number, login, e-mail or name."""
    roster = tmp_path / "roster.csv"
    roster.write_text(
        'id,name,email,canvas_id,sis_id\na1,A. Lovelace,,101,\nz1,,,,S2\nb1,"Bo ""Bobby"" Li",,,\n'
        "e1,Ada Lovelace,,555,\n"  # the same name, another number
    )
    out = results_folder(tmp_path / "out", {"a1": 1.0, "z1": 2.0, "b1": 3.0, "e1": 4.0})
    done, file = export("canvas", out, sheet, "--roster", roster)
    grades = canvas_import(file.read_bytes(), USERS, ASSIGNMENTS).grades
    assert [grades[user][HOMEWORK] for user in (101, 102, 103)] == ["1", "2", "3"]
    assert done.exit_code == 1
    assert left_out(file) == [("not in the sheet", "e1")]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Section,", "", "cells, and the header has 8"),
        ("Student,ID", "Name,ID", "not Canvas's gradebook: its header begins Name, ID"),
        ("Section", "Group", "the column Section is missing"),
        ("Other (79)", "HW 1 (80)", "2 assignments are called 'HW 1': choose one with --column; there are 'HW 1 (77)'"),
        ("HW 1 (77)", "HW 2 (77)", "no assignment is called 'HW 1': choose one with --column; there are 'HW 2 (77)'"),
        ("HW 1 (77)", "HW 1", "no assignment is called 'HW 1'"),  # without its number Canvas would make a new one
        (",10.00,", ",20,", "its maximum is 20 points, and the chapter has 10"),
        (",10.00,", ",(read only),", "it is read only"),
        ("103,S3", "101,S3", "students listed twice: '101' (lines 4, 6)"),
        ("Lovelace, Ada\"", "Lovelace, Ada", "a quotation mark"),
    ],
)  # fmt: skip
def test_a_wrong_canvas_sheet_gets_a_sentence_and_writes_nothing(tmp_path, sheet, old, new, told):
    """Missing columns, the wrong assignment or maximum and doubled students are refused with what to do."""
    assert old in CANVAS
    sheet.write_bytes(CANVAS.replace(old, new).encode())
    done, file = export("canvas", results_folder(tmp_path / "out", IN_CANVAS), sheet)
    assert (done.exit_code, file.exists()) == (2, False)
    assert told in done.stderr, done.stderr


@pytest.mark.parametrize(("titles", "chosen"), [(["HW 9"], "HW 9 (1)"), (["HW 9", CHAPTER], f"{CHAPTER} (2)")])
def test_the_assignment_is_the_only_one_or_the_one_named_like_the_chapter(tmp_path, titles, chosen):
    """Without --column, nothing is chosen that could be something else."""
    path = tmp_path / "sheet.csv"
    columns = [f"{title} ({number})" for number, title in enumerate(titles, start=1)]
    path.write_text(
        ",".join(["Student,ID,Section", *columns, "Final Score"]) + "\nAda,1,x" + "," * (len(titles) + 1) + "\n"
    )
    target = open_gradebook_sheet(path, None, CHAPTER)
    assert target.sheet.header[target.column] == chosen


def test_points_are_converted_only_if_asked(tmp_path, sheet):
    """With --scale, 9 of 10 points become 18 of 20."""
    sheet.write_bytes(CANVAS.replace(",10.00,", ",20,").encode())
    _, file = export("canvas", results_folder(tmp_path / "out", IN_CANVAS), sheet, "--scale")
    assert canvas_import(file.read_bytes(), USERS, ASSIGNMENTS).grades[101][HOMEWORK] == "18"


def test_the_sheet_itself_is_never_written_over(tmp_path, sheet):
    """The output cannot be the sheet that was handed out."""
    done = run("export", "canvas", results_folder(tmp_path / "out", IN_CANVAS), "--sheet", sheet, "-o", sheet)
    assert done.exit_code == 2
    assert "give another file with -o" in done.stderr
    assert sheet.read_bytes() == CANVAS.encode()


def test_json_tells_changes_and_what_was_left_out(tmp_path, sheet):
    """A program reads every changed cell, every loss and every note."""
    done, file = export("canvas", results_folder(tmp_path / "out", IN_CANVAS | {"x": 1.0}), sheet, "--json")
    told = json.loads(done.stdout)
    assert told["file"] == str(file)
    assert told["filled"] == [{"line": 4, "student": "ada@uni.example", "before": "", "after": "9"}]
    assert told["changed"] == [{"line": 6, "student": "bo", "before": "2", "after": "7.25"}]
    assert told["left_out"][0] == {"why": "no such student", "submission": "x", "student": "", "detail": ""}
    assert "tests alone" in told["notes"][0]


# Moodle


def test_moodle_takes_grades_and_comments_and_nothing_else_changed(tmp_path, worksheet):
    """By Moodle's rules each participant has their grade; mark, line ends and other columns are as they were."""
    out = results_folder(
        tmp_path / "out", IN_MOODLE, {"Lovelace Ada_9001_assignsubmission_file": 'Cell 3 hung, a "loop"'}
    )
    done, file = export("moodle", out, worksheet, "--comment-column", "Feedback comments")
    assert done.exit_code == 0, done.stderr
    assert moodle_import(file.read_bytes(), {9001, 9002}, 10) == {
        9001: (9.5, '9.5 of 10 points. Cell 3 hung, a "loop"'),
        9002: (7.0, "<p>well done</p>"),  # what a person wrote stays
    }
    wanted = MOODLE.replace("for grading,,", "for grading,9.5,").replace("submission,8.00,", "submission,7,")
    assert file.read_bytes() == wanted.replace("-,\r\n", '-,"9.5 of 10 points. Cell 3 hung, a ""loop"""\r\n').encode()


def test_a_comment_can_do_nothing_in_a_page_or_a_spreadsheet(tmp_path, worksheet):
    """Moodle shows comments as HTML: what a message holds of it is escaped."""
    out = results_folder(tmp_path / "out", IN_MOODLE, {next(iter(IN_MOODLE)): "<script>alert(1)</script>\n=cmd"})
    _, file = export("moodle", out, worksheet, "--comment-column", "Feedback comments")
    (_, comment) = moodle_import(file.read_bytes(), {9001}, 10)[9001]
    assert comment == "9.5 of 10 points. &lt;script&gt;alert(1)&lt;/script&gt; =cmd"


def test_moodle_in_another_language_is_filled_by_the_names_of_its_columns(tmp_path, worksheet):
    """The identifier is told by its form; the column of the grades is named with --column."""
    german = MoodleWords("ID", "Teilnehmer/in", "Bewertung", "Zuletzt geändert (Bewertung)", "Feedback als Kommentar")
    text = (
        "\ufeffID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Zuletzt geändert (Bewertung)\r\n"
        'Teilnehmer/in9001,Ada,a@x,Zur Bewertung abgegeben,"8,00","10,00",-\r\n'
        'Teilnehmer/in9002,Zoë,z@x,Keine Abgabe,,"10,00",-\r\n'
    )
    worksheet.write_bytes(text.encode())
    out = results_folder(tmp_path / "out", {"Ada_9001_assignsubmission_file": 8.0, "Z_9002_assignsubmission_file": 6.0})
    done, file = export("moodle", out, worksheet, "--column", "Bewertung")
    assert "1 grades filled, 0 changed, 1 as they were" in done.stderr
    assert moodle_import(file.read_bytes(), {9001, 9002}, 10, german) == {9001: (8.0, ""), 9002: (6.0, "")}
    done, _ = export("moodle", out, worksheet)
    assert (done.exit_code, "name the column of the grades with --column" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Identifier", "Name", "not Moodle's grading worksheet"),
        ("Participant 9002", "Participant", "no number in the Identifier 'Participant'"),
        ("Participant 9002", "Participant 9001", "students listed twice: '9001' (lines 2, 3)"),
        (",Last modified (grade)", ",Modified", "the column 'Last modified (grade)' is missing"),
        (",Grade,", ",Mark,", "no column 'Grade'"),
        (",10.00,Yes", ",Good,Yes", "points cannot be filled into a scale"),
        (",10.00,Yes", ",54,Yes", "its maximum is 54 points, and the chapter has 10"),
        ("Feedback comments", "Feedback", "no column 'Feedback comments'"),
    ],
)  # fmt: skip
def test_a_wrong_worksheet_gets_a_sentence_and_writes_nothing(tmp_path, worksheet, old, new, told):
    """Missing columns, scales, other maxima and doubled participants are refused with what to do."""
    assert old in MOODLE
    worksheet.write_bytes(MOODLE.replace(old, new).encode())
    out = results_folder(tmp_path / "out", IN_MOODLE)
    done, file = export("moodle", out, worksheet, "--comment-column", "Feedback comments")
    assert (done.exit_code, file.exists()) == (2, False)
    assert told in done.stderr, done.stderr


def test_a_worksheet_without_what_moodle_needs_would_be_refused_there_too(tmp_path):
    """The import rules that these tests read by refuse what we refuse."""
    with pytest.raises(Refused):
        moodle_import(MOODLE.replace(",Last modified (grade)", ",Modified").encode(), {9001}, 10)
    with pytest.raises(Refused):
        canvas_import(CANVAS.replace("Section", "Group").encode(), USERS, ASSIGNMENTS)


# Any class


NAMES = st.text(st.characters(exclude_characters="\0\ufffd", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


def entry(student: Student, points: float) -> Entry:
    return Entry(
        student, FinalScore(student.id, student.id, points, MAX_SCORE, points, 0, 0, 0, False, Status.GRADED, "")
    )


@unhurried
@given(st.lists(st.tuples(NAMES, st.floats(0, 10)), min_size=1, max_size=8), st.sampled_from(["canvas", "moodle"]))
def test_any_names_and_points_arrive_whole(tmp_path, people, platform):
    """Commas, quotes, formulas, any script in names: every student has their points, and names are as they were."""
    path = tmp_path / "any.csv"
    table, text = [], io.StringIO(newline="")
    for number, (name, _) in enumerate(people, start=1):
        shown = name.strip() + f" {number}" if name.strip() else f"n{number}"
        table.append([shown, number, "CS", ""] if platform == "canvas" else [f"Participant {number}", shown, "", "-"])
    header = (
        ["Student", "ID", "Section", "HW (77)"]
        if platform == "canvas"
        else ["Identifier", "Full name", "Grade", "Last modified (grade)"]
    )
    csv.writer(text).writerows([header, *table])
    path.write_bytes(text.getvalue().encode())
    target = open_gradebook_sheet(path, None, "HW") if platform == "canvas" else open_worksheet(path, None, None)
    names = [
        f"x_{n}_7_f" if platform == "canvas" else f"x_{n}_assignsubmission_file" for n in range(1, len(people) + 1)
    ]
    matching = match(names, list(target.students))
    entries = [entry(matching.students[name][0], points) for name, (_, points) in zip(names, people, strict=True)]
    filled = fill(target, entries, Options())
    assert filled.left_out == []
    data = target.sheet.to_bytes()
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))[1:]
    place = header.index("HW (77)" if platform == "canvas" else "Grade")
    assert [[*row[:place], *row[place + 1 :]] for row in rows] == [
        [str(cell) for column, cell in enumerate(row) if column != place] for row in table
    ]
    if platform == "canvas":
        users = [CanvasUser(number, "", "") for number in range(1, len(people) + 1)]
        stored = {user: float(marks[77]) for user, marks in canvas_import(data, users, {77: "HW"}).grades.items()}
    else:
        stored = {
            number: grade for number, (grade, _) in moodle_import(data, set(range(1, len(people) + 1)), 10).items()
        }
    assert stored == {number: pytest.approx(points, abs=0.0051) for number, (_, points) in enumerate(people, start=1)}


def test_a_sheet_of_a_platform_is_a_roster(sheet, worksheet):
    """What can be filled can be read as a roster, and the other way round."""
    assert [student.canvas_id for student in read_roster(sheet)] == ["101", "102", "103", "104"]
    assert [student.participant for student in read_roster(worksheet)] == ["9001", "9002"]
