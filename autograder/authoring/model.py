"""What a master holds: plain records, without a word on how they are read."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.authoring.markers import Block
from autograder.errors import AuthoringError

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from otter.assign.assignment import Assignment

Points = int | float | list[int | float | None] | dict[str, int | float] | None


@dataclass(frozen=True)
class Cell:
    """A cell of a master.

    Attributes:
        number: counts the cells of the file from 1.
        kind: code, markdown or raw, as nbformat says.
        question, block: where it stands.
        ignored: otter leaves it out of everything.
    """

    path: Path
    number: int
    kind: str
    source: str
    node: "NotebookNode" = field(repr=False, compare=False)
    question: str | None = None
    block: Block | None = None
    ignored: bool = False

    def mistake(self, problem: str) -> AuthoringError:
        """The error that names this place."""
        return AuthoringError(problem, self.path, self.question, self.number)


@dataclass(frozen=True)
class TestCell:
    """One test: ``source`` is its code without the config, ``saved_output`` what the OK format expects."""

    __test__ = False  # not a class of pytest's, whatever its name

    cell: Cell
    source: str
    hidden: bool = False
    points: int | float | None = None
    success_message: str | None = None
    failure_message: str | None = None
    saved_output: str = ""


@dataclass(frozen=True)
class Question:
    """One question of a master.

    Attributes:
        begin: its BEGIN QUESTION cell.
        points: as written in the question's config; `max_points` is what it comes to.
        sources: the exercises that the question covers.
        solution_cells: the cells of its SOLUTION block, code and Markdown.
    """

    name: str
    begin: Cell
    points: Points
    manual: bool
    all_or_nothing: bool
    sources: tuple[str, ...]
    solution_cells: tuple[Cell, ...] = ()
    test_cells: tuple[TestCell, ...] = ()

    @property
    def max_points(self) -> float:
        """What full marks are worth, by otter's rules.

        Raises:
            ValueError, TypeError, AssertionError: otter finds the points contradictory.
        """
        if self.manual:
            return float(self.points or 0)  # type: ignore[arg-type]  # of a list it raises, as is said above
        from otter.test_files.abstract_test import TestCase, TestFile

        points = self.points
        if isinstance(points, dict):
            points = points.get("each", 1) * len(self.test_cells)
        cases = [TestCase("", "", t.hidden, t.points, None, None) for t in self.test_cells]
        resolved = TestFile.resolve_test_file_points(points, cases)  # type: ignore[arg-type]  # a list may hold None
        return round(float(sum(case.points or 0 for case in resolved)), 5)


@dataclass(frozen=True)
class Master:
    """A master read and found in order; ``config`` is otter's own record of the assignment config."""

    path: Path
    notebook: "NotebookNode" = field(repr=False)
    config: "Assignment" = field(repr=False)
    questions: tuple[Question, ...]
    cells: tuple[Cell, ...] = field(repr=False)

    def question(self, name: str) -> Question | None:
        """The question of that name, or None."""
        return next((question for question in self.questions if question.name == name), None)
