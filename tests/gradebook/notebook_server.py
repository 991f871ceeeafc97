"""A notebook server with nbgrader's formgrader, for browsers."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TOKEN = "only-for-this-machine"
START_S = 120  # a busy machine is slow


@contextlib.contextmanager
def serving(course: Path) -> Iterator[str]:
    """Start a server in nbgrader's course folder; gives its address.

    Raises:
        RuntimeError: it does not start; the text is its log.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = course / ".jupyter"
    settings.mkdir(exist_ok=True)
    server = {
        "ip": "127.0.0.1", "port": port, "port_retries": 0, "open_browser": False, "allow_root": True,
        "root_dir": str(course), "jpserver_extensions": {"nbgrader.server_extensions.formgrader": True},
    }  # fmt: skip
    text = {"ServerApp": server, "IdentityProvider": {"token": TOKEN}}
    (settings / "jupyter_server_config.json").write_text(json.dumps(text), encoding="utf-8")
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(settings), "JUPYTER_RUNTIME_DIR": str(settings)}
    environment["PATH"] = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    with (course / "server.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen([sys.executable, "-m", "jupyter_server"], cwd=course, env=environment, stderr=log)
        try:
            _wait_for(port, process, course / "server.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(START_S)


def sign_in(page: Any, address: str) -> None:
    """Open formgrader's list of assignments in a browser's page."""
    page.goto(f"{address}/login?next=/formgrader/gradebook")
    page.fill("#password_input", TOKEN)
    page.click("#login_submit")


def submission_id(course: Path, chapter: str, student: str) -> str:
    """The number under which formgrader shows a student's notebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return str(gradebook.find_submission_notebook(chapter, chapter, student).id)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end_s = time.monotonic() + START_S
    while time.monotonic() < end_s and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(log.read_text(encoding="utf-8"))
