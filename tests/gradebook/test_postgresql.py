"""The gradebook in a PostgreSQL database: a real server, started for these tests."""

import csv
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tides import CHAPTER, command, mark_in, nbgrader

from autograder.course import Chapter
from autograder.records.scores.scores import read_gradebook

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
INITDB = shutil.which("initdb") or (str(PROGRAMS[-1]) if PROGRAMS else None)
# The server refuses to run as root; Debian's package brings a user for it.
USER = "postgres" if os.geteuid() == 0 else None

pytestmark = [pytest.mark.slow, pytest.mark.skipif(INITDB is None, reason="PostgreSQL is not installed")]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of an empty database."""
    pytest.importorskip("psycopg", reason="the extra postgresql is not installed")
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    if USER:
        shutil.chown(folder, USER)

    def run(program: str, *words: str) -> None:
        path = Path(str(INITDB)).with_name(program)
        subprocess.run([path, "-D", f"{folder}/data", *words], check=True, user=USER, cwd=folder, timeout=120)

    run("initdb", "-A", "trust", "-U", "grader")
    run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", f"-k {folder} -c listen_addresses=", "start")
    try:
        yield f"postgresql://grader@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)


def test_postgresql_holds_scores_and_keeps_marks(server: str, graded: Path, tides: Chapter, tmp_path: Path):
    """Scores go in, a person's mark stays when they go in again, and nbgrader's own export has both."""
    folder = tmp_path / "nbgrader"
    words = ("gradebook", graded, "--course-dir", folder, "--db", server, "--json")
    first = command(*words, course=tides.course.root)
    assert first.exit_code == 0, first.stderr
    assert {row["student"]: row["score"] for row in json.loads(first.stdout)}["ada"] == 5
    mark_in(server, "ada", manual_score=2.5)
    again = command(*words, course=tides.course.root)
    assert {row["student"]: row["score"] for row in json.loads(again.stdout)}["ada"] == 7.5
    assert {score.student: score.by_hand for score in read_gradebook(server, CHAPTER)}["ada"] == 2.5
    nbgrader("export", "--to", "grades.csv", cwd=folder)
    with (folder / "grades.csv").open(encoding="utf-8") as file:
        assert {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}["ada"] == 7.5
    assert not (folder / "gradebook.db").exists()
