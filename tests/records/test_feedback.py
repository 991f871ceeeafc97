"""The feedback page says what a student needs, and nothing that a student's program wrote can act in it."""

import base64
import re
import signal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import (
    HOSTILE,
    JPEG,
    PNG,
    Page,
    case,
    code,
    display,
    everywhere,
    make_result,
    markdown,
    show,
    stream,
)

from autograder.records.pages import notebook_html
from autograder.records.pages.feedback import CELL_WORDS, MAX_MESSAGE, OUTCOME_WORDS, STATUS_WORDS, render_feedback
from autograder.records.pages.notebook_html import MAX_COLOURED, MAX_OUTPUTS, MAX_TEXT, cell_views
from autograder.records.plain_text import plain
from autograder.results import CellOutcome, CellResult, ManualQuestion, Outcome, QuestionResult, Release, Status

# What the page says


def test_the_page_names_student_chapter_course_status_and_score():
    text = Page(show(result=make_result(score=13.5, max_score=20.0))).text
    for word in ("alice", "10_convolutions", "Deep Learning", "Graded", "13.5 of 20 points", "(67.5 %)"):
        assert word in text


@pytest.mark.parametrize("status", Status)
def test_every_status_is_told_in_words(status):
    score = None if status is Status.ERROR else 0.0
    page = Page(render_feedback(make_result(status=status, score=score, message="Because of this."), None, "DL"))
    assert all(words in page.text for words in STATUS_WORDS[status])
    assert "Because of this." in page.text
    assert ("points" in page.text.split("This page")[0].replace("as 0 points", "")) == (score is not None)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_case_outcome_is_told_in_words(outcome):
    page = Page(show(result=make_result(QuestionResult("q1", 0, 1, [case(outcome=outcome)]))))
    assert OUTCOME_WORDS[outcome][1] in page.text


@pytest.mark.parametrize("outcome", CellOutcome)
def test_every_cell_outcome_is_told_beside_the_cell(outcome):
    result = make_result()
    result.cells = [CellResult(0, outcome, 1.0, "Took 60 s." if outcome is CellOutcome.STOPPED else "")]
    html = show(code(), result=result)
    assert CELL_WORDS[outcome] in html
    assert ("Cells that were stopped" in html) == (outcome is CellOutcome.STOPPED)
    assert ("Took 60 s." in html) == (outcome is CellOutcome.STOPPED)


HALF_HIDDEN = QuestionResult(
    "q1",
    2,
    4,
    [
        case("test_public", detail="DETAIL-1"),
        case("test_overflow", hidden=True, message="Well done.", detail="DETAIL-2"),
        case("test_nan", hidden=True, outcome=Outcome.FAILED, points=0, message="Try NaN.", detail="DETAIL-3"),
        case("test_open", outcome=Outcome.FAILED, points=0, message="Wrong shape."),
    ],
)


def test_after_the_deadline_hidden_cases_show_name_points_and_message():
    """What the grader alone may read, such as the test's line and values, is in no page."""
    html = show(result=make_result(HALF_HIDDEN, score=2.0, max_score=4.0))
    text = Page(html).text
    for word in ("test_public", "Hidden check: test_overflow", "Hidden check: test_nan", "Try NaN.", "2 of 4 points"):
        assert word in text
    assert "DETAIL" not in html


def test_before_the_deadline_hidden_cases_leave_no_trace():
    """Two submissions that differ in hidden cases only get the same page: it is no oracle."""
    html = show(result=make_result(HALF_HIDDEN, score=2.0, max_score=4.0), release=Release.BEFORE)
    passed = QuestionResult("q1", 3, 4, [HALF_HIDDEN.cases[0], HALF_HIDDEN.cases[3]])
    assert html == show(result=make_result(passed, score=3.0, max_score=4.0, seconds=9.0), release=Release.BEFORE)
    text = Page(html).text
    for word in ("test_overflow", "test_nan", "Try NaN.", "Well done.", "Hidden check", "DETAIL", "of 4 points"):
        assert word not in text
    assert "1 of 2 points in public checks" in text
    assert "hidden checks count as well" in text


def test_question_with_hidden_cases_only_waits_for_the_deadline():
    """Before it, such a question has no points, no verdict, and is nothing to look at next."""
    hidden = QuestionResult("q1", 0, 1, [case(hidden=True, outcome=Outcome.FAILED, points=0)])
    text = Page(show(result=make_result(hidden), release=Release.BEFORE)).text
    assert "This question has hidden checks only." in text
    assert "Not passed" not in text
    assert "0 of 0 points in public checks" in text


def test_questions_marked_by_hand_are_shown_in_order_with_their_place():
    """They stand between the others, with the points possible, and in no total."""
    judged = [QuestionResult(f"q{n}", 1, 1, [case()]) for n in (1, 10)]
    manual = [ManualQuestion("q2_proof", 2.0, "2. A proof"), ManualQuestion("q11_essay", None)]
    cells = [markdown("## 2. A proof\nShow it."), markdown("my proof"), markdown("## 3. Next")]
    html = show(*cells, result=make_result(*judged, score=2.0, max_score=2.0), manual=manual)
    text = Page(html).text
    table = text[text.index("Points for each question") : text.index("Automatic points")]
    places = [table.index(word) for word in ("q1\n", "q2_proof", "q10", "q11_essay") if word in table]
    assert places == sorted(places)
    assert "Marked by hand, and not in these points: q2_proof (up to 2 points), q11_essay." in text
    assert "2 of 2 points" in text
    assert '<a href="#cell-1">cells 1 to 2 of your notebook</a>' in html


def test_what_to_look_at_next_has_stopped_cells_then_first_failures_in_order():
    failed = {"outcome": Outcome.FAILED, "points": 0.0}
    result = make_result(
        QuestionResult("q1", 1, 1, [case()]),
        QuestionResult("q2", 0, 2, [case("test_b"), case("test_c", message="Wrong shape.", **failed), case(**failed)]),
        QuestionResult("q3", 0, 1, [], message="The cell of q3 is gone."),
        *[QuestionResult(f"more{i}", 0, 1, [case(**failed)]) for i in range(4)],
    )
    result.cells = [CellResult(4, CellOutcome.STOPPED, 60.0, "Stopped after 60 s.")]
    text = Page(show(result=result)).text
    steps = text[text.index("What to look at next") : text.index("Points for each question")]
    wanted = [
        "Cell 5 was stopped",
        "Stopped after 60 s.",
        "q2, test_c",
        "Wrong shape.",
        "q3",
        "is gone.",
        "more1",
    ]
    places = [steps.index(word) for word in wanted]
    assert places == sorted(places)
    assert "q1" not in steps
    assert "more2" not in steps
    assert "And 2 more" in steps


def test_the_question_with_most_points_to_win_comes_first_with_its_public_case_and_its_cells():
    """A public case is named before a hidden one, since it can be run at home; the link leads into the notebook."""
    failed = {"outcome": Outcome.FAILED, "points": 0.0}
    result = make_result(
        QuestionResult("q1", 0, 1, [case("test_small", **failed)]),
        QuestionResult("q2", 1, 4, [case("test_deep", hidden=True, **failed), case("test_open", **failed)]),
    )
    cells = [code("import otter"), markdown("# Two"), code("def f(): ..."), code("x"), code('grader.check("q2")')]
    html = show(*cells, result=result)
    text = Page(html).text
    assert text.index("q2, test_open") < text.index("q1, test_small")
    assert "3 points to win" in text
    assert '<a href="#cell-2">cells 2 to 5 of your notebook</a>' in html
    assert "Partly passed" in text


def test_full_marks_leave_nothing_to_look_at():
    assert "Nothing: every check that was run has passed" in show(
        result=make_result(QuestionResult("q", 1, 1, [case()]))
    )


def test_checks_not_run_do_not_count_and_say_so():
    not_run = case("test_gpu_speed", outcome=Outcome.NOT_RUN, points=0)
    text = Page(show(result=make_result(QuestionResult("q9_gpu", 0, 0, [not_run])))).text
    assert "Some checks were not run here, in q9_gpu. Their points do not count" in text
    assert "The grader lacks what this check needs (such as a GPU)" in text
    assert text.count("not counted") == 3
    assert "Nothing: every check" in text


def test_a_question_whose_points_are_lost_without_a_failed_case_is_not_called_passed():
    text = Page(show(result=make_result(QuestionResult("q1", 0, 2, [], "No such cell.")))).text
    assert "Not passed" in text
    assert "No such cell." in text


# What the page is


def test_the_page_is_complete_readable_on_a_phone_and_in_order():
    page = Page(show(markdown("# Title\n## Sub"), code(), result=make_result(QuestionResult("q1", 1, 1, [case()]))))
    assert page.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")
    assert page.all("caption")
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.open == []
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")} <= set(ids)


def test_the_policy_allows_no_scripts_no_loads_and_only_the_pages_own_style():
    html = show()
    (policy,) = [m["content"] for m in Page(html).all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    css = html[html.index("<style>") + 7 : html.index("</style>")]
    assert "pre.code .k" in css
    assert not re.search(r"url\(|@import|http", css)


# Hostile text


TAGS = """
    html head meta title style body header main section footer h1 h2 h3 h4 h5 h6 p span bdi strong svg rect
    nav math mrow mi mo mn mtext mspace mstyle msub msup msubsup mfrac ol ul li a table caption thead tbody tfoot tr th td div pre code em s del blockquote hr br wbr img
"""
ATTRIBUTES = """
    lang charset name content http-equiv class id role tabindex aria-labelledby aria-label aria-hidden href rel src alt
    scope start viewbox preserveaspectratio width height title display
    stretchy form fence accent movablelimits displaystyle scriptlevel mathvariant minsize maxsize linethickness
"""


def assert_harmless(html: str) -> None:
    page = Page(html)
    assert page.open == []
    assert len(page.all("style")) == 1
    for tag, attrs in page.tags:
        assert tag in TAGS.split()
        assert set(attrs) <= set(ATTRIBUTES.split())
        assert re.match(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=]+$", attrs["src"]) if "src" in attrs else True
        assert re.match(r"#[\w-]+$|https?://|mailto:", attrs["href"]) if "href" in attrs else True
    assert "\x1b" not in html
    html.encode()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(text):
    assert_harmless(everywhere(text))


@settings(deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from(list("<>&\"'`$*_[]()!#|\\/:;=-\n\r\t\x1b\x9b\u202e aA1{}%\ud800")),
        max_size=80,
    )
)
def test_any_text_stays_text(text):
    assert_harmless(everywhere(text))


def test_escape_codes_and_overwritten_lines_are_shown_as_a_terminal_leaves_them():
    assert plain("\x1b[31;1mred\x1b[0m \x1b]0;title\x07x\x1b(B \x9b3Ay\x00\x08") == "red x y"
    assert plain("10%\r50%\r100%\r\ndone\r\n") == "100%\ndone\n"
    assert plain("a\u202eb") == "ab"


def test_links_of_markdown_go_to_the_web_or_nowhere():
    html = show(markdown("[a](https://a.example/?x=1&y=<) [b](results.json) <mailto:c@d.example> [e](JavaScript:x)"))
    links = [a for a in Page(html).all("a") if not (a.get("href") or "").startswith("#")]
    assert [link.get("href") for link in links] == [
        "https://a.example/?x=1&y=%3C",
        None,
        "mailto:c@d.example",
    ]
    assert links[0]["rel"] == "noopener noreferrer nofollow"


def test_pictures_of_markdown_become_their_description_and_address():
    html = show(markdown("![LeNet](https://a.example/lenet.png) ![two](attachment:b.png)"))
    assert Page(html).all("img") == []
    assert "[picture: LeNet (https://a.example/lenet.png)] [picture: two (attachment:b.png)]" in Page(html).text


def test_headings_of_a_notebook_continue_those_of_the_page():
    """No level is left out, whatever the notebook jumps to."""
    html = show(markdown("# One\n\n#### Deep"), markdown("###### Deeper"), markdown("## Two"))
    assert [tag for tag, _ in Page(html).tags if re.fullmatch(r"h\d", tag)][-4:] == ["h3", "h4", "h5", "h4"]


# Outputs


@pytest.mark.parametrize(
    ("mime", "data"), [("image_png", PNG), ("image_jpeg", JPEG), ("image_png", PNG[:20] + "\n" + PNG[20:])]
)
def test_images_are_shown_with_a_description(mime, data):
    (image,) = Page(show(code("x", display(**{mime: data, "text_plain": "<Figure 1>"})))).all("img")
    assert image["src"] == f"data:{mime.replace('_', '/')};base64,{data.replace(chr(10), '')}"
    assert image["alt"] == "Image shown by cell 1: <Figure 1>"


@pytest.mark.parametrize(
    "data", ["%%%", "", "PHN2Zz4=", JPEG, '"><script>', "A" * 5, PNG + "é", PNG + '">'], ids=range(8)
)
def test_what_is_no_png_falls_back_to_its_text(data):
    page = Page(show(code("x", display(image_png=data, text_plain="the text"))))
    assert page.all("img") == []
    assert "the text" in page.text


def test_html_is_never_inserted_and_its_plain_text_is_shown():
    page = Page(
        show(
            code(
                "x",
                display(text_html="<marquee>HTML</marquee>", text_plain="frame"),
                display(text_html="HTML"),
            )
        )
    )
    assert "HTML" not in page.text
    assert "frame" in page.text
    assert "An output that is not shown here (text/html)." in page.text


def test_code_is_coloured_and_keeps_its_text():
    source = "\n\nfrom torch import nn\n%time x = f'{1:>3}'  # why\n"
    html = show(code(source))
    assert '<span class="kn">from</span>' in html
    assert source in Page(html).text


# Sizes


def test_long_texts_keep_their_beginning_and_end():
    text = "BEGIN" + "x" * 1_000_000 + "END"
    for html in (
        show(code("x", stream(text))),
        show(code(text)),
        show(markdown(text)),
        show(code("x", display(text_plain=text))),
    ):
        assert len(html) < 60_000
        assert "BEGIN" in html
        assert "END" in html
        assert f"{1_000_008 - MAX_TEXT:,} characters left out" in html


def test_long_messages_are_cut():
    result = make_result(QuestionResult("q", 0, 1, [case(outcome=Outcome.FAILED, message="m" * 100_000)]))
    html = show(result=result)
    assert len(html) < 40_000
    assert f"{100_000 - MAX_MESSAGE:,} characters left out" in html


def test_many_outputs_huge_images_and_many_cells_are_left_out_with_a_note(monkeypatch):
    page = show(code("x", *[stream("line")] * 1000, display(image_png=PNG)))
    assert page.count("line</pre>") == MAX_OUTPUTS
    assert "971 more outputs left out" in page
    huge = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(4_000_000)).decode()
    assert "an image of 4.0 MB left out" in show(code("x", display(image_png=huge)))
    monkeypatch.setattr(notebook_html, "MAX_PAGE", 50_000)
    views, left_out = cell_views({"cells": [code("x", stream("y" * 9_000))] * 100})
    assert (len(views), left_out) == (5, 95)
    assert "95 more cells left out" in show(*[code("x", stream("y" * 9_000))] * 100)


@pytest.mark.parametrize(
    "text",
    [
        " \n" * 5_000,
        "\t" * 9_000 + "x",
        "(" * 9_999,
        "[" * 19_000,
        "![a](" * 3_900,
        "$a " * 6_000,
        "\x1b]" * 9_000,
    ],
)
def test_hostile_text_comes_to_an_end(text):
    """Text on which a careless parser takes minutes or for ever is shown within seconds of processor time."""

    def give_up(*_):
        pytest.fail("the page takes more than 20 s of processor time")  # no Exception, so that no code can catch it

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, 20)
    try:
        assert show(code(text, stream(text)), markdown(text))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def test_most_of_the_code_of_a_course_is_coloured():
    assert MAX_COLOURED >= 5_000
