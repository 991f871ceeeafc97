"""Otter's test files, run case by case against an environment behind the wall."""

import contextlib
import inspect
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otter.nbmeta_config import NBMetadataConfig
from otter.test_files import TestFile, create_test_file
from otter.test_files.abstract_test import TestCase, TestCaseResult
from otter.test_files.exception_test import ExceptionTestFile
from otter.test_files.ok_test import run_doctest

from autograder.errors import KitError
from autograder.grading.judge.errors import Broken, origin
from autograder.grading.judge.hints import hidden_hint, missing_hint
from autograder.grading.judge.remote import Link, RemoteEnvironment, make_inside
from autograder.grading.sandbox.preload import BY_WORD, preload
from autograder.grading.sandbox.seeds import seed_everything
from autograder.results import CaseResult, Outcome, QuestionResult

QUOTE = "'"  # which otter takes off an error's text, at both ends
GPU_PREFIX = "test_gpu"
NO_GPU = "Not run: it needs a GPU, and this grader has none. Its points do not count."
ALREADY_LOST = "Not run: points were lost before."


@dataclass(frozen=True)
class CaseInfo:
    """A test case as far as a table needs it; ``takes`` are the student's names that a test function asks for."""

    name: str
    hidden: bool
    points: float
    takes: tuple[str, ...] = ()


@dataclass(frozen=True)
class QuestionInfo:
    """A question of an assignment: its test file and its cases, points resolved as otter resolves them.

    With ``only_whether_full`` the cases after the first that costs points are not run.
    """

    name: str
    path: Path
    format: type[TestFile]
    cases: tuple[CaseInfo, ...]
    max_score: float
    only_whether_full: bool = False


def read_suite(test_files: list[Path]) -> dict[str, QuestionInfo]:
    """The questions of an assignment by name, in the order of their files.

    Raises:
        KitError: a test file cannot be run, or says no name; names the file.
    """
    suite: dict[str, QuestionInfo] = {}
    for path in test_files:
        text = path.read_text(encoding="utf-8", errors="replace")
        preload(*(module for word, module in BY_WORD.items() if word in text))
        try:
            file = create_test_file(str(path), NBMetadataConfig())
            cases = tuple(
                CaseInfo(_case_name(case), case.hidden, _points(case), _taken(case)) for case in file.test_cases
            )
            info = QuestionInfo(file.name, path, type(file), cases, file.possible)
        except Exception as err:
            raise KitError(f"test file {path.name} cannot be used: {type(err).__name__}: {err}") from err
        if info.name in suite:
            raise KitError(f"test files {suite[info.name].path.name} and {path.name} are both of {info.name!r}")
        suite[info.name] = info
    return suite


def zero(info: QuestionInfo, message: str, outcome: Outcome = Outcome.FAILED) -> QuestionResult:
    """The result of a question that could not be judged."""
    cases = [CaseResult(c.name, c.hidden, 0.0, c.points, outcome) for c in info.cases]
    return QuestionResult(info.name, 0.0, info.max_score, cases, message)


def judge_question(info: QuestionInfo, link: Link, seed: int, has_gpu: bool) -> QuestionResult:
    """Run a question's test file against the box at the other end of a link.

    Raises:
        Broken: the box hit a limit, died or misbehaved meanwhile.
    """
    seed_everything(seed)
    file = info.format.from_file(os.path.relpath(info.path))  # tracebacks show this path
    environment = RemoteEnvironment(link)
    skipped = [case for case in file.test_cases if not has_gpu and _case_name(case).startswith(GPU_PREFIX)]
    file.test_cases = [case for case in file.test_cases if case not in skipped]
    results: list[CaseResult] = []
    for case in file.test_cases:
        lost = info.only_whether_full and any(r.outcome == Outcome.FAILED and r.max_points for r in results)
        results.append(_not_run(case, ALREADY_LOST) if lost else _run_case(file, case, environment, link))
    file.test_case_results = [
        TestCaseResult(case, "", result.outcome == Outcome.PASSED)
        for case, result in zip(file.test_cases, results, strict=True)
    ]
    possible = file.possible
    score = min(max(file.score, 0), possible) if file.test_cases else 0
    results += [_not_run(case, NO_GPU) for case in skipped]
    return QuestionResult(info.name, float(score), float(possible), results)


def _run_case(file: TestFile, case: TestCase, environment: RemoteEnvironment, link: Link) -> CaseResult:
    link.start_case()
    with _quiet():
        if isinstance(file, ExceptionTestFile):
            passed, told, hint = _run_function(file, case, environment, link)
        else:
            passed, told, hint = _run_doctest(file, case, environment)
    if link.broken:
        raise Broken(link.broken)
    if passed:
        message = case.success_message or ""
    else:
        lines = [case.failure_message, hint if case.hidden else told]
        message = "\n".join(line for line in lines if line)
    return CaseResult(
        name=_case_name(case),
        hidden=case.hidden,
        points=_points(case) if passed else 0,
        max_points=_points(case),
        outcome=Outcome.PASSED if passed else Outcome.FAILED,
        message=message,
        detail="" if passed else told,
    )


def _run_function(
    file: ExceptionTestFile, case: TestCase, environment: RemoteEnvironment, link: Link
) -> tuple[bool, str, str]:
    """Run a case of the exception format: passed, what to tell of a public case, and of a hidden one."""
    function = case.body.test_func
    # Under this name a function that the test passes on is sent whole, without a search for the module it is of.
    function.__globals__.update(inside=make_inside(link), __name__="__main__")
    try:
        case.body.call_func(environment)
    except Broken:
        raise
    except BaseException as err:  # a test that ends the process, or skips itself, has not passed
        if link.broken:
            raise Broken(link.broken) from None
        missing = _missing_names(function, environment)
        if missing:
            told = missing_hint(missing, link)
            return False, told, told
        return False, _tell(file, err), hidden_hint(err, link)
    return True, "", ""


def _run_doctest(file: TestFile, case: TestCase, environment: RemoteEnvironment) -> tuple[bool, str, str]:
    passed, said = run_doctest(file.name, case.body, environment)
    return passed, said, ""


def _missing_names(function: Any, environment: RemoteEnvironment) -> list[str]:
    return [name for name in _parameters(function) if name not in environment]


def _parameters(function: Any) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "env"]


def _taken(case: TestCase) -> tuple[str, ...]:
    function = getattr(case.body, "test_func", None)
    return tuple(_parameters(function)) if function else ()


def _tell(file: ExceptionTestFile, err: BaseException) -> str:
    """The whole story of a failed case: the test's line, the error, the student's traceback."""
    try:
        place = file._generate_error_message(err)  # type: ignore[arg-type]  # otter reads its traceback only
        place = place.removesuffix(f"{type(err).__name__}: {str(err).strip(QUOTE)}")
    except AttributeError:  # otter looks for a line of the test, and the error came before the first
        place = ""
    told = f"{place}{type(err).__name__}: {err}"
    raised = origin(err)
    return f"{told}\n{raised.traceback}" if raised and raised.traceback else told


def _case_name(case: TestCase) -> str:
    function = getattr(case.body, "test_func", None)
    return getattr(function, "__name__", "") or case.name


def _points(case: TestCase) -> float:
    """What a case is worth: otter resolves it when it reads the file."""
    assert case.points is not None
    return case.points


def _not_run(case: TestCase, message: str) -> CaseResult:
    return CaseResult(_case_name(case), case.hidden, 0.0, _points(case), Outcome.NOT_RUN, message)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What a test or a called function prints is nobody's to read, unless the test captures it itself."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield
