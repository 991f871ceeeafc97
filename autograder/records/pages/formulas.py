"""TeX formulas → MathML, which browsers show without a script and screen readers read.

A library parses the TeX. What it builds is not believed: it passes links and raw text on. So its tree is written anew
here, from elements and attributes that are known to be harmless, with every text escaped. A formula that cannot be
read, defines commands of its own, or is too long is left to the caller, which shows its TeX.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape

from autograder.records.plain_text import plain

MAX_TEX = 500  # characters of a formula; the longest of this course has 200
MAX_DEPTH = 40  # elements inside each other
DEFINES = re.compile(r"\\(?:\w*def|let|\w*newcommand|\w*environment|DeclareMathOperator)\b")  # may grow without end

TOKENS = frozenset(["mi", "mo", "mn", "mtext"])  # what holds text
ELEMENTS = TOKENS | {
    *("mrow", "mstyle", "mspace", "mpadded", "mphantom", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup"),
    *("munder", "mover", "munderover", "mtable", "mtr", "mtd"),
}
SIGNS = frozenset("+-−±∓")
CLOSING = frozenset(")]}|‖⟩⌉⌋!′")
CHILDREN = {  # how many of them an element needs to be shown
    **dict.fromkeys(["mfrac", "mroot", "msub", "msup", "munder", "mover"], 2),
    **dict.fromkeys(["msubsup", "munderover"], 3),
}
LENGTH = re.compile(r"-?\d{0,2}(?:\.\d{1,4})?(?:em|ex|pt)?")
WORDS = re.compile(r"[a-z]+(?: [a-z]+){0,20}")
ATTRIBUTES = {
    **dict.fromkeys(["width", "height", "depth", "lspace", "rspace", "linethickness", "minsize", "maxsize"], LENGTH),
    **dict.fromkeys(["stretchy", "fence", "form", "accent", "movablelimits", "largeop", "displaystyle"], WORDS),
    **dict.fromkeys(["columnalign", "columnlines", "rowlines"], WORDS),
    "scriptlevel": re.compile("[0-3]"),
    "mathvariant": re.compile("normal"),
}


class NoFormula(Exception):
    """Only inside this module: the TeX cannot be shown as a formula."""


def formula(tex: str, display: bool) -> Markup | None:
    """A formula as MathML; None if it cannot be shown that way.

    Args:
        tex: without the dollar signs.
        display: a line of its own (``$$…$$``).
    """
    if len(tex) > MAX_TEX or DEFINES.search(tex):
        return None
    kind = "block" if display else "inline"
    try:
        tree = convert_to_element(tex, display=kind)
        inside = "".join(_written(child, MAX_DEPTH) for child in tree)
    except Exception:  # hostile or misspelt TeX: the library raises whatever comes
        return None
    return Markup('<math display="{}">{}</math>').format(kind, Markup(inside))


def _written(element: Element, depth: int) -> str:
    if not depth or len(element) != CHILDREN.get(element.tag, len(element)):
        raise NoFormula
    tag = element.tag if element.tag in ELEMENTS else "mrow"
    _mark_signs(element)
    attributes = "".join(f' {name}="{value}"' for name, value in _attributes(element))
    is_text = tag in TOKENS and not len(element)
    inside = escape(_text(element)) if is_text else "".join(_written(child, depth - 1) for child in element)
    return f"<{tag}{attributes}>{inside}</{tag}>"


def _mark_signs(row: Element) -> None:
    """Tell signs of numbers from operators between two of them: browsers know only the first in a row."""
    before = None
    for child in row:
        is_open = before is None or (before.tag == "mo" and _text(before) not in CLOSING)
        if child.tag == "mo" and is_open and _text(child) in SIGNS:
            child.set("form", "prefix")
        before = child


def _attributes(element: Element) -> Iterator[tuple[str, str]]:
    for name, value in element.items():
        if name in ATTRIBUTES and ATTRIBUTES[name].fullmatch(value):
            yield name, value


def _text(element: Element) -> str:
    text = plain(html.unescape(element.text or ""))  # the library writes symbols as references
    if re.fullmatch(r"\\[A-Za-z]+", text):  # a command that it does not know
        return text[1:]
    style = element.get("mathvariant", "normal").replace("-", " ").upper()
    return text if style == "NORMAL" else "".join(_styled(char, style) for char in text)


def _styled(char: str, style: str) -> str:
    """A letter in bold, monospace…: browsers take the Unicode letter, no longer the attribute."""
    plain = re.sub("LATIN |GREEK |LETTER ", "", unicodedata.name(char, ""))
    try:
        return unicodedata.lookup(f"MATHEMATICAL {style} {plain}")
    except KeyError:
        return char
