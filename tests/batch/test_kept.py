"""Results that stand are found without a worker, and survive whatever happens to the grader."""

import contextlib
import json
import os
import random
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from small_class import COMMAND, grade, notebook, write_class, write_zip

from autograder.batch.kept import CHUNK, Earlier, Lookup, earlier_results
from autograder.grading.assignment import zip_assignment
from autograder.grading.intake import find_submissions
from autograder.grading.isolation.local import namespaces_refused

walled = pytest.mark.skipif(bool(namespaces_refused()), reason=f"no namespaces here: {namespaces_refused()}")


@walled
@pytest.mark.slow
def test_rerun_with_nothing_changed_starts_no_worker_and_writes_the_same_grades(tmp_path: Path):
    """Neither torch nor otter is imported, rejected submissions stand, too, and grades.csv has the same bytes."""
    archive, folder, out = write_zip(tmp_path / "small.zip"), write_class(tmp_path / "class", 3), tmp_path / "out"
    command = (archive, folder, "-o", out, "--jobs", 1)
    assert grade(*command).returncode == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    stamps = {path: path.stat().st_mtime_ns for path in (out / "results").iterdir()}
    for name in ("torch", "otter"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('nobody should import me')")
    done = grade(*command, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert {path: path.stat().st_mtime_ns for path in (out / "results").iterdir()} == stamps
    (folder / "student01.ipynb").write_text(json.dumps(notebook("def twice(x): return 2 * x")))
    assert grade(*command, env={**os.environ, "PYTHONPATH": str(tmp_path)}).returncode == 2  # now they are wanted


@walled
@pytest.mark.slow
def test_killed_at_a_random_moment_and_run_again_gives_the_same_grades(tmp_path: Path):
    """A kill -9 loses at most what was in flight; the next run finishes, and its grades.csv has the bytes of that of
    a run that nobody disturbed."""
    archive, folder = write_zip(tmp_path / "small.zip"), write_class(tmp_path / "class", 10, seconds=0.2)
    undisturbed, out = tmp_path / "undisturbed", tmp_path / "out"
    assert grade(archive, folder, "-o", undisturbed, "--jobs", 1).returncode == 0
    process = subprocess.Popen([*COMMAND, archive, folder, "-o", out, "--jobs", "1"], stderr=subprocess.DEVNULL)
    wanted = random.Random().randrange(9)
    while len(list(out.glob("results/*.json"))) < wanted:
        assert process.poll() is None
        time.sleep(0.02)
    time.sleep(random.Random().uniform(0, 0.3))
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    psutil.wait_procs(family, timeout=20)
    kept = {path: path.read_bytes() for path in out.glob("results/*.json")}
    assert grade(archive, folder, "-o", out, "--jobs", 1).returncode == 0
    assert (out / "grades.csv").read_bytes() == (undisturbed / "grades.csv").read_bytes()
    assert {path: path.read_bytes() for path in kept} == kept
    assert not list(out.rglob("*.part"))


def test_reading_that_dies_leaves_the_rest_to_the_workers(tmp_path: Path):
    """Submissions are read in processes of their own; where those end, what is not known is graded again."""
    out, folder, count = tmp_path / "out", write_class(tmp_path / "class", 1), 40 * CHUNK
    (out / "results").mkdir(parents=True)
    (single, _) = find_submissions(folder)
    (out / "results" / "report.json").write_text("{}")
    with zip_assignment(write_zip(tmp_path / "small.zip")) as assignment:
        told = earlier_results(Lookup(out, assignment, "run", regrade=False), [single] * count, processes=1)
        first = next(told)
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.NoSuchProcess):  # something of an earlier test that has just ended
                if any("spawn_main" in word for word in child.cmdline()):
                    child.kill()
        assert [first, *told] == [Earlier()] * count
