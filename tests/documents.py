"""The documents of the repository, read: their commands, tables, code spans and headings."""

import re
import shlex
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parents[1]
README, DOCS = ROOT / "README.md", ROOT / "docs"
FILES = [README, *sorted(path for path in DOCS.glob("*.md") if path.name != "errata.md")]
PROGRAM = (".venv/bin/autograder", "autograder")


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    file: Path
    info: str
    text: str


@dataclass(frozen=True)
class Shown:
    """A command in a console block, and the output shown under it."""

    file: Path
    command: str
    output: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        return shlex.split(self.command)


def blocks(file: Path) -> list[Block]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(file, info, text) for info, text in found]


def prose(file: Path) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def code_spans(file: Path) -> list[str]:
    """What stands between backquotes in running text, in one line each."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose(file))]


def shown_commands() -> list[Shown]:
    """Every command in a console block of any document."""
    found = []
    for block in (block for file in FILES for block in blocks(file) if block.info in ("console", "sh")):
        lines = block.text.splitlines()
        for number, line in enumerate(lines):
            if line.startswith("$ "):
                output = takewhile(lambda other: not other.startswith("$ "), lines[number + 1 :])
                found.append(Shown(block.file, line.removeprefix("$ "), tuple(output)))
    return found


def table(file: Path, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without backquotes and without the table's head."""
    after = re.split(rf"^#+ {re.escape(heading)}$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(after) == 2, f"{file.name} has {len(after) - 1} headings {heading!r}"
    lines = after[1].splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("| --- "))
    rows = takewhile(lambda line: line.startswith("|"), lines[start + 1 :])
    return [[cell.strip().replace("`", "") for cell in row.strip("|").split("|")] for row in rows]


def anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", prose(file), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


COMMANDS = shown_commands()
