"""Which cell of a submission is which cell of the chapter.

Metadata of a submission is not believed, and tools lose it. So cells are found by their text: those that students
leave as they are stand fast, and what lies between two of them is what was written there.
"""

import difflib
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

CHECK = "grader.check("
ALIKE = 0.6  # a text cell that was edited is still itself if this much of it is the same
COMPARED = 2_000  # characters
MOST_COMPARED = 50  # cells that one may be; a student edits few


@dataclass
class Located:
    """Where the chapter's cells are in a submission; indices count the submission's cells from 0.

    Attributes:
        places: the index of each cell that was found, by the id of the chapter's cell.
        unchanged: those of them whose text is that of the chapter.
        written: by the id of the cell for a written answer, all that was written there, that cell included.
    """

    places: dict[str, int] = field(default_factory=dict)
    unchanged: set[int] = field(default_factory=set)
    written: dict[str, list[int]] = field(default_factory=dict)


def locate(template: Sequence[Any], cells: Sequence[Any]) -> Located:
    """Find the cells of a chapter in a submission.

    Args:
        template: the cells of the students' notebook as it was handed out.
        cells: those of the submission; both as nbformat 4 has them.
    """
    located = Located()
    pairs = list(_same(template, cells))
    for t, s in pairs:
        located.places[template[t].id] = s
        located.unchanged.add(s)
    edges = [(-1, -1), *pairs, (len(template), len(cells))]
    for (t, s), (next_t, next_s) in itertools.pairwise(edges):
        _fill(located, template[t + 1 : next_t], cells, list(range(s + 1, next_s)))
    for n, cell in enumerate(template):
        if cell.id.endswith("-response"):
            between = _between(located, template, n, len(cells))
            located.written[cell.id] = [place for place in between if CHECK not in cells[place]["source"]]
            _choose_written(located, cell, cells)
    _find_moved_checks(located, template, cells)
    return located


def _same(template: Sequence[Any], cells: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """The longest series of cells that are the same in both."""
    ours, theirs = [_key(cell) for cell in template], [_key(cell) for cell in cells]
    for block in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        yield from ((block.a + n, block.b + n) for n in range(block.size))


def _key(cell: Any) -> tuple[str, str]:
    return cell["cell_type"], cell["source"].strip()


def _fill(located: Located, gap: Sequence[Any], cells: Sequence[Any], free: list[int]) -> None:
    """Find what was changed: from the end, as what students add stands mostly before what they were given."""
    for cell in reversed(gap):
        place = next((n for n in free[: -MOST_COMPARED - 1 : -1] if _may_be(cell, cells[n])), None)
        if place is not None:
            located.places[cell.id] = place
            free = [n for n in free if n < place]


def _may_be(cell: Any, found: Any) -> bool:
    if cell.id.endswith("-response"):
        return False  # looked for in all that was written there
    if cell["cell_type"] != found["cell_type"]:
        return False
    if check := _check(cell):
        return check in found["source"]
    if re.search(r"-(answer|prompt)-\d+$", cell.id):
        return CHECK not in found["source"]
    text, other = cell["source"][:COMPARED], found["source"][:COMPARED]
    matcher = difflib.SequenceMatcher(None, text, other, autojunk=False)
    return matcher.real_quick_ratio() > ALIKE and matcher.quick_ratio() > ALIKE and matcher.ratio() > ALIKE


def _check(cell: Any) -> str:
    return cell["source"].strip() if cell.id.endswith("-check") else ""


def _find_moved_checks(located: Located, template: Sequence[Any], cells: Sequence[Any]) -> None:
    taken = set(located.places.values())
    for cell in template:
        if cell.id not in located.places and (check := _check(cell)):
            place = next((n for n, one in enumerate(cells) if n not in taken and check in one["source"]), None)
            if place is not None:
                located.places[cell.id] = place
                taken.add(place)


def _between(located: Located, template: Sequence[Any], n: int, length: int) -> list[int]:
    """What lies between the cells found before and after the cell for an answer, nothing found elsewhere."""
    own = located.places.get(template[n].id)
    before = [located.places[cell.id] for cell in template[:n] if cell.id in located.places]
    after = [located.places[cell.id] for cell in template[n + 1 :] if cell.id in located.places]
    start = max((place for place in before if own is None or place < own), default=-1)
    end = min((place for place in after if place > start and (own is None or place > own)), default=length)
    taken = set(located.places.values()) - {own}
    return [place for place in range(start + 1, end) if place not in taken]


def _choose_written(located: Located, cell: Any, cells: Sequence[Any]) -> None:
    """Take the last text that was written as the answer; the others stand above or below it."""
    given = cell["source"].strip()
    texts = [n for n in located.written[cell.id] if cells[n]["source"].strip() not in ("", given)]
    best = [n for n in texts if cells[n]["cell_type"] == "markdown"] or texts
    emptied = [n for n in located.written[cell.id] if cells[n]["cell_type"] == "markdown"]
    if best:
        located.places[cell.id] = best[-1]
    elif emptied:
        located.places.setdefault(cell.id, emptied[-1])
