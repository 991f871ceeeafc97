"""Calibrated tolerances as people and programs read them."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.proof.tolerances.calibrate import Brittle, Calibration, Comparison
from autograder.proof.tolerances.measure import Setting
from autograder.proof.tolerances.readings import Kind

_COLUMNS = ("question", "line", "comparison", "asks for", "right", "wrong")


def tolerance_table(calibration: Calibration) -> Group:
    """Every comparison with what is filled of its bound, flagged ones first; then what fails right answers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in _COLUMNS:
        is_number = name in ("line", "right", "wrong")
        table.add_column(
            name,
            justify="right" if is_number else "left",
            no_wrap=True,
            overflow="ellipsis",
            max_width=44 if name == "comparison" else None,
        )
    for comparison in sorted(calibration.comparisons, key=lambda one: one.flag is None):
        table.add_row(*_cells(comparison))
    lines = [Padding(line, (0, 0, 0, 2)) for line in _lines(calibration)]
    return Group(table, *lines, _summary(calibration))


def tolerance_record(calibration: Calibration) -> dict[str, Any]:
    """A calibration as plain data for JSON; what is beyond all numbers is the text ``inf``."""
    comparisons = [{**asdict(one), "flag": one.flag} for one in calibration.comparisons]
    told = {
        "runs": calibration.runs,
        "comparisons": comparisons,
        "brittle": [asdict(one) for one in calibration.brittle],
        "findings": [asdict(one) for one in calibration.findings],
    }
    return {key: _plain(value) for key, value in told.items()}


def _cells(comparison: Comparison) -> list[Text]:
    style = "yellow" if comparison.flag else ""
    wrong = "–" if comparison.wrong is None else f"{comparison.wrong:.2g}"
    # Text, not markup: code is full of brackets.
    return [
        Text(comparison.question, style),
        Text(str(comparison.line)),
        Text(comparison.text),
        Text(comparison.kind.value),
        Text(_right(comparison), style),
        Text("" if comparison.kind is Kind.DECISION else wrong, style),
    ]


def _right(comparison: Comparison) -> str:
    """The most that a right answer fills, and in which setting where it is not the usual one."""
    if not comparison.right:
        return "–"
    setting = max(comparison.right, key=lambda one: (comparison.right[one], one is Setting.FLOAT32))
    told = "" if setting is Setting.FLOAT32 else f" ({setting})"
    return f"{comparison.right_fill:.2g}{told}"


def _lines(calibration: Calibration) -> Iterator[Text]:
    for one in calibration.flagged:
        place = f"{one.question}, line {one.line}, {one.text}: "
        yield Text.assemble((place, "bold"), f"{one.flag}.")
    for brittle in calibration.brittle:
        yield Text.assemble((f"{brittle.question}, {brittle.case}: ", "bold"), _brittle(brittle))
    for finding in calibration.findings:
        yield Text.assemble((f"{finding.question}: {finding.fault.value}. ", "bold red"), finding.text)


def _brittle(one: Brittle) -> str:
    return f"brittle. With {one.cause} it fails {one.title} {one.failed} of {one.runs} times: {one.told}"


def _summary(calibration: Calibration) -> Text:
    counts = [
        f"{len(calibration.comparisons)} comparisons in {calibration.runs} runs",
        f"{len(calibration.flagged)} with too little room",
        f"{sum(one.wrong is None for one in calibration.comparisons)} that no rejected answer comes to",
        f"{len(calibration.brittle)} brittle",
        f"{len(calibration.findings)} that fail a right answer",
    ]
    return Text(", ".join(counts), "bold")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
