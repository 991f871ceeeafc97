"""The pictures of the documents: ``make pictures`` draws them from the sample class, with a headless Chromium."""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tests" / "gradebook"))

from notebook_server import serving, sign_in, submission_id  # noqa: E402

CHAPTER = "02_shallow_networks"
SHOWN = "student05"  # has points, mistakes and a written answer
WIDTH, HEIGHT = 1100, 760  # pixels
COLUMNS = 140  # as in a file
FONT_FACES = re.compile(r"@font-face \{.*?\}", re.DOTALL)  # would be fetched from the network


def autograder(*words: object) -> str:
    """What a command prints, in colour."""
    command = [sys.executable, "-m", "autograder", *map(str, words)]
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def draw_table(browser: Browser, printed: str) -> None:
    """The table of grades as it stands in a terminal."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(printed), end="")
    page = browser.new_page()
    page.set_content(FONT_FACES.sub("", console.export_svg(title=f"autograder grade {CHAPTER}")))
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.locator("svg").screenshot(path=str(HERE / "table.png"))


def photograph(page: Any, name: str, height: int = HEIGHT) -> None:
    """The top of a page; what moves or blinks is still."""
    page.set_viewport_size({"width": WIDTH, "height": height})
    page.screenshot(path=str(HERE / f"{name}.png"), animations="disabled", caret="hide")


def draw_pages(browser: Browser, out: Path) -> None:
    """The report of the class, and the feedback page of one submission."""
    page = browser.new_page()
    for name, file in (("report", out / "report.html"), ("feedback", out / "feedback" / f"{SHOWN}.html")):
        page.goto(file.as_uri())
        photograph(page, name)


def draw_formgrader(browser: Browser, course: Path) -> None:
    """A written answer in formgrader, with model answer, rubric and the box for the mark."""
    page = browser.new_page()
    with serving(course) as address:
        sign_in(page, address)
        number = submission_id(course, CHAPTER, SHOWN)
        page.goto(f"{address}/formgrader/submissions/{number}/", wait_until="domcontentloaded")
        page.wait_for_function("document.querySelector('input.score.needs_manual_grade') !== null")
        page.locator("input.score.needs_manual_grade").first.scroll_into_view_if_needed()
        photograph(page, "formgrader")


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no chromium on the path: install it (on Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder, sync_playwright() as tool:
        out, course = Path(folder, "out"), Path(folder, "marking")
        browser = tool.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        draw_table(browser, autograder("grade", CHAPTER, f"examples/{CHAPTER}", "-o", out))
        autograder("gradebook", out, "--course-dir", course)
        draw_pages(browser, out)
        draw_formgrader(browser, course)
        browser.close()


if __name__ == "__main__":
    main()
