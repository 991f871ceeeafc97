"""Bytes of a submitted file → the cells' sources, or a sentence saying why not.

Only sources are kept, and two position marks that plain otter honours. Outputs, attachments, kernels, tests
and logs in the file are written by the student and never trusted. The notebook schema is not checked: a
future version, a missing field or a repeated id costs nobody marks, and the check is slow.
"""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MB = 1_000_000
MAX_SOURCE_MB = 20  # the text of all cells together; the largest honest notebooks hold about 1 MB
MAX_CELLS = 50_000
MAX_CONTAINERS = 2_000_000  # each list or object costs Python about 100 bytes, however short its text
MAX_CHECKS = 100  # names of checks kept per cell
MAX_NAME = 200  # characters of a check's or an assignment's name

BLANK = b"\0 \t\r\n\xff\xfe\xef\xbb\xbf"  # white space and byte order marks
IGNORE_TAG = "otter_ignore"
SAVE_AGAIN = "save the notebook in Jupyter again and submit the .ipynb file."
CUT_OFF = f"The notebook is cut off in the middle, perhaps by an upload that broke: {SAVE_AGAIN}"


class CellKind(StrEnum):
    """What a cell is; kinds that are not known count as raw and are never run."""

    CODE = "code"
    MARKDOWN = "markdown"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a submission.

    Attributes:
        index: position among all cells, from 0.
        ignored: the student marked the cell as not to be run (tag ``otter_ignore``).
        checks: questions whose tests stand after this cell (``metadata.otter.tests``).
    """

    index: int
    kind: CellKind
    source: str
    ignored: bool = False
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notebook:
    """What is kept of a submitted notebook.

    Attributes:
        assignment_name: the assignment that the notebook says it belongs to (a claim, not a proof).
    """

    cells: tuple[Cell, ...]
    assignment_name: str | None = None

    @property
    def words(self) -> frozenset[str]:
        """The words of the code, as they stand in the file."""
        code = "\n".join(cell.source for cell in self.cells if cell.kind is CellKind.CODE)
        return frozenset(re.findall(r"[^\W\d]\w{0,60}", code))


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a submission cannot be graded: a sentence or two for the student, with what to do."""

    reason: str


def other_assignment(told: str, expected: str) -> Rejection:
    """Why the notebook of one assignment is not graded as another."""
    return Rejection(
        f"This is the notebook of {told!r}, and {expected!r} was to be handed in: submit the right notebook."
    )


class Refused(Exception):
    """Inside the intake only: its text becomes a `Rejection`."""


def parse_notebook(data: bytes) -> Notebook | Rejection:
    """The cells of a notebook file: nbformat 3 or 4 as UTF-8 or UTF-16, with or without a byte order mark."""
    try:
        return _to_notebook(_load(data))
    except Refused as err:
        return Rejection(str(err))
    except MemoryError:
        return Rejection("The notebook does not fit into memory: clear its outputs and submit it again.")


def _load(data: bytes) -> Any:
    if not data.strip(BLANK):
        raise Refused(f"The file is empty: {SAVE_AGAIN}")
    if data.count(b"[") + data.count(b"{") > MAX_CONTAINERS:
        raise Refused(
            f"More than {MAX_CONTAINERS:,} lists and objects in the file: clear the outputs and submit again."
        )
    try:
        return json.loads(data)
    except RecursionError:
        raise Refused(f"Lists or objects nested too deeply for a notebook: {SAVE_AGAIN}") from None
    except UnicodeDecodeError as err:
        is_cut = err.reason in ("unexpected end of data", "truncated data")
        raise Refused(CUT_OFF if is_cut else _explain_bytes(data)) from None
    except json.JSONDecodeError as err:
        raise Refused(_explain_text(err)) from None
    except ValueError:  # the one that is left: Python refuses integers of more than 4300 digits
        raise Refused(f"A number of thousands of digits stands in the file: {SAVE_AGAIN}") from None


def _explain_bytes(data: bytes) -> str:
    if data.startswith(b"PK"):
        return "Not a notebook: a zip archive whose name ends in .ipynb; rename it to .zip and submit again."
    if data.startswith(b"%PDF"):
        return "Not a notebook: a PDF whose name ends in .ipynb; submit the .ipynb file that you worked in."
    return f"Not a notebook: the file is not UTF-8 text; {SAVE_AGAIN}"


def _explain_text(err: json.JSONDecodeError) -> str:
    text = err.doc.strip()
    start = text[:2000]
    if start.startswith(("PK\x03\x04", "%PDF")):
        return _explain_bytes(start.encode())
    at_end = err.pos >= len(err.doc.rstrip()) or err.msg.startswith("Unterminated string")
    if start.startswith("{") and (at_end or not text.endswith("}")):
        return CUT_OFF
    if "<<<<<<<" in text:
        return f"The notebook holds marks of an unfinished git merge (<<<<<<<): finish it, then {SAVE_AGAIN}"
    if re.match(r"<(!doctype|html|\?xml)", start, re.IGNORECASE):
        return f"Not a notebook: a web page saved with the ending .ipynb; {SAVE_AGAIN}"
    if re.search(r"^(#!|# %%|import |from [\w.]+ import |def |class |print\(|\w+ *= )", start, re.MULTILINE):
        return f"Not a notebook: it looks like a Python script saved with the ending .ipynb; {SAVE_AGAIN}"
    return f"Not a notebook: no valid JSON (line {err.lineno}, column {err.colno}: {err.msg}); {SAVE_AGAIN}"


def _to_notebook(data: Any) -> Notebook:
    cells = _raw_cells(data)
    if cells == []:
        raise Refused(f"The notebook has no cells: {SAVE_AGAIN}")
    if not cells or not any("cell_type" in _dict(cell) for cell in cells):
        raise Refused(f"Not a notebook: the file is JSON, but holds no list of cells; {SAVE_AGAIN}")
    if len(cells) > MAX_CELLS:
        raise Refused(f"The notebook has {len(cells):,} cells, but at most {MAX_CELLS:,} are read: delete some.")
    metadata = _dict(data.get("metadata"))
    _refuse_other_language(metadata)
    name = _dict(metadata.get("otter")).get("assignment_name")
    return Notebook(tuple(_to_cells(cells)), clean(name)[:MAX_NAME] if isinstance(name, str) else None)


def _raw_cells(data: Any) -> list[Any] | None:
    """The list of cells; nbformat 3 kept it in worksheets."""
    if not isinstance(data, dict):
        return None
    if isinstance(cells := data.get("cells"), list):
        return cells
    if not isinstance(worksheets := data.get("worksheets"), list):
        return None
    sheets = [_dict(sheet).get("cells") for sheet in worksheets]
    return [cell for sheet in sheets if isinstance(sheet, list) for cell in sheet]


def _to_cells(raw_cells: list[Any]) -> list[Cell]:
    cells, size = [], 0
    for index, raw in enumerate(raw_cells):
        cell = _to_cell(index, _dict(raw))
        size += len(cell.source)
        if size > MAX_SOURCE_MB * MB:
            raise Refused(
                f"The cells hold more than {MAX_SOURCE_MB} MB of text (up to cell {index + 1}): "
                "read data from a file in place of pasting it into a cell."
            )
        cells.append(cell)
    return cells


def _to_cell(index: int, raw: dict[str, Any]) -> Cell:
    metadata = _dict(raw.get("metadata"))
    otter, tags = _dict(metadata.get("otter")), metadata.get("tags")
    ignored = otter.get("ignore") is True or (isinstance(tags, list) and IGNORE_TAG in tags)
    names = otter.get("tests")
    names = names[:MAX_CHECKS] if isinstance(names, list) else []
    checks = tuple(clean(name) for name in names if isinstance(name, str) and len(name) <= MAX_NAME)
    return Cell(index, _kind(raw.get("cell_type")), _source(raw), ignored, checks)


def _kind(name: Any) -> CellKind:
    if name == "heading":  # nbformat 3
        return CellKind.MARKDOWN
    return CellKind(name) if name in ("code", "markdown") else CellKind.RAW


def _source(raw: dict[str, Any]) -> str:
    source = raw.get("source", raw.get("input", ""))  # nbformat 3 calls it input in code cells
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return clean(source) if isinstance(source, str) else ""


def clean(text: str) -> str:
    """Text with Unix line ends and without lone surrogates, which no file could be written with."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", text)


def _refuse_other_language(metadata: dict[str, Any]) -> None:
    """Refuse what says that it is R, Julia…; a notebook that says nothing is taken for Python."""
    kernel, info = _dict(metadata.get("kernelspec")), _dict(metadata.get("language_info"))
    told = [name for name in (kernel.get("language"), info.get("name")) if isinstance(name, str) and name]
    if not told and re.match(r"(ir|julia.*)$", str(kernel.get("name", ""))):
        told = [str(kernel["name"])]
    if told and not any("python" in name.lower() for name in told):
        language = clean(told[0])[:40]
        raise Refused(f"A notebook in {language}, not in Python: choose the Python 3 kernel, then {SAVE_AGAIN}")


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
