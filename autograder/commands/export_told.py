"""What the ``export`` commands say when they are done, and the list of what was left out."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from autograder.commands.talk import RESULT, TALK, write_json, write_text
from autograder.records.plain_text import printable
from autograder.records.platforms.filling import Filled
from autograder.records.platforms.plain import left_out_csv
from autograder.records.scores.final import LOST, LeftOut, Settled, Why

MOST_SHOWN = 20  # names in one line of the terminal; files have them all
COUNTED = (Why.OTHER_COUNTS, Why.NO_SUBMISSION)  # in the terminal without names


@dataclass(frozen=True)
class Done:
    """An export that was made.

    Attributes:
        told: one line on what was written.
        notes: what to know about the scores.
        left_out_file: where the list of what was left out goes; None if nowhere.
        filled: the cells of a sheet that changed; None if there is no sheet.
    """

    file: Path
    told: str
    settled: Settled
    notes: Sequence[str]
    left_out_file: Path | None = None
    filled: Filled = field(default_factory=Filled)
    dry_run: bool = False

    @property
    def left_out(self) -> list[LeftOut]:
        return self.settled.left_out


def finish(done: Done, as_json: bool) -> int:
    """Say what was done; 1 if a score reached nobody."""
    if done.left_out_file:
        write_text(done.left_out_file, left_out_csv(done.left_out))
    if as_json:
        write_json(_record(done), Path("-"))
    else:
        _show_changes(done)
    for line in (done.told, *done.notes, *_left_out_lines(done.left_out)):
        TALK.print(Text(line), soft_wrap=True)
    if done.left_out_file and done.left_out:
        TALK.print(Text(f"What was left out, and why: {done.left_out_file}"), soft_wrap=True)
    return int(any(one.why in LOST for one in done.left_out))


def _record(done: Done) -> dict[str, Any]:
    return {
        "file": None if done.dry_run else str(done.file),
        **asdict(done.filled),
        "left_out": [asdict(one) for one in done.left_out],
        "notes": list(done.notes),
    }


def _show_changes(done: Done) -> None:
    """The grades that replace others; in a dry run, the new ones, too."""
    changes = [*done.filled.changed, *(done.filled.filled if done.dry_run else [])]
    if not changes:
        return
    table = Table("line", "student", "in the sheet", "new", box=None, pad_edge=False)
    for change in sorted(changes, key=lambda one: one.line):
        table.add_row(*map(Text, (str(change.line), printable(change.student), printable(change.before), change.after)))
    RESULT.print(table)


def _left_out_lines(left_out: Iterable[LeftOut]) -> list[str]:
    lines = []
    for why in Why:
        ones = [one for one in left_out if one.why is why]
        if ones:
            lines.append(f"{why.value}: {len(ones) if why in COUNTED else some([_named(one) for one in ones])}")
    return lines


def _named(one: LeftOut) -> str:
    name = one.submission or one.student
    student = f" ({one.student})" if one.student and one.student != name else ""
    return f"{name}{student}{f', {one.detail}' if one.detail else ''}"


def some(names: Sequence[str]) -> str:
    """Names in one line."""
    more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    return "; ".join(map(printable, names[:MOST_SHOWN])) + more
