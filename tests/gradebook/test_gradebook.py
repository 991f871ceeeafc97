"""Results reach nbgrader's gradebook, and whatever people add there stays."""

import csv
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import MetadataValidator
from tides import CHAPTER, WHY, WRITTEN, answered, command, grade, gradebook_of, mark_in, nbgrader

from autograder.course import Chapter
from autograder.errors import KitError
from autograder.records.scores.scores import read_gradebook, read_results

Scores = dict[str, dict[str, Any]]


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'gradebook.db'}"


def mark(folder: Path, *who: str, **given: Any) -> None:
    mark_in(url(folder), *who, **given)


def grade_of(folder: Path, student: str, cell: str = WHY) -> dict[str, Any]:
    with Gradebook(url(folder)) as gradebook:
        return gradebook.find_grade(cell, CHAPTER, CHAPTER, student).to_dict()


def comment_of(folder: Path, student: str, cell: str) -> tuple[str | None, str | None]:
    with Gradebook(url(folder)) as gradebook:
        comment = gradebook.find_comment(cell, CHAPTER, CHAPTER, student)
        return comment.auto_comment, comment.manual_comment


def test_sums_equal_the_table_of_grades(graded: Path, book: Path, scores: Scores):
    """Every submission's automatic points are those of grades.csv, with cells deleted, doubled and edited."""
    with (graded / "grades.csv").open(encoding="utf-8") as file:
        table = {row["submission"]: row for row in csv.DictReader(file)}
    assert {name: row["automatic"] for name, row in scores.items()} == {n: float(r["score"]) for n, r in table.items()}
    assert {name: row["status"] for name, row in scores.items()} == {name: r["status"] for name, r in table.items()}
    assert [row["automatic"] for row in scores.values()] == [5, 2 + 1, 3, 3, 0, 0]
    with Gradebook(url(book)) as gradebook:
        for row in table.values():
            for question in ("q1_height", "q2_floods"):
                found = gradebook.find_grade(f"{question}-check", CHAPTER, CHAPTER, row["submission"])
                assert (found.auto_score, found.manual_score) == (float(row[question]), None)


def test_only_written_answers_wait_for_a_person(scores: Scores):
    """Whoever wrote something is to be marked; who left the answer blank, or was rejected, has 0 already."""
    assert {name for name, row in scores.items() if row["needs_marking"]} == {"ada", "cyd", "dov"}


def test_a_rejected_submission_says_why(book: Path, scores: Scores):
    """It has a row with 0 points, and its notebook and its comments say the reason."""
    assert (scores["fay"]["score"], scores["fay"]["status"]) == (0, "rejected")
    assert ".pdf" in scores["fay"]["message"]
    notebook = nbformat.read(book / f"autograded/fay/{CHAPTER}/{CHAPTER}.ipynb", as_version=4)
    assert ".pdf" in notebook.cells[0].source
    assert ".pdf" in str(comment_of(book, "fay", "q1_height-answer-1")[0])


def test_notebooks_are_nbgraders(book: Path):
    """Each holds every graded cell of the chapter once, in nbgrader's format, and no model answer."""
    files = sorted((book / "autograded").glob(f"*/{CHAPTER}/{CHAPTER}.ipynb"))
    assert len(files) == 6
    for file in files:
        notebook = nbformat.read(file, as_version=4)
        nbformat.validate(notebook)
        MetadataValidator().validate_nb(notebook)
        marked = [cell.metadata.nbgrader for cell in notebook.cells if "nbgrader" in cell.metadata]
        assert sorted(one.grade_id for one in marked if one.grade) == ["q1_height-check", "q2_floods-check", WHY]
        assert "Rubric" not in file.read_text(encoding="utf-8")
        if file.parts[-3] in ("ada", "cyd", "dov"):
            (written,) = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == WHY]
            assert written.source == WRITTEN


def test_comments_tell_the_cases_and_nothing_hidden(book: Path):
    """The comment at an answer has each case with its message; a hidden test keeps its name and its code."""
    text, by_hand = comment_of(book, "bo", "q1_height-answer-1")
    assert "`test_start` passed, 1 of 1" in str(text)
    assert "Hidden check 1 not passed, 0 of 2: At some hour the height or the mean is wrong." in str(text)
    assert "test_later" not in str(text)
    assert by_hand is None


def test_a_regrade_keeps_marks_comments_and_extra_credit(regraded: Path, tides: Chapter, book: Path):
    """What people gave to answers that are as they were is there, and nothing asks for another look."""
    mark(book, "dov", manual_score=3.5, extra_credit=0.5, comment="Good.")
    mark(book, "cyd", "q1_height-check", manual_score=1.0)
    rows = {row["student"]: row for row in gradebook_of(tides, regraded, book)}
    assert grade_of(book, "dov") | {"id": ""} == {
        "id": "", "name": WHY, "notebook": CHAPTER, "assignment": CHAPTER, "student": "dov", "auto_score": None,
        "manual_score": 3.5, "extra_credit": 0.5, "max_score": 4.0, "needs_manual_grade": False,
        "failed_tests": False, "cell_type": "markdown",
    }  # fmt: skip
    assert comment_of(book, "dov", WHY) == (None, "Good.")
    assert (rows["dov"]["score"], rows["dov"]["by_hand"], rows["dov"]["extra_credit"]) == (7, 3.5, 0.5)
    assert (rows["cyd"]["automatic"], rows["cyd"]["by_hand"], rows["cyd"]["score"]) == (0, 1, 1)
    assert not rows["dov"]["needs_marking"]
    assert not grade_of(book, "cyd", "q1_height-check")["needs_manual_grade"]


def test_a_mark_for_a_changed_answer_stays_and_asks_for_another_look(regraded: Path, tides: Chapter, book: Path):
    """Another text, or other points of the tests, flag the marks that were given to them, until a person decides."""
    mark(book, "ada", manual_score=3.0)
    mark(book, "bo", "q1_height-check", extra_credit=1.0)
    for _ in range(2):  # nothing but a person takes a flag away
        rows = {row["student"]: row for row in gradebook_of(tides, regraded, book)}
        assert {name for name, row in rows.items() if row["needs_marking"]} == {"ada", "bo", "cyd", "dov"}
        assert (rows["ada"]["by_hand"], rows["bo"]["extra_credit"], rows["bo"]["automatic"]) == (3, 1, 5)
    mark(book, "ada", manual_score=1.0)
    rows = {row["student"]: row for row in gradebook_of(tides, regraded, book)}
    assert (rows["ada"]["by_hand"], rows["ada"]["needs_marking"]) == (1, False)


def test_running_twice_changes_nothing(graded: Path, tides: Chapter, book: Path, scores: Scores):
    """The second run prints the same scores and leaves the same rows and files."""

    def rows() -> list[str]:
        with Gradebook(url(book)) as gradebook:
            submissions = gradebook.assignment_submissions(CHAPTER)
            return sorted(str(grade.to_dict()) for s in submissions for n in s.notebooks for grade in n.grades)

    files = {path: path.read_bytes() for path in book.rglob("*") if path.is_file() and path.suffix != ".db"}
    before = rows()
    assert gradebook_of(tides, graded, book) == list(scores.values())
    assert {path: path.read_bytes() for path in files} == files
    assert rows() == before


def test_a_run_that_was_cut_off_is_finished_by_the_next(graded: Path, tides: Chapter, tmp_path: Path):
    """If one student's rows cannot be written, those before are whole, and a later run adds the others."""
    broken = tmp_path / "broken"
    shutil.copytree(graded, broken)
    (broken / "notebooks/cyd.ipynb").write_text("{")
    result = command("gradebook", broken, "--course-dir", tmp_path / "nbgrader", course=tides.course.root)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cyd.ipynb" in result.stderr
    assert [score.student for score in read_gradebook(url(tmp_path / "nbgrader"), CHAPTER)] == ["ada", "bo"]
    assert len(gradebook_of(tides, graded, tmp_path / "nbgrader")) == 6


def test_late_work_loses_points_and_the_best_of_several_counts(graded: Path, tides: Chapter, tmp_path: Path):
    """With a deadline, a roster and times, each student has one row, with the penalty of the course's policy."""
    root = tmp_path / "course"
    shutil.copytree(tides.course.root, root)
    policy = f'[due]\n{CHAPTER} = 2026-05-01T12:00:00Z\n[late]\npercent_per_day = 10\nattempts = "best"\n'
    with (root / "course.toml").open("a", encoding="utf-8") as file:
        file.write(policy)
    (root / "roster.csv").write_text("id,name\nada,Ada Lovelace\nbo,Bo <b>Li</b>\n", encoding="utf-8")
    submissions = root / "class"
    submissions.mkdir()
    for name, notebook in {
        "ada": answered(tides, None, q2_floods="floods_a_day = 1"),
        "ada (1)": answered(tides, None),
    }.items():
        nbformat.write(notebook, submissions / f"{name}.ipynb")
    for name in ("bo", "gus"):
        nbformat.write(answered(tides), submissions / f"{name}.ipynb")
    (root / "times.csv").write_text(
        "submission,submitted\nada,2026-05-01T10:00:00Z\nada (1),2026-05-01T11:00:00Z\nbo,2026-05-03T11:00:00Z\n"
    )
    chapter = type(tides)(CHAPTER, type(tides.course)(root, "Tides", (CHAPTER,), tides.course.limits))
    grade(chapter, submissions, root / "out")
    folder = tmp_path / "nbgrader"
    words = ("gradebook", root / "out", "--course-dir", folder, "--roster", root / "roster.csv")
    result = command(*words, "--times", root / "times.csv", course=root)
    assert result.exit_code == 1  # gus is in no roster
    assert "gus: no such student" in result.stderr
    scores = {score.student: score for score in read_gradebook(url(folder), CHAPTER)}
    assert (scores["ada"].submission, scores["ada"].score, scores["ada"].late_penalty) == ("ada (1)", 5, 0)
    assert (scores["bo"].late_penalty, scores["bo"].score) == (pytest.approx(1.8), pytest.approx(3.2))  # 2 days of 9
    with Gradebook(url(folder)) as gradebook:
        assert gradebook.find_assignment(CHAPTER).duedate.isoformat() == "2026-05-01T12:00:00"
        assert gradebook.find_submission(CHAPTER, "bo").total_seconds_late == 47 * 3600
        assert (gradebook.find_student("bo").first_name, gradebook.find_student("ada").last_name) == ("Bo", "Lovelace")
        assert "<" not in str(gradebook.find_student("bo").last_name)


def test_a_chapter_that_lost_a_marked_question_is_refused(tides: Chapter, book: Path):
    """A cell goes with its chapter only as long as no person has marked it."""
    from autograder.authoring.nbgrader_source import source_notebook
    from autograder.records.gradebook.gradebook import write_assignment

    source = source_notebook(tides)
    source.cells = [cell for cell in source.cells if "q3_why" not in cell.id]
    mark(book, "ada", manual_score=3.0)
    with Gradebook(url(book)) as gradebook, pytest.raises(KitError, match="q3_why-response"):
        write_assignment(gradebook, CHAPTER, source, None)
    mark(book, "ada", manual_score=None)
    with Gradebook(url(book)) as gradebook:
        write_assignment(gradebook, CHAPTER, source, None)
    assert {score.max_score for score in read_gradebook(url(book), CHAPTER)} == {5}


def test_another_database_is_known_to_nbgrader(graded: Path, tides: Chapter, tmp_path: Path):
    """A URL given with --db is written into the configuration, so nbgrader's own commands find the scores."""
    database, folder = tmp_path / "elsewhere.db", tmp_path / "nbgrader"
    words = ("gradebook", graded, "--course-dir", folder, "--db", f"sqlite:///{database}")
    assert command(*words, course=tides.course.root).exit_code == 0
    assert not (folder / "gradebook.db").exists()
    nbgrader("export", "--to", "grades.csv", cwd=folder)
    with (folder / "grades.csv").open(encoding="utf-8") as file:
        assert {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}["ada"] == 5
    assert {path.stat().st_mode & 0o077 for path in (database, folder / "nbgrader_config.py")} == {0}


@pytest.mark.parametrize("place", ["student/01_tides", "solutions", "assignments/01_tides/data"])
def test_a_gradebook_that_submissions_could_see_is_refused(graded: Path, tides: Chapter, place: str):
    """No gradebook is made among the files of a chapter."""
    folder = tides.course.root / place
    result = command("gradebook", graded, "--course-dir", folder, course=tides.course.root)
    assert result.exit_code == 2
    assert "submissions may see" in result.stderr
    assert not (folder / "gradebook.db").exists()


def test_wrong_input_is_told_in_a_sentence(graded: Path, tides: Chapter, tmp_path: Path):
    """No results, stale results, a URL that is none, a database that is none."""
    stale = tmp_path / "stale"
    shutil.copytree(graded, stale)
    table = stale / "grades.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("ada,graded,5", "ada,graded,4"), encoding="utf-8")
    (tmp_path / "text.db").write_text("no database")
    folder = tmp_path / "nbgrader"
    for words, told in {
        (tmp_path, "--course-dir", folder): "grades.csv",
        (stale, "--course-dir", folder): "disagree on 'ada'",
        (graded, "--course-dir", folder, "--db", "gradebook"): "SQLAlchemy URL",
        (graded, "--course-dir", folder, "--db", f"sqlite:///{tmp_path / 'text.db'}"): "not a database",
        (graded, "--course-dir", folder, "--db", "oracle://a@b/c"): "driver of this database is missing",
    }.items():
        result = command("gradebook", *words, course=tides.course.root)
        assert result.exit_code == 2, words
        assert told in result.stderr
    with pytest.raises(KitError, match="no such gradebook"):
        read_gradebook(f"sqlite:///{tmp_path / 'none.db'}", CHAPTER)


def test_results_alone_have_no_marks(graded: Path):
    """Without a gradebook the scores are those of the tests, one per row of grades.csv."""
    scores = read_results(graded)
    assert [(score.student, score.score) for score in scores] == [
        ("ada", 5), ("bo", 3), ("cyd", 3), ("dov", 3), ("eli", 0), ("fay", 0),
    ]  # fmt: skip
    assert not any(score.by_hand or score.needs_marking for score in scores)
