"""What can go wrong while a test looks through the wall.

Broken              the box is gone; a BaseException, so that no test swallows it
NotPlainData        a test needs data and got an object (a TypeError, as it would be for a wrong type)
"""

import builtins
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


def rebuild_exception(told: Any) -> Exception:
    """An exception of the student's code as the builtin type it derives from.

    Args:
        told: ``[class names, text, traceback]`` as the sandbox tells it; nothing in it is believed.

    Returns:
        An `Exception` with the traceback's text as ``student_traceback`` and the name of the class as
        ``student_type``; what is no `Exception` there (SystemExit, KeyboardInterrupt), and a StopIteration, is a
        RuntimeError here.
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
    err.student_traceback, err.student_type = str(trace)[:4000], known_name
    return err


def _known_class(name: str) -> type[BaseException] | None:
    module, _, cls_name = name.rpartition(".")
    cls = getattr(builtins, cls_name, None) if module == "builtins" else LIBRARY_EXCEPTIONS.get(name)
    known = isinstance(cls, type) and issubclass(cls, BaseException) and cls is not BaseException
    return cls if known else None
