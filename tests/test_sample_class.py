"""The sample class in ``examples/``: twenty-one hand-ins as a teacher finds them, and what each must get."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.grading.intake import find_submissions
from autograder.grading.isolation.local import namespaces_refused

ROOT = Path(__file__).parents[1]
CHAPTER = "02_shallow_networks"
CLASS = ROOT / "examples" / CHAPTER

POINTS = {
    "q1": 3,
    "q2": 3,
    "q3": 3,
    "q4": 5,
    "q5": 4,
    "q6": 5,
    "q7": 3,
    "q9": 4,
    "q10": 4,
    "q11": 4,
    "q12": 5,
    "q13": 5,
    "q14": 6,
}

# Who gets what: the status, and the points lost by question.
EXPECTED: dict[str, tuple[str, dict[str, int]]] = {
    # vectorised, much like the solution
    "student01": ("graded", {}),
    # handed in untouched
    "student02": ("graded", POINTS),
    # loops everywhere, prints left in, notes between the cells
    "student03": ("graded", {}),
    "student04": (
        "graded",
        {
            "q1": 1,  # psi_0 added once, not once per unit
            "q3": 1,  # every unit is switched on to the right of its joint
            "q5": 3,  # phi_0 added to every weighted unit
            "q9": 1,  # a factor never changes the output, says the answer
            "q11": 1,  # a bend at an end of the interval counts
        },
    ),
    "student05": (
        "graded",
        {
            "q2": 3,  # no intercepts for the outputs
            "q4": 4,  # slopes without phi, and the identity looked up in unit order
            "q6": 3,  # a box open at its end, one more piece per box, tanh of a flat unit taken for zero
            "q7": 1,  # a negative factor comes out like a positive one
            "q10": 2,  # an order that is sometimes the old one; one free factor
            "q12": 2,  # ReLU on the outputs
            "q13": 5,  # all eight patterns occur, says the answer
            "q14": 5,  # two to the power D
        },
    ),
    # stopped in the middle of question 6
    "student06": (
        "graded",
        {"q2": 2, "q6": 4}
        | {question: POINTS[question] for question in ("q7", "q9", "q10", "q11", "q12", "q13", "q14")},
    ),
    # torch everywhere; a colon is missing in the answer to question 6
    "student07": ("graded", {"q6": 5}),
    # an exception in a scratch cell
    "student08": ("graded", {}),
    # the zip of otter's export
    "student09": ("graded", {}),
    # a folder with a notebook of another name; a grid of points misses small triangles
    "student10": ("graded", {"q13": 3}),
    # a PDF
    "student11": ("rejected", POINTS),
    # the notebook of another chapter
    "student12": ("rejected", POINTS),
    # the cell of question 12 ends the process; alpha = 0 calls sys.exit in question 9
    "student13": ("partial", {"q9": 1, "q12": 5}),
    # a name with an accent and a space
    "student14 Zoë": (
        "graded",
        {
            "q1": 1,  # many straight units make joints, says the answer
            "q7": 1,  # only the first alpha is tried
            "q13": 4,  # the pattern of the triangle is called the missing one
        },
    ),
    # all check cells deleted; every box has width 1
    "student15": ("graded", {"q6": 1}),
    # question 4 uses a helper that a later cell defines
    "student16": ("graded", {"q4": 5}),
    # a wrong old version of an answer comes after its check
    "student17": ("graded", {}),
    # saved on Windows: byte order mark, CRLF in the file and in the cells
    "student18": ("graded", {}),
    "student19": (
        "graded",
        {
            "q3": 2,  # columns in the order of the joints
            "q5": 1,  # joints outside the interval are knots
            "q6": 1,  # every box has width 1
            "q9": 2,  # works on the arrays it was given
            "q11": 3,  # bends at the same place are not added up
            "q14": 3,  # regions counted per output; lines taken to be in general position
        },
    ),
    # right for ordinary numbers, careless at the edges
    "student20": (
        "graded",
        {
            "q2": 1,  # integers that overflow
            "q4": 1,  # signs looked up in unit order
            "q5": 1,  # a joint at an end is listed twice
            "q9": 1,  # two large outputs subtracted
            "q10": 1,  # a random order that is sometimes the old one
            "q12": 1,  # parameters that start at zero
            "q13": 3,  # a grid of points
            "q14": 4,  # floating point where integers were asked for
        },
    ),
    # a Python script with the ending .ipynb
    "student21": ("rejected", POINTS),
}

# Part of the sentence that tells why.
TOLD = {
    "student11": ".pdf file",
    "student12": "'03_deep_networks'",
    "student13": "Cell 41 ended the Python process",
    "student21": "Python script",
}


@pytest.mark.slow
@pytest.mark.skipif(bool(namespaces_refused()), reason=f"no namespaces here: {namespaces_refused()}")
def test_sample_class_gets_the_marks_it_deserves(tmp_path: Path):
    """Every submission of the class has a row, a result and a page, with the status and the points of the table."""
    command = [sys.executable, "-m", "autograder", "grade", CHAPTER, str(CLASS), "-o", str(tmp_path), "--jobs", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr

    with (tmp_path / "grades.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["submission"] for row in rows] == sorted(EXPECTED)
    assert {row["submission"]: (row["status"], lost(row)) for row in rows} == EXPECTED
    for row in rows:
        assert float(row["max_score"]) == sum(POINTS.values())
        assert float(row["score"]) == sum(POINTS.values()) - sum(EXPECTED[row["submission"]][1].values())
        assert TOLD.get(row["submission"], "") in row["message"]
        assert bool(row["message"]) == (row["submission"] in TOLD)

        result = json.loads((tmp_path / "results" / f"{row['submission']}.json").read_text(encoding="utf-8"))
        assert result["submission"] == row["submission"]
        assert (result["status"], result["score"]) == (row["status"], float(row["score"]))
        page = (tmp_path / "feedback" / f"{row['submission']}.html").read_text(encoding="utf-8")
        assert row["submission"] in page
    for folder in ("results", "feedback"):
        assert len(list((tmp_path / folder).iterdir())) == len(EXPECTED)


def lost(row: dict[str, str]) -> dict[str, int]:
    """Points lost by question, of the questions that lost any."""
    scores = {column.split("_")[0]: float(score) for column, score in row.items() if column.startswith("q")}
    assert list(scores) == list(POINTS)
    return {
        question: POINTS[question] - scores[question] for question in POINTS if scores[question] != POINTS[question]
    }


def test_table_and_folder_name_the_same_submissions():
    """A submission added to the folder, or taken away, needs a line in the table."""
    assert {found.name for found in find_submissions(CLASS, CHAPTER)} == set(EXPECTED)


def test_sample_notebooks_are_valid_and_hold_no_outputs():
    """What the class shows is its answers: each notebook is valid, with no output or picture stored in it."""
    paths = [path for path in CLASS.rglob("*.ipynb") if path.stem != "student21"]
    assert len(paths) == 18
    for path in paths:
        notebook = nbformat.reads(path.read_text(encoding="utf-8-sig"), as_version=4)
        nbformat.validate(notebook)
        assert not any(cell.get("outputs") or cell.get("attachments") for cell in notebook.cells), path.name
