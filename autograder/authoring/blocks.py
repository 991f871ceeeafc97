"""Which question and which block each cell of a master stands in; the structure is checked on the way."""

from dataclasses import dataclass, field, replace

from autograder.authoring import markers, settings
from autograder.authoring.markers import Block, Boundary
from autograder.authoring.model import Cell

_RAW_CELLS = "a raw cell must be '# ASSIGNMENT CONFIG' or BEGIN or END a QUESTION, PROMPT, SOLUTION or TESTS block"


def place_cells(cells: list[Cell]) -> list[Cell]:
    """The cells, each with the question and block it stands in.

    Raises:
        AuthoringError: a boundary is missing, nested, out of place or misspelt.
    """
    place, placed = _Open(), []
    for bare in cells:
        cell = replace(bare, question=place.question, ignored=_is_ignored(bare))
        edge = None if cell.ignored or cell.kind != "raw" else _edge(cell)
        if cell.kind == "markdown" and not cell.ignored:
            _check_prose(cell)
        if edge and not edge.end:
            place.begin(edge.block, cell)
        placed.append(replace(cell, question=place.question, block=place.block))
        if edge and edge.end:
            place.end(edge.block, cell)
    place.finish()
    return placed


def _is_ignored(cell: Cell) -> bool:
    ignored = markers.ignores_cell(cell.source)
    if ignored and not markers.says_ignore(cell.source):
        raise cell.mistake(
            f"otter leaves out every cell that begins with '# ignore', so {_quote(cell)} would vanish: "
            "reword its first line, or write '# IGNORE' alone if that is meant"
        )
    return ignored


def _check_prose(cell: Cell) -> None:
    for line in cell.source.splitlines():
        if meant := markers.near_miss(line, in_prose=True):
            raise cell.mistake(
                f"{line.strip()!r} is text here and would be shown: if '{meant}' is meant, make it a raw cell"
            )


@dataclass
class _Open:
    """The question and the block that are open while the cells are walked."""

    question: str | None = None
    question_cell: Cell | None = None
    block: Block | None = None
    block_cell: Cell | None = None
    seen: set[Block] = field(default_factory=set)

    def begin(self, block: Block, cell: Cell) -> None:
        if block is Block.QUESTION:
            self._begin_question(cell)
            return
        if self.question is None:
            raise cell.mistake(f"BEGIN {block} outside a question: it belongs after '# BEGIN QUESTION'")
        if self.block and self.block_cell:
            raise cell.mistake(
                f"BEGIN {block} inside the {self.block} block begun in cell {self.block_cell.number}: "
                f"end that one first with '# END {self.block}'"
            )
        if block is Block.PROMPT and self.seen:
            raise cell.mistake("a PROMPT block comes first in its question, and only once: move it up")
        self.block, self.block_cell = block, cell
        self.seen.add(block)

    def _begin_question(self, cell: Cell) -> None:
        if self.question_cell:
            raise cell.mistake(
                f"BEGIN QUESTION inside the question begun in cell {self.question_cell.number}: "
                "end that one first with '# END QUESTION'"
            )
        self.question, self.question_cell, self.seen = settings.question_name(cell), cell, set()

    def end(self, block: Block, cell: Cell) -> None:
        if block is Block.QUESTION and self.question_cell and not self.block:
            self.question = self.question_cell = None
        elif block is self.block:
            self.block = self.block_cell = None
        elif self.block and self.block_cell:
            raise cell.mistake(
                f"END {block}, but the {self.block} block begun in cell {self.block_cell.number} is still "
                f"open: put '# END {self.block}' before it"
            )
        else:
            raise cell.mistake(f"END {block} without a BEGIN {block}: remove it, or begin the block")

    def finish(self) -> None:
        if self.block_cell:
            cell = replace(self.block_cell, question=self.question)
            raise cell.mistake(f"BEGIN {self.block} is never ended: add a raw cell '# END {self.block}'")
        if self.question_cell:
            cell = replace(self.question_cell, question=self.question)
            raise cell.mistake("BEGIN QUESTION is never ended: add a raw cell '# END QUESTION'")


def _edge(cell: Cell) -> Boundary | None:
    """The block boundary that a raw cell is; None for the assignment config."""
    edge, lines = markers.boundary(cell.source), cell.source.splitlines()
    configures = markers.is_config(cell.source)
    if configures and cell.question:
        raise cell.mistake("the assignment config stands inside a question: move it to the top of the master")
    if not edge and not configures:
        meant = next(filter(None, map(markers.near_miss, lines)), None)
        hint = f"did you mean '{meant}'?" if meant else "otter would show it to the students as it is"
        raise cell.mistake(f"{_RAW_CELLS}; found {_quote(cell)}: {hint}")
    carries_config = configures or edge == Boundary(Block.QUESTION, end=False)
    for line in lines[1:]:
        if markers.near_miss(line) or (line.strip() and not carries_config):
            raise cell.mistake(f"{line.strip()!r} needs a raw cell of its own: otter reads the first line only")
    return edge


def _quote(cell: Cell) -> str:
    return repr(markers.first_line(cell.source).strip()[:60])
