"""The class on one page: every submission, every question, nothing that a submission could inject."""

import re

from autograder.records.report import render_report
from autograder.results import Row, Status

QUESTIONS = {"q1_area": 2.0, "q2_slope": 3.0}
ROWS = [
    Row("ada", Status.GRADED, 5.0, 5.0, 0.1, "", {"q1_area": 2.0, "q2_slope": 3.0}),
    Row(
        "bob <b>",
        Status.PARTIAL,
        1.5,
        5.0,
        0.2,
        "Cell 3 <script>alert(1)</script> was stopped",
        {"q1_area": 1.5, "q2_slope": 0.0},
    ),
    Row("cyd", Status.REJECTED, 0.0, 5.0, 0.0, "Not a notebook", {"q1_area": 0.0, "q2_slope": 0.0}),
    Row("dan", Status.ERROR, None, 5.0, 0.0, "The grader failed", {}),
]


def render(rows: list[Row] = ROWS) -> str:
    return render_report(rows, QUESTIONS, "01_sample", "A course", lambda name: f"feedback/{len(name)}.html")


def cells(page: str, name: str) -> list[str]:
    """The texts of the row of a table that begins with a name."""
    row = next(r for r in re.findall(r"<tr.*?</tr>", page, re.DOTALL) if f"{name}</" in r)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]


def test_every_submission_has_a_row_with_its_scores():
    """Name with a link, status, score and each question's points; no score where the grader failed."""
    page = render()
    assert cells(page, "ada") == ["ada", "graded", "5 / 5", "2", "3", ""]
    assert cells(page, "dan") == ["dan", "error", "–", "–", "–", "The grader failed"]
    assert 'href="feedback/3.html"' in page


def test_questions_are_summed_up_over_graded_submissions_only():
    """Rejected submissions and faults of the grader do not make a question look hard."""
    assert cells(render(), "q1_area") == ["q1_area", "2", "1.75", "1", "0"]
    assert cells(render(), "q2_slope") == ["q2_slope", "3", "1.5", "1", "1"]


def test_class_of_nothing_but_rejections_has_no_mean():
    """No division by zero, no invented figure."""
    assert cells(render(ROWS[2:3]), "q1_area") == ["q1_area", "2", "–", "0", "0"]


def test_names_and_messages_cannot_inject():
    """What submissions call themselves and make the grader say is text."""
    page = render()
    assert "<script>" not in page
    assert "bob <b>" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
