"""``autograder regrade``: after a test was changed only that is judged again, and the grade diff says what came of it."""

import csv
import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.batch.changes import changes
from autograder.batch.past import PastRun, read_run, write_run
from autograder.batch.store import Store
from autograder.commands.grade import run_grade
from autograder.commands.grade_request import GradeRequest
from autograder.commands.regrade import RegradeRequest, run_regrade
from autograder.errors import KitError
from autograder.results import CaseResult, Outcome, QuestionResult, Status, SubmissionResult

CHAPTER = "01_small"
HEAD = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "{name}"
points = None

def log():
    with open({log!r}, "a") as file:
        file.write("{name}\\n")

"""
TESTS = {
    "q1": """\
@test_case(points=1, hidden=False)
def test_public(twice):
    log()
    assert twice(2) == 4

@test_case(points=2, hidden=True, failure_message="fractions, too")
def test_hidden(twice):
    assert twice(0.25) == 0.5
""",
    "q2": """\
@test_case(points=3, hidden=True)
def test_half(half):
    log()
    assert half(3) == 1.5
""",
}
LENIENT = TESTS["q1"].replace("twice(0.25) == 0.5", "twice(0.25) > 0")
GOOD = ("def twice(x): return 2 * x", "def half(x): return x / 2")
CLASS = {
    "ada": GOOD,
    "bob": ("def twice(x): return x + 2", GOOD[1], "import otter\notter.Notebook().check('q2')"),
    "cyd": (GOOD[0], "import os\ndef half(x): os._exit(1)"),
}
GRADED_AGAIN = {"ada", "bob", "cyd"}


class Course:
    """A small course with its class, and the questions that were judged there."""

    def __init__(self, root: Path):
        self.root, self.out, self.submissions = root, root / "out", root / "submissions"
        self.log = root / "judged.txt"

    def write_tests(self, **tests: str) -> None:
        folder = self.root / "solutions" / CHAPTER / "tests"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, text in tests.items():
            (folder / f"{name}.py").write_text(HEAD.format(name=name, log=str(self.log)) + text)

    def submit(self, name: str, *sources: str) -> None:
        cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in sources]
        text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
        (self.submissions / f"{name}.ipynb").write_text(text)

    def judged(self) -> list[str]:
        """The questions that were judged since this was last asked, once for each submission."""
        told = sorted(self.log.read_text().split()) if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return told

    def grade(self) -> None:
        request = GradeRequest(
            target=CHAPTER, submissions=self.submissions, out=self.out, course_dir=self.root, as_json=True, jobs=1,
            isolation="none", image="", fresh_container=False, gpus=None, gpu_slots=1, cluster=None, cell_timeout=None,
            timeout=None, memory=None, regrade=False, trust=True, release=None,
        )  # fmt: skip
        assert run_grade(request) == 0

    def regrade(self, dry_run: bool = False, **changes: object) -> int:
        request = RegradeRequest(CHAPTER, self.out, None, self.root, dry_run, 1, trust=True, as_json=True)
        return run_regrade(replace(request, **changes))

    def result(self, name: str) -> SubmissionResult:
        result = Store(self.out).read(name)
        assert result is not None
        return result

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.out)): path.read_bytes() for path in self.out.rglob("*") if path.is_file()}

    def scores(self) -> dict[str, str]:
        with (self.out / "grades.csv").open(newline="") as file:
            return {row["submission"]: row["score"] for row in csv.DictReader(file)}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """The course, its class graded."""
    course = Course(tmp_path)
    (tmp_path / "course.toml").write_text(f'chapters = ["{CHAPTER}"]\n')
    course.write_tests(**TESTS)
    course.submissions.mkdir()
    for name, sources in CLASS.items():
        course.submit(name, *sources)
    (course.submissions / "dan.pdf").write_text("%PDF")
    course.grade()
    assert course.judged() == ["q1"] * 3 + ["q2"] * 3
    assert course.scores() == {"ada": "6", "bob": "4", "cyd": "3", "dan": "0"}
    return course


@pytest.mark.slow
def test_only_the_changed_question_is_judged_and_the_diff_says_what_changed(
    course: Course, capsys: pytest.CaptureFixture[str]
):
    """Dry first, which touches nothing; then in place, with the same diff; the old results are kept; then there is
    nothing left to do."""
    before = course.files()
    course.write_tests(**TESTS | {"q1": LENIENT})
    capsys.readouterr()

    assert course.regrade(dry_run=True) == 0
    dry = capsys.readouterr()
    assert course.files() == before
    assert course.judged() == ["q1"] * 3
    assert "To be judged again: q1 (3 of 4)" in dry.err

    assert course.regrade() == 0
    told = json.loads(capsys.readouterr().out)
    assert course.judged() == ["q1"] * 3
    assert told["changes"] == json.loads(dry.out)["changes"]
    assert {change["submission"] for change in told["changes"]} == GRADED_AGAIN
    (bob,) = [change for change in told["changes"] if change["before"] != change["after"]]
    assert (bob["submission"], bob["before"]["score"], bob["after"]["score"]) == ("bob", 4, 6)
    assert bob["cases"] == [
        {
            "question": "q1",
            "case": "test_hidden",
            "before": {"outcome": "failed", "score": 0, "max_score": 2},
            "after": {"outcome": "passed", "score": 2, "max_score": 2},
        }
    ]
    assert not any(change["whole"] for change in told["changes"])
    assert course.scores() == {"ada": "6", "bob": "6", "cyd": "3", "dan": "0"}
    cyd = course.result("cyd")
    assert cyd.status is Status.PARTIAL and "ended the Python process" in cyd.questions[1].message

    history = Path(told["history"])
    assert {path.stem for path in (history / "results").iterdir()} == GRADED_AGAIN
    for name in ("results/bob.json", "feedback/bob.html", "notebooks/bob.ipynb", "grades.csv"):
        assert (history / name).read_bytes() == before[name]
    assert json.loads((history / "changes.json").read_text()) == told["changes"]

    assert course.regrade(as_json=False) == 0
    said = capsys.readouterr()
    assert "No test changed" in said.err and "4 submissions: 0 graded again" in said.out
    assert course.judged() == [] and list(history.parent.iterdir()) == [history]


@pytest.mark.slow
def test_interrupted_regrade_goes_on_where_it_stopped(course: Course):
    """After Ctrl-C what was replaced is in the history with its diff, the rest is as it was; the next run does only
    that."""
    before = course.files()
    slow = LENIENT.replace("    log()", "    log()\n    __import__('time').sleep(1)")
    course.write_tests(**TESTS | {"q1": slow})
    words = ("regrade", CHAPTER, course.out, "--course", course.root, "--jobs", 1, "--trust")
    running = subprocess.Popen(
        [sys.executable, "-m", "autograder", *map(str, words)], stderr=subprocess.PIPE, text=True
    )
    until_s = time.monotonic() + 60
    while not (course.log.exists() and len(course.log.read_text().split()) == 2) and time.monotonic() < until_s:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=60)[1] and running.returncode == 130

    (history,) = (course.out / "history").iterdir()
    replaced = {change["submission"] for change in json.loads((history / "changes.json").read_text())}
    assert replaced and replaced < GRADED_AGAIN
    for name in GRADED_AGAIN:
        result = f"results/{name}.json"
        assert ((course.out / result).read_bytes() != before[result]) is (name in replaced)
        assert (history / result).exists() is (name in replaced)
    course.judged()
    assert course.regrade() == 0
    assert course.judged() == ["q1"] * (3 - len(replaced))
    assert course.scores() == {"ada": "6", "bob": "6", "cyd": "3", "dan": "0"}


@pytest.mark.slow
def test_questions_come_and_go(course: Course, capsys: pytest.CaptureFixture[str]):
    """A new question is judged, a removed one leaves the score, the others are kept; so says the diff, in words."""
    course.write_tests(q2=TESTS["q2"], q3=TESTS["q2"].replace("half(3) == 1.5", "half(4) == 2"))
    assert course.regrade(as_json=False) == 0
    said = capsys.readouterr()
    assert course.judged() == ["q3"] * 3
    assert course.scores() == {"ada": "6", "bob": "6", "cyd": "0", "dan": "0"}
    assert "ada  graded 6/6 → graded 6/6" in said.out
    assert "q3  test_half  not there → passed 3/3" in said.out
    assert "q1  test_hidden  passed 2/2 → not there" in said.out
    assert "judged again: q3 (3)" in said.out


@pytest.mark.slow
def test_plain_grade_reuses_questions_too(course: Course, capsys: pytest.CaptureFixture[str]):
    """A second grade judges what changed: a question everywhere, a changed notebook as a whole, and what was not
    reached wherever anything is judged at all."""
    course.write_tests(**TESTS | {"q1": LENIENT})
    course.submit("bob", "def twice(x): return x + 2", "def half(x): return x / 2  # again")
    late = course.result("ada")
    late.questions[1].message = "Not reached: the submission used all of its 600 s."
    Store(course.out).result_path("ada").write_text(json.dumps(late.to_json()))
    course.grade()
    assert course.judged() == ["q1"] * 3 + ["q2"] * 2  # q2 of ada and bob, not of cyd
    assert course.scores() == {"ada": "6", "bob": "6", "cyd": "3", "dan": "0"}
    course.submit("ada", *GOOD, "# more")
    capsys.readouterr()
    assert course.regrade(as_json=False) == 0
    said = capsys.readouterr().out
    assert course.judged() == ["q1", "q2"]
    assert "1 of 1 graded whole" in said and "1 graded again, 0 with another outcome" in said


def refused(out: Path, root: Path, **changes: object) -> str:
    with pytest.raises(KitError) as err:
        run_regrade(replace(RegradeRequest(CHAPTER, out, None, root, False, 1, True, False), **changes))
    return str(err.value)


def test_wrong_calls_get_one_sentence(tmp_path: Path):
    """A folder without results, those of another chapter, submissions that are gone, a damaged file."""
    (tmp_path / "course.toml").write_text(f'chapters = ["{CHAPTER}"]\n')
    assert "grade the class into" in refused(tmp_path, tmp_path)
    write_run(tmp_path, PastRun("02_other", str(tmp_path), "none"))
    assert "holds results of '02_other', not of '01_small'" in refused(tmp_path, tmp_path)
    write_run(tmp_path, PastRun(CHAPTER, str(tmp_path / "gone"), "none"))
    assert "is not there: give their folder after OUT" in refused(tmp_path, tmp_path)
    assert "is not there" in refused(tmp_path, tmp_path, submissions=tmp_path / "nowhere")
    for text in ("{", "[]", '{"chapter": "01_small"}', '{"chapter": 1, "submissions": "", "isolation": ""}', "\0"):
        (tmp_path / "run.json").write_text(text)
        assert "does not say how the class was graded" in refused(tmp_path, tmp_path)


def test_run_is_remembered_as_it_was(tmp_path: Path):
    """What is written of a run is what is read."""
    run = PastRun(CHAPTER, "/submissions", "namespaces", cell_timeout=2.5, memory=512)
    write_run(tmp_path, run)
    assert read_run(tmp_path) == run


def stored(store: Store, **changes: object) -> SubmissionResult:
    """A result in a store."""
    case = CaseResult("test_a", True, 1.0, 2.0, Outcome.PASSED)
    question = QuestionResult("q1", 1.0, 2.0, [case], fingerprint="f")
    result = SubmissionResult("ada", CHAPTER, Status.GRADED, 1.0, 2.0, questions=[question], fingerprint="g")
    result = replace(result, **changes)
    store.prepare()
    store.write(result, None, "")
    return result


def test_diff_of_results_names_what_differs(tmp_path: Path):
    """Equal results give nothing; another time gives nothing; points, outcomes, errors and new rows are told."""
    old, new = Store(tmp_path / "old"), Store(tmp_path / "new")
    result = stored(old)
    stored(new)
    assert list(changes(old, new, ["ada", "nobody"])) == []
    stored(new, seconds=5.0)
    assert list(changes(old, new, ["ada"])) == []
    question = result.questions[0]
    heavier = replace(question, cases=[replace(question.cases[0], max_points=4.0)], fingerprint="h")
    stored(new, questions=[heavier], max_score=4.0)
    (change,) = changes(old, new, ["ada"])
    assert (change.judged, change.whole, change.matters) == (("q1",), False, True)
    assert [(str(c.before), str(c.after)) for c in change.cases] == [("passed 1/2", "passed 1/4")]
    stored(new, status=Status.ERROR, score=None, questions=[], fingerprint="")
    (change,) = changes(old, new, ["ada"])
    assert (str(change.before), str(change.after)) == ("graded 1/2", "error –/2")
    (change,) = changes(Store(tmp_path / "none"), old, ["ada"])
    assert (change.whole, str(change.before)) == (True, "not there")
