"""A person marks a written answer in formgrader, in a real browser."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from notebook_server import serving, sign_in, submission_id
from tides import CHAPTER, WRITTEN, gradebook_of, nbgrader

from autograder.course import Chapter
from autograder.records.scores.scores import read_gradebook

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
WHY = "q3_why-response"
WAIT_MS = 120_000  # a busy machine is slow; nothing here depends on how fast it is


@pytest.fixture(scope="module")
def course(first: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """nbgrader's folder of the class, for a person to mark in."""
    return Path(shutil.copytree(first[0], tmp_path_factory.mktemp("formgrader") / "nbgrader"))


@pytest.fixture(scope="module")
def formgrader(course: Path) -> Iterator[str]:
    """The address of a notebook server with formgrader, started in the course folder."""
    with serving(course) as address:
        yield address


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """A page of a headless browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this host")
    with playwright.sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(WAIT_MS)
        yield page
        browser.close()


@pytest.fixture(scope="module")
def marked(page: Any, formgrader: str, course: Path) -> dict[str, str]:
    """What the person saw while marking ada's answer: 3 points, half a point extra, a comment."""
    sign_in(page, formgrader)
    page.get_by_role("link", name=CHAPTER).click()
    page.locator("tbody").get_by_role("link", name=CHAPTER).click()
    page.get_by_role("link", name="Submission #1").wait_for()
    seen = {"list": page.locator("tbody").inner_text()}
    # Formgrader names nobody in its list; which of them is ada's is told by the gradebook.
    page.goto(
        f"{formgrader}/formgrader/submissions/{submission_id(course, CHAPTER, 'ada')}/", wait_until="domcontentloaded"
    )
    score = page.locator(f"input.score[id='{WHY}']")
    score.wait_for()
    page.wait_for_function("document.querySelector('input.score.needs_manual_grade') !== null")
    comment = page.locator("textarea[id='q1_height-answer-1-comment'][placeholder*='check']")
    comment.wait_for()  # comments come after the scores
    seen["page"] = page.locator("body").inner_text()
    seen["automatic"] = page.locator("input.score[id='q1_height-check']").get_attribute("placeholder")
    seen["said"] = comment.get_attribute("placeholder")
    for selector, value in {
        f"input.score[id='{WHY}']": "3",
        f"input.extra-credit[id='{WHY}_extra_credit']": "0.5",
        f"textarea[id='{WHY}-comment']": "What about the earth?",
    }.items():
        with page.expect_response(lambda response: response.request.method == "PUT") as put:
            page.locator(selector).fill(value)
            page.locator(selector).blur()
        assert put.value.ok
    return seen


def exported(course: Path) -> dict[str, dict[str, str]]:
    nbgrader("export", "--to", "grades.csv", cwd=course)
    with (course / "grades.csv").open(encoding="utf-8") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def test_the_person_sees_scores_and_the_model_answer(marked: dict[str, str]):
    """Formgrader lists the class; beside a written answer stand the model answer and the rubric."""
    assert marked["list"].count("Submission #") == 6
    assert marked["list"].count("5 / 9") == 1
    assert WRITTEN in marked["page"]
    assert "The moon pulls the far side less than the middle" in marked["page"]
    assert "2 points: the earth itself is pulled away." in marked["page"]
    assert marked["automatic"] == "3"
    assert "Hidden check 1 passed, 2 of 2" in marked["said"]


def test_the_mark_is_in_the_export(marked: dict[str, str], course: Path):
    """nbgrader's own export and this kit read the same score."""
    assert float(exported(course)["ada"]["score"]) == 5 + 3 + 0.5
    (ada,) = [one for one in read_gradebook(f"sqlite:///{course / 'gradebook.db'}", CHAPTER) if one.student == "ada"]
    assert (ada.score, ada.automatic, ada.by_hand, ada.extra_credit) == (8.5, 5, 3, 0.5)
    assert not ada.needs_marking


def test_a_regrade_keeps_the_mark(marked: dict[str, str], course: Path, tides: Chapter, regraded: Path):
    """After a regrade of a changed answer the mark is there, in formgrader and in the export, and is flagged."""
    rows = {row["student"]: row for row in gradebook_of(tides, regraded, course)}
    assert (rows["ada"]["score"], rows["ada"]["needs_marking"]) == (8.5, True)
    assert float(exported(course)["ada"]["score"]) == 8.5


def test_feedback_has_the_mark_and_no_model_answer(marked: dict[str, str], course: Path):
    """nbgrader's feedback pages hold score and comment; nothing of what the person who marked was shown."""
    nbgrader("generate_feedback", CHAPTER, cwd=course)
    pages = {path.parts[-3]: path.read_text(encoding="utf-8") for path in course.glob(f"feedback/*/*/{CHAPTER}.html")}
    assert sorted(pages) == ["ada", "bo", "cyd", "dov", "eli", "fay"]
    assert "(Score: 8.5 / 9.0)" in pages["ada"]
    assert "What about the earth?" in pages["ada"]
    for text in pages.values():
        assert "Model answer" not in text
        assert "test_later" not in text
