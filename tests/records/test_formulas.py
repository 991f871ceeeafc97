"""Formulas become MathML that browsers show; whatever the TeX is, nothing but formulas comes of it."""

import json
import re
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import Page, markdown, show

from autograder.records.pages.formulas import MAX_TEX, formula
from autograder.records.pages.notebook_html import MATH

ROOT = Path(__file__).parents[2]
PIECES = [
    *(
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "^",
        "_",
        "&",
        "'",
        "<",
        ">",
        '"',
        "$",
        "|",
        " ",
        "\n",
        "x",
        "1",
        "é",
        "\u202e",
        "\x1b",
    ),
    *(r"\\", r"\frac", r"\sqrt", r"\left", r"\right", r"\over", r"\text", r"\href", r"\class", r"\style", r"\color"),
    *(
        r"\begin{matrix}",
        r"\end{matrix}",
        r"\begin{align}",
        r"\end{align}",
        r"\unicode",
        r"\mbox",
        r"\hspace",
        r"\rule",
    ),
    *(r"\substack", r"\limits", r"\sum", r"\mathbb", r"\Huge", r"\def", r"\newcommand", r"\middle", r"\not", "&lt;"),
]


def test_formulas_of_the_course_are_all_set():
    """Every formula of every chapter becomes MathML, with no command left as text."""
    texts = [
        "".join(cell["source"])
        for path in ROOT.glob("student/*/*.ipynb")
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
    ]
    found = [tex for text in texts for tex in MATH.findall(text)]
    assert len(found) > 100
    for tex in found:
        html = formula(tex.strip("$"), display=tex.startswith("$$"))
        assert html is not None, tex
        assert "\\" not in html, tex


def test_formula_has_its_structure():
    """Fractions, indexes and signs are elements; signs of numbers are told from operators."""
    html = formula(r"\frac{a}{b_1} = -2 - 3", display=False)
    for part in (
        "<mfrac>",
        "<msub><mi>b</mi><mn>1</mn></msub>",
        '<mo form="prefix">−</mo><mn>2</mn><mo>−</mo><mn>3</mn>',
    ):
        assert part in html
    assert formula("x", display=True).startswith('<math display="block">')


def test_letters_in_bold_and_the_like_are_letters_of_their_own():
    """Browsers no longer know the attribute that made them so."""
    assert "𝜽" in formula(r"\boldsymbol{\theta}", display=False)
    assert "𝚊𝚋" in formula(r"\texttt{ab}", display=False)
    assert "ℝ" in formula(r"\mathbb{R}", display=False)


@pytest.mark.parametrize(
    "tex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\text{<script>alert(1)</script>}",
        r"\text{&lt;img src=x onerror=alert(1)&gt;}",
        r"\unicode{x3c}img src=x\unicode{x3e}",
        r"\class{q}{x}\style{position:fixed}{x}",
        r'\color{red" onclick="alert(1)}{x}',
        r"\rule{9999em}{9999em}\hspace{9999em}",
        r"\Huge\Huge\Huge x",
    ],
)
def test_tex_cannot_bring_links_styles_or_sizes(tex: str):
    """The library passes these on; here only the letters are left of them."""
    html = formula(tex, display=False)
    tags = ["math", "mrow", "mstyle", "mspace", "mi", "mo", "mn", "mtext"]
    assert all(tag in tags for tag, _ in Page(html).tags)
    assert not re.search(r"href|class=|style=|onclick=|9999em|mathsize", re.sub(r">[^<]*<", "><", html))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_tex_gives_well_formed_mathml_or_nothing(tex: str):
    """No exception, no stray bracket, no mark that turns the direction of the text."""
    html = formula(tex, display=False)
    if html is not None:
        assert {element.tag for element in ElementTree.fromstring(str(html)).iter()} >= {"math"}
        assert not re.search("[\u202e\x1b]", html)


@pytest.mark.parametrize(
    "tex",
    [
        r"\def\a{\b\b}\def\b{\c\c}\def\c{xxxxxxxx}\a\a\a",
        r"\newcommand{\a}{\a\a}\a",
        "{" * 200 + "x" + "}" * 200,
        "x" * (MAX_TEX + 1),
        r"\frac{1",
    ],
    ids=["def", "newcommand", "deep", "long", "broken"],
)
def test_what_is_no_formula_is_shown_as_tex(tex: str):
    """Commands of its own, great depth and length, and mistakes: the reader sees what was written."""
    assert formula(tex, display=False) is None
    assert f"${tex}$" in Page(show(markdown(f"${tex}$"))).text


def test_formulas_of_a_page_have_a_bound():
    """A page full of costly formulas is not slow: the later ones are shown as TeX."""
    cells = [markdown(" ".join([f"${'(' * 480}$"] * 40)) for _ in range(100)]
    start = time.process_time()
    html = show(*cells)
    assert time.process_time() - start < 10
    assert 0 < html.count("<math") < 100
    assert html.count('<code class="math">') > 3_000
