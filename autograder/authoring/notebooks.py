"""The notebooks before and after otter assign: stable cell ids, and nothing in them but what matters.

A cell's id says what the cell is (``q4_receptive_field-answer-1``), so editing one question leaves the ids of
all others alone, and the student and the solution notebook agree on the cells they share.
"""

import hashlib
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import yaml

from autograder.authoring.markers import Block
from autograder.authoring.model import Cell, Master, TestCell

if TYPE_CHECKING:
    from nbformat import NotebookNode

_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_METADATA = ("tags", "editable", "deletable", "otter")
_ROLES = {Block.PROMPT: "prompt", Block.SOLUTION: "answer", Block.TESTS: "test"}
_CHECK = re.compile(r'grader\.check\("([^"]+)"\)')
_LOGIN = ("token", "course_id", "assignment_id")  # with these otter would ask for a Gradescope login


def prepare(master: Master, name: str, files: list[str]) -> "NotebookNode":
    """The notebook to hand to otter: the master with stable ids, safe messages and the chapter's files."""
    import nbformat

    config = nbformat.v4.new_raw_cell(f"# ASSIGNMENT CONFIG\n{yaml.safe_dump(_config(master, name, files))}")
    config.id = "config"
    tests = {test.cell: test for question in master.questions for test in question.test_cells}
    cells, ids = [config], _ids(master)
    for cell, id_ in zip(master.cells, ids, strict=True):
        if cell.ignored or (cell.kind == "raw" and cell.question is None):
            continue
        cells.append(_prepared_cell(cell, id_, tests.get(cell), bool(master.config.tests.ok_format)))
    metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    told = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    notebook: NotebookNode = nbformat.from_dict(told)
    return notebook


def _config(master: Master, name: str, files: list[str]) -> dict[str, Any]:
    config = master.config.get_user_config()
    config.pop("config_file", None)  # its values are among the others
    generate = config.pop("generate", None) or {}  # even where switched off: its zip carries the test files
    generate = {key: value for key, value in generate.items() if key not in _LOGIN}
    return {**config, "name": name, "files": files, **({"generate": generate} if generate else {})}


def _prepared_cell(cell: Cell, id_: str, test: TestCell | None, ok_format: bool) -> "NotebookNode":
    import nbformat

    source = _safe_test(test) if test and not ok_format else cell.source
    node: NotebookNode = nbformat.from_dict({"id": id_, "cell_type": cell.kind, "source": source})
    node.metadata = nbformat.from_dict({k: v for k, v in cell.node.metadata.items() if k in _METADATA})
    if "attachments" in cell.node:
        node.attachments = cell.node.attachments
    if cell.kind == "code":
        node.execution_count, node.outputs = None, cell.node.get("outputs", []) if test else []
    return node


def _safe_test(test: TestCell) -> str:
    """A test cell whose messages survive otter, which writes them between quotes as they are."""
    config: dict[str, Any] = {"hidden": test.hidden}
    if test.points is not None:
        config["points"] = test.points
    for key in ("success_message", "failure_message"):
        if (message := getattr(test, key)) is not None:
            config[key] = _escaped(message)
    # JSON on one line is YAML, and cannot end the string that it stands in.
    text = json.dumps(config, ensure_ascii=False)
    return f'""" # BEGIN TEST CONFIG\n{text}\n""" # END TEST CONFIG\n{test.source}'


def _escaped(text: str) -> str:
    """Text as it stands between double quotes in Python; readable characters stay as they are."""
    return "".join(
        f"\\{char}" if char in '\\"' else char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text
    )


def _ids(master: Master) -> list[str]:
    """One id per cell: question, role and number; outside questions a hash of the text."""
    seen: Counter[str] = Counter()
    ids = []
    for cell in master.cells:
        if cell.question is None:
            ids.append(_unique(seen, f"text-{_digest(cell.source)}"))
            continue
        role = "mark" if cell.kind == "raw" else _ROLES.get(cell.block, "text") if cell.block else "text"
        seen[f"{cell.question}-{role}"] += 1
        ids.append(f"{cell.question}-{role}-{seen[f'{cell.question}-{role}']}")
    return ids


def _unique(seen: Counter[str], id_: str) -> str:
    seen[id_] += 1
    return id_ if seen[id_] == 1 else f"{id_}-{seen[id_]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def added_ids(solution: "NotebookNode", prepared: "NotebookNode") -> dict[str, str]:
    """Stable ids for the cells that otter added, by the random ids that it gave them."""
    known, seen = {cell.id for cell in prepared.cells}, Counter[str]()
    renamed, following = {}, ""
    for cell in reversed(solution.cells):
        if cell.id in known:
            following = cell.id
            continue
        source, tags = str("".join(cell.source)), cell.metadata.get("tags", [])
        if check := _CHECK.fullmatch(source.strip()):
            stable = f"{check[1]}-check"
        elif "otter_answer_cell" in tags:  # the cell for a written answer, put before the model answer
            stable = f"{following.rsplit('-', 2)[0]}-response"
        else:
            stable = f"otter-{_digest(source)}"
        renamed[cell.id] = _unique(seen, stable)
    return renamed


def finish(notebook: "NotebookNode", renamed: dict[str, str]) -> "NotebookNode":
    """The notebook as it is written: stable ids, no outputs, no metadata but what matters."""
    for cell in notebook.cells:
        cell.id = renamed.get(cell.id, cell.id)
        cell.source = "".join(cell.source)
        cell.metadata = type(cell.metadata)({k: v for k, v in cell.metadata.items() if k in _METADATA})
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def write(notebook: "NotebookNode") -> str:
    """The text of a notebook file, the same for the same notebook.

    Raises:
        nbformat.ValidationError: it is not a valid notebook.
    """
    import nbformat

    nbformat.validate(notebook)
    text: str = nbformat.writes(notebook)
    return text.rstrip("\n") + "\n"


def answer_cells(notebook: "NotebookNode", question: str) -> list[int]:
    """The positions of a question's answer cells in a built notebook, by their ids."""
    pattern = re.compile(rf"{re.escape(question)}-answer-\d+")
    return [n for n, cell in enumerate(notebook.cells) if pattern.fullmatch(cell.get("id", ""))]
