"""The temporary folder of a run: gone with the run, or with the next one."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograder.batch.scratch import PREFIX, remove_stale, scratch_folder

HOLD = """
import sys, tempfile, time
from autograder.batch.scratch import scratch_folder
with scratch_folder() as folder:
    tempfile.mkstemp()
    print(folder, flush=True)
    time.sleep(100)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder with nothing in it."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def hold(place: Path) -> tuple[subprocess.Popen, Path]:
    """Another run, and its folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with process.stdout:
        return process, Path(process.stdout.readline().strip())


def test_what_a_run_and_its_children_put_on_disk_goes_with_it(place: Path):
    """Inside, temporary files of this process and of its children lie in the run's folder; afterwards as before."""
    child = [sys.executable, "-c", "import tempfile; print(tempfile.mkdtemp())"]
    with scratch_folder() as folder:
        made = [tempfile.mkdtemp(), subprocess.run(child, capture_output=True, text=True, check=True).stdout.strip()]
        assert [Path(path).parent for path in made] == [folder] * 2
        assert folder.parent == place
    assert list(place.iterdir()) == []
    assert Path(tempfile.mkdtemp()).parent == place


def test_next_run_removes_the_folder_of_a_killed_one(place: Path):
    """As long as a run lives its folder stays, and after kill -9 it is removed."""
    process, folder = hold(place)
    remove_stale(place)
    assert list(folder.iterdir())
    process.kill()
    process.wait()
    assert folder.exists()
    with scratch_folder():
        assert not folder.exists()


def test_only_folders_of_runs_are_removed(place: Path):
    """Other folders, a file with a run's name and what a link leads to stay."""
    kept = place / "autograder-other" / "file"
    kept.parent.mkdir()
    kept.write_text("kept")
    (place / f"{PREFIX}file").write_text("kept")
    (place / f"{PREFIX}link").symlink_to(kept.parent)
    remove_stale(place)
    assert kept.exists()
    assert (place / f"{PREFIX}file").exists()
