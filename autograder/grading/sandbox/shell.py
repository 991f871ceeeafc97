"""Runs the cells of a notebook with IPython's semantics, without a Jupyter kernel."""

import subprocess
import sys
import warnings
from dataclasses import dataclass
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Any as AnyTrait
from traitlets import Type
from traitlets.config import Config

from autograder.grading.sandbox.capture import Capture, RawOutput, Stream


class CapturedDisplayHook(DisplayHook):
    """Takes the value of a cell's last line as an ``execute_result``."""

    capture = AnyTrait()
    shell: "NotebookShell"

    def write_output_prompt(self) -> None:
        """A notebook has no ``Out[n]:`` in its text."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        self.shell.capture.display(
            {
                "output_type": "execute_result",
                "data": format_dict,
                "metadata": md_dict or {},
                "execution_count": self.prompt_count,
            }
        )

    def finish_displayhook(self) -> None:
        """Nothing to flush."""


class CapturedDisplayPublisher(DisplayPublisher):
    """Takes what ``display`` shows as ``display_data``."""

    shell: "NotebookShell"

    def publish(self, data: dict[str, Any], metadata: dict[str, Any] | None = None, *_: Any, **__: Any) -> None:
        self.shell.capture.display({"output_type": "display_data", "data": dict(data), "metadata": metadata or {}})

    def clear_output(self, wait: bool = False) -> None:  # noqa: ARG002
        self.shell.capture.clear()


class NumberedCells(CachingCompiler):
    """Names a cell in error messages as the feedback does."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:  # noqa: ARG002
        return f"<cell {number}>"


class NotebookShell(InteractiveShell):
    """An IPython shell whose outputs are captured."""

    compiler_class = Type(NumberedCells)
    displayhook_class = Type(CapturedDisplayHook)
    display_pub_class = Type(CapturedDisplayPublisher)
    capture = AnyTrait()

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.capture.display(
            {"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": list(stb)}
        )

    def system(self, cmd: str) -> None:
        """Run ``!cmd``; a notebook shows its output in the cell."""
        done = subprocess.run(
            self.var_expand(cmd, depth=1),
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        sys.stdout.write(done.stdout.decode("utf-8", "replace"))
        self.user_ns["_exit_code"] = done.returncode

    def ask_exit(self) -> None:
        """``exit`` and ``quit`` end nothing here: the cells after them are graded all the same."""
        print("exit: the grader goes on with the next cell", file=sys.stderr)

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no screen; figures are shown in the notebook."""


@dataclass(frozen=True)
class CellReport:
    """How a cell ended: ``error`` is empty, or the name and text of the exception that it ``raised``."""

    error: str
    outputs: list[dict[str, Any]]
    raised: BaseException | None


def create_shell(output_kb: int) -> NotebookShell:
    """A shell that holds nothing of a cell; made once, in the zygote, because it takes a tenth of a second."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.cache_size = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shell = NotebookShell.instance(config=config)
    shell.capture = Capture(output_kb)
    shell.capture.start()
    shell.run_cell("pass", store_history=False)  # the first cell of a process is slow, and so is the first value shown
    if shell.display_formatter:
        shell.display_formatter.format(0)
    return shell


def attach_outputs(shell: NotebookShell) -> RawOutput:
    """Point ``sys.stdout``, ``sys.stderr`` and descriptors 1 and 2 at the shell's capture."""
    sys.stdout, sys.stderr = Stream(shell.capture, "stdout", 1), Stream(shell.capture, "stderr", 2)
    return RawOutput()


def run_cell(shell: NotebookShell, raw: RawOutput, number: int, source: str) -> CellReport:
    """Run one code cell; whatever it raises ends up in the report.

    Args:
        number: the cell's place among all cells of the notebook, from 1.
    """
    shell.execution_count = number
    shell.capture.start()
    try:
        result = shell.run_cell(source, store_history=True)
        raised = result.error_before_exec or result.error_in_exec
    except BaseException as err:  # student code can make even IPython's own reporting raise
        raised = err
        shell._showtraceback(type(err), err, [])
    shell.capture.stream("stdout", raw.take(shell.capture.limit_kb * 1024))
    error = "" if raised is None else _describe(raised)
    return CellReport(error, shell.capture.outputs, raised)


def _describe(err: BaseException) -> str:
    try:
        return f"{type(err).__name__}: {err}"[:2000]
    except BaseException:  # a __str__ of the student's that raises
        return type(err).__name__
