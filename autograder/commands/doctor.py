"""The ``doctor`` command."""

import json
from dataclasses import asdict

from rich import box
from rich.table import Table
from rich.text import Text

from autograder.commands.talk import RESULT
from autograder.grading.isolation.host import best_wall, examine_host


def run_doctor(as_json: bool) -> int:
    """Tell what this host supports; 1 if it can wall in no submission."""
    findings = examine_host()
    isolation = best_wall(findings)
    if as_json:
        print(
            json.dumps({"isolation": isolation or "", "findings": [asdict(finding) for finding in findings]}, indent=1)
        )
        return int(isolation is None)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("", "", "found", "what helps"):
        table.add_column(heading)
    for finding in findings:
        lacking = isolation is None and bool(finding.needed_for)
        no = Text("NO", "bold red") if lacking else Text("no", "yellow")
        table.add_row(finding.name, Text("yes", "green") if finding.ok else no, Text(finding.told), finding.cure)
    RESULT.print(table)
    if isolation:
        RESULT.print(f"Submissions are graded with --isolation {isolation}.")
    else:
        RESULT.print(
            "This host cannot wall in submissions: cure the lines with NO first, for namespaces or for docker."
        )
    return int(isolation is None)
