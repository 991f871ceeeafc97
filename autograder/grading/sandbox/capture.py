"""What a running cell prints and displays, in nbformat's form and within a limit."""

import base64
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LEFT_OUT = "\n… the rest of this cell's output was left out: it is longer than {kb} kB.\n"


class Capture:
    """Collects the outputs of one cell at a time.

    Args:
        limit_kb: how much one cell may put out; the rest is counted and dropped.
    """

    def __init__(self, limit_kb: int):
        self.limit_kb = limit_kb
        self.outputs: list[dict[str, Any]] = []
        self.left_bytes = 0
        self._diverted: io.StringIO | None = None

    def start(self) -> None:
        """Begin with a new cell."""
        self.outputs, self.left_bytes = [], self.limit_kb * 1024

    @contextmanager
    def diverted(self) -> Iterator[io.StringIO]:
        """While a test is calling: what is printed goes to the test, not into the notebook."""
        outer, self._diverted = self._diverted, io.StringIO()
        try:
            yield self._diverted
        finally:
            self._diverted = outer

    def stream(self, name: str, text: str) -> None:
        """Take text printed to ``stdout`` or ``stderr``."""
        if self._diverted is not None:
            if name == "stdout" and self._diverted.tell() < self.limit_kb * 1024:
                self._diverted.write(text)
            return
        self._append(name, text[: max(0, self.left_bytes)])
        self._spend(len(text))

    def display(self, output: dict[str, Any]) -> None:
        """Take a ``display_data``, ``execute_result`` or ``error`` output."""
        if self._diverted is not None:
            return
        if isinstance(output.get("data"), dict):
            output["data"] = {mime: _as_text(value) for mime, value in output["data"].items()}
        size = sum(len(str(part)) for part in (output.get("data") or output).values())
        if size <= self.left_bytes:
            self.outputs.append(output)
        self._spend(size)

    def clear(self) -> None:
        """Forget what was put out so far, as ``clear_output`` does."""
        self.outputs = []

    def _append(self, name: str, text: str) -> None:
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"] += text
        elif text:
            self.outputs.append({"output_type": "stream", "name": name, "text": text})

    def _spend(self, size: int) -> None:
        """Count what was put out, and say so once when that is more than the limit."""
        fits = self.left_bytes >= 0
        self.left_bytes -= size
        if fits and self.left_bytes < 0:
            self._append("stderr", LEFT_OUT.format(kb=self.limit_kb))


def _as_text(value: Any) -> Any:
    """A display value as nbformat keeps it: images as base64 text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value if isinstance(value, str) else repr(value)


class Stream(io.TextIOBase):
    """A stand-in for ``sys.stdout`` or ``sys.stderr`` that writes into a capture."""

    def __init__(self, capture: Capture, name: str, fd: int):
        self._capture, self._name, self._fd = capture, name, fd

    encoding = "utf-8"
    errors = "replace"

    @property
    def name(self) -> str:
        return f"<{self._name}>"

    @property
    def buffer(self) -> "ByteStream":
        return ByteStream(self)

    def fileno(self) -> int:
        return self._fd

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._capture.stream(self._name, text)
        return len(text)


class ByteStream(io.RawIOBase):
    """``sys.stdout.buffer``: bytes into the same capture."""

    def __init__(self, stream: Stream):
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._stream.write(bytes(data).decode("utf-8", "replace"))
        return len(data)


class RawOutput:
    """What goes past Python to file descriptors 1 and 2: C code, subprocesses.

    Both descriptors write into one anonymous file, which is read after each cell; a pipe would need a thread, and
    would block a child process that outlives its cell.
    """

    def __init__(self) -> None:
        self._file = os.memfd_create("output")
        for fd in (1, 2):
            os.dup2(self._file, fd)

    def fileno(self) -> int:
        return self._file

    def take(self, limit_bytes: int) -> str:
        """What was written since the last call; at most so many bytes of it."""
        size = os.lseek(self._file, 0, os.SEEK_END)
        if not size:
            return ""
        data = os.pread(self._file, limit_bytes, 0)
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        return data.decode("utf-8", "replace")
