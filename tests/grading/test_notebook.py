"""Bytes of any kind become cells or a sentence."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.grading.notebook import (
    CUT_OFF,
    MAX_CHECKS,
    Cell,
    CellKind,
    Notebook,
    Rejection,
    parse_notebook,
)


def code(source="x = 1", **fields):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], **fields}


def make(*cells, **top):
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **top}


def parse(data) -> Notebook:
    notebook = parse_notebook(data if isinstance(data, bytes) else json.dumps(data).encode())
    assert isinstance(notebook, Notebook), notebook
    return notebook


def reason(data) -> str:
    rejection = parse_notebook(data if isinstance(data, bytes) else json.dumps(data).encode())
    assert isinstance(rejection, Rejection), rejection
    return rejection.reason


def test_cells_keep_kind_source_and_position():
    notebook = parse(make(code("a"), {"cell_type": "markdown", "source": ["# T\n", "text"]}, {"cell_type": "x"}))
    assert notebook.cells == (
        Cell(0, CellKind.CODE, "a"),
        Cell(1, CellKind.MARKDOWN, "# T\ntext"),
        Cell(2, CellKind.RAW, ""),
    )


def test_ignored_and_checks_are_the_only_marks_taken_from_cells():
    marks = {"otter": {"tests": ["q1", 7, None, "x" * 1000, "q\ud800"], "points": 99}}
    many = {"otter": {"tests": [f"q{i}" for i in range(10_000)]}}
    cells = parse(
        make(
            code(metadata=marks),
            code(metadata={"tags": ["a", "otter_ignore"]}),
            code(metadata={"otter": {"ignore": True}}),
            code(metadata={"otter": {"ignore": "no"}, "tags": "otter_ignore"}),
            code(metadata=many),
        )
    ).cells
    assert cells[0].checks == ("q1", "q\ufffd")
    assert [cell.ignored for cell in cells] == [False, True, True, False, False]
    assert len(cells[4].checks) == MAX_CHECKS


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ({"otter": {"assignment_name": "10_conv"}}, "10_conv"),
        ({"otter": {"assignment_name": 7}}, None),
        ({}, None),
    ],
)
def test_assignment_name_is_told_if_it_is_text(metadata, name):
    assert parse(make(code(), metadata=metadata)).assignment_name == name


@pytest.mark.parametrize(
    "odd",
    [
        {"cells": [{"cell_type": "code", "source": "x = 1"}]},
        make(code(), metadata=None),
        make(code(metadata=[1], outputs=None, id=3)),
        make(code(id="same"), code(id="same")),
        make(code(), nbformat_minor=99, new_field={"a": 1}),
        make(code(), "not a cell", 5, None),
        make(code(source=["x = 1", 3, None])),
        make(code(execution_count=float("nan"))),
    ],
    ids=["bare", "null metadata", "odd fields", "repeated ids", "future", "odd cells", "odd lines", "NaN"],
)
def test_invalid_but_readable_notebooks_are_read(odd):
    assert parse(odd).cells[0].source == "x = 1"


def test_duplicate_keys_are_harmless():
    assert (
        parse(b'{"cells": [], "cells": [{"cell_type": "code", "source": "a", "source": "b"}]}').cells[0].source == "b"
    )


def test_nbformat_3_worksheets_are_read():
    sheets = [
        {"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"], "language": "python"}]},
        {
            "cells": [
                {"cell_type": "heading", "source": "T", "level": 2},
                {"cell_type": "markdown", "source": "m"},
            ]
        },
    ]
    cells = parse({"worksheets": sheets, "nbformat": 3, "metadata": {"name": "x"}}).cells
    assert [(cell.kind.value, cell.source) for cell in cells] == [
        ("code", "x = 1\ny = 2"),
        ("markdown", "T"),
        ("markdown", "m"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_encodings_are_read(encoding):
    text = json.dumps(make(code("é = '🙂'")), ensure_ascii=False)
    assert parse(text.encode(encoding)).cells[0].source == "é = '🙂'"


def test_windows_line_ends_in_file_and_sources_become_unix_ones():
    text = json.dumps(make(code(["a\r\n", "b\r", "c"])), indent=1).replace("\n", "\r\n")
    assert parse(text.encode()).cells[0].source == "a\nb\nc"


def test_lone_surrogates_are_replaced():
    source = parse(rb'{"cells": [{"cell_type": "code", "source": "\ud83d\ude42 \ud800!"}]}').cells[0].source
    assert source == "🙂 \ufffd!"


@pytest.mark.parametrize("metadata", [{"kernelspec": {"name": "python3"}}, {"language_info": {"name": "ipython"}}, {}])
def test_python_kernels_are_accepted(metadata):
    assert parse(make(code(), metadata=metadata)).cells


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"kernelspec": {"name": "ir", "language": "R"}}, "in R"),
        ({"kernelspec": {"name": "julia-1.10"}}, "julia"),
        ({"language_info": {"name": "scala"}}, "scala"),
    ],
)
def test_other_languages_are_rejected(metadata, language):
    said = reason(make(code(), metadata=metadata))
    assert language in said
    assert "Python 3 kernel" in said


WHOLE = json.dumps(make(code("print('hello')"), code("y = {'a': 1}")))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty"),
        (b" \r\n\0", "The file is empty"),
        (b"\xef\xbb\xbf", "The file is empty"),
        (b"import torch\nprint(torch.ones(3))\n", "Python script"),
        (b'"""My homework."""\n\nfrom torch import nn\n', "Python script"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"PK\x03\x04\x14\x00\x00\x00\x08\x00\xff\xfe", "zip archive"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF"),
        (b"\x80\x81\x82 latin", "not UTF-8"),
        (b"hello", "no valid JSON (line 1, column 1"),
        (b"<<<<<<< HEAD\n{}", "git merge"),
        (b"[1, 2]", "no list of cells"),
        (b"3", "no list of cells"),
        (b'{"a": 1}', "no list of cells"),
        (b'{"cells": {"a": 1}}', "no list of cells"),
        (b'{"cells": [1, 2]}', "no list of cells"),
        (b'{"cells": []}', "has no cells"),
        (b'{"worksheets": []}', "has no cells"),
        (b'{"cells": [' + b"9" * 5000 + b"]}", "thousands of digits"),
        (b'{"metadata": ' + b"[" * 100_000 + b"]" * 100_000 + b', "cells": []}', "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
        (b"{" + b"[" * 2_000_001, "2,000,000 lists"),
        (json.dumps(make(*[code("x" * 7_000_000)] * 3)).encode(), "20 MB of text (up to cell 3)"),
        (json.dumps(make(*[{"cell_type": "raw"}] * 50_001)).encode(), "50,001 cells"),
    ],
    ids=range(24),
)
def test_what_is_no_notebook_is_rejected_with_its_own_sentence(data, said):
    assert said in reason(data)


def test_a_notebook_cut_off_anywhere_is_called_so():
    cuts = [WHOLE[:length].encode() for length in range(1, len(WHOLE))]
    assert {reason(cut) for cut in cuts} == {CUT_OFF}


def test_a_notebook_cut_off_inside_a_character_is_called_so():
    assert reason(b'{"cells": ["\xf0\x9f') == CUT_OFF


def test_a_notebook_that_does_not_fit_into_memory_is_rejected(monkeypatch):
    def fail(data):
        raise MemoryError

    monkeypatch.setattr(json, "loads", fail)
    assert "does not fit into memory" in reason(b"{}")


def test_fifty_megabytes_of_outputs_are_read_in_seconds():
    outputs = [{"output_type": "stream", "name": "stdout", "text": ["0.123, " * 100 + "\n"] * 700}] * 100
    data = json.dumps(make(code("x = 1", outputs=outputs))).encode()
    assert len(data) > 49_000_000
    start = time.perf_counter()
    assert parse(data).cells == (Cell(0, CellKind.CODE, "x = 1"),)
    assert time.perf_counter() - start < 5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cells",
                    "worksheets",
                    "metadata",
                    "source",
                    "input",
                    "cell_type",
                    "otter",
                    "tests",
                    "tags",
                    "kernelspec",
                    "name",
                ]
            ),
            inner | st.sampled_from(["code", "markdown", "python", ["otter_ignore"]]),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(
    st.binary(max_size=300) | st.text(max_size=100).map(lambda text: b'{"cells": [' + text.encode("utf-8", "replace"))
)
def test_any_bytes_give_a_notebook_or_a_rejection(data):
    assert isinstance(parse_notebook(data), Notebook | Rejection)


@given(JSON)
def test_any_json_gives_a_notebook_or_a_rejection(value):
    answer = parse_notebook(
        json.dumps({"cells": [value, {"cell_type": "code", "source": value}], "metadata": value}).encode()
    )
    assert isinstance(answer, Notebook | Rejection)
    if isinstance(answer, Notebook):
        "".join(cell.source + "".join(cell.checks) for cell in answer.cells).encode()
