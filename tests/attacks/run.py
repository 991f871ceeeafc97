"""Runs attacks against the grader and prints what became of them.

    python tests/attacks/run.py [--only NAME] [--target small|chapter] [--isolation namespaces|docker|none] [--json]

Exit code 1 if any attack got what it should not, 2 if this host cannot run them. Without walls only the honest
notebooks are run: those of careless/ and shapes/.
"""

import argparse
import json
import sys
from dataclasses import asdict

from arena import TRUSTED_FOLDERS, Arena, Outcome, arena
from library import PLACES, Attack, all_attacks
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text
from targets import TARGETS

from autograder.errors import KitError
from autograder.grading.isolation.choose import choose_wall
from autograder.grading.isolation.wall import IMAGE

TALK = Console(stderr=True)


def main() -> int:
    arguments = read_arguments()
    try:
        wall = choose_wall(arguments.isolation, IMAGE, trust=True)
    except KitError as err:
        TALK.print(str(err), markup=False)
        return 2
    attacks = [a for a in all_attacks() if not arguments.only or any(name in a.name for name in arguments.only)]
    if arguments.isolation == "none":
        attacks = [attack for attack in attacks if attack.name.partition("/")[0] in TRUSTED_FOLDERS]
    if not attacks:
        TALK.print("no attack of that name; see tests/attacks", markup=False)
        return 2
    with arena(TARGETS[arguments.target](), wall) as where:
        outcomes = run_all(attacks, where)
    if arguments.json:
        print(json.dumps([asdict(outcome) for outcome in outcomes], indent=1))
    else:
        show(outcomes)
    return int(any(outcome.wrong for outcome in outcomes))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", default=[], help="part of an attack's name; may be repeated")
    parser.add_argument("--target", choices=list(TARGETS), default="small")
    parser.add_argument("--isolation", choices=["namespaces", "docker", "none"], default="namespaces")
    parser.add_argument("--json", action="store_true", help="results as JSON on standard output")
    return parser.parse_args()


def run_all(attacks: list[Attack], where: Arena) -> list[Outcome]:
    outcomes = []
    with Progress(console=TALK, transient=True) as progress:
        task = progress.add_task("attacking", total=sum(len(attack.fills) for attack in attacks))
        for attack in attacks:
            for fill in attack.fills:
                progress.update(task, description=attack.name, advance=1)
                outcomes.append(where.attack(attack, fill))
    return outcomes


def show(outcomes: list[Outcome]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("attack", "expected", "got", "status", "all well", "seconds"):
        table.add_column(name, justify="right" if name == "seconds" else "left", no_wrap=name != "all well")
    for outcome in outcomes:
        scores = [" ".join(told.get(place, "–") for place in PLACES) for told in (outcome.expected, outcome.got)]
        well = Text("; ".join(w[:200] for w in outcome.wrong), style="red") if outcome.wrong else Text("yes")
        table.add_row(Text(outcome.attack), *scores, outcome.status, well, f"{outcome.seconds:.1f}")
    failed = sum(bool(outcome.wrong) for outcome in outcomes)
    console = Console(width=None if sys.stdout.isatty() else 180)
    console.print(table)
    console.print(f"{len(outcomes)} runs, {failed} not as they should be")


if __name__ == "__main__":
    sys.exit(main())
