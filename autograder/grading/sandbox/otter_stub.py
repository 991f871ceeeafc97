"""What ``import otter`` gives inside the sandbox: marks where questions are judged, and sees no test.

Under otter, ``grader.check("q1")`` runs the tests in the student's own process. Here it tells the trusted side
that the question is to be judged now, and waits until that has happened. No verdict comes back.
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

# Asks for a question to be judged; False when the assignment has no such question.
Announce = Callable[[str], bool]


class Judged:
    """What ``grader.check`` returns: no verdict."""

    def __init__(self, question: str):
        self._question = question

    def __repr__(self) -> str:
        return f"{self._question}: handed to the grader"


def make_module(announce: Announce) -> ModuleType:
    """The stand-in for the package ``otter``."""

    class Notebook:
        """Stands in for ``otter.Notebook``; takes whatever arguments otter takes."""

        def __init__(self, *_: Any, **__: Any):
            pass

        def check(self, question: str, *_: Any, **__: Any) -> Judged:
            """Have a question judged as things stand now."""
            if not announce(str(question)):
                raise FileNotFoundError(f"Test {question} does not exist")
            return Judged(str(question))

        def check_all(self, *_: Any, **__: Any) -> None:
            """Nothing while grading, as under otter: each question is judged once anyway."""

        export = to_pdf = add_plugin_files = run_plugin = check_all

    module = ModuleType("otter")
    module.__dict__.update(Notebook=Notebook, __version__="7.0.0", __path__=[])
    return module


def install(announce: Announce) -> None:
    """Make ``import otter`` find the stand-in."""
    sys.modules["otter"] = make_module(announce)
