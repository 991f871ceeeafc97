"""Whatever a submission holds, the page that shows it to the person who marks runs none of it."""

import base64
from html.parser import HTMLParser
from typing import Any

import nbformat
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.exporters import HTMLExporter

from autograder.records.gradebook.harmless import harmless_cell

# What Markdown itself makes, and nothing that loads, links elsewhere, or runs.
TAGS = {
    *("p", "em", "strong", "code", "pre", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr"),
    *("table", "thead", "tbody", "tr", "th", "td", "br", "del", "div", "span", "a", "sup", "section", "img"),
}
ATTRIBUTES = {"class", "id", "align", "style", "start", "tabindex", "src", "alt"}
PARTS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<", ">", "</", "<!--", "-->", "<?", "<![CDATA[", "]]>",
    "[a](javascript:alert(1))", "[a][b]", "[b]: javascript:alert(1)", "[b]:", "](", "![a](//evil.example/x.png)",
    "<javascript:alert(1)>", "<a@b.example>", "https://evil.example", "&lt;script&gt;", "&#60;b&#62;", "&#106;avascript:",
    "$\\href{javascript:alert(1)}{x}$", "$$", "$", "\\", "\\\\", "`", "```", "```mermaid",
    "```&#109;ermaid", "```\\mermaid", "\r", "~~~", "~~~ mermaid", "    ", "\n", "\n\n",
    "> ", "- ", "1. ", "# ", "|", "|a|b|\n|---|---|\n", "*", "_", "[^1]", "[^1]: x", "\t", "\x00", "\u202e", "text", '"', "'",
    "<scr<script>ipt>", "<\n", "<\u00a0b", "<svg/onload=alert(1)>", "\\begin{a}", "\\end{a}", "\\(", "\\[", "{{", "{%",
]  # fmt: skip


EXPORTER = HTMLExporter(template_name="basic")


class Found(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.bad.append(tag)
        for name, value in attrs:
            own = name == "href" and (value or "").startswith(("#", "http://", "https://"))
            picture = name != "src" or (value or "").startswith("data:image/")
            if not (own or (name in ATTRIBUTES and picture)):
                self.bad.append(f"{tag} {name}={value}")


def shown(cell: dict[str, Any]) -> str:
    """A cell as nbconvert shows it, and with it formgrader and the feedback of nbgrader."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.from_dict({**harmless_cell(cell), "id": "a"})])
    return EXPORTER.from_notebook_node(notebook)[0]


def bad(page: str) -> list[str]:
    found = Found()
    found.feed(page)
    return found.bad


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=12), st.sampled_from(["markdown", "raw"]))
def test_text_cells_become_text(parts: list[str], kind: str):
    """No combination of what browsers, Markdown and MathJax take for more than text gets through."""
    page = shown({"cell_type": kind, "source": "".join(parts), "metadata": {}})
    assert bad(page) == []
    assert "\\href" not in page
    assert 'class="mermaid' not in page


def test_outputs_are_text_and_pictures():
    """HTML, scripts, SVG and files that only say that they are pictures are left out; text stays."""
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n rest").decode()
    evil = "<script>alert(1)</script>"
    outputs = [
        {"output_type": "display_data", "data": {"text/html": evil, "image/svg+xml": evil, "text/plain": evil}},
        {"output_type": "display_data", "data": {"application/javascript": "alert(1)", "text/latex": "$x$"}},
        {"output_type": "display_data", "data": {"image/png": png}, "metadata": {"image/png": {"width": '"><script>'}}},
        {"output_type": "display_data", "data": {"image/png": f'{png}"><script>'}},
        {"output_type": "execute_result", "data": {"image/jpeg": base64.b64encode(b"<svg>").decode()}},
        {"output_type": "stream", "name": evil, "text": evil},
        {"output_type": "error", "ename": evil, "evalue": evil, "traceback": [evil, 3]},
        {"output_type": "update", "data": evil},
        "no output",
    ]
    kept = harmless_cell({"cell_type": "code", "source": evil, "outputs": outputs, "execution_count": 1})["outputs"]
    assert [output["output_type"] for output in kept] == ["display_data", "display_data", "stream", "error"]
    assert kept[0]["data"] == {"text/plain": evil}
    assert kept[1] == {"output_type": "display_data", "metadata": {}, "data": {"image/png": png}}
    assert bad(shown({"cell_type": "code", "source": evil, "outputs": outputs, "execution_count": 1})) == []


def test_ordinary_answers_stay_readable():
    """Formulas, lists, emphasis and comparisons look as they were written."""
    text = "**Yes.** If $a < b$ then\n\n- `f(x)[0] <= y`\n- $\\frac{1}{2} \\le x_{1}$"
    assert harmless_cell({"cell_type": "markdown", "source": text})["source"] == text
