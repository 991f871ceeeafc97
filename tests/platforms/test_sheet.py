"""A sheet is read whatever program wrote it, and written back as it was but for the cells that were set."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import unhurried

from autograder.errors import KitError
from autograder.records.scores.sheet import read_sheet

CELLS = st.text(st.characters(exclude_characters="\0\ufffd", exclude_categories=["Cs"]), max_size=12)
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(CELLS, min_size=width, max_size=width).filter(lambda row: row[0].strip("\ufeff")),
        min_size=2,
        max_size=6,
    )
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sheet") / "sheet.csv"


def as_csv(table: list[list[str]], **how: object) -> str:
    text = io.StringIO()
    csv.writer(text, **how).writerows(table)
    return text.getvalue()


@unhurried
@given(
    table=TABLES,
    separator=st.sampled_from([",", ";", "\t"]),
    # With bare line feeds csv leaves a carriage return in a name without quotes.
    form=st.sampled_from([("\r\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL)]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_whatever_was_written_is_read_and_written_back_byte_for_byte(file, table, separator, form, encoding):
    """Any names, separators, line ends, quotes and encodings: the values are those written, and so are the bytes."""
    table[0] = [f"c{place}" for place in range(len(table[0]))]  # which separator it is, the header tells
    file.write_bytes(as_csv(table, delimiter=separator, lineterminator=form[0], quoting=form[1]).encode(encoding))
    sheet = read_sheet(file)
    assert [sheet.header, *sheet.rows] == table
    assert sheet.to_bytes() == file.read_bytes()


@unhurried
@given(table=TABLES, value=CELLS, quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]), data=st.data())
def test_a_value_that_was_set_is_read_back_and_nothing_else_changes(file, table, value, quoting, data):
    """Commas, quotes and line ends in a new value stay in its cell; all other cells keep their bytes."""
    table[0] = [f"c{place}" for place in range(len(table[0]))]
    file.write_bytes(as_csv(table, quoting=quoting).encode())
    row = data.draw(st.integers(1, len(table) - 1))
    column = data.draw(st.integers(1, len(table[0]) - 1))  # a first cell may be all that a line has
    sheet = read_sheet(file)
    sheet.set(row - 1, column, value)
    table[row][column] = value
    read = list(csv.reader(io.StringIO(sheet.to_bytes().decode(), newline="")))
    assert read == table


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"\r\n\r\n", "empty"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"<!DOCTYPE html><p>Log in", "a web page"),
        (b"%PDF-1.4", "a PDF"),
        (b"name\nAda\n", "not a table"),
        (b"id,name\nada,Ada,x\n", "line 2: 3 cells, and the header has 2"),
        (b'id,name\nada,"Ada\n', "line 2: a quotation mark that is not closed"),
        (b'id,name\nada,"Ada"x\n', "line 2: a quotation mark"),
        (b"id,name\nada,\x81\n", "not a text file"),
        (b"id,name\nada,A\0da\n", "not a text file"),
        (b"\xef\xbb\xbfid,name\nada,\xff\n", "damaged text"),
    ],
)
def test_what_is_no_sheet_is_refused_in_a_sentence(tmp_path, data, told):
    """The sentence names the file, the line where there is one, and what is wrong with it."""
    path = tmp_path / "sheet.csv"
    path.write_bytes(data)
    with pytest.raises(KitError, match=r"sheet\.csv.*: .+") as err:
        read_sheet(path)
    assert told in str(err.value)


def test_the_old_windows_encoding_is_read_and_kept(tmp_path):
    """A sheet that Excel saved as plain CSV is read, written as it was, and refuses letters that it cannot hold."""
    path = tmp_path / "sheet.csv"
    path.write_bytes("id;name;mark\r\nzoë;Zoë – van Dijk;\r\n".encode("cp1252"))
    sheet = read_sheet(path)
    assert sheet.rows == [["zoë", "Zoë – van Dijk", ""]]
    sheet.set(0, 2, "œuvre")
    assert sheet.to_bytes().decode("cp1252").endswith("van Dijk;œuvre\r\n")
    sheet.set(0, 2, "名")
    with pytest.raises(KitError, match="save it as UTF-8 first"):
        sheet.to_bytes()


def test_a_column_that_stands_twice_is_not_chosen_from(tmp_path):
    """Two columns of one name are an error, not a choice."""
    path = tmp_path / "sheet.csv"
    path.write_text("id,Grade,grade \n1,2,3\n")
    with pytest.raises(KitError, match="'grade' twice"):
        read_sheet(path).column("Grade")
