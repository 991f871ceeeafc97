"""Messages between the trusted and the untrusted side, and the channel they travel on.

A message is an 8-byte length followed by msgpack of ``[nonce, kind, body]``. Requests go from the trusted side;
every reply repeats the nonce of its request, so that nothing which student code writes into the channel ahead of
time can pass for an answer. Deadlines are kept by the trusted side only.
"""

import secrets
import select
import socket
import struct
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgpack

HEADER = struct.Struct("!Q")
CHUNK = 1 << 20
NONCE_BYTES = 8


class Ask(StrEnum):
    """What the trusted side may ask of the sandbox."""

    CELL = "cell"  # run a code cell
    RESUME = "resume"  # go on after a check was announced
    NAME = "name"  # a global of the notebook
    NAMES = "names"  # which globals there are
    CALL = "call"  # call an object
    ATTRIBUTE = "attribute"
    ITEM = "item"
    LENGTH = "length"
    ITERATE = "iterate"  # an iterator over an object
    NEXT = "next"  # the next few values of an iterator
    INSIDE = "inside"  # run a function of the test beside the student's objects
    SEED = "seed"  # seed the random generators
    RANDOM_STATE = "random_state"  # continue from the test's random generators
    FORGET = "forget"  # drop all references handed out


class Reply(StrEnum):
    """What the sandbox may answer."""

    READY = "ready"  # once, when it is up
    CHECK = "check"  # the running cell asks for a question to be judged now
    CELL_DONE = "cell_done"
    VALUE = "value"
    RAISED = "raised"  # student code raised
    UNFIT = "unfit"  # the value cannot cross: too large, too deep
    MISSING = "missing"  # no such global
    STOP = "stop"  # the iterator is at its end


class WireError(Exception):
    """The other side cannot be talked to any more."""


class Closed(WireError):
    """The other side is gone."""


class Violation(WireError):
    """The other side sent what is not a message of this protocol."""


class Overrun(WireError):
    """The other side did not answer in time."""


@dataclass(frozen=True)
class Message:
    """One message; ``body`` is msgpack types only."""

    nonce: bytes
    kind: str
    body: Any


def new_nonce() -> bytes:
    """A number that student code cannot guess."""
    return secrets.token_bytes(NONCE_BYTES)


def pack(message: Message) -> bytes:
    """The bytes of a message, header included."""
    payload: bytes = msgpack.packb(
        [message.nonce, message.kind, message.body], use_bin_type=True, unicode_errors="surrogatepass"
    )
    return HEADER.pack(len(payload)) + payload


def unpack(payload: bytes | bytearray) -> Message:
    """The message in a payload.

    Raises:
        Violation: the payload is not one.
    """
    try:
        parts = msgpack.unpackb(payload, raw=False, unicode_errors="replace", strict_map_key=True)
    except (ValueError, TypeError, RecursionError, MemoryError, msgpack.UnpackException) as err:
        raise Violation(f"not a message ({type(err).__name__})") from err
    if type(parts) is not list or len(parts) != 3 or type(parts[0]) is not bytes or type(parts[1]) is not str:
        raise Violation("not a message (parts)")
    return Message(*parts)


class Channel:
    """One end of the wire, over a connected stream socket.

    Args:
        sock: the socket; the channel owns it.
        max_bytes: longest message taken.
    """

    def __init__(self, sock: socket.socket, max_bytes: int):
        self.sock, self.max_bytes = sock, max_bytes
        self._received = bytearray()
        # poll, not select: a grader with many workers has file descriptors above 1024.
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(sock, select.POLLIN)
        self._writable.register(sock, select.POLLOUT)

    def fileno(self) -> int:
        return self.sock.fileno()

    def close(self) -> None:
        self.sock.close()

    def send(self, message: Message, deadline_s: float | None = None) -> None:
        """Send a message before a point of `time.monotonic`.

        Raises:
            Overrun: the other side does not read. Closed: it is gone.
        """
        self.send_packed(pack(message), deadline_s)

    def send_packed(self, packed: bytes, deadline_s: float | None = None) -> None:
        """Send what `pack` made, as `send` does."""
        view = memoryview(packed)
        while view:
            try:
                view = view[self.sock.send(view[:CHUNK], socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                self._wait(deadline_s, self._writable)
            except OSError as err:
                raise Closed(f"cannot send ({type(err).__name__})") from err

    def receive(self, deadline_s: float | None = None, max_bytes: int | None = None) -> Message:
        """The next message, before a point of `time.monotonic`, of at most so many bytes.

        The buffer grows with what arrives, never with what a header promises.

        Raises:
            Overrun, Closed, Violation.
        """
        self._wait(deadline_s, self._readable)
        self._fill(HEADER.size, deadline_s)
        (size,) = HEADER.unpack_from(self._received)
        limit = self.max_bytes if max_bytes is None else max_bytes
        if size > limit:
            raise Violation(f"a message of {size:,} bytes; the limit is {limit:,}")
        self._fill(HEADER.size + size, deadline_s)
        payload = self._received[HEADER.size : HEADER.size + size]
        del self._received[: HEADER.size + size]
        return unpack(payload)

    def _fill(self, count: int, deadline_s: float | None) -> None:
        while len(self._received) < count:
            try:
                # Never more than this message needs: two processes of the trusted side share the socket in turn.
                chunk = self.sock.recv(min(CHUNK, count - len(self._received)), socket.MSG_DONTWAIT)
            except BlockingIOError:
                self._wait(deadline_s, self._readable)
                continue
            except OSError as err:
                raise Closed(f"cannot receive ({type(err).__name__})") from err
            if not chunk:
                raise Closed("the other side is gone")
            self._received += chunk
            if deadline_s is not None and time.monotonic() > deadline_s:  # it drips, and never makes us wait
                raise Overrun("no whole answer in time")

    @staticmethod
    def _wait(deadline_s: float | None, poll: select.poll) -> None:
        left_ms = None if deadline_s is None else max(0.0, 1000 * (deadline_s - time.monotonic()))
        if not poll.poll(left_ms):
            raise Overrun("no answer in time")
