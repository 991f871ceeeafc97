"""A class of which a third attacks the grader, through the real command."""

import csv
import itertools
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from arena import Arena
from library import FOLDERS, PLACES, Attack, all_attacks, build, plain_notebook
from targets import SMALL
from watch import Watch

HOSTILE = [attack for attack in all_attacks() if attack.name.partition("/")[0] in FOLDERS[:3]]
ODD_NAMES = ("=1+1", "<script>alert(1)", "-rf", "a\x1b[2Jb", "$(touch marked)", "Zoë van Dijk")
FORMULA_STARTS = ("=", "+", "-", "@", "\t")
FIGURES = ("--jobs", "2", "--cell-timeout", "3", "--timeout", "40", "--memory", "400")


def spread(attacks: list[Attack], count: int) -> list[Attack]:
    """So many attacks of all kinds, the same ones every time; all of them if there are not more."""
    return [attacks[n * len(attacks) // count] for n in range(count)] if count < len(attacks) else attacks


@pytest.mark.slow
@pytest.mark.parametrize("count", [60])
def test_a_third_of_the_class_is_hostile(arena_of: Callable[[str], Arena], tmp_path: Path, count: int):
    """Honest submissions get what they get alone, hostile ones no more than they should; nothing is left."""
    where = arena_of("small")
    submissions, out, path = tmp_path / "submissions", tmp_path / "out", tmp_path / "small.zip"
    submissions.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for name, source in SMALL.tests.items():
            archive.writestr(f"tests/{name}", source)
    hostile = spread(HOSTILE, count // 3)
    expected = {}
    for n in range(count - len(hostile) - len(ODD_NAMES)):
        kinds = list(itertools.product(("right", "wrong", "none"), repeat=3))[n % 27]
        answers = dict(zip(PLACES, kinds, strict=True))
        expected[f"honest {n:03}"] = where.plain(answers)
        write(submissions / f"honest {n:03}.ipynb", plain_notebook(SMALL, answers))
    for name in ODD_NAMES:
        write(submissions / f"{name}.ipynb", plain_notebook(SMALL, dict.fromkeys(PLACES, "right")))
    for n, attack in enumerate(hostile):
        write(submissions / f"hostile {n:03}.ipynb", build(attack, SMALL, attack.fills[0], where.extra)[0])

    watch = Watch(where.mark, where.watch.zygote)
    watch.start()
    start_s = time.monotonic()
    command = [sys.executable, "-m", "autograder", "grade", path, submissions, "-o", out, *FIGURES]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, env=environment)
    seconds = time.monotonic() - start_s

    assert done.returncode == 0, done.stderr + done.stdout
    with (out / "grades.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    assert len(rows) == count
    odd = [row for name, row in rows.items() if not name.startswith(("honest ", "hostile "))]
    assert [(row["status"], row["percent"]) for row in odd] == [("graded", "100.0")] * len(ODD_NAMES), odd
    assert not [name for name in rows if name.startswith(FORMULA_STARTS)]
    for name, scores in expected.items():
        row = rows[name]
        got = {place: float(row[SMALL.questions[place].name]) for place in PLACES}
        assert (row["status"], got) == ("graded", scores), name
    unearned = []
    for n, attack in enumerate(hostile):
        row = rows[f"hostile {n:03}"]
        deserved = where.plain(build(attack, SMALL, attack.fills[0], where.extra)[1])
        for place in PLACES:
            score = float(row[SMALL.questions[place].name])
            if not where.fits(attack.expected(place), place, score, deserved):
                unearned.append(f"{attack.name}: {place} earned {score:g}, {row['status']}, {row['message']}")
    assert unearned == []
    assert watch.problems() == []
    assert [path.name for path in scratch.iterdir()] == []
    assert seconds < 40 * count / 2
    shown = "".join(page.read_text(encoding="utf-8") for page in (out / "feedback").iterdir())
    assert "<script>alert" not in shown
    assert "\x1b" not in shown + done.stdout + done.stderr
    assert where.secret not in shown
    assert not any(text in shown for text in SMALL.hidden_texts)


def write(path: Path, notebook: dict) -> None:
    path.write_text(json.dumps(notebook), encoding="utf-8")
