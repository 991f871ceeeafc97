"""Gradescope's files and the plain table hold every student's score, lateness and attempts included, and every loss."""

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from importers import gradescope_results
from made import CHAPTER, results_folder

from autograder.cli import main
from autograder.grading.intake import file_stem

COURSE = f"""\
chapters = ["{CHAPTER}"]

[due]
{CHAPTER} = 2026-11-30T12:00:00+01:00

[late]
percent_per_day = 10
grace_minutes = 5
cutoff_days = 3
attempts = "ATTEMPTS"

[late.extensions.{CHAPTER}]
bo = 2026-12-02T12:00:00+01:00
"""
ROSTER = "id,first_name,last_name,email\nada,Ada,Lovelace,a@x\nbo,Bo,Li,b@x\nzoe,Zoë,van Dijk,z@x\n=1+1,=cmd(),-x,e@x\n"


def run(*arguments: object) -> Result:
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with a deadline, a roster, and no master."""
    (tmp_path / "course.toml").write_text(COURSE.replace("ATTEMPTS", "last"))
    (tmp_path / "roster.csv").write_text(ROSTER)
    return tmp_path


def times(course: Path, **hours_late: float) -> Path:
    due = datetime.fromisoformat("2026-11-30T12:00:00+01:00")
    path = course / "times.csv"
    rows = [f"{name},{(due + timedelta(hours=hours)).isoformat()}\n" for name, hours in hours_late.items()]
    path.write_text("submission,submitted\n" + "".join(rows))
    return path


def table(course: Path, *more: object, exit_code: int = 0) -> dict[str, dict[str, str]]:
    """The plain export's rows, by student or else submission."""
    done = run("export", "csv", course / "out", "-o", course / "scores.csv", "--course", course, *more)
    assert done.exit_code == exit_code, done.stderr
    with (course / "scores.csv").open(newline="", encoding="utf-8") as file:
        return {row["student"] or row["submission"]: row for row in csv.DictReader(file)}


def test_lateness_is_taken_off_with_grace_extension_and_cut_off(course):
    """On time, within the grace, two days late, extended, and too late: each costs what course.toml says."""
    results_folder(course / "out", dict.fromkeys(("ada", "bo", "cy", "di", "ed"), 8.0))
    rows = table(course, "--times", times(course, ada=0, bo=30, cy=0.05, di=25, ed=100))
    assert {name: (row["score"], row["days_late"], row["late_penalty"]) for name, row in rows.items()} == {
        "ada": ("8", "0", "0"),
        "bo": ("8", "0", "0"),
        "cy": ("8", "0", "0"),
        "di": ("6", "2", "2"),
        "ed": ("0", "5", "8"),
    }


def test_a_chapter_counts_what_course_toml_says(course):
    """Scores, their parts and the late penalty are converted in proportion; the percentage stays."""
    text = (course / "course.toml").read_text()
    (course / "course.toml").write_text(text + f"\n[points]\n{CHAPTER} = 25\n")
    results_folder(course / "out", {"ada": 8.0, "di": 8.0, "bo": 0.0})
    rows = table(course, "--times", times(course, ada=0, di=25, bo=0))
    columns = ("score", "max_score", "percent", "automatic", "late_penalty")
    assert {name: tuple(row[column] for column in columns) for name, row in rows.items()} == {
        "ada": ("20", "25", "80.0", "20", "0"),
        "di": ("15", "25", "60.0", "20", "5"),
        "bo": ("0", "25", "0.0", "0", "0"),
    }


def test_submissions_without_a_time_count_as_on_time_and_are_named(course):
    """Nothing is guessed from files: who has no time is told, and so is what Canvas calls late."""
    results_folder(course / "out", {"ada": 8.0, "lovelaceada_LATE_1_2_x": 7.0})
    done = run("export", "csv", course / "out", "-o", course / "s.csv", "--course", course)
    assert (
        "Counted as on time, as nobody told when they came in: ada; lovelaceada_LATE_1_2_x; give --times" in done.stderr
    )
    assert "Canvas calls these late, and does not say how late: lovelaceada_LATE_1_2_x" in done.stderr


@pytest.mark.parametrize(("attempts", "chosen"), [("last", "ada (1)"), ("best", "ada")])
def test_the_last_or_the_best_submission_counts(course, attempts, chosen):
    """Of two submissions of one student course.toml says which counts; the other one is listed."""
    (course / "course.toml").write_text(COURSE.replace("ATTEMPTS", attempts))
    results_folder(course / "out", {"ada": 9.0, "ada (1)": 6.0})
    (course / "times.csv").write_text("submission,submitted\nada,2026-11-29T12:00:00Z\nada (1),2026-11-30T09:00:00Z\n")
    done = run(
        *("export", "csv", course / "out", "-o", course / "s.csv", "--course", course),
        *("--roster", course / "roster.csv", "--times", course / "times.csv"),
    )
    assert done.exit_code == 0
    with (course / "s.csv").open(newline="") as file:
        counted = [row["submission"] for row in csv.DictReader(file) if row["score"]]
    assert counted == [chosen]
    assert "another submission of this student counts: 1" in done.stderr


def test_which_of_several_counts_is_not_guessed(course):
    """Without times there is no last submission: both are listed and neither is exported."""
    results_folder(course / "out", {"ada": 9.0, "ada (1)": 6.0, "bo": 1.0})
    done = run(
        "export", "csv", course / "out", "-o", course / "s.csv", "--course", course, "--roster", course / "roster.csv"
    )
    assert done.exit_code == 1
    assert "one of several, and no telling which counts: ada; ada (1) (ada)" in done.stderr


def test_the_plain_table_has_every_student_and_every_loss(course):
    """Students without a submission, submissions without a student and formulas in names all have a row."""
    results_folder(course / "out", {"ada": 8.0, "zoe": None, "stranger": 3.0, "=1+1": 5.0})
    rows = table(course, "--roster", course / "roster.csv", exit_code=1)
    assert set(rows) == {"ada", "bo", "zoe", "'=1+1", "stranger"}
    assert (rows["ada"]["name"], rows["ada"]["score"], rows["ada"]["percent"]) == ("Ada Lovelace", "8", "80.0")
    assert (rows["bo"]["score"], rows["bo"]["message"]) == ("", "no submission")
    assert rows["zoe"]["message"] == "the grader failed: grade it again"
    assert rows["stranger"]["message"] == "no such student"
    assert rows["'=1+1"]["name"] == "'=cmd() -x"


def test_gradescope_takes_the_results_and_sees_no_hidden_test(course):
    """Each results.json is one that Gradescope knows; hidden cases are hidden there, without name or detail."""
    results_folder(course / "out", {"submission_5": 8.0, "a/../b": 2.0, "submission_6": None})
    folder = course / "gs"
    done = run("export", "gradescope", course / "out", "-o", folder, "--course", course)
    assert done.exit_code == 1
    text = (folder / "submission_5" / "results.json").read_text()
    assert gradescope_results(json.loads(text)) == 8
    assert "secret" not in text
    assert "42" not in text
    assert [test["visibility"] for test in json.loads(text)["tests"]] == ["visible", "hidden"]
    assert (folder / file_stem("a/../b") / "results.json").is_file()
    assert not (folder / "submission_6").exists()
    with (folder / "left-out.csv").open(newline="") as file:
        assert [(row["reason"], row["submission"]) for row in csv.DictReader(file)] == [
            ("the grader failed: grade it again", "submission_6")
        ]


def test_gradescopes_table_of_scores_has_everybody(course):
    """The header is Gradescope's; a group has a row each, who handed in nothing is missing, lateness is in hours."""
    export = course / "assignment_9_export"
    export.mkdir()
    (export / "submission_metadata.yml").write_text(
        "submission_5:\n  :submitters:\n  - {':name': Ada L, ':sid': ada, ':email': ''}\n"
        "  - {':name': Bo, ':sid': '', ':email': b@x}\n  :created_at: 2026-12-01 13:30:05 Z\n"
    )
    results_folder(course / "out", {"submission_5": 8.0})
    done = run(
        *("export", "gradescope", course / "out", "-o", course / "gs", "--course", course),
        *("--roster", course / "roster.csv", "--times", course),
    )
    assert done.exit_code == 0, done.stderr
    with (course / "gs" / "scores.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    assert header == [
        "First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status", "Submission ID",
        "Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count", "1: q1_sum (10.0 pts)",
    ]  # fmt: skip
    assert rows == [
        [
            "Ada",
            "Lovelace",
            "ada",
            "a@x",
            "",
            "6",
            "10",
            "Graded",
            "5",
            "2026-12-01 13:30:05 +0000",
            "26:30:05",
            "0",
            "1",
            "8",
        ],
        ["Bo", "Li", "bo", "b@x", "", "8", "10", "Graded", "5", "2026-12-01 13:30:05 +0000", "00:00:00", "0", "1", "8"],
        ["Zoë", "van Dijk", "zoe", "z@x", "", "", "10", "Missing", "", "", "", "", "", ""],
        ["'=cmd()", "'-x", "'=1+1", "e@x", "", "", "10", "Missing", "", "", "", "", "", ""],
    ]


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own way of adding a submission
def test_a_gradebook_gives_final_scores_and_its_own_lateness(course):
    """Hand marks and the penalty of nbgrader's database are exported; times do not take anything off again."""
    from autograder.records.gradebook.database import open_gradebook

    results_folder(course / "out", {"ada": 8.0, "bo": 4.0})
    url = f"sqlite:///{course / 'gradebook.db'}"
    with open_gradebook(url, create=True) as gradebook:
        gradebook.add_assignment(CHAPTER)
        gradebook.add_notebook(CHAPTER, CHAPTER)
        gradebook.add_grade_cell("auto", CHAPTER, CHAPTER, max_score=10, cell_type="code")
        gradebook.add_grade_cell("hand", CHAPTER, CHAPTER, max_score=5, cell_type="markdown")
        for student, points, marked in (("ada", 8, 3), ("bo", 4, None)):
            gradebook.add_student(student)
            gradebook.add_submission(CHAPTER, student)
            for cell, auto, manual in (("auto", points, None), ("hand", None, marked)):
                grade = gradebook.find_grade(cell, CHAPTER, CHAPTER, student)
                grade.auto_score, grade.manual_score = auto, manual
                grade.needs_manual_grade = cell == "hand" and marked is None
        gradebook.find_submission_notebook(CHAPTER, CHAPTER, "ada").late_submission_penalty = 1
        gradebook.db.commit()
    late = ("--times", times(course, ada=1000, bo=1000))
    for where in (course, url):
        done = run(
            "export", "csv", course / "out", "-o", course / "s.csv", "--course", course, "--gradebook", where, *late
        )
        assert done.exit_code == 0, done.stderr
        assert "Not all written answers of bo are marked" in done.stderr
        assert "tests alone" not in done.stderr
        with (course / "s.csv").open(newline="") as file:
            rows = {row["student"]: row for row in csv.DictReader(file)}
        assert (rows["ada"]["score"], rows["ada"]["max_score"], rows["ada"]["late_penalty"]) == ("10", "15", "1")
        assert (rows["bo"]["score"], rows["bo"]["needs_marking"]) == ("4", "yes")


def test_results_of_two_chapters_or_of_none_are_refused(course):
    """A folder that is no result of one chapter gets a sentence."""
    done = run("export", "csv", course, "-o", course / "s.csv", "--course", course)
    assert done.exit_code == 2
    assert "autograder grade" in done.stderr
