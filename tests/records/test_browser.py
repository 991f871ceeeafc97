"""Feedback and report in a real browser: read, sorted and searched, on a phone, in the dark, with hostile names."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from samples import HOSTILE, case, code, display, everywhere, make_result, markdown, show, stream

from autograder.records.pages.report import MAX_SHOWN, render_report
from autograder.records.pages.summary import summarise
from autograder.results import (
    BatchRecord,
    CellOutcome,
    CellResult,
    ManualQuestion,
    Outcome,
    QuestionResult,
    Release,
    Status,
    SubmissionResult,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
PHONE, DESKTOP = 360, 1200  # pixels wide
MANUAL = (ManualQuestion("q3_proof", 2.0, "3. A proof"),)
# Every text that is shown, with its contrast to what lies behind it.
CONTRASTS = """() => {
  const parse = (colour) => (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility() || !parent.getClientRects().length) continue;
    const style = getComputedStyle(parent);
    const ink = parent.namespaceURI.endsWith("svg") ? style.fill : style.color;
    const [a, b] = [light(parse(ink)), light(behind(parent))].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), parent.tagName + ": " + node.data.trim().slice(0, 60)]);
  }
  return found;
}"""


@dataclass
class Seen:
    """What went wrong, or left the machine, while a page was open."""

    troubles: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A headless Chromium, started once."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need the package playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"the browser tests need {CHROMIUM}")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A feedback page for before and after the deadline, and a report, with everything that pages can show."""
    folder = tmp_path_factory.mktemp("pages")
    made = {f"feedback-{release}": feedback(release) for release in Release} | {"report": report(a_class())}
    for name, html in made.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


def feedback(release: Release) -> str:
    lost = {"outcome": Outcome.FAILED, "points": 0.0, "message": "Look at the edges.\nYour code last gave None."}
    result = make_result(
        QuestionResult("q1_a_name_that_is_long_enough_to_be_broken_on_a_phone", 1, 1, [case()]),
        QuestionResult("q2_partly", 1, 3, [case("test_open"), case("test_secret", hidden=True, **lost), case(**lost)]),
        QuestionResult("q4_none", 0, 1, [case(**lost)], message="While it was tested, your code ran too long."),
        QuestionResult("q5_hidden", 0, 1, [case(hidden=True, outcome=Outcome.ERROR, points=0)]),
        QuestionResult("q6_gpu", 0, 0, [case("test_gpu", outcome=Outcome.NOT_RUN, points=0)]),
        status=Status.PARTIAL,
        message="Cell 2 was stopped after 60 s.",
    )
    result.cells = [
        CellResult(1, CellOutcome.STOPPED, 60.0, "Stopped."),
        CellResult(2, CellOutcome.RAISED, 0.1, "E: x"),
    ]
    error = {"output_type": "error", "ename": "E", "evalue": "x", "traceback": ["Traceback", "E: " + "x" * 200]}
    long_line = "def a_function(with_many, arguments):  # a comment\n    return 'text', 1.5, " + "x + " * 60 + "x"
    cells = [
        markdown(
            f"### 1. A heading\n\nText with `code`, [a link](https://a.example), $\\frac{{1}}{{2}}$ and\n\n$${'x + ' * 60}x$$"
        ),
        code(long_line, stream("0.123456789 " * 40), stream("careful", "stderr"), display(image_png=PICTURE)),
        code('grader.check("q2_partly")', error),
        markdown(
            "# 3. A proof\n\n> quoted\n\n| a | b |\n| - | - |\n| " + "wide " * 30 + " | ![x](https://b.example/p.png) |"
        ),
        {"cell_type": "raw", "source": "raw"},
    ]
    return show(*cells, result=result, release=release, manual=MANUAL)


PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # one pixel
)


def a_class(size: int = 24) -> list[SubmissionResult]:
    """Submissions of every status, one with a hostile name, one with a very long one, and a test that all fail."""
    results = []
    for n in range(size):
        wrong = case("test_wrong", hidden=True, outcome=Outcome.FAILED, points=0)
        questions = [QuestionResult("q1_area", 1, 2, [case(), wrong]), QuestionResult("q2_slope", n % 3, 3, [case()])]
        status = Status.PARTIAL if n == 5 else Status.GRADED
        told = "Cell 3 was stopped." if n == 5 else ""
        results.append(SubmissionResult(f"s{n}", "c", status, 1.0 + n % 3, 5.0, n / 7, told, questions))
    results.append(SubmissionResult(HOSTILE[2], "c", Status.REJECTED, 0.0, 5.0, 0.0, HOSTILE[0]))
    results.append(SubmissionResult("x" * 200, "c", Status.ERROR, None, 5.0, 0.0, "The grader failed"))
    return results


def report(results: list[SubmissionResult]) -> str:
    record = BatchRecord("01_sample", "A course", questions={"q1_area": 2.0, "q2_slope": 3.0}, manual=MANUAL)
    return "".join(render_report(summarise(record, iter(results), lambda name: f"feedback/{len(name)}.html")))


@contextlib.contextmanager
def opened(
    browser: "Browser", path: Path, width: int = DESKTOP, scheme: str = "light", **options: object
) -> Iterator[tuple["Page", Seen]]:
    """A page in a window; in the end it must have met no trouble and asked for nothing but itself."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
    page, seen = context.new_page(), Seen()
    page.on("console", lambda message: seen.troubles.append(message.text))
    page.on("pageerror", lambda error: seen.troubles.append(str(error)))
    page.on("dialog", lambda dialog: (seen.troubles.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: seen.requests.append(request.url))
    page.goto(path.as_uri())
    yield page, seen
    context.close()
    assert seen.troubles == []
    assert [url for url in seen.requests if not url.startswith("data:image/")] == [path.as_uri()]


PAGES = ["feedback-before", "feedback-after", "report"]


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_a_phone(browser: "Browser", pages: dict[str, Path], name: str):
    """Nothing makes the page itself wider than 360 pixels; what is wide scrolls by itself."""
    with opened(browser, pages[name], PHONE) as (page, _):
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE
        scrolled = """[...document.querySelectorAll("pre, .prose, .wide")]
            .filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.tabIndex)"""
        assert set(page.evaluate(scrolled)) == {0}  # the keyboard reaches them


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_every_text_has_enough_contrast(browser: "Browser", pages: dict[str, Path], name: str, scheme: str):
    """At least 4.5 to 1, as computed from what the browser shows, on a light page and on a dark one."""
    with opened(browser, pages[name], scheme=scheme) as (page, _):
        page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
        found = page.evaluate(CONTRASTS)
        assert len(found) > 80
        assert [told for ratio, told in found if ratio < 4.5] == []


@pytest.mark.parametrize("name", PAGES)
def test_headings_landmarks_and_names_are_in_order(browser: "Browser", pages: dict[str, Path], name: str):
    """One first heading and no level left out; one header, main and footer; links, images and regions have names."""
    with opened(browser, pages[name]) as (page, _):
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((e) => Number(e.tagName[1]))")
        assert (levels[0], levels.count(1)) == (1, 1)
        assert all(after - before <= 1 for before, after in pairwise(levels))
        for tag in ("header", "main", "footer", "nav"):
            assert page.locator(f"body {tag}").count() == 1
        snapshot = page.locator("body").aria_snapshot()
        assert not re.search(r"^\s*- (link|button|img|region|searchbox)( \[|:|$)", snapshot, re.MULTILINE)
        regions = re.findall(r'- region "(.*?)"', snapshot)
        assert len(regions) == len(set(regions)) > 3


@pytest.mark.parametrize("name", PAGES)
def test_links_inside_a_page_lead_somewhere(browser: "Browser", pages: dict[str, Path], name: str):
    """Each of them names a place that is there, and can be reached with the keyboard."""
    with opened(browser, pages[name]) as (page, _):
        targets = page.evaluate("[...document.querySelectorAll('a[href^=\"#\"]')].map((e) => e.getAttribute('href'))")
        assert targets
        assert all(page.locator(target).count() == 1 for target in targets)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == targets[0]
        page.keyboard.press("Enter")
        assert page.url.endswith(targets[0])


def test_formulas_and_pictures_are_shown(browser: "Browser", pages: dict[str, Path]):
    """A fraction is two lines high; the picture was decoded and has a description."""
    with opened(browser, pages["feedback-after"]) as (page, _):
        assert page.locator("math mfrac").bounding_box()["height"] > 15
        assert page.evaluate("document.querySelector('img').naturalWidth") == 1
        assert page.locator("img").get_attribute("alt").startswith("Image shown by cell 2")


def column(page: "Page", number: int) -> list[str]:
    """The texts of a column of the submissions, as far as they are shown, top to bottom."""
    shown = "[...document.querySelectorAll('#submission-table tbody tr')].filter((e) => e.checkVisibility())"
    return page.evaluate(f"{shown}.map((row) => row.cells[{number}].textContent)")


def test_report_is_sorted_by_a_click_and_by_the_keyboard(browser: "Browser", pages: dict[str, Path]):
    """Names count as people do, figures as figures, what is missing comes last; the column says its order."""
    with opened(browser, pages["report"]) as (page, _):
        head = page.locator("#submission-table thead th")
        head.nth(2).get_by_role("button").click()
        scores = column(page, 2)
        assert scores[-1] == "–"
        assert [float(score) for score in scores[:-1]] == sorted(float(score) for score in scores[:-1])
        assert head.nth(2).get_attribute("aria-sort") == "ascending"
        head.nth(2).get_by_role("button").press("Enter")
        assert head.nth(2).get_attribute("aria-sort") == "descending"
        assert (column(page, 2)[0], column(page, 2)[-1]) == ("3", "–")
        head.nth(0).get_by_role("button").click()
        names = [name for name in column(page, 0) if re.fullmatch(r"s\d+", name)]
        assert names == [f"s{n}" for n in range(24)]
        assert head.nth(2).get_attribute("aria-sort") is None
        page.locator("#question-table thead th").nth(3).get_by_role("button").click()
        first = page.locator("#question-table tbody tr").first
        assert first.locator("th").text_content() == "q2_slope"


def test_report_is_searched(browser: "Browser", pages: dict[str, Path]):
    """All words must be in the row, in name, status or message; the count is told to screen readers."""
    with opened(browser, pages["report"]) as (page, _):
        search, told = page.get_by_role("searchbox", name="Search"), page.get_by_role("status")
        search.fill("stopped PARTIAL")
        told.get_by_text("1 of 26 rows shown").wait_for()
        assert column(page, 0) == ["s5"]
        search.fill("nobody is called so")
        told.get_by_text("0 of 26").wait_for()
        search.fill("onerror=alert")
        told.get_by_text("1 of 26").wait_for()
        page.locator("#submission-table thead th").nth(0).get_by_role("button").click()
        assert column(page, 1) == ["rejected"]
        search.fill("")
        told.get_by_text("rows shown").wait_for(state="detached")
        assert len(column(page, 0)) == 26


def test_long_table_shows_its_first_rows_until_asked(browser: "Browser", tmp_path: Path):
    """Search and sort reach the rows that are not shown; one click shows them all."""
    path = tmp_path / "report.html"
    path.write_text(report(a_class(MAX_SHOWN + 40)[:-2]), encoding="utf-8")
    with opened(browser, path) as (page, _):
        assert len(column(page, 0)) == MAX_SHOWN
        head = page.locator("#submission-table thead th").nth(0).get_by_role("button")
        head.click()
        head.click()
        assert column(page, 0)[0] == f"s{MAX_SHOWN + 39}"
        page.get_by_role("searchbox").fill(f"s{MAX_SHOWN + 20}")
        page.get_by_role("status").get_by_text("1 of ").wait_for()
        page.get_by_role("searchbox").fill("")
        page.get_by_role("button", name=f"Show all {MAX_SHOWN + 40}").click()
        assert len(column(page, 0)) == MAX_SHOWN + 40


def test_report_without_scripts_is_plain_tables(browser: "Browser", tmp_path: Path):
    """All rows are there, and no button that does nothing."""
    path = tmp_path / "report.html"
    path.write_text(report(a_class(MAX_SHOWN + 40)), encoding="utf-8")
    with opened(browser, path, java_script_enabled=False) as (page, _):
        rows = page.locator("#submission-table tbody tr")
        assert rows.count() == MAX_SHOWN + 42
        assert rows.last.is_visible()
        assert page.locator("button, input").count() == 0


def test_suspect_test_and_plots_are_in_the_report(browser: "Browser", pages: dict[str, Path]):
    """The test that everybody fails is named; each plot has a title, a description and a table."""
    with opened(browser, pages["report"]) as (page, _):
        (row,) = page.locator("#suspect-table tbody tr").all_text_contents()
        assert row.startswith("q1_areatest_wrong (hidden)")
        plots = page.get_by_role("img")
        assert [plot.locator("title").text_content() for plot in plots.all()] == [
            "How the scores are spread",
            "How long grading took",
        ]
        assert "score in percent: 20 to 30: 8; 40 to 50: 8; 60 to 70: 8." in plots.first.locator("desc").text_content()
        assert page.locator("figure table").count() == 2


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_do_nothing_in_a_browser(browser: "Browser", tmp_path: Path, text: str):
    """No script, no dialog, no request, no breach of the policy, no wider page; in feedback and report alike."""
    hostile = SubmissionResult(text, text, Status.PARTIAL, 1.0, 2.0, 1.0, text)
    hostile.questions = [QuestionResult(text, 1, 2, [case(text, message=text)])]
    for name, html in (("feedback", everywhere(text)), ("report", report([hostile, *a_class(10)]))):
        path = tmp_path / f"{name}.html"
        path.write_text(html, encoding="utf-8", errors="replace")
        with opened(browser, path, PHONE) as (page, _):
            assert page.evaluate("document.documentElement.scrollWidth") == PHONE
            assert page.locator("main").count() == 1
