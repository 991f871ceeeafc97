"""Many sockets over one stream: everything arrives, and nobody holds up anybody else."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.grading.sandbox.mux import CONTROL, HEADER, MAX_TOLD, WINDOW, Broken, Kind, Mux

STEP_S = 0.05


class Wire:
    """One end of a socket pair as a stream."""

    def __init__(self, sock: socket.socket):
        self.sock = sock
        sock.setblocking(False)
        self.read_fd = self.write_fd = sock.fileno()

    def read(self) -> bytes | None:
        try:
            return self.sock.recv(1 << 16)
        except BlockingIOError:
            return None

    def write(self, data: memoryview) -> int:
        try:
            return self.sock.send(data)
        except BlockingIOError:
            return 0


class Ends:
    """Two ends that talk to each other, each in a thread of its own."""

    def __init__(self) -> None:
        self.pair = socket.socketpair()
        self.heard: tuple[list[bytes], list[bytes]] = ([], [])
        self.muxes = tuple(Mux(Wire(sock), heard.append) for sock, heard in zip(self.pair, self.heard, strict=True))
        self.running = True
        self.threads: list[threading.Thread] = []
        self.outer: list[socket.socket] = []

    def join(self, number: int) -> tuple[socket.socket, socket.socket]:
        """The outer ends of a channel."""
        for mux in self.muxes:
            mine, theirs = socket.socketpair()
            mux.open(number, theirs)
            mine.settimeout(30)
            self.outer.append(mine)
        return self.outer[-2], self.outer[-1]

    def start(self) -> None:
        for mux in self.muxes:
            self.threads.append(threading.Thread(target=self._run, args=(mux,)))
            self.threads[-1].start()

    def _run(self, mux: Mux) -> None:
        with suppress(OSError):
            while self.running and mux.step(STEP_S):
                pass

    def stop(self) -> None:
        self.running = False
        for thread in self.threads:
            thread.join()
        for end in (*self.muxes, *self.pair, *self.outer):
            end.close()


@pytest.fixture
def ends() -> Iterator[Ends]:
    made = Ends()
    yield made
    made.stop()


def receive(sock: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count and (chunk := sock.recv(1 << 16)):
        got += chunk
    return got


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.binary(max_size=5000)), max_size=30))
def test_whatever_is_sent_arrives_in_order(sent: list[tuple[int, bool, bytes]]):
    """Bytes of each channel and direction arrive whole and in order, however channels take turns."""
    ends = Ends()
    try:
        sockets = {number: ends.join(number) for number in (1, 2, 3)}
        ends.start()
        for number, forth, data in sent:
            sockets[number][not forth].sendall(data)
        for number, pair in sockets.items():
            for forth in (True, False):
                expected = b"".join(data for n, f, data in sent if (n, f) == (number, forth))
                assert receive(pair[forth], len(expected)) == expected
    finally:
        ends.stop()


def test_more_than_a_window_crosses(ends: Ends):
    """A message of several windows arrives whole while the other side reads."""
    near, far = ends.join(1)
    ends.start()
    data = random.Random(0).randbytes(3 * WINDOW + 17)
    sender = threading.Thread(target=near.sendall, args=(data,))
    sender.start()
    assert receive(far, len(data)) == data
    sender.join()


def test_who_does_not_read_holds_up_nobody_else(ends: Ends):
    """While one channel is stuck with more than a window, another one works in both directions."""
    stuck, _ = ends.join(1)
    near, far = ends.join(2)
    ends.start()
    stuck.setblocking(False)
    full_s = time.monotonic() + 1
    sent = 0
    while time.monotonic() < full_s:
        with suppress(BlockingIOError):
            sent += stuck.send(bytes(1 << 16))
    assert sent < 2 * WINDOW, "the ends keep what nobody reads"
    near.sendall(b"there")
    assert far.recv(10) == b"there"
    far.sendall(b"back")
    assert near.recv(10) == b"back"


def test_closing_an_end_closes_the_other(ends: Ends):
    """What was sent before arrives; then both sides see the end, and a stuck one can still be closed."""
    near, far = ends.join(1)
    ends.start()
    near.sendall(b"last words")
    near.close()
    assert receive(far, 10) == b"last words"
    assert far.recv(1) == b""


def test_what_ends_tell_each_other_arrives(ends: Ends):
    """What one end tells reaches the other end itself, beside the channels."""
    ends.muxes[0].tell(b"settings")
    ends.start()
    until_s = time.monotonic() + 5
    while not ends.heard[1] and time.monotonic() < until_s:
        time.sleep(0.01)
    assert ends.heard[1] == [b"settings"]


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(HEADER.pack(1, Kind.DATA, WINDOW + 1), id="longer than a window"),
        pytest.param(HEADER.pack(CONTROL, Kind.TOLD, MAX_TOLD + 1), id="long talk"),
        pytest.param(HEADER.pack(1, 99, 0), id="unknown kind"),
        pytest.param(HEADER.pack(1, Kind.CREDIT, 1) + b"x", id="half a number"),
        pytest.param((HEADER.pack(1, Kind.DATA, WINDOW) + bytes(WINDOW)) * 2, id="more than its window"),
    ],
)
def test_nonsense_is_not_believed(frame: bytes):
    """A frame that breaks the rules ends the talk; the other end may be a student's code that broke out."""
    ours, theirs = socket.socketpair()
    mux = Mux(Wire(ours), lambda _: None)
    local, outer = socket.socketpair()
    mux.open(1, local)
    sender = threading.Thread(target=_send_quietly, args=(theirs, frame))
    sender.start()
    with pytest.raises(Broken):
        for _ in range(10_000):
            mux.step(STEP_S)
    for sock in (theirs, outer, ours):
        sock.close()
    mux.close()
    sender.join()


def _send_quietly(sock: socket.socket, data: bytes) -> None:
    with suppress(OSError):
        sock.sendall(data)


def test_random_bytes_are_refused_or_ignored():
    """Whatever bytes come in, nothing but Broken comes out."""
    for seed in range(200):
        ours, theirs = socket.socketpair()
        mux = Mux(Wire(ours), lambda _: None)
        theirs.sendall(random.Random(seed).randbytes(200))
        theirs.close()
        with suppress(Broken):
            while mux.step(STEP_S):
                pass
        mux.close()
        ours.close()
