"""The solution under plain ``otter run``, as a course without this package would grade it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder.authoring.build import make_zip
from autograder.course import Chapter

TIMEOUT_S = 900


def otter_scores(chapter: Chapter) -> dict[str, float] | str:
    """Scores by question of ``otter run`` on the solution notebook, or why there are none.

    Raises:
        AuthoringError: the autograder zip cannot be made.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-otter-") as name:
        folder = Path(name)
        archive = make_zip(chapter, folder / "autograder.zip")
        notebook = Path(shutil.copy(chapter.solution_notebook, folder))
        command = [sys.executable, "-m", "otter", "run", notebook.name, "-a", str(archive), "-o", ".", "--no-logo"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
        try:
            done = subprocess.run(
                command, check=False, capture_output=True, text=True, env=environment, cwd=folder, timeout=TIMEOUT_S
            )
        except subprocess.TimeoutExpired:
            return f"otter run did not end within {TIMEOUT_S} s"
        results = folder / "results.json"
        if done.returncode or not results.exists():
            return f"otter run failed: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}"
        tests = json.loads(results.read_text(encoding="utf-8"))["tests"]
    return {test["name"]: test["score"] for test in tests if "score" in test}
