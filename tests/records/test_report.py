"""The class on one page: every submission, every question, nothing that a submission could inject."""

import re

from samples import HOSTILE, case

from autograder.records.pages.plots import Bar, percent_bars, second_bars
from autograder.records.pages.report import MAX_SHOWN, render_report
from autograder.records.pages.summary import summarise
from autograder.results import BatchRecord, ManualQuestion, Outcome, QuestionResult, Status, SubmissionResult

QUESTIONS = {"q1_area": 2.0, "q2_slope": 3.0}


def result(name: str, status: Status, scores: tuple[float, ...], message: str = "") -> SubmissionResult:
    questions = [
        QuestionResult(question, score, maximum, [case("test_a"), case("test_b", hidden=True, outcome=Outcome.FAILED)])
        for (question, maximum), score in zip(QUESTIONS.items(), scores, strict=False)
    ]
    score = None if status is Status.ERROR else sum(scores)
    return SubmissionResult(name, "01_sample", status, score, 5.0, 0.5, message, questions)


RESULTS = [
    result("ada", Status.GRADED, (2.0, 3.0)),
    result("bob <b>", Status.PARTIAL, (1.5, 0.0), "Cell 3 <script>alert(1)</script> was stopped"),
    result("cyd", Status.REJECTED, (0.0, 0.0), "Not a notebook"),
    result("dan", Status.ERROR, (), "The grader failed"),
]


def render(results: list[SubmissionResult] = RESULTS, manual: tuple[ManualQuestion, ...] = ()) -> str:
    record = BatchRecord("01_sample", "A course", questions=QUESTIONS, manual=manual)
    return "".join(render_report(summarise(record, iter(results), lambda name: f"feedback/{len(name)}.html")))


def cells(page: str, name: str, table: str = "submission") -> list[str]:
    """The texts of the row of a table that begins with a name."""
    page = page[page.index(f'id="{table}-table"') :].replace("<wbr>", "")
    row = next(r for r in re.findall(r"<tr.*?</tr>", page, re.DOTALL) if re.search(f">{name}</", r))
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]


def test_every_submission_has_a_row_with_its_scores():
    """Name with a link, status, score and each question's points; no score where the grader failed."""
    page = render()
    assert cells(page, "ada") == ["ada", "graded", "5", "2", "3", "0.5", ""]
    assert cells(page, "dan") == ["dan", "error", "–", "–", "–", "0.5", "The grader failed"]
    assert "Score of 5" in page
    assert 'href="feedback/3.html"' in page


def test_different_maxima_are_told_row_by_row():
    """A test that was not run leaves the total of one submission: its row says so."""
    other = result("eve", Status.GRADED, (2.0, 0.0))
    other.max_score = 4.0
    assert cells(render([RESULTS[0], other]), "eve")[2] == "2 / 4"


def test_questions_are_summed_up_over_graded_submissions_only():
    """Rejected submissions and faults of the grader do not make a question look hard."""
    rest = ["–", "1 of 2 (50 %)", "0 of 2 (0 %)"]
    assert cells(render(), "q1_area", "question") == ["q1_area", "2", "1.75", "88 %", *rest]
    rest = ["–", "1 of 2 (50 %)", "1 of 2 (50 %)"]
    assert cells(render(), "q2_slope", "question") == ["q2_slope", "3", "1.5", "50 %", *rest]


def test_status_and_reason_of_what_was_not_graded_in_full_are_listed():
    """Each of them has a line above the long table; a class without any has no such list."""
    page = render()
    told = page[page.index("Not graded in full") : page.index('id="questions"')]
    assert all(word in told for word in ("bob", "cyd", "dan", "Not a notebook", "The grader failed"))
    assert "ada" not in told
    assert "Not graded in full" not in render(RESULTS[:1])


def test_class_of_nothing_but_rejections_has_no_figures():
    """No division by zero, no plot of nothing."""
    page = render(RESULTS[2:3])
    assert "mean" not in page[page.index("<main>") : page.index('id="questions"')]
    assert "<figure>" not in page
    assert "too few to tell" in page


def test_questions_marked_by_hand_are_named_as_missing():
    """Scores are automatic, and the page says so where a person marks something."""
    assert "All scores on this page are automatic" not in render()
    page = render(manual=(ManualQuestion("q3_proof", 2.0),)).replace("<wbr>", "")
    assert (
        "All scores on this page are automatic. Marked by hand, and in none of its figures: q3_proof (up to 2)." in page
    )


def test_suspect_tests_are_listed_with_their_numbers():
    """Twelve submissions fail the same case: all of the best are among them."""
    page = render([result(f"s{n}", Status.GRADED, (2.0, n % 4)) for n in range(12)])
    assert cells(page, "q1_area", "suspect")[1:] == ["test_b (hidden)", "1", "6 of 6 (100 %)", "6 of 6 (100 %)"]


def test_names_and_messages_cannot_inject():
    """What submissions call themselves and make the grader say is text."""
    for text in HOSTILE:
        page = render([result(text, Status.PARTIAL, (1.0, 1.0), text)])
        body = page[page.index("<body>") :]
        assert not re.search(r"<(script|img|iframe|base|style|svg onload)|\x1b", body.replace('<svg class="', ""))
        assert page.count("<script>") == page.count("</script>") == 1
    assert "script-src 'sha256-" in page
    assert "default-src 'none'" in page


def test_detail_for_graders_is_in_no_report():
    """Values and lines of hidden tests stay in the result files."""
    told = result("ada", Status.GRADED, (2.0, 3.0))
    told.questions[0].cases[1].detail = "DETAIL"
    assert "DETAIL" not in render([told])


def test_rows_beyond_the_first_are_marked_for_the_script():
    """Without the script they are shown like all others."""
    page = render([result(f"s{n}", Status.GRADED, (1.0, 1.0)) for n in range(MAX_SHOWN + 3)])
    assert page.count('<tr class="graded later">') == 3
    assert page.count('<tr class="graded') == MAX_SHOWN + 3


def test_bars_hold_every_value_once():
    """The ends belong to the last bars, and nothing outside is lost."""
    assert [bar.count for bar in percent_bars([-1, 0, 9.9, 10, 99, 100, 130])] == [3, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert second_bars([1.5, 7, 0.2]) == [Bar(0, 1, 1), Bar(1, 2, 1), Bar(2, 5, 0), Bar(5, 10, 1)]
    assert second_bars([1e9])[0].count == 1
    assert second_bars([]) == []
