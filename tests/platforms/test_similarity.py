"""Copied code is found whatever it was renamed to, honest work is not, and the page says no more than that."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from made import result, unhurried

from autograder.batch.store import Store
from autograder.cli import main
from autograder.records.similarity.page import render_similarity
from autograder.records.similarity.pairs import COMMON_COUNT, compare
from autograder.records.similarity.tokens import Token
from autograder.records.similarity.winnowing import LENGTH, NONE, WINDOW, passage_hashes, winnow

HANDED_OUT = """\
import torch
from torch import nn

def evaluate(model, loader):
    right = total = 0
    for inputs, labels in loader:
        guesses = model(inputs).argmax(dim=1)
        right += (guesses == labels).sum().item()
        total += len(labels)
    return right / total
"""
TEMPLATE = [
    HANDED_OUT,
    "def fit(model, loader, epochs):\n    ...  # your answer",
    "def smooth(values, width):\n    ...  # your answer",
]
FIT = """\
def fit(model, loader, epochs):
    # the usual loop
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    history = []
    for epoch in range(epochs):
        running = 0.0
        for inputs, labels in loader:
            loss = nn.functional.cross_entropy(model(inputs), labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            running += loss.item() * len(labels)
        history.append(running / len(loader))
    return history
"""
SMOOTH = "def smooth(values, width):\n    padded = [values[0]] * width + values\n    return [sum(padded[i : i + width]) / width for i in range(len(values))]\n"
RENAMED = (
    FIT.replace("optimiser", "opt").replace("history", "all_losses").replace("running", "s").replace("epoch in", "_ in")
)
RENAMED = (
    RENAMED.replace("# the usual loop", "# entirely my own idea")
    .replace("inputs, labels", "xs, ys")
    .replace("labels", "ys")
    .replace("(inputs)", "(xs)")
)
HONEST = """\
def fit(model, loader, epochs):
    losses, criterion = [], nn.CrossEntropyLoss(reduction="sum")
    for _ in range(epochs):
        losses.append(one_epoch(model, loader, criterion) / len(loader))
    return losses

def one_epoch(model, loader, criterion):
    total = 0.0
    for x, y in loader:
        model.zero_grad()
        value = criterion(model(x), y)
        value.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.1 * parameter.grad / len(x)
        total += value.item()
    return total
"""
HONEST_SMOOTH = (
    "def smooth(values, width):\n    return torch.tensor(values).unfold(0, width, 1).mean(dim=-1).tolist()\n"
)
CLASS = {
    "ada": [HANDED_OUT, FIT, SMOOTH],
    "bo": [HANDED_OUT, RENAMED, SMOOTH.replace("padded", "longer")],
    "cy": [HANDED_OUT, HONEST, HONEST_SMOOTH],
}


def pairs(cells: dict[str, list[str]], template: list[str] = TEMPLATE) -> dict[tuple[str, str], int]:
    return {(p.left.submission, p.right.submission): p.percent for p in compare(cells, template, 50).pairs}


def test_a_copy_with_renamed_variables_is_found_and_honest_work_is_not():
    """New names, comments and spaces hide nothing; two people's own answers to one task are no pair."""
    assert pairs(CLASS) == {("ada", "bo"): 100}


def test_a_plain_copy_of_one_answer_is_found_beside_honest_ones():
    """One function taken over is enough to be listed, with the part of the code that it is."""
    found = pairs(CLASS | {"di": [HANDED_OUT, HONEST, SMOOTH]})
    assert found[("cy", "di")] >= 60
    assert 20 <= found[("ada", "di")] <= 60


def test_code_that_was_handed_out_does_not_count():
    """Who changed nothing has nothing in common; without the template it would be all of it."""
    untouched = {"ada": TEMPLATE, "bo": list(TEMPLATE)}
    assert pairs(untouched) == {}
    assert pairs(untouched, []) == {("ada", "bo"): 100}


def test_what_was_handed_out_does_not_crowd_out_a_copy():
    """Among many untouched notebooks, the one pair that shares something of its own is the one that is listed."""
    untouched = {f"s{number}": list(TEMPLATE) for number in range(8)}
    found = compare(untouched | {name: TEMPLATE + CLASS[name][1:] for name in ("ada", "bo")}, TEMPLATE, 1).pairs
    assert [(pair.left.submission, pair.right.submission) for pair in found] == [("ada", "bo")]


def test_passages_point_at_what_is_in_common():
    """The marked text of both sides is the copied answer, and nothing of the template."""
    (pair,) = compare(CLASS, TEMPLATE, 5).pairs
    for side in (pair.left, pair.right):
        marked = [CLASS[side.submission][one.cell][one.start : one.end] for one in side.passages]
        assert {one.cell for one in side.passages} == {1, 2}
        assert any("backward()" in text for text in marked)
        assert not any("argmax" in text for text in marked)


def test_what_many_have_is_no_pair():
    """A passage that more submissions have than could have copied from each other is common knowledge."""
    many = {f"s{number}": [FIT] for number in range(COMMON_COUNT + 1)}
    assert pairs(many) == {}
    few = {f"s{number}": [FIT] for number in range(COMMON_COUNT)}
    assert len(pairs(few)) == COMMON_COUNT * (COMMON_COUNT - 1) // 2


def test_broken_and_empty_notebooks_are_compared_like_others():
    """Syntax errors, magics, no cells at all: nothing stops, and copies are still found."""
    broken = "%%time\n!ls\n" + FIT.replace("return history", "return (history")
    assert pairs({"a": [broken], "b": [broken.replace("history", "h")], "c": [], "d": [""], "e": ["é" * 50]}, []) == {
        ("a", "b"): 100
    }


WORDS = st.lists(st.sampled_from("abcdefgh"), max_size=60)


def as_tokens(words: list[str]) -> list[Token]:
    return [Token(word, place, place + 1) for place, word in enumerate(words)]


@unhurried
@given(WORDS, WORDS, WORDS, WORDS, st.lists(st.sampled_from("abcdefgh"), min_size=LENGTH + WINDOW - 1, max_size=30))
def test_no_long_enough_passage_is_missed(before, after, before2, after2, passage):
    """Whatever stands around it, a passage of LENGTH + WINDOW - 1 tokens gives both texts a fingerprint in common."""
    first, second = (
        set(winnow(passage_hashes(as_tokens(text))).tolist())
        for text in (before + passage + after, before2 + passage + after2)
    )
    assert first & second


@unhurried
@given(WORDS)
def test_fingerprints_are_few_and_of_the_text(words):
    """Each fingerprint is the hash of a passage that is there; a text shorter than a passage has none."""
    hashes = passage_hashes(as_tokens(words))
    prints = winnow(hashes)
    assert set(prints.tolist()) <= set(hashes[hashes != NONE].tolist())
    assert bool(len(prints)) == (len(words) >= LENGTH)
    assert np.count_nonzero(hashes == NONE) == min(len(words), LENGTH - 1)


def test_two_runs_give_the_same_pairs():
    """Nothing depends on how Python hashes in this run."""
    program = (
        "import json, sys\nfrom autograder.records.similarity.pairs import compare\n"
        "from autograder.records.similarity.winnowing import passage_hashes, winnow\n"
        "from autograder.records.similarity.tokens import Template, tokens\n"
        "group, template = json.load(sys.stdin)\n"
        "print(compare(group, template, 5), winnow(passage_hashes(tokens(group['ada'][1], Template.of([])))))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps([CLASS, TEMPLATE]),
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


# The command and its page


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    """Results of the class, with the notebooks as they ran, and a template."""
    store = Store(tmp_path / "out")
    store.prepare()
    made = [result(name, 5.0) for name in CLASS]
    for one in made:
        store.write(one, notebook(CLASS[one.submission]), "")
    store.write(rejected := result("pdf", 0.0), None, "")
    store.write_grades([one.row() for one in [*made, rejected]], ["q1_sum"])
    (tmp_path / "template.ipynb").write_text(json.dumps(notebook(TEMPLATE)))
    return tmp_path


def notebook(cells: list[str]) -> dict:
    made = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": one} for one in cells
    ]
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


def run(graded: Path, *more: object):
    return CliRunner().invoke(main, ["similarity", str(graded / "out"), "--course", str(graded), *map(str, more)])


def test_the_command_writes_a_page_and_prints_pairs(graded):
    """One page beside the results, the table on standard output, what is left out on standard error."""
    done = run(graded, "--template", graded / "template.ipynb")
    assert done.exit_code == 0, done.output
    assert re.search(r"ada +100 +bo +100", done.stdout)
    assert "3 submissions compared, 1 pairs to look at. Code in common accuses nobody." in done.stderr
    assert "1 without a notebook were left out." in done.stderr
    page = (graded / "out" / "similarity.html").read_text()
    assert "That accuses nobody" in page
    assert "<mark>" in page
    assert not re.search(r"<script|https?://|src=", page)


def test_the_command_gives_json_and_says_when_the_template_is_missing(graded):
    """A program reads pairs with both sides; without a template everybody has it in common, and that is said."""
    done = run(graded, "--json", "-o", graded / "page.html", "--top", 1)
    told = json.loads(done.stdout)
    assert (told["submissions"], len(told["pairs"])) == (3, 1)
    assert done.exit_code == 0
    assert set(told["pairs"][0]) == {"left", "right", "tokens", "percent"}
    assert "give it with --template" in done.stderr
    assert "What was handed out is not known" in (graded / "page.html").read_text()


def test_a_template_that_is_no_notebook_gets_a_sentence(graded):
    """The file is named, and what is wrong with it."""
    (graded / "template.ipynb").write_text("x = 1")
    done = run(graded, "--template", graded / "template.ipynb")
    assert done.exit_code == 2
    assert "template.ipynb: Not a notebook" in done.stderr


def test_nothing_that_a_student_wrote_acts_in_the_page():
    """Names and code are shown as text only, and marks stand where they should."""
    evil = "</pre><script>alert(1)</script>\x1b[31m"
    cells = {name: [FIT + f"\nx = '{evil}'\n"] for name in (f"{evil}1", "b\u202ecod")}
    page = render_similarity(compare(cells, [], 5), cells, evil, evil, False)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search("[\x1b\u202e]", page)
    assert page.count("<mark>") == page.count("</mark>") > 0
