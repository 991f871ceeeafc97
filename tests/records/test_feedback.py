"""The feedback page says what a student needs, and nothing that a student's program wrote can act in it."""

import base64
import re
import time
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.records import notebook_html
from autograder.records.feedback import (
    CELL_WORDS,
    MAX_MESSAGE,
    OUTCOME_WORDS,
    STATUS_WORDS,
    TEMPLATES,
    render_feedback,
)
from autograder.records.notebook_html import (
    MAX_COLOURED,
    MAX_OUTPUTS,
    MAX_TEXT,
    CodeColours,
    cell_views,
    plain,
)
from autograder.results import (
    CaseResult,
    CellOutcome,
    CellResult,
    Outcome,
    QuestionResult,
    Status,
    SubmissionResult,
)

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(50)).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(50)).decode()
HOSTILE = [
    "<script>alert(1)</script>",
    "</pre></section><script src=//evil.example/x.js></script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><style>*{background:url(//evil.example)}</style>",
    "</title><base href=//evil.example>",
    "{{ 7 * 7 }}{% raw %}",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1)) [y](data:text/html,<script>) [z](vbscript:x) [w](file:///x) [v](a.html)",
    "![x](https://evil.example/p.png) ![y](data:image/png;base64,AAAA) ![z](//evil.example/q.png)",
    "```<script>\nx\n```\n<svg onload=alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    "<!-- --><iframe srcdoc='x'>",
    "\x1b]8;;http://evil.example\x07click\x1b]8;;\x07 \x1b[31mred\x1b[0m \x9b1m",
    "$<img src=x onerror=alert(1)>$",
]


class Page(HTMLParser):
    """What a browser would make of the page, as far as these tests ask."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br", "hr", "wbr"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, "tags are not well nested"

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def make_result(*questions, **fields) -> SubmissionResult:
    told = {
        "submission": "alice",
        "chapter": "10_convolutions",
        "status": Status.GRADED,
        "score": 1.0,
        "max_score": 3.0,
    }
    return SubmissionResult(**(told | fields), questions=list(questions))


def case(name="test_a", *, hidden=False, outcome=Outcome.PASSED, points=1.0, message="", detail="") -> CaseResult:
    return CaseResult(name, hidden, points, 1.0, outcome, message, detail)


def code(source="x = 1", *outputs):
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": list(outputs)}


def markdown(source):
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def display(**data):
    return {
        "output_type": "display_data",
        "data": {key.replace("_", "/"): value for key, value in data.items()},
    }


def show(*cells, result=None) -> str:
    return render_feedback(result or make_result(), {"cells": list(cells)}, "Deep Learning")


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


def test_hidden_cases_show_a_number_and_their_message_only():
    cases = [
        case("test_public", detail="DETAIL-1"),
        case("test_secret_overflow", hidden=True, detail="DETAIL-2"),
        case(
            "test_secret_nan",
            hidden=True,
            outcome=Outcome.FAILED,
            points=0,
            message="Try NaN.",
            detail="DETAIL-3",
        ),
    ]
    html = show(result=make_result(QuestionResult("q1", 2, 3, cases)))
    text = Page(html).text
    assert "test_public" in text
    assert "Hidden check 1" in text
    assert "q1, Hidden check 2" in text
    assert "Try NaN." in text
    assert "secret" not in html.replace("<wbr>", "")
    assert "DETAIL" not in html


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


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours_have_enough_contrast():
    css = (TEMPLATES / "feedback.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", css))
    pairs = [(name, f"{name}-ground") for name in ("good", "bad", "warn", "calm")]
    pairs += [(ink, ground) for ink in ("ink", "soft", "link") for ground in ("paper", "ground", "calm-ground")]
    pairs += [
        ("ink", "warn-ground"),
        ("ink", "bad-ground"),
        ("good", "paper"),
        ("bad", "paper"),
        ("warn", "paper"),
    ]
    for ink, ground in pairs:
        assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for token, style in CodeColours:
        if style["color"]:
            assert contrast(f"#{style['color']}", CodeColours.background_color) >= 4.5, token


# Hostile text


def everywhere(text: str) -> str:
    """A page with a text in every place that a student's program may have written to."""
    failed = case(text, outcome=Outcome.FAILED, message=text)
    result = make_result(
        QuestionResult(text, 0, 1, [failed, case(hidden=True, outcome=Outcome.ERROR, message=text)], message=text),
        submission=text,
        chapter=text,
        status=Status.PARTIAL,
        message=text,
    )
    result.cells = [
        CellResult(0, CellOutcome.STOPPED, 1.0, text),
        CellResult(1, CellOutcome.RAISED, 1.0, text),
    ]
    error = {"output_type": "error", "ename": text, "evalue": text, "traceback": [text, text]}
    rich = display(**{"text_html": text, "image_svg+xml": text, "image_png": text, "text_plain": text, text: text})
    cells = [
        code(text, stream(text), stream(text, "stderr"), error, error | {"traceback": []}, rich),
        code(
            text,
            display(image_png=PNG, text_plain=text),
            display(**{text: "x"}),
            {"output_type": text, "data": {}},
        ),
        markdown(text),
        {"cell_type": "raw", "source": [text]},
        {"cell_type": text, "source": text},
    ]
    return render_feedback(result, {"cells": cells}, text)


TAGS = """
    html head meta title style body header main section footer h1 h2 h3 h4 h5 h6 p span bdi strong svg rect
    ol ul li a table caption thead tbody tfoot tr th td div pre code em s del blockquote hr br wbr img
"""
ATTRIBUTES = """
    lang charset name content http-equiv class id aria-labelledby aria-label aria-hidden href rel src alt
    scope start viewbox preserveaspectratio width height title
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


def test_formulas_keep_their_backslashes():
    text = Page(show(markdown(r"Let $\{x_1*, x_2*\}$ and $$a \\ b_{c}$$ cost $5 and $6."))).text
    assert r"Let $\{x_1*, x_2*\}$ and $$a \\ b_{c}$$ cost $5 and $6." in text


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
def test_hostile_text_takes_no_long_time(text):
    start = time.perf_counter()
    show(code(text, stream(text)), markdown(text))
    assert time.perf_counter() - start < 1


def test_an_ordinary_notebook_is_quick():
    source = "def f(x, n):\n    y = torch.zeros(n)\n    for i in range(n):\n        y[i] = x[i] ** 2  # square\n" * 2

    def cells(turn):
        return [
            code(f"{source}\n# {turn} {i}", stream("done")) if i % 2 else markdown(f"## {turn} {i}\ntext")
            for i in range(40)
        ]

    show(*cells(0))
    seconds = []
    for turn in range(1, 6):  # every cell is new: nothing comes from the cache
        start = time.perf_counter()
        show(*cells(turn))
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.1  # 10 ms as measured; the rest is for a busy machine


def test_most_of_the_code_of_a_course_is_coloured():
    assert MAX_COLOURED >= 5_000
