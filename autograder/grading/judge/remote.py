"""The student's objects as the tests see them: plain data, or handles to what stays behind the wall."""

import importlib
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from autograder.grading.codec import CodecError, RemoteRef
from autograder.grading.decoding import Decoder
from autograder.grading.encoding import Encoder
from autograder.grading.judge.errors import Broken, NotPlainData, rebuild_exception
from autograder.grading.judge.packing import pickled
from autograder.grading.judge.random_state import RandomStates
from autograder.grading.wire import Ask, Channel, Message, Reply, Violation, WireError, new_nonce

# Modules the tests get as the judge's own copy when the notebook has them under some name. Nothing in them opens
# files or talks to a verdict, so it does not matter which of them a submission claims.
TRUSTED_MODULES = frozenset(
    [
        "cmath",
        "collections",
        "copy",
        "decimal",
        "fractions",
        "functools",
        "heapq",
        "itertools",
        "math",
        "matplotlib",
        "numbers",
        "numpy",
        "operator",
        "pandas",
        "random",
        "re",
        "scipy",
        "seaborn",
        "sklearn",
        "statistics",
        "string",
        "time",
        "torch",
        "typing",
    ]
)
# Names by which a test means a library, whatever a submission binds to them, unless it is plain data.
LIBRARY_NAMES = {"np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot"} | {
    name: name for name in ("numpy", "torch", "pandas", "math", "scipy", "sklearn", "itertools", "functools")
}
# What a handle may not claim to be an instance of: plain data would have crossed as such, and compiled code believes
# the claim of being a tensor and reads memory that is not there.
PLAIN_CLASSES = (
    *(bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, BaseException),
    *(np.ndarray, np.generic, torch.Tensor, torch._C.TensorBase, torch.dtype, torch.device, torch.Generator),
)
BUILTIN_CLASSES = {
    "builtins.function": types.FunctionType,
    "builtins.method": types.MethodType,
    "builtins.builtin_function_or_method": types.BuiltinFunctionType,
    "builtins.generator": types.GeneratorType,
    "builtins.type": type,
    "functools.partial": importlib.import_module("functools").partial,
}


class Link:
    """Asks the sandbox, one request at a time, until a deadline.

    Args:
        channel: the wire to the box.
        words: the words of the notebook's code, in which a misspelt name is looked for.

    Attributes:
        deadline_s: point of `time.monotonic` after which nothing is waited for.
        broken: why the box cannot be talked to any more, once that is so.
    """

    def __init__(self, channel: Channel, words: frozenset[str] = frozenset()):
        self.channel, self.words = channel, words
        self.deadline_s: float | None = None
        self.broken: WireError | None = None
        self.random = RandomStates()
        self.last_call: Any = ...  # what the last call of a student's function gave

    def start_case(self) -> None:
        """A new test case has seeded nothing and called nothing."""
        self.random.reset()
        self.last_call = ...

    def ask(self, kind: Ask, *body: Any) -> Any:
        """Send a request, give back its value.

        Raises:
            Broken: the box is gone, too slow or speaks nonsense; not an `Exception`, so no test can catch it.
            NotPlainData: the value cannot cross.
            KeyError: no such name. StopIteration: the iterator is at its end.
            Exception: what the student's code raised, as the builtin type it derives from.
        """
        if states := self.random.changed():
            self._exchange(Ask.RANDOM_STATE, [states])
        reply, value, printed = self._exchange(kind, list(body))
        if printed:
            sys.stdout.write(printed)
        if kind == Ask.CALL:
            self.last_call = value if reply == Reply.VALUE else ...
        return _result(reply, value, kind == Ask.INSIDE)

    def forget(self) -> None:
        """Let the box drop what it keeps for handles; whatever it answers is of no interest.

        Raises:
            Broken.
        """
        self._exchange(Ask.FORGET, [])

    def _exchange(self, kind: Ask, body: list[Any]) -> tuple[str, Any, str]:
        """A request and its answer: kind, value, what was printed.

        Raises:
            Broken.
        """
        if self.broken:
            raise Broken(self.broken)
        try:
            return self._try_exchange(kind, body)
        except (WireError, CodecError) as err:
            self.broken = err if isinstance(err, WireError) else Violation(str(err))
            raise Broken(self.broken) from None

    def _try_exchange(self, kind: Ask, body: list[Any]) -> tuple[str, Any, str]:
        nonce = new_nonce()
        self.channel.send(Message(nonce, kind, body), self.deadline_s)
        message = self.channel.receive(self.deadline_s)
        if message.nonce != nonce or type(message.body) is not list or len(message.body) != 2:
            raise Violation("an answer to something else")
        value, printed = message.body
        if type(printed) is not str:
            raise Violation("an answer of the wrong form")
        if message.kind == Reply.VALUE:
            value = Decoder(self._resolve).decode(value)
        return message.kind, value, printed

    def _resolve(self, ref: RemoteRef) -> Any:
        if ref.kind == "module":
            module = _trusted_module(ref.bases[0] if ref.bases else "")
            return module if module is not None else Handle(self, ref)
        return (CallableHandle if ref.kind == "callable" else Handle)(self, ref)

    def pack(self, positional: list[Any], named: dict[str, Any]) -> list[Any]:
        """Arguments for the sandbox: by the codec where that keeps them exactly, else pickled."""
        try:
            encoder = Encoder(_refer, exact=True)
            return ["data", [encoder.encode(positional), encoder.encode(named)]]
        except CodecError:
            return ["pickle", pickled((positional, named), _number_of)]


def _result(reply: str, value: Any, inside: bool) -> Any:
    match reply:
        case Reply.VALUE:
            return value
        case Reply.MISSING:
            raise KeyError("no such name")
        case Reply.STOP:
            raise StopIteration
        case Reply.UNFIT:
            raise NotPlainData(f"the value cannot be handed to the tests: {str(value)[:300]}")
        case _:
            raise rebuild_exception(value, inside)


def _trusted_module(name: str) -> types.ModuleType | None:
    if name.partition(".")[0] not in TRUSTED_MODULES:
        return None
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _refer(value: Any) -> RemoteRef:
    if type(value) in (Handle, CallableHandle):
        ref: RemoteRef = object.__getattribute__(value, "_ref")
        return ref
    raise CodecError("not plain data")


def _number_of(value: Any) -> int | None:
    return _refer(value).number if type(value) in (Handle, CallableHandle) else None


# Methods by which a tensor or an array would answer a test's question: an object's own answer is worth nothing.
VERDICT_METHODS = frozenset(
    [
        *("all", "allclose", "any", "eq", "equal", "equals", "ge", "gt", "isclose"),
        *("item", "le", "lt", "ne", "numpy", "tolist"),
    ]
)


class Handle:
    """An object of the student's that stays in the sandbox.

    It may be asked for an attribute, an item, its length or its items; each gives data or another handle.
    Anything that a lying object could use to agree with a test raises `NotPlainData`.
    """

    __slots__ = ("_link", "_ref")

    def __init__(self, link: Link, ref: RemoteRef):
        object.__setattr__(self, "_link", link)
        object.__setattr__(self, "_ref", ref)

    # isinstance() follows the claim, type() does not.
    @property  # type: ignore[misc]  # the one of other objects can be set, this one cannot
    def __class__(self) -> type:
        return _claimed_class(self._ref) or type(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in ("__name__", "__doc__", "__qualname__", "__module__"):
            raise AttributeError(name)
        if name in VERDICT_METHODS:
            _refuse(self)
        return self._link.ask(Ask.ATTRIBUTE, self._ref.number, name)

    def __getitem__(self, key: Any) -> Any:
        return self._link.ask(Ask.ITEM, self._ref.number, self._link.pack([key], {}))

    def __len__(self) -> int:
        length = self._link.ask(Ask.LENGTH, self._ref.number)
        if type(length) is not int or length < 0:
            raise NotPlainData("its length is not a number")
        return length

    def __iter__(self) -> Iterator[Any]:
        iterator = self._link.ask(Ask.ITERATE, self._ref.number)
        if not isinstance(iterator, Handle):
            raise NotPlainData("it cannot be iterated over")
        number = object.__getattribute__(iterator, "_ref").number
        while True:
            try:
                value = self._link.ask(Ask.NEXT, number)
            except StopIteration:
                return
            yield value

    def __setattr__(self, name: str, value: Any) -> None:
        raise NotPlainData(f"{name!r} of an object behind the wall cannot be set from a test: use inside(...)")

    def __contains__(self, item: Any) -> bool:
        return any(item is value or item == value for value in self)


class CallableHandle(Handle):
    """A handle that can be called."""

    __slots__ = ()

    def __call__(self, *positional: Any, **named: Any) -> Any:
        return self._link.ask(Ask.CALL, self._ref.number, self._link.pack(list(positional), named))


def _claimed_class(ref: RemoteRef) -> type | None:
    for name in ref.bases:
        cls = BUILTIN_CLASSES.get(name) or _library_class(name)
        if cls is not None and cls is not object and not issubclass(cls, PLAIN_CLASSES):
            return cls
    return None


def _library_class(name: str) -> type | None:
    module_name, _, class_name = name.rpartition(".")
    module = sys.modules.get(module_name) if module_name.partition(".")[0] in TRUSTED_MODULES else None
    cls = getattr(module, class_name, None)
    return cls if isinstance(cls, type) else None


def _refuse(self: Handle, *_: Any) -> Any:
    ref = object.__getattribute__(self, "_ref")
    raise NotPlainData(f"expected plain data, got an object of type {ref.type_name}", ref.type_name)


REFUSED = [
    "bool",
    "hash",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "str",
    "repr",
    "format",
    "int",
    "float",
    "complex",
    "index",
    "bytes",
    "round",
    "trunc",
    "floor",
    "ceil",
    "neg",
    "pos",
    "abs",
    "invert",
    "setitem",
    "delitem",
    "delattr",
    "reversed",
    "array",
]
ARITHMETIC = [
    "add",
    "sub",
    "mul",
    "matmul",
    "truediv",
    "floordiv",
    "mod",
    "divmod",
    "pow",
    "lshift",
    "rshift",
    "and",
    "or",
    "xor",
]
for _name in [*REFUSED, *ARITHMETIC, *(f"r{a}" for a in ARITHMETIC), *(f"i{a}" for a in ARITHMETIC)]:
    setattr(Handle, f"__{_name}__", _refuse)


class RemoteEnvironment(dict[str, Any]):
    """The notebook's globals, looked up behind the wall; assignments of a test stay on this side.

    A real dict, because doctests execute in it.
    """

    def __init__(self, link: Link):
        super().__init__()
        self._link = link

    def __missing__(self, name: Any) -> Any:
        if type(name) is not str or name == "__builtins__":
            raise KeyError(name)
        try:
            value = self._link.ask(Ask.NAME, name)
        except KeyError:
            raise KeyError(name) from None
        if isinstance(value, Handle) and name in LIBRARY_NAMES:
            return _trusted_module(LIBRARY_NAMES[name]) or value
        return value

    def get(self, name: Any, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def __contains__(self, name: Any) -> bool:
        try:
            self[name]
        except KeyError:
            return False
        except Exception:  # it is there, but cannot be handed over
            return True
        return True

    def copy(self) -> "RemoteEnvironment":
        twin = RemoteEnvironment(self._link)
        twin.update(self)
        return twin


def make_inside(link: Link) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The ``inside`` of a hidden test: runs a function of the test beside the student's objects."""

    def inside(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *positional, **named: link.ask(Ask.INSIDE, link.pack([function, *positional], named))

    return inside
