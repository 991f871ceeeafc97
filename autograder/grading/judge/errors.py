"""What can go wrong while a test looks through the wall.

Broken              the box is gone; a BaseException, so that no test swallows it
NotPlainData        a test needs data and got an object (a TypeError, as it would be for a wrong type)
"""

import builtins
from dataclasses import dataclass
from typing import Any

import numpy as np

# Exceptions of libraries that tests may expect by name; all others arrive as the builtin they derive from.
LIBRARY_EXCEPTIONS = {
    "numpy.linalg.LinAlgError": np.linalg.LinAlgError,
    "numpy.exceptions.AxisError": np.exceptions.AxisError,
}


class Broken(BaseException):
    """The box cannot be talked to any more; holds the `WireError` that says why."""


class NotPlainData(TypeError):
    """A value stayed behind the wall where a test needs it.

    Args:
        text: what was expected and what was found.
        type_name: the name of the class as the submission tells it; untrusted.
    """

    def __init__(self, text: str, type_name: str = ""):
        super().__init__(text)
        self.type_name = type_name


@dataclass(frozen=True)
class Origin:
    """What is known of an exception that was raised in the box.

    Attributes:
        type_name: the class there, or the nearest one that is known here.
        traceback: as the box tells it; untrusted.
        inside: it ended a function of the test that ran beside the student's objects.
    """

    type_name: str
    traceback: str
    inside: bool


_ORIGIN = "box_origin"


def origin(err: BaseException) -> Origin | None:
    """Where an exception comes from; None if it is of this side."""
    return getattr(err, _ORIGIN, None)


def rebuild_exception(told: Any, inside: bool) -> Exception:
    """An exception of the student's code as the builtin type it derives from; `origin` tells what else is known of it.

    What is no `Exception` there (SystemExit, KeyboardInterrupt), and a StopIteration, is a RuntimeError here.

    Args:
        told: ``[class names, text, traceback]`` as the sandbox tells it; nothing in it is believed.
        inside: it ended a function of the test that ran beside the student's objects.
    """
    names, text, trace = told if isinstance(told, list) and len(told) == 3 else ([], "", "")
    names = [n for n in names if isinstance(n, str)][:50] if isinstance(names, list) else []
    cls = next((c for c in map(_known_class, names) if c), RuntimeError)
    text, known_name = str(text)[:2000], cls.__name__
    # A StopIteration would end a test's own loop as if all were well, as in all(map(answer, inputs)).
    if not issubclass(cls, Exception) or issubclass(cls, (StopIteration, StopAsyncIteration)):
        cls, text = RuntimeError, f"{cls.__name__}: {text}"
    try:
        err = cls(text)
    except Exception:  # UnicodeDecodeError and its like want more than a text
        err = RuntimeError(f"{cls.__name__}: {text}")
    setattr(err, _ORIGIN, Origin(known_name, str(trace)[:4000], inside))
    return err


def _known_class(name: str) -> type[BaseException] | None:
    module, _, cls_name = name.rpartition(".")
    cls = getattr(builtins, cls_name, None) if module == "builtins" else LIBRARY_EXCEPTIONS.get(name)
    known = isinstance(cls, type) and issubclass(cls, BaseException) and cls is not BaseException
    return cls if known else None
