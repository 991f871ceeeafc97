"""What is known of answers and mutants is kept, and believed only of questions that have not changed since."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.authoring.build import Action, build, make_zip
from autograder.commands.verify import VerifyRequest, run_verify
from autograder.course import Chapter, Limits, read_course
from autograder.errors import KitError
from autograder.grading.assignment import chapter_assignment
from autograder.grading.isolation.wall import Wall
from autograder.grading.sandbox.settings import Isolation
from autograder.proof import record as record_module
from autograder.proof.answers import all_answers
from autograder.proof.material import read_material
from autograder.proof.model import ChapterProof, Entry, Fault, Options
from autograder.proof.record import Mutants, all_mutants, read_record, write_record
from autograder.proof.verify import verify

NAME = "01_levers"
MASTER = """\
# %% [raw]
# # ASSIGNMENT CONFIG
# name: 01_levers
# tests: {files: false, ok_format: false}
# %%
import math
LENGTHS = [2.5, 7.5]
# %% [raw]
# # BEGIN QUESTION
# name: q1_torque
# points: 2
# %% [markdown]
# **1.** Write `torque(force, arm)`, not below zero.
# %% [raw]
# # BEGIN SOLUTION
# %%
def torque(force, arm):
    # BEGIN SOLUTION
    total = 0.0
    for f, a in zip(force, arm):
        total += f * a
    return max(total, 0.0)
    # END SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
def test_one(torque):
    assert torque([3.0], [0.5]) == 1.5
# %%
\"\"\" # BEGIN TEST CONFIG
hidden: true
failure_message: Every force counts.
\"\"\" # END TEST CONFIG
def test_two(torque):
    assert torque([3.0, 1.0], [0.5, 2.0]) == 3.5
# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
# %% [raw]
# # BEGIN QUESTION
# name: q2_levers
# points: 1
# %% [markdown]
# **2.** How many levers are there?
# %% [raw]
# # BEGIN SOLUTION
# %%
levers = 18  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
\"\"\" # BEGIN TEST CONFIG
hidden: true
\"\"\" # END TEST CONFIG
def test_how_many(levers):
    assert levers == 3 * 6
# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
"""
VARIANTS = """\
# %% q1_torque accept: with zip and sum
def torque(force, arm):
    return max(0.0, sum(f * a for f, a in zip(force, arm)))
# %% q1_torque accept: with map
def torque(force, arm):
    return max(0.0, math.fsum(map(lambda f, a: f * a, force, arm)))
# %% q1_torque reject: counts arms only
def torque(force, arm):
    return sum(arm)
# %% q1_torque reject: counts forces only
def torque(force, arm):
    return sum(force)
"""
STRONG = "    assert torque([3.0, 1.0], [0.5, 2.0]) == 3.5"
WEAK = "    assert torque([3.0, 1.0], [0.5, 2.0]) > 0"
OPTIONS = Options(Wall(Isolation.NONE), jobs=1, plain_otter=False)


def write(root: Path, master: str, variants: str = VARIANTS) -> Chapter:
    """A course of one chapter, built."""
    folder = root / "assignments" / NAME
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "lengths.csv").write_text("2.5,7.5\n")
    (root / "course.toml").write_text(f'chapters = ["{NAME}"]\n')
    (folder / "master.py").write_text(master)
    (folder / "variants.py").write_text(variants)
    course = read_course(root)
    build(course)
    return course.chapter(NAME)


def entries(proof: ChapterProof) -> dict[str, Entry]:
    return {name: question.entry for name, question in proof.questions.items() if question.entry}


def prove(chapter: Chapter, options: Options = OPTIONS) -> tuple[ChapterProof, int]:
    """A proof with what the chapter's record knows, and how many trials it took."""
    steps = [0]
    proof = verify(chapter, options, lambda done, _: steps.append(done), read_record(chapter))
    return proof, steps[-1]


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> tuple[Chapter, ChapterProof, int]:
    """The chapter of this file, proven once and on record."""
    chapter = write(tmp_path_factory.mktemp("course"), MASTER)
    proof, trials = prove(chapter)
    write_record(chapter, entries(proof))
    return chapter, proof, trials


@pytest.fixture
def chapter(proven: tuple[Chapter, ChapterProof, int], tmp_path: Path) -> Chapter:
    """A copy of it, to be changed."""
    root = shutil.copytree(proven[0].course.root, tmp_path / "course")
    return read_course(root).chapter(NAME)


def changed(chapter: Chapter, old: str, new: str) -> Chapter:
    """The chapter with another master, built anew."""
    text = chapter.master.read_text()
    assert text.count(old) == 1
    chapter.master.write_text(text.replace(old, new))
    build(chapter.course)
    return chapter


# --- proofs with a record ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_second_proof_tries_little_and_says_the_same(proven: tuple[Chapter, ChapterProof, int]):
    """Counts, survivors and findings are those of the first proof; what is kept is told. Tried again are both notebooks,
    and of each question its own answer and a variant of either kind."""
    chapter, first, trials = proven
    again, trials_again = prove(chapter)
    assert first.mutants > 10 and first.kept == 0 and first.questions["q1_torque"].survivors
    assert again.kept == again.mutants == first.mutants
    assert trials > 40 and trials_again == 2 + (1 + 2) + 1
    for name, question in first.questions.items():
        runs = question.solution_runs - 2  # the whole solution with one seed, not with three
        kept = replace(question, kept=question.mutants, answers_kept=True, solution_runs=runs, solution_full=runs)
        assert again.questions[name] == kept


@pytest.mark.slow
def test_wrong_answer_with_full_marks_is_tried_in_every_proof(chapter: Chapter):
    """Where a variant fared otherwise than declared, the record knows the mutants only; the finding is told each time."""
    chapter.variants.write_text(VARIANTS.replace("q1_torque accept: with map", "q1_torque reject: with map"))
    for _ in range(2):
        proof, _ = prove(chapter)
        question = proof.questions["q1_torque"]
        assert [finding.fault for finding in question.findings] == [Fault.REJECT]
        assert question.kept and not question.answers_kept
        write_record(chapter, entries(proof))
    assert entries(proof)["q1_torque"].answers == ""


@pytest.mark.slow
def test_changed_variant_is_tried_with_its_question_only(chapter: Chapter):
    """The variants of a question whose variants changed are tried again, its mutants are not; others stay known."""
    chapter.variants.write_text(VARIANTS.replace("math.fsum", "sum"))
    proof, _ = prove(chapter)
    kept = {name: (bool(question.kept), question.answers_kept) for name, question in proof.questions.items()}
    assert kept == {"q1_torque": (True, False), "q2_levers": (True, True)}


@pytest.mark.slow
def test_record_cannot_hide_a_weak_test(proven: tuple[Chapter, ChapterProof, int], chapter: Chapter):
    """A test that was made weak is tried on every mutant again, and its survivors are found; other questions are kept."""
    proof, _ = prove(changed(chapter, STRONG, WEAK))
    before = proven[1].questions["q1_torque"]
    assert not proof.questions["q1_torque"].answers_kept
    assert len(proof.questions["q1_torque"].survivors) > len(before.survivors)
    assert {name for name, question in proof.questions.items() if question.kept} == {"q2_levers"}


@pytest.mark.slow
def test_again_tries_everything(chapter: Chapter):
    """With ``again`` a record counts for nothing, even one that is wrong; and nothing is known of mutants of a question
    whose solution loses points."""
    changed(chapter, "levers = 18  #", "levers = 17  #")
    liar = {name: replace(one, caught=one.mutants, survivors=()) for name, one in read_record(chapter).items()}
    write_record(chapter, liar)
    proof, _ = prove(chapter, replace(OPTIONS, again=True))
    assert proof.kept == 0
    assert entries(proof).keys() == {"q1_torque"} and entries(proof)["q1_torque"].survivors


@pytest.mark.slow
def test_command_reads_and_writes_the_record(chapter: Chapter, capsys: pytest.CaptureFixture[str]):
    """A damaged record costs a word on standard error; a limited run leaves the file alone; a whole one tells what is
    kept, and writes the record."""
    whole = chapter.proof_record.read_text()
    request = VerifyRequest((), chapter.course.root, Path("-"), None, 1, "none", "", 2, True, False, 2, False)
    chapter.proof_record.write_text(whole[:-20])
    assert run_verify(request) == 1  # the chapter has too few variants
    said = capsys.readouterr()
    assert "proof.json is no record of this chapter's proof" in said.err
    assert chapter.proof_record.read_text() == whole[:-20]
    question = json.loads(said.out)[0]["questions"]["q1_torque"]
    assert (question["mutants"], question["kept"], question["entry"]) == (2, 0, None)
    older = whole.replace('"autograder": "', '"autograder": "0.0.')
    chapter.proof_record.write_text(older)
    assert run_verify(replace(request, json_file=None, mutants=None)) == 1
    assert "kept from earlier proofs" in capsys.readouterr().out
    assert "kept" in (chapter.course.root / "out" / "verify" / f"{NAME}.html").read_text()
    assert chapter.proof_record.read_text() == older
    chapter.proof_record.unlink()
    assert run_verify(replace(request, json_file=None, mutants=None)) == 1
    assert chapter.proof_record.read_text() == whole


def test_build_minds_no_record(chapter: Chapter):
    """A record changes nothing that is built, has nothing built again, and goes into no zip."""
    chapter.proof_record.unlink()
    build(chapter.course)
    zipped = make_zip(chapter).read_bytes()
    chapter.proof_record.write_text("{}")
    (report,) = build(chapter.course)
    assert report.action is Action.UNCHANGED
    assert make_zip(chapter).read_bytes() == zipped
    assert not list(chapter.student_notebook.parent.rglob("proof.json"))


# --- what makes a question be tried again --------------------------------------------------------------------------


def known(chapter: Chapter, **limits: float) -> set[str]:
    """The questions whose mutants a record of this moment would know."""
    material = read_material(chapter)
    material.own_s.update(dict.fromkeys(material.suite, 0.1))
    with chapter_assignment(chapter) as assignment:
        mutants = all_mutants(material, assignment, Limits(**limits), read_record(chapter))
    return {name for name, its in mutants.items() if its.known}


BOTH = {"q1_torque", "q2_levers"}


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        (STRONG, WEAK, {"q2_levers"}),
        ("Every force counts", "Each force counts", {"q2_levers"}),
        ("levers = 18  #", "levers = 9 + 9  #", {"q1_torque"}),
        ("LENGTHS = [2.5, 7.5]", "LENGTHS = [2.5, 7.0]", BOTH),
        ("How many levers are", "Tell how many levers are", BOTH),
    ],
    ids=["test", "message", "answer", "code that no answer needs", "text"],
)
def test_question_is_tried_again_if_its_own_part_changed(chapter: Chapter, old: str, new: str, left: set[str]):
    """A test or an answer that changes concerns its own question; texts and unused code concern none."""
    assert known(chapter) == BOTH
    assert known(changed(chapter, old, new)) == left


def test_every_question_is_tried_again_if_the_ground_changed(chapter: Chapter, monkeypatch: pytest.MonkeyPatch):
    """Data, limits and versions concern all questions; declarations and variants concern none."""
    assert known(chapter, memory_mb=1024) == set()
    assert known(chapter, output_kb=64, cell_timeout_s=30) == BOTH
    chapter.variants.write_text(VARIANTS + "\n# %% q1_torque equivalent: for the test\n# wrong-sign-000000\n")
    assert known(chapter) == BOTH
    with monkeypatch.context() as patched:
        patched.setattr(record_module, "_versions", lambda: {"torch": "1.0"})
        assert known(chapter) == set()
    data = chapter.student_notebook.parent / "data" / "lengths.csv"
    data.write_text("2.5,7.6\n")
    assert known(chapter) == set()


def known_answers(chapter: Chapter, **limits: float) -> set[str]:
    """The questions whose variants a record of this moment would know."""
    material = read_material(chapter)
    material.own_s.update(dict.fromkeys(material.suite, 0.1))
    with chapter_assignment(chapter) as assignment:
        answers = all_answers(material, assignment, Limits(**limits), read_record(chapter))
    return {name for name, its in answers.items() if its.known}


def test_variants_are_tried_again_if_what_they_meet_changed(chapter: Chapter, monkeypatch: pytest.MonkeyPatch):
    """A limit, the time of a cell included, and versions concern the variants of all questions; a test those of its own."""
    assert known_answers(chapter) == known_answers(chapter, output_kb=64) == BOTH
    assert known_answers(chapter, cell_timeout_s=30) == known_answers(chapter, memory_mb=1024) == set()
    with monkeypatch.context() as patched:
        patched.setattr(record_module, "_versions", lambda: {"torch": "1.0"})
        assert known_answers(chapter) == set()
    assert known_answers(changed(chapter, STRONG, WEAK)) == {"q2_levers"}


def test_declared_survivor_leaves_the_count_of_a_kept_question(chapter: Chapter):
    """The record holds verdicts; what is declared since then is counted as declared."""
    material = read_material(chapter)
    material.own_s.update(dict.fromkeys(material.suite, 0.1))
    with chapter_assignment(chapter) as assignment:
        its = all_mutants(material, assignment, Limits(), read_record(chapter))["q1_torque"]
    assert its.known and its.known.survivors
    verdicts = its.recalled(its.checks, max_score=3)
    assert {v.check.title for v in verdicts if v.full} == set(its.known.survivors)
    assert its.entry(verdicts) == its.known
    assert [check.title for check in its.some(0, its.known.survivors)] == [
        check.title for check in its.checks if check.title in its.known.survivors
    ]


def test_entry_is_made_of_all_mutants_or_not_at_all(chapter: Chapter):
    """Verdicts on some of the mutants are no knowledge of the question."""
    material = read_material(chapter)
    material.own_s.update(dict.fromkeys(material.suite, 0.1))
    with chapter_assignment(chapter) as assignment:
        its = all_mutants(material, assignment, Limits(), read_record(chapter))["q1_torque"]
    tried = Mutants(its.checks, its.fingerprint)
    verdicts = its.recalled(its.checks, max_score=3)
    assert tried.entry(verdicts[1:]) is None
    assert its.known and tried.entry(verdicts) == replace(its.known, answers="", seeds=0)


# --- records that are none -----------------------------------------------------------------------------------------

GOOD = {
    **{"fingerprint": "0" * 32, "mutants": 3, "caught": 2, "survivors": ["wrong-sign-000000"]},
    **{"answers": "1" * 32, "seeds": 10, "autograder": "0.1.0"},
}


def record_of(**changes: object) -> str:
    return json.dumps({"chapter": NAME, "questions": {"q1_torque": {**GOOD, **changes}}})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "\0",
        "[" * 100_000,
        json.dumps({"chapter": "02_shallow_networks", "questions": {}}),
        json.dumps({"chapter": NAME}),
        json.dumps({"chapter": NAME, "questions": [1]}),
        json.dumps({"chapter": NAME, "questions": {"q1_torque": None}}),
        record_of(caught=3),
        record_of(mutants="3"),
        record_of(survivors=None),
        record_of(more=1),
    ],
)
def test_damaged_record_is_one_sentence(chapter: Chapter, text: str):
    """Whatever lies there in place of a record is refused with the file's name."""
    chapter.proof_record.write_text(text)
    with pytest.raises(KitError, match=r"proof\.json is no record of this chapter's proof"):
        read_record(chapter)


def test_record_that_cannot_be_read_or_written_is_one_sentence(chapter: Chapter):
    """A folder in its place."""
    chapter.proof_record.unlink()
    assert read_record(chapter) == {}
    chapter.proof_record.mkdir()
    refusals: list[Callable[[], object]] = [lambda: read_record(chapter), lambda: write_record(chapter, {})]
    for refused in refusals:
        with pytest.raises(KitError, match=r"proof\.json"):
            refused()
