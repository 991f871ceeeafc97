"""Cells of a submission are found by what is in them, whatever was deleted, doubled, moved or edited."""

from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.records.gradebook.locate import locate

TEMPLATE = [
    nbformat.from_dict({"id": id_, "cell_type": kind, "source": source, "metadata": {}})
    for id_, kind, source in (
        ("text-a", "markdown", "# A chapter"),
        ("q1-text-1", "markdown", "**1.** Write a function that adds two numbers, whatever they are."),
        ("q1-answer-1", "code", "def add(a, b):\n    ..."),
        ("q1-check", "code", 'grader.check("q1")'),
        ("q2-text-1", "markdown", "**2.** Say in words why addition commutes; one sentence is enough."),
        ("q2-response", "markdown", "_Type your answer here, replacing this text._"),
        ("q3-text-1", "markdown", "**3.** Set `zero` to what leaves all numbers alone when it is added."),
        ("q3-answer-1", "code", "zero = ..."),
        ("q3-check", "code", 'grader.check("q3")'),
    )
]
ADD, WHY, ZERO = "def add(a, b):\n    return a + b", "Because it does.", "zero = 0"


def written(*edits: tuple[str, Any]) -> list[dict[str, Any]]:
    """A submission: the answers filled in, then edits by cell: None deletes, a list puts cells in its place."""
    sources: dict[str, Any] = {cell.id: [(cell.cell_type, cell.source)] for cell in TEMPLATE}
    sources |= {"q1-answer-1": [("code", ADD)], "q2-response": [("markdown", WHY)], "q3-answer-1": [("code", ZERO)]}
    sources |= {name: new or [] for name, new in edits}
    return [{"cell_type": kind, "source": source} for new in sources.values() for kind, source in new]


def found(cells: list[dict[str, Any]]) -> dict[str, str]:
    """The text that was found for each answer and check."""
    places = locate(TEMPLATE, cells).places
    return {name: cells[place]["source"] for name, place in places.items() if "text" not in name}


EVERYTHING = {
    "q1-answer-1": ADD, "q1-check": 'grader.check("q1")', "q2-response": WHY, "q3-answer-1": ZERO,
    "q3-check": 'grader.check("q3")',
}  # fmt: skip
EDITED = ("markdown", "**2.** Say in words why addition commutes; one sentence is enough. (mine)")


@pytest.mark.parametrize(
    ("edits", "changes"),
    [
        ([], {}),
        ([("q2-text-1", None)], {}),
        ([("q2-text-1", [EDITED])], {}),
        ([("q2-response", [("markdown", ""), ("markdown", WHY), ("markdown", " ")])], {}),
        ([("q2-response", [("markdown", TEMPLATE[5].source), ("markdown", WHY)])], {}),
        ([("q2-response", [("code", WHY)])], {}),
        ([("q1-answer-1", [("code", "import math"), ("code", ADD)])], {}),
        ([("q1-check", [("code", 'grader.check("q1")')] * 3)], {}),
        ([("q3-text-1", None), ("q1-text-1", None), ("text-a", None)], {}),
        ([("q1-check", None)], {"q1-check": None}),
        ([("q1-check", None), ("q3-check", [("code", 'grader.check("q3")'), ("code", '# again\ngrader.check("q1")')])],
         {"q1-check": '# again\ngrader.check("q1")'}),
        ([("q2-response", None)], {"q2-response": None}),
        ([("q1-answer-1", None)], {"q1-answer-1": None}),
    ],
)  # fmt: skip
def test_answers_are_found(edits: list[tuple[str, Any]], changes: dict[str, str | None]):
    """Each answer is found in spite of the edit; what was deleted is missing and takes nothing else's place."""
    expected = {name: text for name, text in (EVERYTHING | changes).items() if text is not None}
    assert found(written(*edits)) == expected


@given(
    st.lists(
        st.sampled_from([("markdown", "a"), ("code", "b"), ("markdown", TEMPLATE[4].source), ("raw", "")]), max_size=6
    )
)
def test_no_cell_is_two(extra: list[tuple[str, str]]):
    """Whatever stands between, a cell of the submission is at most one of the chapter's."""
    cells = [{"cell_type": kind, "source": source} for kind, source in extra]
    for n in range(len(cells) + 1):
        places = list(locate(TEMPLATE, cells[:n] + written() + cells[n:]).places.values())
        assert len(places) == len(set(places))


def test_an_untouched_answer_is_known():
    """What lies around the given cell counts as written there; nothing does, if nothing was."""
    cells = written(("q2-response", [("markdown", TEMPLATE[5].source)]))
    assert locate(TEMPLATE, cells).written["q2-response"] == [5]
    cells = written(("q2-response", [("markdown", TEMPLATE[5].source), ("markdown", WHY)]))
    assert locate(TEMPLATE, cells).written["q2-response"] == [5, 6]
