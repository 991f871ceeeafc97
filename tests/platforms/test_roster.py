"""Rosters are read from what platforms hand out, and submissions find their students without a guess."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import unhurried

from autograder.errors import KitError
from autograder.records.scores.matching import Matching, is_marked_late, match
from autograder.records.scores.roster import Student, read_roster
from autograder.records.scores.times import read_handed

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,HW 1 (77),Current Score\n"
    "    Points Possible,,,,,10,(read only)\n"
    ",,,,,Manual Posting,\n"
    '"Lovelace, Ada",101,S1,ada@uni.example,CS 1,,\n'
    '"van Dijk, Zoë",102,S2,zoe,CS 1 and CS 2,8,\n'
)
MOODLE = (
    "\ufeffIdentifier,Full name,ID number,Email address,Status,Grade,Maximum grade,Last modified (grade)\r\n"
    "Participant 9001,Ada Lovelace,,ada@uni.example,,,10.00,-\r\n"
    "Participant 9002,Zoë van Dijk,S2,zoe@uni.example,,,10.00,-\r\n"
)
GRADESCOPE = "First Name,Last Name,SID,Email,Sections,Total Score\nAda,Lovelace,S1,ada@uni.example,,\nZoë,van Dijk,,zoe@uni.example,,\n"
PLAIN = "id;first_name;last_name;email\nada;Ada;Lovelace;ada@uni.example\nzoe;Zoë;van Dijk;\n"
ADA, ZOE, BO = Student("ada", "Ada Lovelace"), Student("zoe", "Zoë van Dijk"), Student("bo", "Bo Li")


def roster(tmp_path: Path, text: str, encoding: str = "utf-8") -> list[Student]:
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return read_roster(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            CANVAS,
            [
                Student(
                    "ada@uni.example",
                    "Lovelace, Ada",
                    "Ada",
                    "Lovelace",
                    "ada@uni.example",
                    "101",
                    "S1",
                    "ada@uni.example",
                ),
                Student("zoe", "van Dijk, Zoë", "Zoë", "van Dijk", "", "102", "S2", "zoe"),
            ],
        ),
        (
            MOODLE,
            [
                Student("ada@uni.example", "Ada Lovelace", email="ada@uni.example", participant="9001"),
                Student("S2", "Zoë van Dijk", email="zoe@uni.example", participant="9002"),
            ],
        ),
        (
            GRADESCOPE,
            [
                Student("S1", "Ada Lovelace", "Ada", "Lovelace", "ada@uni.example"),
                Student("zoe@uni.example", "Zoë van Dijk", "Zoë", "van Dijk", "zoe@uni.example"),
            ],
        ),
        (
            PLAIN,
            [
                Student("ada", "Ada Lovelace", "Ada", "Lovelace", "ada@uni.example"),
                Student("zoe", "Zoë van Dijk", "Zoë", "van Dijk"),
            ],
        ),
    ],
    ids=["canvas", "moodle", "gradescope", "plain"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_each_kind_of_roster_is_told_by_its_header(tmp_path, text, expected, encoding):
    """The sheets of three platforms and a plain list give the same students, however they are encoded."""
    assert roster(tmp_path, text.removeprefix("\ufeff"), encoding) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1,2\n", "no roster: it has the columns a, b; expected a column 'id'"),
        ("id,name\n,Ada\n", "line 2: a student without an id"),
        ("id,name\nada,Ada\nbo,Bo\nADA,Ada L\n", "students listed twice, with different data: 'ada' (lines 2, 4)"),
        ("id,name\n", "without a student"),
        ("Student,ID,Section,Section\nx,1,2,3\n", "'section' twice"),
    ],
)
def test_a_wrong_roster_gets_a_sentence(tmp_path, text, told):
    """A missing column, a missing id and doubled students are told with their lines."""
    with pytest.raises(KitError) as err:
        roster(tmp_path, text)
    assert told in str(err.value)


def test_a_line_that_is_only_repeated_is_no_mistake(tmp_path):
    """The same student with the same data twice is one student."""
    assert len(roster(tmp_path, "id,name\nada,Ada\nada,Ada\n")) == 1


def names(found: Matching) -> dict[str, list[str]]:
    return {name: [student.id for student in students] for name, students in found.students.items()}


def test_submissions_of_moodle_find_their_participants(tmp_path):
    """The number in the folder's name decides, in the spelling of old and of new versions."""
    people = roster(tmp_path, MOODLE)
    folders = ["Ada Lovelace_9001_assignsubmission_file", "Someone Else_9002_assignsubmission_file_"]
    assert names(match(folders, people)) == {folders[0]: ["ada@uni.example"], folders[1]: ["S2"]}


def test_submissions_of_canvas_find_their_numbers(tmp_path):
    """The student's number decides, marked late or not; numbers in the student's own file name do not count."""
    people = roster(tmp_path, CANVAS)
    files = ["lovelaceada_101_5_ch1-1", "vandijkzoë_LATE_102_6_101_7_ch1", "nobody_999_8_101_9_ch1", "anon_x1_9_ch1"]
    found = match(files, people)
    assert names(found) == {files[0]: ["ada@uni.example"], files[1]: ["zoe"]}
    assert found.unmatched == files[2:]
    assert [is_marked_late(name) for name in files] == [False, True, False, False]


def test_another_person_of_the_same_name_is_not_taken(tmp_path):
    """Where numbers are known, a name with another number belongs to nobody; where they are not, the name counts."""
    folder, file = "Ada Lovelace_7_assignsubmission_file", "lovelaceada_7_5_ch1"
    assert match([folder], roster(tmp_path, MOODLE)).unmatched == [folder]
    assert match([file], roster(tmp_path, CANVAS)).unmatched == [file]
    assert names(match([folder, file], roster(tmp_path, PLAIN))) == {folder: ["ada"], file: ["ada"]}


def test_groups_of_gradescope_are_matched_member_by_member(tmp_path):
    """The metadata of an export tells who handed in what; every member of a group gets the submission."""
    folder = tmp_path / "class" / "assignment_5_export"
    folder.mkdir(parents=True)
    (folder / "submission_metadata.yml").write_text(
        "submission_1:\n  :submitters:\n  - {':name': A, ':sid': '', ':email': ADA@uni.example}\n"
        "  - {':name': Zoë van Dijk, ':sid': 0099, ':email': ''}\n  :created_at: 2026-11-20 10:00:00 Z\n"
        "submission_2:\n  :submitters:\n  - {':name': Nobody, ':sid': '7', ':email': n@x}\n"
    )
    handed = read_handed(folder.parent)
    assert [student.id for student in handed.submitters["submission_1"]] == ["ADA@uni.example", "0099"]
    found = match(["submission_1", "submission_2"], roster(tmp_path, PLAIN), handed.submitters)
    assert names(found) == {"submission_1": ["ada", "zoe"]}
    assert found.unmatched == ["submission_2"]


def test_nothing_is_guessed_and_nothing_is_lost():
    """Unmatched, ambiguous and doubled submissions and students without one each stand in their list."""
    twins = [Student("t1", "Li Wei"), Student("t2", "li  wei")]
    found = match(["ada", "ADA LOVELACE", "Li Wei", "ada2", "Lovelace, Ada"], [ADA, BO, *twins])
    assert names(found) == {"ada": ["ada"], "ADA LOVELACE": ["ada"]}
    assert found.unmatched == ["ada2", "Lovelace, Ada"]  # first and last name are not known apart
    assert found.ambiguous == {"Li Wei": twins}
    assert [student.id for student in found.missing] == ["bo", "t1", "t2"]
    assert found.doubled == {"ada": ["ada", "ADA LOVELACE"]}


def test_equal_file_names_are_several_submissions_of_one_student():
    """What the intake tells apart by endings and numbers belongs to one student."""
    assert match(["ada", "ada.zip", "ada.zip (2)", "ada (1)"], [ADA]).doubled == {
        "ada": ["ada", "ada.zip", "ada.zip (2)", "ada (1)"]
    }


def test_without_a_roster_the_name_is_the_student():
    """Every submission stands for itself, and for its submitters where they are told."""
    assert names(match(["x", "y"], None, {"y": [ADA, ZOE]})) == {"x": ["x"], "y": ["ada", "zoe"]}


NAMES = st.text(st.characters(exclude_characters="\0\ufffd", exclude_categories=["Cs"]), min_size=1, max_size=12)


@unhurried
@given(ids=st.lists(NAMES, min_size=1, max_size=6), submissions=st.lists(NAMES, max_size=8), data=st.data())
def test_every_submission_is_in_one_list_and_every_student_is_seen(ids, submissions, data):
    """Whatever the names are: each submission is matched, ambiguous or unmatched; each student has one or is missing."""
    people = [Student(f"{number} {name}", data.draw(NAMES)) for number, name in enumerate(ids)]
    asked = list(dict.fromkeys(submissions + data.draw(st.lists(st.sampled_from([p.id for p in people])))))
    found = match(asked, people)
    assert sorted([*found.students, *found.unmatched, *found.ambiguous]) == sorted(asked)
    assert {student.id for student in found.missing} | set(found.by_student) == {student.id for student in people}
    assert all(person.id in found.by_student for person in people if person.id in asked)


@unhurried
@given(names=st.lists(NAMES.filter(lambda name: name.strip()), min_size=1, max_size=5, unique_by=str.strip))
def test_any_name_survives_a_roster(tmp_path_factory, names):
    """Commas, quotes, line ends and any script in a name come out of a roster as they went in."""
    path = tmp_path_factory.getbasetemp() / "names.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "name"], *([f"s{n}", name] for n, name in enumerate(names))])
    assert [student.name for student in read_roster(path)] == [name.strip() for name in names]
