"""What all pages have in common: a template, one style, and a policy that allows nothing else."""

import base64
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from autograder.records.plain_text import plain

TEMPLATES = Path(__file__).parent / "templates"
MAX_NAME = 300  # characters of a name on a page


def page_environment(
    styles: Iterable[str],
    extra_css: str = "",
    script: str = "",
    finalize: Callable[[Any], Any] = lambda value: value,
    folder: Path = TEMPLATES,
) -> Environment:
    """Templates that escape what is put in; they know the page's style and script, and the hashes of both.

    Args:
        styles: files of the folder, in order.
        script: a file of the folder.
        finalize: what is done to each value before it is escaped.
        folder: of the templates.
    """
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = "".join((folder / name).read_text(encoding="utf-8") for name in styles) + extra_css
    code = (folder / script).read_text(encoding="utf-8") if script else ""
    environment.filters |= {"number": format_number, "plain": plain, "text": safe_text, "breakable": breakable}
    environment.globals |= {
        "css": Markup(css),
        "css_hash": _digest(css),  # the only style that the page allows
        "script": Markup(code),
        "script_hash": _digest(code),
    }
    return environment


def format_number(value: float) -> str:
    """A score as people write it: 3, 2.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def safe_text(text: str) -> Markup:
    """Text of any origin, no longer than a name may be."""
    return escape(plain(text[:MAX_NAME]))


def breakable(name: str) -> Markup:
    """A name such as ``q3_receptive_field`` that a phone may break after its underscores."""
    return safe_text(name).replace("_", Markup("_<wbr>"))


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
