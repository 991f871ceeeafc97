"""The red gate: every kind of defect, planted in a copy of the pilot chapter, is found and named."""

import io
import json
import re
import subprocess
import sys
from dataclasses import asdict

import pytest
from rich.console import Console

from autograder.course import Chapter
from autograder.proof.model import MIN_KILLED, ChapterProof, Fault
from autograder.proof.report import proof_table, render_proof

PLANTED = {
    (Fault.SOLUTION, "q1_linear_collapse"),
    (Fault.OTTER, "q1_linear_collapse"),
    (Fault.REJECT, "q2_parameter_count"),
    (Fault.SURVIVORS, "q2_parameter_count"),
    (Fault.LEAK, "q3_activation_table"),
    (Fault.FLAKY, "q7_homogeneity"),
    (Fault.UNTOUCHED, "q9_rescaling"),
    (Fault.FEW_VARIANTS, "q11_count_pieces"),
    (Fault.ACCEPT, "q12_shallow_module"),
    (Fault.EQUIVALENT, "q14_region_count"),
}

pytestmark = pytest.mark.slow


def found(proof: ChapterProof) -> set[tuple[Fault, str]]:
    """Faults by question; what plain otter makes of a test that throws dice is not to be foretold."""
    faults = {(finding.fault, finding.question) for finding in proof.all_findings}
    return faults - {(Fault.OTTER, "q7_homogeneity"), (Fault.SURVIVORS, "")}


@pytest.mark.parametrize("fault", [fault for fault in Fault])
def test_planted_defect_is_found_and_named(broken_proof: ChapterProof, fault: Fault):
    """Each defect is found in its question, by the check that is for it, and in no other question."""
    assert {one for one in found(broken_proof) if one[0] is fault} == {one for one in PLANTED if one[0] is fault}


def test_chapter_with_defects_is_not_proven(broken_proof: ChapterProof):
    """One finding is enough, and the proof as plain data says so."""
    assert not broken_proof.proven
    assert len(json.loads(json.dumps(asdict(broken_proof)))["questions"]) == 9


def test_too_few_mutants_caught_in_the_chapter_is_a_finding_of_the_chapter(broken_proof: ChapterProof):
    """The weak tests of one question bring the whole chapter below the share that is wanted."""
    assert broken_proof.killed_share < MIN_KILLED
    assert [f.fault for f in broken_proof.findings] == [Fault.SURVIVORS]


def test_finding_tells_what_to_look_at(broken_proof: ChapterProof):
    """The text holds the points, the failed case and its error, or the piece that has leaked."""
    texts = {finding.fault: finding.text for finding in broken_proof.all_findings}
    assert "test_one_unit" in texts[Fault.SOLUTION]
    assert "seeds" in texts[Fault.FLAKY]
    assert re.search(r"accepts? ReLU|ReLU on the outputs as well gets [0-4] of 5 points", texts[Fault.ACCEPT])
    assert "right_of_joint" in texts[Fault.LEAK]
    assert "swapped-operands-000000" in texts[Fault.EQUIVALENT]


def test_table_has_a_line_per_question_and_per_finding(broken_proof: ChapterProof):
    """What a terminal shows names each question, its counts and each thing unproven."""
    console = Console(width=200, file=io.StringIO())
    console.print(proof_table(broken_proof))
    text = console.file.getvalue()
    for question in broken_proof.questions.values():
        line = next(line for line in text.splitlines() if line.strip().startswith(question.name))
        assert ("marked by hand" if question.manual else "UNPROVEN" if question.findings else "proven") in line
    assert all(finding.fault.value in text for finding in broken_proof.all_findings)


def test_page_shows_each_survivor_with_the_tests_that_let_it_live(broken_proof: ChapterProof, broken_chapter: Chapter):
    """A survivor stands there as a diff, beside the source of its question's tests; nothing is loaded, nothing runs."""
    page = render_proof(broken_proof, broken_chapter)
    survivors = [s for question in broken_proof.questions.values() for s in question.survivors]
    assert survivors
    assert all(survivor.id in page for survivor in survivors)
    assert '<span class="removed">' in page and "def test_count_against_torch" in page
    assert "<script" not in page and "http" not in re.sub(r'http-equiv="[^"]*"', "", page)


def test_command_exits_with_1_and_writes_json(broken_chapter: Chapter, tmp_path):
    """``autograder verify`` of an unproven chapter says so in its exit code, its table and its JSON."""
    command = [sys.executable, "-m", "autograder", "verify", "--course", str(broken_chapter.course.root)]
    file = tmp_path / "proof.json"
    options = ["--mutants", "0", "--no-otter", "--json", str(file), "-o", str(tmp_path / "pages")]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    (told,) = json.loads(file.read_text())
    assert told["proven"] is False and told["questions"]["q12_shallow_module"]["accepted"] == 2
    assert "UNPROVEN" in done.stdout
    assert (tmp_path / "pages" / f"{broken_chapter.name}.html").exists()
