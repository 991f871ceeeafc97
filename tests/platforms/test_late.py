"""Lateness costs what course.toml says, and times come only from what platforms tell."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import unhurried

from autograder.course import Attempts, Course, LatePolicy, PercentOf, read_course
from autograder.errors import KitError
from autograder.records.scores.late import Attempt, choose, days_late, deadline, is_cut_off, late_penalty
from autograder.records.scores.times import parse_time, read_handed

DUE = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
POLICY = LatePolicy(percent_per_day=10, grace_minutes=15, cutoff_days=3)
TOML = """\
chapters = ["01_a", "02_b"]

[due]
01_a = 2026-11-30T23:59:00+01:00

[late]
percent_per_day = 12.5
percent_of = "score"
grace_minutes = 10
cutoff_days = 7
attempts = "best"

[late.extensions.01_a]
"ada@uni.example" = 2026-12-03T23:59:00+01:00
"""


def course(tmp_path: Path, text: str = TOML) -> Course:
    (tmp_path / "course.toml").write_text(text, encoding="utf-8")
    return read_course(tmp_path)


def test_course_toml_tells_deadlines_and_policy(tmp_path):
    """All keys are read; an extension replaces the deadline of its student and chapter only."""
    read = course(tmp_path)
    assert (read.late.percent_per_day, read.late.percent_of, read.late.attempts) == (
        12.5,
        PercentOf.SCORE,
        Attempts.BEST,
    )
    assert deadline(read, "01_a", "bo") == datetime(2026, 11, 30, 22, 59, tzinfo=UTC)
    assert deadline(read, "01_a", "ada@uni.example") == datetime(2026, 12, 3, 22, 59, tzinfo=UTC)
    assert deadline(read, "02_b", "ada@uni.example") is None


def test_a_course_without_these_keys_has_no_deadlines_and_no_penalty(tmp_path):
    """Both tables may be left out."""
    read = course(tmp_path, 'chapters = ["01_a"]\n')
    assert (dict(read.due), read.late) == ({}, LatePolicy())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("2026-11-30T23:59:00+01:00", "2026-11-30T23:59:00", "due.01_a must be a date and time with its time zone"),
        ("2026-11-30T23:59:00+01:00", '"2026-11-30T23:59:00+01:00"', "without quotation marks"),
        ("2026-11-30T23:59:00+01:00", "2026-11-30", "due.01_a must be a date and time"),
        ("01_a = 2026-11-30", "03_c = 2026-11-30", "unknown key due.03_c; known are 01_a, 02_b"),
        ("12.5", "-1", "late.percent_per_day must be a number, 0 to 100, found -1"),
        ("12.5", "true", "late.percent_per_day"),
        ("12.5", "nan", "late.percent_per_day"),
        ("grace_minutes = 10", "grace_minutes = -1", "late.grace_minutes must be a number, 0 or more"),
        ("cutoff_days = 7", "cutoff_days = 1.5", "late.cutoff_days must be a whole number"),
        ('"score"', '"points"', 'late.percent_of must be "maximum" or "score", found \'points\''),
        ('"best"', "1", 'late.attempts must be "last" or "best"'),
        ("cutoff_days", "cut_off", "unknown key late.cut_off"),
        ("extensions.01_a", "extensions.02_b", "extends a deadline that is not there: give due.02_b"),
        ("2026-12-03", "2026-11-03", "before the deadline of the class"),
        (TOML[TOML.index("[late.extensions") :], "extensions = 3\n", "late.extensions must have a table"),
        (
            TOML[TOML.index("[late.extensions") :],
            "[points]\n01_a = 0\n",
            "points.01_a must be a number greater than 0, found 0",
        ),
        (TOML[TOML.index("[late.extensions") :], "[points]\n01_a = inf\n", "points.01_a must be"),
        (
            TOML[TOML.index("[late.extensions") :],
            "[points]\n03_c = 5\n",
            "unknown key points.03_c; known are 01_a, 02_b",
        ),
    ],
)
def test_a_wrong_value_in_course_toml_gets_a_sentence(tmp_path, old, new, told):
    """Each key is checked; the message says what was expected and what was found."""
    assert old in TOML
    with pytest.raises(KitError, match=r"course\.toml: ") as err:
        course(tmp_path, TOML.replace(old, new, 1))
    assert told in str(err.value)


@pytest.mark.parametrize(
    ("late", "days"),
    [
        (timedelta(days=-2), 0),
        (timedelta(0), 0),
        (timedelta(minutes=15), 0),
        (timedelta(minutes=15, seconds=1), 1),
        (timedelta(days=1), 1),
        (timedelta(days=1, seconds=1), 2),
    ],
)
def test_each_started_day_counts_once_grace_is_over(late, days):
    """Within the grace nothing is late; after it, lateness is counted from the deadline."""
    assert days_late(DUE + late, DUE, POLICY) == days


def test_a_penalty_is_a_share_of_the_maximum_or_of_the_score():
    """Two days at ten percent: of 20 points, or of the 8 that were earned."""
    assert late_penalty(8, 20, 2, POLICY) == pytest.approx(4)
    assert late_penalty(8, 20, 2, LatePolicy(10, PercentOf.SCORE)) == pytest.approx(1.6)
    assert late_penalty(3, 20, 2, POLICY) == 3  # no score below zero
    assert late_penalty(8, 20, 4, POLICY) == 8  # beyond the cut-off
    assert (is_cut_off(3, POLICY), is_cut_off(4, POLICY)) == (False, True)


@unhurried
@given(
    st.floats(0, 1000), st.floats(0, 1000), st.integers(0, 400), st.sampled_from(PercentOf), st.floats(0, 100),
    st.none() | st.integers(0, 5),
)  # fmt: skip
def test_a_penalty_never_exceeds_the_score_and_grows_with_the_days(score, maximum, days, of, percent, cutoff):
    """Whatever the policy: between 0 and the score, nothing on time, and never less for a later day."""
    policy = LatePolicy(percent, of, cutoff_days=cutoff)
    taken = [late_penalty(score, maximum, day, policy) for day in (0, days, days + 1)]
    assert taken[0] == 0
    assert 0 <= taken[1] <= taken[2] <= score


def attempt(name: str, hour: int | None, score: float | None) -> Attempt:
    return Attempt(name, None if hour is None else DUE + timedelta(hours=hour), score)


def test_best_or_last_of_several_submissions():
    """The last by time, the best by score; of equally good ones the later."""
    first, second, third = attempt("a", 2, 5), attempt("b", 1, 9), attempt("c", 0, 9)
    assert choose([first, second, third], Attempts.LAST) == first
    assert choose([third, second, first], Attempts.BEST) == second
    assert choose([first], Attempts.LAST) == first
    assert choose([], Attempts.BEST) is None


def test_what_cannot_be_told_is_not_chosen():
    """Without a time there is no last one, without a score no best one, and two at the same moment are both the last."""
    assert choose([attempt("a", None, 1), attempt("b", 1, 2)], Attempts.LAST) is None
    assert choose([attempt("a", 1, 1), attempt("b", 1, 2)], Attempts.LAST) is None
    assert choose([attempt("a", 1, None), attempt("b", 2, 2)], Attempts.BEST) is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-30T23:59:00Z",
        "2026-12-01 00:59:00 +0100",
        "2026-11-30 23:59:00.000000 UTC",
        "2026-11-30 15:59:00 -08:00",
    ],
)
def test_a_moment_is_read_as_platforms_write_it(text):
    """ISO 8601, Gradescope's and nbgrader's forms are one moment."""
    assert parse_time(text) == DUE


def test_times_of_a_csv_and_of_gradescopes_scores(tmp_path):
    """Both tables give times by the submission's name; who handed in nothing has none."""
    own, scores = tmp_path / "times.csv", tmp_path / "scores.csv"
    own.write_text("submission,submitted\nada,2026-11-30T23:59:00Z\n")
    scores.write_text("SID,Email,Submission ID,Submission Time\n1,a,77,2026-11-30 23:59:00 +0000\n2,b,,\n")
    assert read_handed(own).times == {"ada": DUE}
    assert read_handed(scores).times == {"submission_77": DUE}


def test_times_of_a_folder_that_nbgrader_collected(tmp_path):
    """The chapter's own timestamp counts; without one a submission has no time, whatever its file's date."""
    for place, text in {"ada/01_a": "2026-11-30 23:59:00.000000 UTC", "ada/02_b": "2026-12-30 23:59:00 UTC"}.items():
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "timestamp.txt").write_text(f"{text}\n")
    (tmp_path / "bo").mkdir()
    assert read_handed(tmp_path, "01_a").times == {"ada": DUE}


def test_a_timestamp_that_a_student_uploaded_is_not_believed(tmp_path):
    """Beside Gradescope's metadata, a timestamp.txt in a submission is the student's own."""
    (tmp_path / "submission_1").mkdir()
    (tmp_path / "submission_1" / "timestamp.txt").write_text("2020-01-01 00:00:00 UTC")
    (tmp_path / "submission_metadata.yml").write_text("submission_1:\n  :created_at: 2026-11-30 23:59:00 Z\n")
    assert read_handed(tmp_path).times == {"submission_1": DUE}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "t.csv",
            "submission,submitted\nada,2026-11-30T23:59:00\n",
            "line 2: expected a date and time with its time zone",
        ),
        ("t.csv", "submission,submitted\nada,soon\n", "found 'soon'"),
        ("t.csv", "a,b\n1,2\n", "expected the columns submission and submitted"),
        ("t.csv", "submission,submitted\na,2026-11-30T23:59Z\na,2026-11-30T23:58Z\n", "line 3: 'a' has another time"),
        ("m.yml", "- 1\n", "expected Gradescope's metadata"),
        ("m.yml", "a: [\n", "cannot be read as Gradescope's metadata"),
        ("m.yml", "a: !!python/object/apply:os.system [exit]\n", "cannot be read as Gradescope's metadata"),
    ],
)
def test_wrong_times_get_a_sentence(tmp_path, name, text, told):
    """What is no time, or no table of times, is told with file and line; YAML runs nothing."""
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(KitError) as err:
        read_handed(path)
    assert told in str(err.value)
