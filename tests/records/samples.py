"""Results, notebooks and hostile texts that the tests of the pages share."""

import base64
from html.parser import HTMLParser

from autograder.records.pages.feedback import render_feedback
from autograder.results import (
    CaseResult,
    CellOutcome,
    CellResult,
    Outcome,
    QuestionResult,
    Release,
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


def show(*cells, result=None, release=Release.AFTER, manual=()) -> str:
    return render_feedback(result or make_result(), {"cells": list(cells)}, "Deep Learning", release, manual)


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
