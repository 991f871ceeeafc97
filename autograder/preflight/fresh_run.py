"""A notebook run from top to bottom in a process of its own, with the rights of whoever asks for it.

It is a Jupyter kernel of this Python, in a temporary folder with what belongs beside the notebook. Nothing of it
is walled in: this is for people who would run the notebook anyway, on any system that Jupyter knows.
"""

import json
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course import Limits
from autograder.errors import KitError
from autograder.grading.notebook import Cell, CellKind, Notebook
from autograder.preflight import probe
from autograder.preflight.kernel import START_S, Kernel, KernelEnded, started

PROBE = Path(probe.__file__).resolve()
OWN_NAME = re.compile(r"""otter\.Notebook\(\s*["']([^"'/\\\n]{1,200}\.ipynb)["']""")
# Otter wants to read the notebook, though the tests are elsewhere.
EMPTY = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Checked:
    """What came of one check.

    Attributes:
        cell: index of the cell that checked; None if none did.
        results: name, passed, message and detail of each public test.
        missing: names that the tests take and the notebook did not have.
    """

    question: str
    cell: int | None
    results: tuple[dict[str, Any], ...]
    missing: tuple[str, ...]


@dataclass
class FreshRun:
    """What came of a run; cells by their index.

    Attributes:
        failed: what each cell raised.
        stopped: the seconds after which cells were stopped.
        ended_at: the cell that ended Python, or could not be stopped: none after it was run.
        out_of_time: the cell before which the time of the whole notebook was over.
    """

    failed: dict[int, str] = field(default_factory=dict)
    stopped: dict[int, float] = field(default_factory=dict)
    checked: list[Checked] = field(default_factory=list)
    ended_at: int | None = None
    out_of_time: int | None = None

    @property
    def went_through(self) -> bool:
        return self.ended_at is None and self.out_of_time is None


def run_fresh(
    notebook: Notebook,
    tests: Mapping[str, str],
    files: Iterable[tuple[str, Path]],
    limits: Limits,
    on_cell: Progress,
) -> FreshRun:
    """Run a notebook's cells in order; each check runs the public tests that are given.

    Args:
        files: what belongs beside it: the name there, and where it lies.
        limits: of them, the time for a cell and for all cells.
        on_cell: told how many cells are done, of how many.

    Raises:
        KitError: no kernel can be started here, or otter does not work in it.
    """
    cells = [cell for cell in notebook.cells if cell.kind is CellKind.CODE and not cell.ignored]
    with tempfile.TemporaryDirectory(prefix="autograder-preflight-", ignore_cleanup_errors=True) as folder:
        place = _lay_out(Path(folder), cells, tests, files)
        # No window for a plot; UTF-8 for otter's reading of files, also on Windows; nobody's profile of IPython.
        environment = {"MPLBACKEND": "Agg", "PYTHONUTF8": "1", "IPYTHONDIR": str(place.ipython)}
        with started(place.work, environment) as kernel:
            return _Runner(place, kernel, limits).run(cells, tests, on_cell)


@dataclass(frozen=True)
class _Place:
    work: Path
    tests: Path
    ipython: Path
    notes: Path


def _lay_out(root: Path, cells: Iterable[Cell], tests: Mapping[str, str], files: Iterable[tuple[str, Path]]) -> _Place:
    place = _Place(root / "work", root / "tests", root / "ipython", root / "notes.jsonl")
    for folder in (place.work, place.tests, place.ipython):
        folder.mkdir()
    for name, source in files:
        target = place.work / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    for name in {name for cell in cells for name in OWN_NAME.findall(cell.source)}:
        (place.work / name).write_text(EMPTY, encoding="utf-8")
    for question, text in tests.items():
        (place.tests / f"{question}.py").write_text(text, encoding="utf-8")
    place.notes.touch()
    return place


class _Runner:
    """Runs one notebook; used once."""

    def __init__(self, place: _Place, kernel: Kernel, limits: Limits):
        self.place, self.kernel, self.limits = place, kernel, limits
        self.done = FreshRun()

    def run(self, cells: Sequence[Cell], questions: Iterable[str], on_cell: Progress) -> FreshRun:
        if error := self._probe(f"['install']({str(self.place.tests)!r}, {str(self.place.notes)!r})", START_S):
            raise KitError(f"otter-grader does not work here ({error}): install this package anew")
        deadline_s = time.monotonic() + self.limits.timeout_s
        for number, cell in enumerate(cells):
            on_cell(number, len(cells))
            if (left_s := deadline_s - time.monotonic()) <= 0:
                self.done.out_of_time = cell.index
            else:
                self._run_cell(cell, min(self.limits.cell_timeout_s, left_s))
            if not self.done.went_through:
                return self.done
        self._check_the_rest(questions)
        return self.done

    def _run_cell(self, cell: Cell, limit_s: float) -> None:
        with self._noting(cell.index):
            try:
                if error := self.kernel.execute(cell.source, limit_s):
                    self.done.failed[cell.index] = error
            except TimeoutError:
                self.done.stopped[cell.index] = limit_s
            except KernelEnded:
                self.done.ended_at = cell.index

    def _check_the_rest(self, questions: Iterable[str]) -> None:
        unchecked = [name for name in questions if name not in {one.question for one in self.done.checked}]
        with self._noting(None), suppress(TimeoutError, KernelEnded):  # what was not checked has no result: it is told
            self._probe(f"['finish']({str(self.place.tests)!r}, {unchecked!r}, globals())", self.limits.cell_timeout_s)

    def _probe(self, call: str, limit_s: float) -> str:
        return self.kernel.execute(f"__import__('runpy').run_path({str(PROBE)!r}){call}", limit_s)

    @contextmanager
    def _noting(self, cell: int | None) -> Iterator[None]:
        """Take what is noted meanwhile for the checks of a cell."""
        seen = len(self._notes())
        yield
        self.done.checked += [
            Checked(note["question"], cell, tuple(note["results"]), tuple(note["missing"]))
            for note in self._notes()[seen:]
        ]

    def _notes(self) -> list[dict[str, Any]]:
        """What was noted so far; the last line may be torn where the process was ended."""
        lines = self.place.notes.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("}\n")]
