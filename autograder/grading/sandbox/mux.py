"""Many local sockets over one stream: how the wires of a container's boxes travel over its attached streams.

Both ends run a `Mux`. A frame is a channel number, a kind and a length, then so many bytes. Channel 0 is for what the
ends say to each other; every other channel is a socket on either side. An end sends at most `WINDOW` bytes of a channel
before the other end has handed them on: so a box that does not read, or floods, holds up nobody but itself, and
neither end keeps more than a window per channel.
"""

import contextlib
import selectors
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

HEADER = struct.Struct("!IBI")
COUNT = struct.Struct("!I")
CHUNK = 1 << 18
WINDOW = 1 << 22
MAX_TOLD = 1 << 16  # bytes of a frame that is not data
CONTROL = 0  # the channel of the ends themselves


class Kind(IntEnum):
    """What a frame is."""

    DATA = 0
    CREDIT = 1  # so many bytes were handed on
    CLOSE = 2  # the socket on the other side is closed
    TOLD = 3  # between the ends


class Broken(Exception):
    """The other end sent what is no frame, or more than it may: nothing it says is believed any more."""


class Stream(Protocol):
    """The stream between the ends; neither call ever waits."""

    read_fd: int
    write_fd: int

    def read(self) -> bytes | None:
        """What has arrived; None when nothing has, empty at the end."""

    def write(self, data: memoryview) -> int:
        """Send some of it; how many bytes went."""


@dataclass
class Channel:
    """A local socket and what is on its way through it.

    Attributes:
        pending: from the other end, not yet taken by the socket.
        credit: bytes that may still be sent to the other end.
        closing: the other end is closed; what is pending goes first.
    """

    sock: socket.socket
    pending: bytearray = field(default_factory=bytearray)
    credit: int = WINDOW
    closing: bool = False


class Mux:
    """One end.

    Args:
        stream: to the other end.
        told: called with what the other end tells.
        max_told: longest thing it may tell, in bytes.
    """

    def __init__(self, stream: Stream, told: Callable[[bytes], None], max_told: int = MAX_TOLD):
        self.stream, self.told, self.max_told = stream, told, max_told
        self.selector = selectors.DefaultSelector()
        self.channels: dict[int, Channel] = {}
        self._incoming, self._outgoing = bytearray(), bytearray()
        self._watch_stream()

    # --- what the owner of this end does ---

    def open(self, number: int, sock: socket.socket) -> None:
        """Join a socket to a channel; the mux owns it from now on."""
        sock.setblocking(False)
        self.channels[number] = Channel(sock)
        self._watch(number)

    def tell(self, message: bytes) -> None:
        """Say something to the other end itself."""
        self._queue(CONTROL, Kind.TOLD, message)

    def step(self, timeout_s: float | None = None) -> bool:
        """Wait for something to do, and do it; False once the other end is gone.

        Raises:
            Broken.
        """
        for key, events in self.selector.select(timeout_s):
            if callable(key.data):
                key.data()
            elif key.data is not None:
                self._serve(key.data, events)
            else:
                if events & selectors.EVENT_WRITE:
                    self._flush()
                if events & selectors.EVENT_READ and not self._read():
                    return False
        return True

    def close(self) -> None:
        """Let go of all sockets."""
        for channel in self.channels.values():
            channel.sock.close()
        self.channels.clear()
        self.selector.close()

    # --- the stream ---

    def _watch_stream(self) -> None:
        """Wait for what the stream can give, and for room in it while there is something to send."""
        wanted = {self.stream.read_fd: selectors.EVENT_READ}
        if self._outgoing:
            wanted[self.stream.write_fd] = wanted.get(self.stream.write_fd, 0) | selectors.EVENT_WRITE
        for fd in {self.stream.read_fd, self.stream.write_fd}:
            self._set(fd, wanted.get(fd, 0), None)

    def _set(self, fd: int, events: int, data: object) -> None:
        key = self.selector.get_map().get(fd)
        if key is None:
            if events:
                self.selector.register(fd, events, data)
        elif not events:
            self.selector.unregister(fd)
        elif key.events != events:
            self.selector.modify(fd, events, data)

    def _queue(self, number: int, kind: Kind, payload: bytes | memoryview = b"") -> None:
        self._outgoing += HEADER.pack(number, kind, len(payload))
        self._outgoing += payload
        self._flush()

    def _flush(self) -> None:
        if self._outgoing:
            with memoryview(self._outgoing) as view:
                sent = self.stream.write(view)
            del self._outgoing[:sent]
        self._watch_stream()

    def _read(self) -> bool:
        data = self.stream.read()
        if data is None:
            return True
        self._incoming += data
        while len(self._incoming) >= HEADER.size:
            number, kind, size = HEADER.unpack_from(self._incoming)
            if size > (WINDOW if kind == Kind.DATA else self.max_told):
                raise Broken(f"a frame of {size:,} bytes")
            if len(self._incoming) < HEADER.size + size:
                break
            payload = bytes(self._incoming[HEADER.size : HEADER.size + size])
            del self._incoming[: HEADER.size + size]
            self._take(number, kind, payload)
        return bool(data)

    def _take(self, number: int, kind: int, payload: bytes) -> None:
        if number == CONTROL and kind == Kind.TOLD:
            self.told(payload)
            return
        channel = self.channels.get(number)
        if channel is None:  # closed here, and the other end does not know yet
            return
        if kind == Kind.DATA:
            channel.pending += payload
            if len(channel.pending) > WINDOW:
                raise Broken("more data than there was room for")
            self._hand_on(number, channel)
        elif kind == Kind.CREDIT and len(payload) == COUNT.size:
            channel.credit = min(WINDOW, channel.credit + COUNT.unpack(payload)[0])
            self._watch(number)
        elif kind == Kind.CLOSE:
            channel.closing = True
            self._hand_on(number, channel)
        else:
            raise Broken(f"a frame of kind {kind}")

    # --- local sockets ---

    def _watch(self, number: int) -> None:
        channel = self.channels[number]
        events = selectors.EVENT_READ if channel.credit and not channel.closing else 0
        self._set(channel.sock.fileno(), events | (selectors.EVENT_WRITE if channel.pending else 0), number)

    def _serve(self, number: int, events: int) -> None:
        channel = self.channels.get(number)
        if channel and events & selectors.EVENT_WRITE:
            self._hand_on(number, channel)
        if number in self.channels and channel and events & selectors.EVENT_READ:
            self._send(number, channel)

    def _send(self, number: int, channel: Channel) -> None:
        """From a local socket to the other end."""
        try:
            data = channel.sock.recv(min(CHUNK, channel.credit))
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(number)
            return
        channel.credit -= len(data)
        self._queue(number, Kind.DATA, data)
        self._watch(number)

    def _hand_on(self, number: int, channel: Channel) -> None:
        """From the other end to a local socket."""
        sent = 0
        try:
            while channel.pending:
                with memoryview(channel.pending) as view:
                    count = channel.sock.send(view[:CHUNK])
                del channel.pending[:count]
                sent += count
        except BlockingIOError:
            pass
        except OSError:
            self._drop(number)
            return
        if sent:
            self._queue(number, Kind.CREDIT, COUNT.pack(sent))
        if channel.closing and not channel.pending:
            self._drop(number)
        else:
            self._watch(number)

    def _drop(self, number: int) -> None:
        channel = self.channels.pop(number)
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(channel.sock)
        channel.sock.close()
        self._queue(number, Kind.CLOSE)
