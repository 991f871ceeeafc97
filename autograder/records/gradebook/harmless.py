"""Cells of a submission, so that showing them in formgrader or in nbgrader's feedback runs nothing.

Both pages turn notebooks into HTML as they stand: HTML in a text cell, in a raw cell or in an output would run in
the browser of the person who marks, with the right to change marks. So text keeps its Markdown and its formulas but
no HTML and no links, and of outputs only text and pictures stay.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from autograder.records.pages.notebook_html import IMAGES

MAX_TEXT = 200_000  # characters of a cell; outputs were bounded by the grader
# What opens a tag, a comment or a link in angle brackets.
TAG = re.compile(r"<(?=[A-Za-z/!?])")
# What joins the text of a link or picture with its address, and what defines an address.
LINK = re.compile(r"\](?=[(\[:])")
# What lets a formula carry a link, a class, a style or more of MathJax.
MATH = re.compile(r"\\(?=(?:href|url|require|class|style|css|data|html|unicode|include|mmlToken|let|def|newcommand))")
# The opening of a block of code, in a list or a quotation, too, and what it says of the language.
FENCE = re.compile(r"^([^`~\n]*(?:`{3,}(?=[^`\n]*$)|~{3,}))(.*)$", re.MULTILINE)
LANGUAGE = re.compile(r"(?!mermaid)[\w+#.-]+")  # a word as it stands: what is escaped could spell a diagram


def harmless_markdown(text: str) -> str:
    """Markdown without HTML, links, pictures and diagrams; a space or a word stands in their way."""
    text = text[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n")
    text = TAG.sub("< ", text)
    text = LINK.sub("] ", text)
    text = MATH.sub(r"\\ ", text)
    return FENCE.sub(_plain_fence, text)


def _plain_fence(fence: re.Match[str]) -> str:
    words = fence[2].split()
    return fence[0] if not words or LANGUAGE.fullmatch(words[0]) else f"{fence[1]}text"


def harmless_cell(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell as nbformat 4 has it, with nothing in it that a page could run; a raw cell becomes text."""
    source = str(cell.get("source", ""))[:MAX_TEXT]
    if cell.get("cell_type") == "code":
        outputs = [output for raw in cell.get("outputs") or [] for output in _output(raw)]
        return _cell("code", source) | {"execution_count": cell.get("execution_count"), "outputs": outputs}
    if cell.get("cell_type") == "markdown":
        return _cell("markdown", harmless_markdown(source))
    return _cell("markdown", harmless_markdown("\n".join(f"    {line}" for line in source.splitlines())))


def _cell(kind: str, source: str) -> dict[str, Any]:
    return {"cell_type": kind, "metadata": {}, "source": source}


def _output(raw: Any) -> Iterator[dict[str, Any]]:
    """The output as far as it is text or a picture, with nothing else that came with it."""
    kind = raw.get("output_type") if isinstance(raw, dict) else None
    if kind == "stream":
        name = "stderr" if raw.get("name") == "stderr" else "stdout"
        yield {"output_type": "stream", "name": name, "text": _text(raw.get("text"))}
    elif kind == "error":
        trace = raw.get("traceback")
        lines = [_text(line) for line in trace] if isinstance(trace, list) else []
        error = {"ename": _text(raw.get("ename")), "evalue": _text(raw.get("evalue")), "traceback": lines}
        yield {"output_type": "error"} | error
    elif kind in ("display_data", "execute_result") and (data := dict(_data(raw.get("data")))):
        yield {"output_type": "display_data", "metadata": {}, "data": data}


def _data(data: Any) -> Iterator[tuple[str, str]]:
    for kind, value in data.items() if isinstance(data, dict) else ():
        if kind == "text/plain":
            yield kind, _text(value)
        elif kind in IMAGES and (image := _image(_text(value), IMAGES[kind])):
            yield kind, image


def _image(text: str, start: bytes) -> str:
    """Base64 of an image of that kind, or nothing."""
    try:
        content = base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return base64.b64encode(content).decode() if content.startswith(start) else ""


def _text(value: Any) -> str:
    joined = "".join(map(str, value)) if isinstance(value, list) else str("" if value is None else value)
    return joined
