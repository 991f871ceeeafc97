"""An executed notebook → HTML that is safe to show.

The grader put cells and outputs together, but every text in them was written by a student's program. So each
text is escaped, of rich outputs only PNG and JPEG images are taken (after a look at their bytes), nothing is
loaded from anywhere, and each cell, output and page has a size that it cannot exceed.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.style import Style
from pygments.token import Comment, Keyword, Name, Number, Operator, String

from autograder.records.pages.formulas import formula
from autograder.records.plain_text import plain

MAX_TEXT = 20_000  # characters of one output or cell; the middle is left out
MAX_COLOURED = 10_000  # characters of code that are coloured: hostile code makes any lexer slow
MAX_OUTPUTS = 30  # per cell
WIDE_LINE = 40  # characters: more than a phone shows
MAX_IMAGE = 3_000_000  # characters of base64
MAX_PAGE = 8_000_000  # characters of HTML for all cells; what comes after is left out
IMAGES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}

MAX_TEX_PAGE = 30_000  # characters of formulas that are set; those after them are shown as TeX

MATH = re.compile(r"\$\$[^$]+\$\$|\$(?!\s)[^$]+(?<!\s)\$")
HEADING = ("heading_open", "heading_close")
PAGE_LEVEL = 2  # of the heading above the notebook


def _colours(comment: str, keyword: str, value: str, name: str, string: str) -> dict[Any, str]:
    names = dict.fromkeys([Name.Function, Name.Class, Name.Decorator], name)
    values = dict.fromkeys([Name.Builtin, Number], value)
    return {Comment: comment, Keyword: keyword, Operator.Word: keyword, String: string, **values, **names}


class CodeColours(Style):
    """Few colours, each with a contrast of at least 4.5 on the background of code."""

    background_color = "#f6f7f9"
    styles = _colours("#57606a", "#a8201a", "#0b5394", "#6f2da8", "#1b5e20")


class DarkCodeColours(Style):
    """The same where the reader's device asks for a dark page."""

    background_color = "#161b22"
    styles = _colours("#9aa5b1", "#ff9d94", "#8cc4ff", "#d9b3ff", "#9fdc9f")


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell, ready to be shown; ``number`` counts all cells from 1."""

    number: int
    kind: str
    body: Markup
    outputs: list[Markup]


def code_css() -> str:
    """The style rules that coloured code needs, on a light page and on a dark one."""
    dark = HtmlFormatter(nowrap=True, style=DarkCodeColours).get_style_defs("pre.code")
    return f"{_formatter().get_style_defs('pre.code')}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


def cell_views(notebook: dict[str, Any]) -> tuple[list[CellView], int]:
    """The cells of an executed notebook (nbformat 4), and how many more were left out for their size."""
    cells = notebook.get("cells", [])
    views: list[CellView] = []
    size, tex_left, level = 0, MAX_TEX_PAGE, PAGE_LEVEL
    for number, cell in enumerate(cells, start=1):
        source = _text(cell.get("source"))
        if cell.get("cell_type") == "markdown":
            tex_left -= sum(map(len, MATH.findall(source)))
            body, level = _markdown(source, level, tex_left >= 0)
            view = CellView(number, "markdown", body, [])
        else:
            view = _view(number, cell, source)
        size += len(view.body) + sum(map(len, view.outputs))
        if size > MAX_PAGE:
            break
        views.append(view)
    return views, len(cells) - len(views)


def text_block(text: str, kind: str, most: int = MAX_TEXT) -> Markup:
    """Preformatted text; of a long one the beginning and the end, with a note of what is missing between."""
    if len(text) <= most:
        return _block(text, kind)
    head, tail = most * 3 // 4, most // 4
    note = Markup('<p class="note">… {:,} characters left out …</p>').format(len(text) - head - tail)
    return _block(text[:head], kind) + note + _block(text[-tail:], kind)


def _block(text: str, kind: str) -> Markup:
    shown = plain(text)
    is_wide = kind == "stdout" and any(len(line) > WIDE_LINE for line in shown.split("\n"))
    # What is wide is scrolled sideways, so the keyboard must reach it.
    reach = Markup(' tabindex="0"') if is_wide else ""
    return Markup('<pre class="{}"{}>{}</pre>').format(kind, reach, shown)


def _view(number: int, cell: dict[str, Any], source: str) -> CellView:
    if cell.get("cell_type") == "code":
        return CellView(number, "code", _code(source), list(_outputs(number, cell.get("outputs") or [])))
    return CellView(number, "raw", text_block(source, "raw"), [])


def _text(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")


# Code


@cache
def _formatter() -> "HtmlFormatter[str]":
    return HtmlFormatter(nowrap=True, style=CodeColours)


@cache
def _lexer() -> PythonLexer:
    return PythonLexer(stripnl=False)


@lru_cache(maxsize=512)  # most cells are the same in every submission of a class
def _code(source: str) -> Markup:
    if len(source) > MAX_COLOURED:
        return text_block(source, "code")
    # Lines that end in spaces take the lexer quadratic time.
    source = "\n".join(line.rstrip() for line in plain(source).split("\n"))
    return Markup('<pre class="code">{}</pre>').format(Markup(highlight(source, _lexer(), _formatter())))


# Markdown


@lru_cache(maxsize=512)
def _markdown(source: str, level: int, formulas: bool) -> tuple[Markup, int]:
    """Prose as HTML, and the level of its last heading.

    Args:
        level: of the last heading above it on the page.
        formulas: whether to set them; else their TeX is shown.
    """
    if len(source) > MAX_TEXT:
        return text_block(source, "raw"), level
    parser = _markdown_parser()
    tokens = parser.parse(plain(source))
    for token in tokens:
        if token.type == "heading_open":  # below the page's own headings, and none left out between
            level = min(6, int(token.tag[1]) + PAGE_LEVEL, level + 1)
        if token.type in HEADING:
            token.tag = f"h{level}"
    html = parser.renderer.render(tokens, parser.options, {"formulas": formulas})
    # A table or a long formula may be wider than the page; then it is scrolled sideways.
    is_wide = any(token.type == "table_open" for token in tokens) or any(
        len(tex) > WIDE_LINE for tex in MATH.findall(source)
    )
    reach = Markup(' tabindex="0"') if is_wide else ""
    return Markup('<div class="prose"{}>{}</div>').format(reach, Markup(html)), level


@cache
def _markdown_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("escape", "math", _math_rule)
    parser.add_render_rule("math", _render_math)
    parser.add_render_rule("image", _render_image)
    parser.add_render_rule("link_open", _render_link)
    return parser


def _math_rule(state: StateInline, silent: bool) -> bool:
    """Take ``$…$`` and ``$$…$$`` as they stand: as Markdown, formulas would lose backslashes and stars."""
    found = MATH.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("math", "code", 0).content = found[0]
    state.pos = found.end()
    return True


def _render_math(_self: Any, tokens: list[Token], index: int, _options: Any, env: dict[str, bool]) -> str:
    text = tokens[index].content
    shown = formula(text.strip("$"), text.startswith("$$")) if env["formulas"] else None
    return shown or Markup('<code class="math">{}</code>').format(text)


def _render_image(_self: Any, tokens: list[Token], index: int, _options: Any, _env: Any) -> str:
    """An image would be loaded from somewhere: its description and address stand for it."""
    token = tokens[index]
    return Markup('<span class="picture">[picture: {} ({})]</span>').format(token.content, token.attrs["src"])


def _render_link(_self: Any, tokens: list[Token], index: int, _options: Any, _env: Any) -> str:
    address = str(tokens[index].attrs["href"])
    if not re.match(r"https?://|mailto:", address, re.IGNORECASE):  # also no files beside the page
        return Markup("<a>")
    return Markup('<a href="{}" rel="noopener noreferrer nofollow">').format(address)


# Outputs


def _outputs(number: int, outputs: list[dict[str, Any]]) -> Iterator[Markup]:
    for output in outputs[:MAX_OUTPUTS]:
        yield _output(number, output)
    if len(outputs) > MAX_OUTPUTS:
        yield Markup('<p class="note">… {:,} more outputs left out …</p>').format(len(outputs) - MAX_OUTPUTS)


def _output(number: int, output: dict[str, Any]) -> Markup:
    match output.get("output_type"):
        case "stream" if output.get("name") == "stderr":
            return Markup('<p class="label">Messages (stderr)</p>') + text_block(_text(output.get("text")), "stderr")
        case "stream":
            return text_block(_text(output.get("text")), "stdout")
        case "error":
            summary = f"{output.get('ename', '')}: {output.get('evalue', '')}"
            traceback = "\n".join(map(str, output.get("traceback") or [])) or summary
            return Markup('<p class="label">Error</p>') + text_block(traceback, "error")
    return _rich_output(number, output.get("data") or {})


def _rich_output(number: int, data: dict[str, Any]) -> Markup:
    text = _text(data.get("text/plain"))
    for mime, magic in IMAGES.items():
        encoded = re.sub(r"\s", "", _text(data.get(mime))) if mime in data else ""
        if len(encoded) > MAX_IMAGE:
            return Markup('<p class="note">… an image of {:.1f} MB left out …</p>').format(len(encoded) * 0.75e-6)
        if _decode(encoded).startswith(magic):
            alt = f"Image shown by cell {number}" + (f": {plain(text[:200])}" if text else "")
            return Markup('<img src="data:{};base64,{}" alt="{}">').format(mime, encoded, alt)
    if text:
        return text_block(text, "stdout")
    kinds = ", ".join(sorted(map(str, data)))[:200] or "nothing"
    return Markup('<p class="note">An output that is not shown here ({}).</p>').format(plain(kinds))


def _decode(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""
