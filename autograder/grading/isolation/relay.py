"""A process beside a worker that runs its zygote in a container, and takes requests as a zygote does.

It is of the trusted side, holds no test, and is the only one that speaks with the Docker engine. Every container has
a thread here. A container that ends is replaced when the next box is asked for; the boxes in it are told why.
"""

import json
import selectors
import signal
import socket
import sys
import threading
import time
import zipfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import docker

from autograder.errors import KitError
from autograder.grading.isolation import engine
from autograder.grading.isolation.wall import Wall, read_wall
from autograder.grading.sandbox import gate
from autograder.grading.sandbox.jail import die_with_parent
from autograder.grading.sandbox.keeper import Ending, send_ending
from autograder.grading.sandbox.mux import Broken, Mux
from autograder.grading.sandbox.preload import SPAWN
from autograder.grading.sandbox.settings import Settings, read_settings

STDERR = 2  # in the engine's own framing of the two output streams
FRAME_BYTES = 8
READY = b"ready\n"
WIRE, REPORT = 1, 2  # the channels of the first box; later ones go on from there


def main(control_fd: int, settings: Settings, wall: Wall, owner: str) -> None:
    """Serve until the worker lets go; containers are labelled as the worker's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent(signal.SIGTERM)
    control = socket.socket(fileno=control_fd)
    relay = Relay(settings, wall, owner)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        relay.start().wait_ready()
        control.sendall(READY)
        while True:
            request, descriptors, _, _ = socket.recv_fds(control, 1, 2)  # a byte: two requests must not run together
            if not request:
                return
            relay.ask(request, [socket.socket(fileno=fd) for fd in descriptors])
    except (KitError, engine.EngineError, BrokenPipeError) as err:
        print(err, file=sys.stderr)
    finally:
        relay.close()


class Relay:
    """The containers of a worker: one that lasts, or one for each box."""

    def __init__(self, settings: Settings, wall: Wall, owner: str):
        self._settings, self._wall, self._owner = settings, wall, owner
        self._preloads: list[bytes] = []
        self._containers: list[Container] = []

    def ask(self, request: bytes, sockets: list[socket.socket]) -> None:
        """Pass on what a zygote may be asked."""
        self._containers = [one for one in self._containers if one.is_alive()]
        usable = [one for one in self._containers if not one.over and not (self._wall.fresh and one.used)]
        if request != SPAWN:
            self._preloads.append(request)
            for container in usable:
                container.ask(request, [])
            return
        container = usable[0] if usable else self.start()
        container.ask(request, sockets)

    def start(self) -> "Container":
        """Start a container, and have the zygote in it import what was asked for so far."""
        container = Container(self._settings, self._wall, self._owner)
        self._containers.append(container)
        container.start()
        for request in self._preloads:
            container.ask(request, [])
        return container

    def close(self) -> None:
        """Remove all containers, and wait until they are."""
        for container in self._containers:
            container.end()
        for container in self._containers:
            container.join()


class Container(threading.Thread):
    """A container and the wires of its boxes. What is public may be called from other threads.

    Attributes:
        used: a box was asked for.
        over: it takes no more requests.
    """

    def __init__(self, settings: Settings, wall: Wall, owner: str):
        super().__init__(daemon=True)
        self.used = self.over = False
        self._settings, self._wall, self._owner = settings, wall, owner
        self._todo: list[Task] = []
        self._lock = threading.Lock()
        self._bell, self._ear = socket.socketpair()
        self._described = False
        self._ready = threading.Event()
        self._fault = ""
        self._boxes = 0
        self._spawned_s = time.time()

    def ask(self, request: bytes, sockets: list[socket.socket]) -> None:
        """Have the zygote do something; for a box, with its wire and report."""
        self.used = self.used or request == SPAWN
        self._add(Task(request, sockets))

    def end(self) -> None:
        """Have the container removed."""
        self._add(END)

    def wait_ready(self) -> None:
        """Block until the zygote in it is ready.

        Raises:
            EngineError: the container came to an end before.
        """
        self._ready.wait()
        if self._fault:
            raise engine.EngineError(self._fault)

    def _add(self, task: "Task") -> None:
        with self._lock:
            if self.over:
                task.refuse(Ending(fault=self._fault))
                return
            self._todo.append(task)
        self._bell.send(b"!")

    # --- in the thread ---

    def run(self) -> None:
        """Start the container, join its wires, remove it in the end."""
        try:
            with engine.engine() as client:
                self._keep(client)
        except (KitError, engine.EngineError) as err:
            self._fault = str(err)
        except Broken as err:
            self._fault = f"the container sent nonsense: {err}"
        self._fault = self._fault or "the container is gone"
        self._take_no_more()
        for task in self._todo:
            task.refuse(Ending(fault=self._fault))
        self._ready.set()
        self._bell.close()
        self._ear.close()

    def _keep(self, client: docker.DockerClient) -> None:
        """The life of the container."""
        container = engine.create(client, self._wall, self._settings, self._owner)
        ending = Ending(fault="the container was removed")
        try:
            mux = Mux(AttachedStream(client, container), self._told)
            try:
                client.api.start(container)
                mux.selector.register(self._ear, selectors.EVENT_READ, lambda: self._obey(mux))
                mux.tell(_first_words(self._settings))
                while mux.step() and not self._fault and not self._is_done(mux):
                    pass
                self._take_no_more()
                ending = self._ending(client, container, mux)
            finally:
                _tell_boxes(mux, ending)
        finally:
            with suppress(docker.errors.APIError):
                client.api.remove_container(container, force=True)

    def _take_no_more(self) -> None:
        with self._lock:
            self.over = True

    def _is_done(self, mux: Mux) -> bool:
        """Whether this was for one submission, which has ended."""
        return self._wall.fresh and self._boxes > 0 and not mux.channels

    def _told(self, message: bytes) -> None:
        if not self._described:
            self._described = True
            self._fault = _difference(json.loads(message), self._wall.image)
        elif message == READY:
            self._ready.set()

    def _obey(self, mux: Mux) -> None:
        self._ear.recv(4096)
        with self._lock:
            tasks, self._todo = self._todo, []
        for task in tasks:
            if task is END:
                self._fault = self._fault or "ended by the worker"
            elif task.request == SPAWN:
                wire, report = 2 * self._boxes + WIRE, 2 * self._boxes + REPORT
                self._boxes += 1
                self._spawned_s = time.time()
                mux.open(wire, task.sockets[0])
                mux.open(report, task.sockets[1])
                mux.tell(SPAWN + gate.BOX.pack(wire, report))
            else:
                mux.tell(task.request)

    def _ending(self, client: docker.DockerClient, container: str, mux: Mux) -> Ending:
        """What to tell boxes whose container has ended."""
        if not self._fault and mux.channels:
            if engine.ran_out_of_memory(client, container, self._spawned_s, time.time()):
                return Ending(signal=signal.SIGKILL, memory_mb=self._settings.memory_mb)
            self._fault = "the container ended by itself"
        return Ending(fault=self._fault)


@dataclass(frozen=True)
class Task:
    """Something to ask of a zygote; for a box, with its wire and report."""

    request: bytes
    sockets: list[socket.socket]

    def refuse(self, ending: Ending) -> None:
        """Let go of the sockets, with the reason."""
        for sock in self.sockets[1:]:
            send_ending(sock, ending)
        for sock in self.sockets:
            sock.close()


END = Task(b"", [])


def _tell_boxes(mux: Mux, ending: Ending) -> None:
    """Let go of what boxes are left, with the reason."""
    for number, channel in mux.channels.items():
        if number % 2 == REPORT % 2:
            send_ending(channel.sock, ending)
    mux.close()


def _first_words(settings: Settings) -> bytes:
    """The settings, and the assignment's own files in a zip archive."""
    told = json.dumps(asdict(settings)).encode()
    archive = BytesIO()
    if settings.files:
        folder = Path(settings.files)
        with zipfile.ZipFile(archive, "w") as packed:
            for path in sorted(folder.rglob("*")):
                packed.write(path, path.relative_to(folder))
    return gate.LENGTH.pack(len(told)) + told + archive.getvalue()


def _difference(told: dict[str, Any], image: str) -> str:
    """Why an image does not fit this grader, or the empty string."""
    own = gate.describe()
    if told["python"] != own["python"]:
        return (
            f"the image {image[:19]} has Python {told['python']} and this grader {own['python']}, and functions cannot "
            f"be sent between them: build it on a base with Python {own['python']} (make image BASE_IMAGE=…)"
        )
    if told["code"] != own["code"]:
        return f"the image {image[:19]} was built from another version of this package: run 'make image'"
    return ""


class AttachedStream:
    """The standard streams of a container as a `mux.Stream`; its errors go to this process's own."""

    def __init__(self, client: docker.DockerClient, container: str):
        wanted = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        self._attached = client.api.attach_socket(container, wanted)
        self._sock: socket.socket = getattr(self._attached, "_sock", self._attached)
        self._sock.setblocking(False)
        self.read_fd = self.write_fd = self._sock.fileno()
        self._received = bytearray()

    def read(self) -> bytes | None:
        try:
            data = self._sock.recv(1 << 18)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        self._received += data
        return self._output() or (None if data else b"")

    def _output(self) -> bytes:
        """What has arrived whole of standard output."""
        output = bytearray()
        while len(self._received) >= FRAME_BYTES:
            size = int.from_bytes(self._received[4:FRAME_BYTES])
            if len(self._received) < FRAME_BYTES + size:
                break
            payload = self._received[FRAME_BYTES : FRAME_BYTES + size]
            if self._received[0] == STDERR:
                sys.stderr.write(payload.decode(errors="replace"))
                sys.stderr.flush()
            else:
                output += payload
            del self._received[: FRAME_BYTES + size]
        return bytes(output)

    def write(self, data: memoryview) -> int:
        try:
            return self._sock.send(data)
        except BlockingIOError:
            return 0
        except OSError:  # it has ended, which reading tells
            return len(data)


if __name__ == "__main__":
    main(int(sys.argv[1]), read_settings(sys.argv[2]), read_wall(json.loads(sys.argv[3])), sys.argv[4])
