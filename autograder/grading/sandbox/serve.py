"""Serves the trusted side's requests beside the student's objects.

Everything here runs in the student's process and can be bent by student code; nothing it answers is believed
beyond what the codec lets through.
"""

import io
import os
import pickle
import random
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograder.grading.codec import CodecError, RemoteRef
from autograder.grading.decoding import Decoder
from autograder.grading.encoding import Encoder
from autograder.grading.sandbox import gpu, otter_stub
from autograder.grading.sandbox.capture import RawOutput
from autograder.grading.sandbox.seeds import seed_everything
from autograder.grading.sandbox.shell import NotebookShell, run_cell
from autograder.grading.wire import Ask, Channel, Closed, Message, Reply, pack

MAX_TRACEBACK = 4_000
MAX_TEXT = 2_000


class Server:
    """Answers requests one at a time until the channel closes."""

    def __init__(self, channel: Channel, shell: NotebookShell, raw: RawOutput):
        self.channel, self.shell, self.raw = channel, shell, raw
        self.objects: dict[int, Any] = {}
        self.cell: bytes | None = None  # nonce of the running cell
        self.main_thread, self.pid = threading.current_thread(), os.getpid()
        self.actions: dict[str, Callable[..., Any]] = {
            Ask.NAME: self._name,
            Ask.NAMES: lambda: [n for n in self.shell.user_ns if type(n) is str],
            Ask.CALL: lambda number, args: _apply(self.objects[number], *self._arguments(args)),
            Ask.ATTRIBUTE: lambda number, name: getattr(self.objects[number], name),
            Ask.ITEM: lambda number, key: self.objects[number][self._arguments(key)[0][0]],
            Ask.LENGTH: lambda number: len(self.objects[number]),
            Ask.ITERATE: lambda number: iter(self.objects[number]),
            Ask.NEXT: lambda number: self._next(self.objects[number]),
            Ask.INSIDE: lambda args: self._inside(*self._arguments(args)),
            Ask.SEED: seed_everything,
            Ask.RANDOM_STATE: _set_random_state,
            Ask.FORGET: self.objects.clear,
        }

    def run(self) -> None:
        """Serve until the other side closes the channel."""
        otter_stub.install(self.announce)
        self.channel.send(Message(b"", Reply.READY, None))
        try:
            while True:
                self._serve(self.channel.receive())
        except Closed:
            return

    def announce(self, question: str) -> bool:
        """Have a question judged now: serve the tests' requests until told to go on."""
        if self.cell is None or threading.current_thread() is not self.main_thread:
            return True
        cell, self.cell = self.cell, None  # a check inside a check is no check
        self.channel.send(Message(cell, Reply.CHECK, question[:MAX_TEXT]))
        try:
            while True:
                message = self.channel.receive()
                if message.kind == Ask.RESUME:
                    return bool(message.body)
                self._serve(message)
        finally:
            self.cell = cell

    def _serve(self, message: Message) -> None:
        if message.kind == Ask.CELL:
            self.cell = message.nonce
            report = run_cell(self.shell, self.raw, *message.body)
            _end_without_gpu(report.raised)
            self.cell = None
            self._send(message.nonce, Reply.CELL_DONE, [report.error, report.outputs])
            return
        with self.shell.capture.diverted() as printed:
            kind, body = self._answer(message)
            text = printed.getvalue()
        self._send(message.nonce, kind, [body, text])
        self.raw.take(0)

    def _answer(self, message: Message) -> tuple[Reply, Any]:
        try:
            value = self.actions[message.kind](*message.body)
        except _MissingNameError:
            return Reply.MISSING, None
        except _EndOfIteratorError:
            return Reply.STOP, None
        except BaseException as err:  # student code may raise anything, SystemExit included
            _end_without_gpu(err)
            return Reply.RAISED, _told(err)
        try:
            return Reply.VALUE, Encoder(self._refer).encode(value)
        except CodecError as err:
            return Reply.UNFIT, str(err)[:MAX_TEXT]
        except BaseException as err:
            return Reply.UNFIT, f"reading the value raised {type(err).__name__}"[:MAX_TEXT]

    def _send(self, nonce: bytes, kind: Reply, body: Any) -> None:
        if os.getpid() != self.pid:  # a cell that forked comes back twice; only one of the two is the notebook
            os._exit(0)
        try:
            packed = pack(Message(nonce, kind, body))
        except Exception as err:
            packed = pack(Message(nonce, Reply.UNFIT, [f"it cannot be sent ({type(err).__name__})", ""]))
        if len(packed) > self.channel.max_bytes:
            told = f"it has {len(packed) / 2**20:,.0f} MB; the limit is {self.channel.max_bytes / 2**20:,.0f} MB"
            packed = pack(Message(nonce, Reply.UNFIT, [told, ""]))
        self.channel.send_packed(packed)

    def _name(self, name: str) -> Any:
        if name not in self.shell.user_ns:
            raise _MissingNameError
        return self.shell.user_ns[name]

    @staticmethod
    def _next(iterator: Any) -> Any:
        try:
            return next(iterator)
        except StopIteration:
            raise _EndOfIteratorError from None

    def _inside(self, positional: list[Any], named: dict[str, Any]) -> Any:
        function, *rest = positional
        return function(*rest, **named)

    def _arguments(self, sent: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        """Positional and named arguments, from the codec or, where that is not enough, from a pickle."""
        form, body = sent
        if form == "pickle":
            positional, named = _Unpickler(body, self.objects).load()
        else:
            decoder = Decoder(lambda ref: self.objects[ref.number])
            positional, named = decoder.decode(body[0]), decoder.decode(body[1])
        return positional, named

    def _refer(self, value: Any) -> RemoteRef:
        number = len(self.objects) + 1
        self.objects[number] = value
        if type(value) is type(sys):
            return RemoteRef(number, "module", "module", (str(value.__name__),))
        kind = "callable" if callable(value) else "object"
        return RemoteRef(number, kind, type(value).__qualname__, tuple(map(_class_name, type(value).__mro__)))


class _MissingNameError(Exception):
    """The notebook defines no such name."""


class _EndOfIteratorError(Exception):
    """The iterator has no more values; a StopIteration of another call is the student's."""


class _Unpickler(pickle.Unpickler):
    """Reads what the trusted side sent, with references to objects of this side in their places."""

    def __init__(self, body: bytes, objects: dict[int, Any]):
        super().__init__(io.BytesIO(body))
        self.objects = objects

    def persistent_load(self, number: int) -> Any:
        return self.objects[number]


def _end_without_gpu(err: BaseException | None) -> None:
    """End the process if the GPU is lost to it: the trusted side goes on with a new one."""
    if gpu.is_lost(err):
        os._exit(gpu.LOST_CODE)


def _apply(function: Any, positional: list[Any], named: dict[str, Any]) -> Any:
    return function(*positional, **named)


def _class_name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _told(err: BaseException) -> list[Any]:
    """An exception as claims: class names, text, traceback without the grader's own frames."""
    try:
        text = str(err)[:MAX_TEXT]
    except BaseException:
        text = ""
    frames = err.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    try:
        trace = "".join(traceback.format_exception(type(err), err, frames))[-MAX_TRACEBACK:]
    except BaseException:
        trace = ""
    return [[_class_name(c) for c in type(err).__mro__], text, trace]


def _set_random_state(body: bytes) -> None:
    """Continue the given generators (``python``, ``numpy``, ``torch``) from the given states."""
    states = pickle.loads(body)
    setters: dict[str, Callable[[Any], object]] = {
        "python": random.setstate,
        "numpy": np.random.set_state,
        "torch": torch.set_rng_state,
    }
    for name, state in states.items():
        setters[name](state)
