"""A class of two hundred, of which sixty attack the grader, through the real command."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from arena import Arena
from classes import Run, grade_class, points
from library import FOLDERS, PLACES, Attack, all_attacks, build, plain_notebook
from targets import SMALL

HONEST, HOSTILE = 140, 60
ATTACKS = [attack for attack in all_attacks() if attack.name.partition("/")[0] in FOLDERS[:3]]
ODD_NAMES = ("=1+1", "<script>alert(1)", "-rf", "a\x1b[2Jb", "$(touch marked)", "Zoë van Dijk")
FORMULA_STARTS = ("=", "+", "-", "@", "\t")
MOST_S = 400.0  # about 35 s on two idle cores, most of it spent waiting for attacks that hang


@pytest.mark.slow
def test_hostile_submissions_change_nothing_for_the_honest_ones(arena_of: Callable[[str], Arena], tmp_path: Path):
    """Honest submissions get what they get alone, hostile ones what they should; nothing is left behind."""
    where = arena_of("small")
    (tmp_path / "submissions").mkdir()
    honest = write_honest(tmp_path / "submissions", where)
    hostile = write_hostile(tmp_path / "submissions", where)
    where.watch.start()
    run = grade_class(tmp_path)
    assert run.left == []
    assert where.watch.problems() == []
    assert run.seconds < MOST_S
    assert len(run.results) == len(run.names) == HONEST + HOSTILE
    got = {name: (run.results[name]["status"], points(run.results[name])) for name in honest}
    assert got == {name: ("graded", scores) for name, scores in honest.items()}
    assert unearned(run, hostile, where) == []
    assert not [name for name in run.names if name.startswith(FORMULA_STARTS)]
    pages = "".join(page.read_text(encoding="utf-8") for page in (tmp_path / "out" / "feedback").iterdir())
    assert "<script>alert" not in pages
    assert "\x1b" not in pages + run.said
    assert not [text for text in (where.secret, *SMALL.hidden_texts) if text in pages + run.said]


def write_honest(folder: Path, where: Arena) -> dict[str, dict[str, float]]:
    """Honest notebooks of every kind under many names, and the points that each kind gets alone."""
    names = [*ODD_NAMES, *(f"honest {n:03}" for n in range(HONEST - len(ODD_NAMES)))]
    kinds = itertools.cycle(itertools.product(("right", "wrong", "none"), repeat=len(PLACES)))
    expected = {}
    for name, kind in zip(names, kinds, strict=False):
        answers = dict(zip(PLACES, kind, strict=True))
        expected[name] = where.plain(answers)
        write(folder / f"{name}.ipynb", plain_notebook(SMALL, answers))
    return expected


def write_hostile(folder: Path, where: Arena) -> dict[str, Attack]:
    """Attacks of all kinds, the same ones every time."""
    chosen = {f"hostile {n:03}": ATTACKS[n * len(ATTACKS) // HOSTILE] for n in range(HOSTILE)}
    for name, attack in chosen.items():
        write(folder / f"{name}.ipynb", build(attack, SMALL, attack.fills[0], where.extra)[0])
    return chosen


def write(path: Path, notebook: dict) -> None:
    path.write_text(json.dumps(notebook), encoding="utf-8")


def unearned(run: Run, hostile: dict[str, Attack], where: Arena) -> list[str]:
    """What attacks got that they should not get."""
    found = []
    for name, attack in hostile.items():
        deserved = where.plain(build(attack, SMALL, attack.fills[0], where.extra)[1])
        result = run.results[name]
        for place, score in points(result).items():
            if not where.fits(attack.expected(place), place, score, deserved):
                found.append(f"{attack.name}: {place} earned {score:g}, {result['status']}, {result['message']}")
    return found
