"""Attack files: what they say, and the notebook that they become for a target.

An attack is a text of percent cells under a header of comments. Its first line is the title; ``# key: value`` lines
say what is expected; other comments are for people.

    answers   what the cells marked ``answers`` hold, one notebook each: right, wrong
    plain     answers of the plain notebook that the score is compared with, where they are not to be seen
    expect    score by question, such as ``q1 zero, rest full``; default deserve. Words: full, zero, deserve (what the
              plain notebook earns), at-most (that), public (at most the public points), less (than full), all-or-nothing, any
    status    graded (default), partial, rejected or any
    says      a regular expression that some message to the student must match
    shows     a regular expression that some output must match
    holds     what must also hold beyond what always must: finds nothing (lines ``found: JSON`` that cells print
              are all empty)
    docker    a regular expression for what lines ``found: JSON`` may hold in a container, which submissions share in turn
    limits    limits of the session: cell_timeout_s=2, timeout_s=60
    file      how the notebook is written: a name of `forms`
    notebook  metadata of the notebook, as JSON
    runs      how often it is graded; what is said is of the last time

A cell may say what it is after its ``# %%``: ``setup``; ``right q1 q2``, ``wrong rest``, ``answers all`` (an answer
cell and its check for each); ``markdown``. Options: ``unchecked`` (no check cells), ``metadata={…}`` (JSON, last). The
text under such a header comes after the answer, or around it where it says ``<<answer>>``. Tokens are in `Text`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from targets import Target

ATTACKS = Path(__file__).parent
FOLDERS = ("forging", "exhausting", "reaching", "careless", "shapes")
KEYS = (
    "answers",
    "plain",
    "expect",
    "status",
    "says",
    "shows",
    "holds",
    "docker",
    "limits",
    "file",
    "notebook",
    "runs",
)
PLACES = ("q1", "q2", "q3")
TOKEN = re.compile(r"<<([a-z][a-z0-9 ._-]*)>>")
WORDS = ("full", "zero", "deserve", "public", "less", "at-most", "all-or-nothing", "any")


@dataclass(frozen=True)
class Attack:
    """An attack file."""

    name: str
    title: str
    said: dict[str, str]
    cells: tuple[tuple[str, str], ...]  # header and body

    @property
    def fills(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\w+", self.said.get("answers", ""))) or ("",)

    @property
    def status(self) -> str:
        return self.said.get("status", "graded")

    @property
    def holds(self) -> list[str]:
        return [text.strip() for text in self.said.get("holds", "").split(",")]

    def expected(self, place: str) -> str:
        """The word for a question."""
        told = {}
        for part in self.said.get("expect", "deserve").split(","):
            *where, word = part.split()
            told[where[0] if where else "rest"] = word
        word = told.get(place, told.get("rest", "deserve"))
        assert word in WORDS, f"{self.name}: {word!r} is not one of {WORDS}"
        return word

    def limits(self) -> dict[str, float]:
        return {k: float(v) for k, v in (part.split("=") for part in self.said.get("limits", "").split())}


def read_attack(path: Path) -> Attack:
    """Read an attack file."""
    head, *parts = re.split(r"^# %%(.*)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = [line.removeprefix("#").strip() for line in head.splitlines() if line.startswith("#")]
    said = dict(re.findall(rf"^({'|'.join(KEYS)}): *(.*)$", "\n".join(lines), flags=re.MULTILINE))
    cells = tuple((h.strip(), b.strip("\n")) for h, b in zip(parts[::2], parts[1::2], strict=True))
    return Attack(f"{path.parent.name}/{path.stem}", lines[0], said, cells)


def all_attacks() -> list[Attack]:
    """Every attack, by folder and name."""
    return [read_attack(path) for folder in FOLDERS for path in sorted((ATTACKS / folder).glob("*.cells"))]


@dataclass
class Text:
    """Fills the tokens of a cell, such as ``<<wrong q1>>``; without a question they mean those of the cell.

    right, wrong, check   the answer, the line that checks it
    setup                 the target's set-up and the notebook's grader
    functions, values     lists of the names that the answers define
    wrap NAME             the functions' results and the values go through the function NAME
    call                  an expression that tries the answer
    name, bare            the question's name in quotes, and without

    Attributes:
        places: the questions that the cell is about.
        extra: tokens of the arena: what is planted where.
    """

    target: Target
    places: tuple[str, ...]
    extra: dict[str, str]

    def fill(self, source: str) -> str:
        """The source with its tokens replaced; what a token stands for is indented as the token's line is."""
        while found := TOKEN.search(source):
            line = source[source.rfind("\n", 0, found.start()) + 1 : found.start()]
            indent = line[: len(line) - len(line.lstrip(" "))]
            filled = self._value(*found[1].split()).replace("\n", f"\n{indent}")
            source = source[: found.start()] + filled + source[found.end() :]
        return source

    def _value(self, word: str, *rest: str) -> str:
        places = tuple(rest) if rest and rest[0] in PLACES else self.places
        questions = [self.target.questions[place] for place in places]
        values: dict[str, Callable[[], str]] = {
            "setup": lambda: f"{self.target.setup}\nimport otter\ngrader = otter.Notebook()",
            "right": lambda: "\n\n".join(q.right for q in questions),
            "wrong": lambda: "\n\n".join(q.wrong for q in questions),
            "check": lambda: "\n".join(f"grader.check({q.name!r})" for q in questions),
            "call": lambda: ", ".join(q.call for q in questions),
            "name": lambda: repr(questions[0].name),
            "bare": lambda: questions[0].name,
            "functions": lambda: repr([name for q in questions for name in q.functions]),
            "values": lambda: repr([name for q in questions for name in q.values]),
            "wrap": lambda: WRAP.format(f=rest[0], functions=values["functions"](), values=values["values"]()),
        }
        return values[word]() if word in values else self.extra[" ".join((word, *rest))]


# Every function and value of the answers goes through another function.
WRAP = """\
for _name in {functions}:
    globals()[_name] = (lambda _f: lambda *a, **k: {f}(_f(*a, **k)))(globals()[_name])
for _name in {values}:
    globals()[_name] = {f}(globals()[_name])"""


def code(source: str, metadata: dict[str, Any] | None = None, kind: str = "code") -> dict[str, Any]:
    """A cell of a notebook file."""
    cell = {"cell_type": kind, "metadata": metadata or {}, "source": source}
    return cell if kind != "code" else {**cell, "execution_count": None, "outputs": []}


def notebook_file(cells: list[dict[str, Any]], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """A notebook as its file holds it."""
    return {"cells": cells, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 4}


def plain_notebook(target: Target, answers: dict[str, str]) -> dict[str, Any]:
    """The notebook of an honest student with these answers: right, wrong or none by question."""
    text = Text(target, PLACES, {})
    cells = [code(text.fill("<<setup>>"))]
    for place, kind in answers.items():
        if kind != "none":
            cells += [code(text.fill(f"<<{kind} {place}>>")), code(text.fill(f"<<check {place}>>"))]
    return notebook_file(cells)


def build(attack: Attack, target: Target, fill: str, extra: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """An attack's notebook, and the answers of the plain one to compare it with."""
    cells: list[dict[str, Any]] = []
    answers = dict.fromkeys(PLACES, "none")
    for header, body in attack.cells:
        words, _, told = header.partition("metadata=")
        metadata = json.loads(Text(target, PLACES, extra).fill(told)) if told else {}
        kind, *names = words.split() or [""]
        checked, names = "unchecked" not in names, [n for n in names if n != "unchecked"]
        if kind == "setup":
            cells.append(code(Text(target, PLACES, extra).fill("<<setup>>\n" + body), metadata))
        elif kind in ("", "markdown"):
            cells.append(code(Text(target, PLACES, extra).fill(body), metadata, kind or "code"))
        else:
            kind = fill if kind == "answers" else kind
            left = [place for place in PLACES if answers[place] == "none"]
            for place in {"all": PLACES, "rest": left}.get(names[0] if names else "all", names):
                answers[place] = kind
                around = body if "<<answer>>" in body else f"<<answer>>\n{body}".strip()
                text = Text(target, (place,), extra)
                cells.append(code(text.fill(around.replace("<<answer>>", f"<<{kind} {place}>>")), metadata))
                if checked:
                    cells.append(code(text.fill(f"<<check {place}>>")))
    if "plain" in attack.said:
        told_answers = attack.said["plain"].split()
        answers = dict(
            zip(PLACES, told_answers * len(PLACES) if len(told_answers) == 1 else told_answers, strict=False)
        )
    metadata = json.loads(Text(target, PLACES, extra).fill(attack.said.get("notebook", "{}")))
    return notebook_file(cells, metadata), answers
