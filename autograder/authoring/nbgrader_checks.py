"""The tests of a question as one nbgrader test cell, whose value is the points earned.

nbgrader runs tests in the student's process and reads the points off the cell's output: an error or anything on
standard error is zero, a number is that many points. So the cases of a question are collected by a small class
(a locked cell at the top of the notebook), run one by one, and the last line says the points. Hidden cases stand
between nbgrader's own marks, so that they are in source/ and not in release/.
"""

import ast
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import KitError

HELPER_ID = "check-helper"

# What the cells say is seen by students, so it is written for them.
HELPER = '''\
# Read only: it runs the checks of the questions. The value of a check is your points.
import contextlib
import inspect
import io
import os
import random
import sys
import zlib


class Check:
    """The checks of one question. A check takes what it looks at from the notebook, by name."""

    def __init__(self, question, points, all_or_nothing=False):
        self.question, self.most, self.all_or_nothing = question, points, all_or_nothing
        self.cases = []

    def case(self, points, failure="", success="", hidden=False):
        """Add the function below as a check worth so many points."""

        def add(function):
            self.cases.append((function, points, failure, success, hidden))
            return function

        return add

    def run(self):
        """Run all checks, print what they say, and return the points; nothing where there are no checks."""
        self._seed()
        cases = [case for case in self.cases if self._can_run(case[0])]
        earned = sum(points for function, points, *told in cases if self._passes(function, *told))
        possible = sum(points for _, points, *_ in cases)
        if not possible:
            return None
        if self.all_or_nothing and earned < possible:
            return 0.0
        return float(min(max(self.most * earned / possible, 0.0), self.most))

    def _passes(self, function, failure, success, hidden):
        told = ""
        with self._quiet():
            try:
                function(*(self._name(name) for name in inspect.signature(function).parameters))
                passed = True
            except BaseException as err:  # also what ends a process: it has not passed
                passed, told = False, "" if hidden else f"{type(err).__name__}: {err}"
        name = "a hidden check" if hidden else function.__name__
        lines = [f"{name}: {'passed' if passed else 'not passed'}", success if passed else failure, told]
        print("\\n  ".join(line for line in lines if line))
        return passed

    @staticmethod
    def _name(name):
        return globals() if name == "env" else globals().get(name)

    @staticmethod
    def _can_run(function):
        if not function.__name__.startswith("test_gpu"):
            return True
        import torch

        return torch.cuda.is_available()

    def _seed(self):
        seed = zlib.crc32(self.question.encode())
        random.seed(seed)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(seed)
        if "torch" in sys.modules:
            sys.modules["torch"].manual_seed(seed)

    @staticmethod
    @contextlib.contextmanager
    def _quiet():
        """A warning on standard error would cost all points of the cell, whoever wrote it."""
        kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 2)
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nothing)'''


@dataclass(frozen=True)
class _Case:
    """One test function of a test file; ``code`` is the function without its decorator."""

    code: str
    points: float
    hidden: bool
    failure: str
    success: str

    @property
    def text(self) -> str:
        told = [f"{self.points:g}"]
        told += [f"{key}={value!r}" for key, value in (("failure", self.failure), ("success", self.success)) if value]
        return f"@check.case({', '.join(told)}{', hidden=True' if self.hidden else ''})\n{self.code}"


@dataclass(frozen=True)
class CheckCell:
    """A question's test cell: its text for source/, and what it is worth."""

    text: str
    points: float


def check_cell(path: Path) -> CheckCell:
    """The nbgrader test cell of an otter test file.

    Raises:
        KitError: the file is not in otter's exception format, or not one that the build wrote.
    """
    from otter.nbmeta_config import NBMetadataConfig
    from otter.test_files import create_test_file
    from otter.test_files.exception_test import ExceptionTestFile

    text = path.read_text(encoding="utf-8")
    file = create_test_file(str(path), NBMetadataConfig())
    if not isinstance(file, ExceptionTestFile):
        raise KitError(
            f"{path}: tests in otter's OK format cannot become nbgrader cells: "
            "write 'tests: {ok_format: false}' in the assignment config, the tests as functions, and build again"
        )
    functions, preamble = _parts(text)
    if len(functions) != len(file.test_cases):
        raise KitError(f"{path}: not as the build writes it: run 'autograder build --force'")
    cases = [
        _Case(code, case.points or 0, case.hidden, case.failure_message or "", case.success_message or "")
        for code, case in zip(functions, file.test_cases, strict=True)
    ]
    return CheckCell(_cell(file.name, file.possible, bool(file.all_or_nothing), cases, preamble), file.possible)


def _parts(text: str) -> tuple[list[str], str]:
    """The test functions, and what stands beside them for their sake (``reference``, ``inside``)."""
    lines, functions, rest = text.splitlines(), [], []
    for node in ast.parse(text).body:
        code = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            functions.append(code)
        elif not _is_otters_own(node):
            rest.append(code)
    return functions, "\n\n\n".join(rest)


def _is_otters_own(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "otter.test_files"
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(t, ast.Name) and t.id in ("OK_FORMAT", "name", "points", "all_or_nothing") for t in targets)


def _cell(name: str, points: float, all_or_nothing: bool, cases: list[_Case], preamble: str) -> str:
    public, hidden = ([case.text for case in cases if case.hidden is which] for which in (False, True))
    first = f'check = Check("{name}", {points:g}{", all_or_nothing=True" if all_or_nothing else ""})'
    parts = [first, *public]
    if hidden:
        inside = "\n\n\n".join([preamble, *hidden] if preamble else hidden)
        parts.append(f"### BEGIN HIDDEN TESTS\n{inside}\n### END HIDDEN TESTS")
    return "\n\n\n".join([*parts, "check.run()"])
