"""CSV files that a platform or a person hands us: read leniently, written back byte for byte but for the changed cells.

A platform takes back only the sheet that it handed out, so its byte order mark, line ends, separators and quotes
are kept as they are; Python's csv module would lose which cells were quoted.
"""

import codecs
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from autograder.errors import KitError

SEPARATORS = (",", ";", "\t")
MAX_BYTES = 50_000_000
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
OLD_ENCODING = "cp1252"  # what spreadsheets on Windows write as plain "CSV"
NO_TEXT = "not a text file: save it as CSV (UTF-8), or download it again"
FOREIGN = {
    b"PK\x03\x04": "an Excel workbook or another archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
}


@dataclass
class Sheet:
    """A table as it stands in a file; rows and columns count from 0, the header is not among the rows.

    Attributes:
        encoding: how the file's text is written; ``cp1252`` where it is no Unicode.
        lines: the line of the file on which each row begins, from 1.
    """

    path: Path
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    encoding: str
    _mark: bytes = b""
    _separator: str = ","
    _records: list["_Record"] = field(default_factory=list, repr=False)
    _places: list[int] = field(default_factory=list, repr=False)  # of each row among the records

    def column(self, *names: str) -> int | None:
        """The place of the column of one of these names, in the order of the names; None if there is none.

        Raises:
            KitError: the name stands twice in the header.
        """
        header = [_folded(name) for name in self.header]
        for name in map(_folded, names):
            if header.count(name) > 1:
                raise KitError(f"{self.path}: the header has the column {name!r} twice: take one out")
            if name in header:
                return header.index(name)
        return None

    def set(self, row: int, column: int, value: str) -> None:
        """Put a value into a cell; its quotes stay, or come where the value needs them."""
        if self.rows[row][column] == value:
            return
        self.rows[row][column] = value
        raw = self._records[self._places[row]].cells
        needed = any(mark in value for mark in (self._separator, '"', "\n", "\r")) or value != value.strip()
        quoted = needed or raw[column].startswith('"')
        raw[column] = '"' + value.replace('"', '""') + '"' if quoted else value

    def to_bytes(self) -> bytes:
        """The file, with what was `set`.

        Raises:
            KitError: a new value has a character that the file's encoding lacks.
        """
        text = "".join(self._separator.join(record.cells) + record.end for record in self._records)
        try:
            return self._mark + text.encode(self.encoding)
        except UnicodeEncodeError as err:
            lacking = err.object[err.start : err.end]
            raise KitError(
                f"{self.path}: its encoding ({self.encoding}) cannot hold {lacking!r}: save it as UTF-8 first"
            ) from err


@dataclass
class _Record:
    """A line of a table: its cells as they are written, quotes and all, and its line end."""

    cells: list[str]
    end: str
    line: int

    @property
    def is_blank(self) -> bool:
        return self.cells == [""]

    @property
    def values(self) -> list[str]:
        return [cell[1:-1].replace('""', '"') if cell.startswith('"') else cell for cell in self.cells]


def read_sheet(path: Path) -> Sheet:
    """Read a CSV file: comma, semicolon or tab; UTF-8, UTF-16 with its mark, or the old Windows encoding.

    Raises:
        KitError: not a CSV file, or a row that does not fit its header; says which line.
    """
    mark, encoding, text = _decode(path, _read_bytes(path))
    separator = _separator_of(text)
    records = _split(path, text, separator)
    filled = [place for place, record in enumerate(records) if not record.is_blank]
    if not filled:
        raise KitError(f"{path}: the file is empty: download it again")
    head, *places = filled
    header = records[head].values
    if len(header) == 1:
        raise KitError(f"{path}: not a table: its first line is {header[0][:60]!r}, expected the names of columns")
    for place in places:
        _refuse_ragged(path, records[place], len(header))
    rows, lines = [records[place].values for place in places], [records[place].line for place in places]
    return Sheet(path, header, rows, lines, encoding, mark, separator, records, places)


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as err:
        raise KitError(f"{path}: cannot be read ({err.strerror}): give the CSV file") from err
    if len(data) > MAX_BYTES:
        raise KitError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB: this is no sheet of a class")
    return data


def _decode(path: Path, data: bytes) -> tuple[bytes, str, str]:
    for start, what in FOREIGN.items():
        if data.startswith(start):
            raise KitError(f"{path}: {what}, not a CSV file: save it as CSV (UTF-8), or download the CSV again")
    mark, encoding = next(((mark, name) for mark, name in MARKS if data.startswith(mark)), (b"", "utf-8"))
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as err:
        if mark:
            raise KitError(f"{path}: damaged text ({err.reason}): download it again") from err
        encoding = OLD_ENCODING
        text = data.decode(encoding, errors="replace")
    if "\ufffd" in text and encoding == OLD_ENCODING:
        raise KitError(f"{path}: {NO_TEXT}")
    if "\0" in text:
        raise KitError(f"{path}: {NO_TEXT}")
    if re.match(r"\s*<(!doctype|html|\?xml)", text, re.IGNORECASE):
        raise KitError(f"{path}: a web page, not a CSV file: perhaps the login had expired; download it again")
    return mark, encoding, text


def _separator_of(text: str) -> str:
    """The separator that cuts the first line into the most cells."""
    start = text.lstrip("\r\n")
    return max(SEPARATORS, key=lambda separator: len(_first_cells(start, separator)))


def _first_cells(text: str, separator: str) -> list[str]:
    cells, position = [], 0
    while found := _cell_pattern(separator).match(text, position):
        cells.append(found["cell"])
        position = found.end()
        if found["end"] != separator:
            break
    return cells


@cache
def _cell_pattern(separator: str) -> re.Pattern[str]:
    """A cell and what ends it: possessive, so that no text makes the search slow."""
    mark = re.escape(separator)
    return re.compile(
        rf'(?P<cell>"(?:[^"]++|"")*+"|(?!")[^{mark}\r\n]*+)(?P<end>{mark}|\r\n|\n|\r|\Z)',
    )


def _split(path: Path, text: str, separator: str) -> list[_Record]:
    records: list[_Record] = []
    cells: list[str] = []
    position, line, first = 0, 1, 1
    pattern = _cell_pattern(separator)
    while position < len(text) or cells:
        found = pattern.match(text, position)
        if found is None:
            raise KitError(
                f"{path}, line {line}: a quotation mark that is not closed, or text after it: download the file again"
            )
        cells.append(found["cell"])
        position = found.end()
        line += len(re.findall(r"\r\n|\n|\r", found[0]))
        if found["end"] != separator:
            records.append(_Record(cells, found["end"], first))
            cells, first = [], line
    return records


def _refuse_ragged(path: Path, record: _Record, width: int) -> None:
    if len(record.cells) != width:
        raise KitError(
            f"{path}, line {record.line}: {len(record.cells)} cells, and the header has {width}: "
            "put quotation marks around a name that holds the separator, or download the file again"
        )


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
