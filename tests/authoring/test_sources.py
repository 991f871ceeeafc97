"""Source exercises: every one is asked, pending for a reason, or told; the page of coverage is up to date."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from autograder.authoring.sources import (
    COVERAGE_FILE,
    Claim,
    Document,
    Exercise,
    Sources,
    coverage,
    coverage_page,
    problems,
    read_claims,
    read_sources,
)
from autograder.cli import main
from autograder.course import Chapter, Course, Limits, read_course
from autograder.errors import KitError

ROOT = Path(__file__).parents[2]
SOURCES = """\
[chapters]
01_sample = ["udl-1", "cs"]
02_later = ["udl-2"]

[pending]

[documents.udl]
title = "Booklet"
about = "Answers."
exercises = [
    ["udl-1.1", "Problem 1.1", "doubling"],
    ["udl-1.2", "Problem 1.2", "halving"],
    ["udl-2.1", "Problem 2.1", "later things"],
]

[documents.cs]
title = "Questions"
about = "Of a course."
exercises = [["cs-1", "question 1", "shift"], ["cs-2", "question 2", "prose"]]
"""


@pytest.fixture
def make(make_chapter: Callable[..., Chapter], good: str) -> Callable[..., Course]:
    """The course of the good master, which claims four exercises, with a sources.toml."""

    def make_course(sources: str = SOURCES, master: str = good) -> Course:
        course = make_chapter(master).course
        (course.root / "assignments" / "sources.toml").write_text(sources, encoding="utf-8")
        return course

    return make_course


def run(course: Course, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["sources", "--course", str(course.root), *arguments])


def told(course: Course) -> list[str]:
    sources, claims = read_sources(course), read_claims(course)
    return list(problems(sources, claims, coverage(sources, claims, course)))


def test_all_exercises_of_the_four_documents_are_listed():
    """339 exercises, 181, 129 and 29 of each kind, each in a chapter, with a topic of a few words."""
    sources = read_sources(read_course(ROOT))
    assert [len(document.exercises) for document in sources.documents] == [181, 129, 29]
    assert len(sources.chapters) == 20 and list(sources.chapters) == sorted(sources.chapters)
    assert {exercise.chapter for exercise in sources.exercises} == set(sources.chapters)
    assert all(len(exercise.topic) <= 45 for exercise in sources.exercises)


def test_course_leaves_no_exercise_out_and_its_page_is_up_to_date():
    """What is committed as docs/coverage.md is what the masters and sources.toml say, without a problem."""
    course = read_course(ROOT)
    sources, claims = read_sources(course), read_claims(course)
    chapters = coverage(sources, claims, course)
    assert list(problems(sources, claims, chapters)) == []
    assert (ROOT / COVERAGE_FILE).read_text(encoding="utf-8") == coverage_page(sources, chapters), (
        "run 'autograder sources --write'"
    )


def test_exercise_of_a_chapter_to_come_is_pending(make: Callable[..., Course]):
    """What no chapter of the course could ask yet is pending, and no mistake."""
    course = make()
    first, later = coverage(read_sources(course), read_claims(course), course)
    assert (set(first.covered), first.pending, first.uncovered) == ({"udl-1.1", "udl-1.2", "cs-1", "cs-2"}, {}, [])
    assert (later.covered, list(later.pending), later.uncovered) == ({}, ["udl-2.1"], [])
    assert told(course) == []


def test_exercise_that_is_left_out_is_told(make: Callable[..., Course], good: str):
    """An exercise of a chapter that is there, asked by nobody, is a problem that names chapter, id and topic."""
    (problem,) = told(make(master=good.replace("udl-1.1 udl-1.2", "udl-1.1")))
    assert "01_sample" in problem and "udl-1.2 (halving)" in problem


def test_exercise_listed_as_pending_is_no_problem(make: Callable[..., Course], good: str):
    """A reason under [pending] excuses an exercise, until a question asks it."""
    course = make(SOURCES.replace("[pending]", '[pending]\n"udl-1.2" = "needs a figure"'), good.replace(" udl-1.2", ""))
    assert told(course) == []
    assert coverage(read_sources(course), read_claims(course), course)[0].pending == {"udl-1.2": "needs a figure"}
    course.chapters[0].master.write_text(good)
    (problem,) = told(course)
    assert "q1_double" in problem and "lists as pending" in problem


def test_claim_of_an_unknown_exercise_is_told_with_its_place(make: Callable[..., Course], good: str):
    """A misspelt id names the master and the question, and what it was to cover is told, too."""
    unknown, left_out = told(make(master=good.replace("udl-1.1 udl-1.2", "udl-1.1 udl-12")))
    assert "assignments/01_sample/master.py, question q1_double" in unknown and "'udl-12'" in unknown
    assert "udl-1.2" in left_out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[chapters]", "[chapters", "cannot be read as TOML"),
        ("[pending]", "[later]", "unknown key later"),
        ('"udl-1", "cs"', '"udl-1"', "no chapter lists the group 'cs' of cs-1"),
        ('["udl-2"]', '["udl-2", "udl-9"]', "no exercise belongs to the group udl-9"),
        ('["udl-2"]', '"udl-2"', "chapters.02_later must be a list"),
        ('["udl-2"]', '["udl-2", "cs"]', "cs is listed twice"),
        ('"udl-1.2", "P', '"udl-1.1", "P', "udl-1.1 is listed twice"),
        (', "halving"', "", "an exercise is a list"),
        ('"udl-1.2"', '"udl-one"', "'udl-one' is no id"),
        ("[pending]", '[pending]\n"udl-7.1" = "x"', "udl-7.1 is listed as pending, but is no exercise"),
        ("[pending]", '[pending]\n"udl-1.1" = 3', "each reason a text"),
        ('about = "Answers."', "", "each document has title, about and exercises"),
        ('about = "Answers."', "about = 3", "are texts"),
    ],
)
def test_mistakes_in_the_list_are_one_sentence(make: Callable[..., Course], old: str, new: str, words: str):
    """The file, the place and the remedy; exit code 2."""
    assert old in SOURCES
    course = make(SOURCES.replace(old, new, 1))
    with pytest.raises(KitError, match=words.replace("(", r"\(")) as caught:
        read_sources(course)
    assert "sources.toml" in str(caught.value) and "\n" not in str(caught.value)


def test_command_prints_table_and_problems(make: Callable[..., Course], good: str):
    """One row per chapter on standard output, problems on standard error, exit code 1 if there are any."""
    done = run(make())
    assert (done.exit_code, done.stderr) == (0, "") and "01_sample" in done.stdout and "02_later" in done.stdout
    done = run(make(master=good.replace("udl-1.1 udl-1.2", "udl-1.1")))
    assert done.exit_code == 1 and "no question asks udl-1.2" in done.stderr


def test_command_gives_json(make: Callable[..., Course], tmp_path: Path):
    """A file beside the table, or standard output in place of it; the same both times."""
    course, file = make(), tmp_path / "new" / "count.json"
    assert run(course, "--json", str(file)).exit_code == 0
    printed = json.loads(run(course, "--json", "-").stdout)
    assert json.loads(file.read_text()) == printed
    assert printed["chapters"][0]["covered"]["cs-1"] == [
        {
            "exercise": "cs-1",
            "chapter": "01_sample",
            "question": "q2_shift",
            "master": "assignments/01_sample/master.py",
        }
    ]
    assert printed["problems"] == []
    assert run(course, "--json", str(tmp_path)).exit_code == 2


def test_old_page_is_told_and_written_anew(make: Callable[..., Course]):
    """A page that is out of date is a problem, --write mends it; a course without a page needs none."""
    course = make()
    page = course.root / COVERAGE_FILE
    assert run(course).exit_code == 0 and not page.exists()
    assert run(course, "--write").exit_code == 0
    text = page.read_text()
    assert "| udl-1.2 | Problem 1.2 | halving | 01_sample: q1_double |" in text
    assert "| udl-2.1 | Problem 2.1 | later things | not yet (02_later) |" in text
    page.write_text(text.replace("halving", "other"))
    done = run(course)
    assert done.exit_code == 1 and "autograder sources --write" in done.stderr
    assert run(course, "--write").exit_code == 0 and page.read_text() == text


def test_course_without_a_list_is_one_sentence(chapter: Chapter):
    """Someone else's course has no sources.toml, and is told so."""
    done = run(chapter.course)
    assert done.exit_code == 2 and "lists no exercises" in done.stderr and "Traceback" not in done.stderr


IDS = [f"a-{n}" for n in range(6)]


@given(
    there=st.sets(st.sampled_from(["01", "02"])),
    claimed=st.lists(st.sampled_from([*IDS, "b-9"])),
    excused=st.sets(st.sampled_from(IDS)),
)
def test_every_exercise_is_covered_pending_or_uncovered(there: set[str], claimed: list[str], excused: set[str]):
    """Each exercise has exactly one state, and there is a problem for each stray claim and each one left out."""
    exercises = tuple(Exercise(id_, "", "", "01" if n < 3 else "02") for n, id_ in enumerate(IDS))
    sources = Sources(Path("sources.toml"), (Document("", "", exercises),), ("01", "02"), dict.fromkeys(excused, "why"))
    claims = [Claim(id_, "01", "q", "master.py") for id_ in claimed]
    chapters = coverage(sources, claims, Course(Path(), "", tuple(there), Limits()))
    states = [id_ for c in chapters for id_ in [*c.covered, *c.pending, *(left.id for left in c.uncovered)]]
    assert sorted(states) == IDS
    left_out = {e.id for e in exercises if e.chapter in there} - set(claimed) - excused
    assert {left.id for c in chapters for left in c.uncovered} == left_out
    strays = [id_ for id_ in claimed if id_ == "b-9" or id_ in excused]
    assert len(list(problems(sources, claims, chapters))) == len(strays) + len(left_out)
