"""A Jupyter kernel of this Python: code goes in, and what it raised comes out."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from autograder.errors import KitError

START_S = 120  # for a machine that is busy with other things
POLL_S = 0.5  # how soon it is noticed that a kernel has died
HEEDS_S = 10  # in which interrupted code must come to rest


class KernelEnded(Exception):
    """The kernel's process is gone, or cannot be made to stop what it does."""


class _ThisPython(KernelManager):
    """Kernels of the interpreter that runs this, whatever kernels are registered for the user."""

    @property
    def kernel_spec(self) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, language="python", display_name="Python 3")


class Kernel:
    """A running kernel; see `started`."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient):
        self._manager, self._client = manager, client

    def execute(self, code: str, limit_s: float) -> str:
        """Run code as a cell; what it raised, in one line, or nothing.

        Raises:
            TimeoutError: it took longer, and was interrupted.
            KernelEnded: it ended the process, or does not heed the interrupt.
        """
        try:
            return self._execute(code, limit_s)
        except TimeoutError:
            self._manager.interrupt_kernel()
            try:
                self._execute("pass", HEEDS_S)
            except TimeoutError:
                raise KernelEnded from None
            raise

    def _execute(self, code: str, limit_s: float) -> str:
        until_s = time.monotonic() + limit_s
        # Nothing is queued behind it, so there is nothing to be dropped where it fails.
        asked = self._client.execute(code, allow_stdin=False, stop_on_error=False)
        while (left_s := until_s - time.monotonic()) > 0:
            try:
                reply: dict[str, Any] = self._client.get_shell_msg(timeout=min(POLL_S, left_s))
            except Empty:
                if not self._manager.is_alive():
                    raise KernelEnded from None
                continue
            if reply["parent_header"].get("msg_id") == asked:
                return _error(reply["content"])
        raise TimeoutError


def _error(content: Mapping[str, Any]) -> str:
    if content["status"] != "error":
        return ""
    return f"{content['ename']}: {content['evalue']}".partition("\n")[0].removesuffix(": ")


@contextmanager
def started(folder: Path, environment: Mapping[str, str]) -> Iterator[Kernel]:
    """A kernel in a folder, for as long as the context lasts; what it prints goes nowhere.

    Args:
        environment: variables beside those of this process.

    Raises:
        KitError: none can be started here.
    """
    manager = _ThisPython()
    try:
        manager.start_kernel(
            cwd=str(folder),
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=START_S)
        except RuntimeError as err:  # as jupyter_client tells that it died, or does not answer
            raise KitError(f"no Jupyter kernel can be started here ({err}): does 'jupyter console' work?") from err
        yield Kernel(manager, client)
        client.stop_channels()
    finally:
        if manager.has_kernel:
            manager.shutdown_kernel(now=True)
