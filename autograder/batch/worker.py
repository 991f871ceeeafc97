"""A worker: a process that grades one submission after another, and the only one that holds the hidden tests.

It reads JSON lines from standard input (first its settings, then one submission each) and answers each with a
line: ``{"ready": …}`` or ``{"broken": …}`` once, then ``{"row": …}`` per submission. Results go to disk from here,
so that the process that started the workers stays small.
"""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from autograder.batch.fingerprint import RunFingerprint, run_fingerprint, submission_fingerprint
from autograder.batch.kept import is_comparable, read_for, stands
from autograder.batch.settings import Settings
from autograder.batch.store import Store
from autograder.course import Limits
from autograder.errors import GraderFault, KitError
from autograder.grading.intake import Found
from autograder.grading.isolation.local import SandboxError, Zygote
from autograder.grading.judge.suite import QuestionInfo, read_suite
from autograder.grading.notebook import Notebook, Rejection
from autograder.grading.sandbox.jail import die_with_parent
from autograder.grading.sandbox.memory import freeze
from autograder.grading.session import NOT_REACHED, Graded, Grader, grade_notebook
from autograder.records.pages.feedback import render_feedback
from autograder.results import QuestionResult, Status, SubmissionResult


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the business of whoever started the workers
    die_with_parent(signal.SIGKILL)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is talk, not an answer
    settings = Settings(**json.loads(sys.stdin.readline()))
    try:
        with _started(settings) as (grader, zygote_fault):
            if zygote_fault:
                raise SandboxError(zygote_fault)
            freeze()  # for the examiners
            run = run_fingerprint(grader.assignment, grader.limits, grader.secret, settings.to_wall())
            _answer(answers, ready=[_describe_question(info) for info in grader.suite.values()])
            for line in sys.stdin:
                job = json.loads(line)
                found = Found(job["name"], Path(job["path"]), job["problem"])
                _answer(answers, row=asdict(_handle(found, grader, settings, run).row()))
    except (KitError, SandboxError) as err:
        _answer(answers, broken=str(err), usage=isinstance(err, KitError))


@contextlib.contextmanager
def _started(settings: Settings) -> Iterator[tuple[Grader, str]]:
    """The worker's grader; the zygote imports while the test files are read."""
    assignment, limits = settings.to_assignment(), Limits(**settings.limits)
    with Zygote(settings.to_wall(), limits, assignment.files_dir) as zygote:
        suite = read_suite(assignment.test_files)
        fault = ""
        try:
            zygote.wait_ready()
        except SandboxError as err:
            fault = str(err)
        has_gpu = settings.to_wall().gpu is not None
        yield Grader(assignment, suite, zygote, limits, bytes.fromhex(settings.secret), has_gpu), fault


def _answer(answers: TextIO, **told: Any) -> None:
    print(json.dumps(told), file=answers, flush=True)


def _describe_question(info: QuestionInfo) -> dict[str, Any]:
    return {"name": info.name, "max_score": info.max_score}


def _handle(found: Found, grader: Grader, settings: Settings, run: RunFingerprint) -> SubmissionResult:
    """Grade one submission, or what of it was not graded before with the same tests and settings; write its files."""
    start_s = time.monotonic()
    store = Store(Path(settings.out))
    notebook = read_for(grader.assignment, found)
    fingerprint = submission_fingerprint(run.common, notebook)
    before = None if settings.regrade else store.read(found.name)
    if before is not None and stands(before, fingerprint, run.tests):
        return before
    tests = dict(zip(grader.suite, run.tests, strict=True))
    if isinstance(notebook, Rejection):
        result, executed = _rejected(found.name, notebook.reason, grader, settings), None
    else:
        kept = _same_questions(before, tests) if before and is_comparable(before, fingerprint) else {}
        result, executed = _graded(found.name, notebook, grader, settings, kept)
    result.fingerprint = fingerprint
    for question in result.questions:
        question.fingerprint = tests[question.name]
    result.seconds = round(time.monotonic() - start_s, 3)
    store.write(result, executed, render_feedback(result, executed, **settings.frame()))
    return result


def _same_questions(before: SubmissionResult, tests: dict[str, str]) -> dict[str, QuestionResult]:
    """The questions of an earlier result whose tests are the same as then.

    How far the time reaches depends on the tests of other questions, too: what was not reached is judged anew.
    """
    return {
        question.name: question
        for question in before.questions
        if question.fingerprint == tests.get(question.name) and not question.message.startswith(NOT_REACHED)
    }


def _rejected(name: str, reason: str, grader: Grader, settings: Settings) -> SubmissionResult:
    questions = [QuestionResult(info.name, 0.0, info.max_score) for info in grader.suite.values()]
    _, max_score = grader.assignment.scaled(0.0, sum(q.max_score for q in questions))
    told = reason[:1].upper() + reason[1:]
    return SubmissionResult(
        name, grader.assignment.name, Status.REJECTED, 0.0, max_score, message=told, questions=questions,
        isolation=settings.to_wall().isolation,
    )  # fmt: skip


def _graded(
    name: str, notebook: Notebook, grader: Grader, settings: Settings, kept: dict[str, QuestionResult]
) -> tuple[SubmissionResult, dict[str, Any] | None]:
    try:
        graded = _grade_twice(notebook, name, grader, kept)
    except GraderFault as err:
        told = f"The grader failed, not the submission: {err}"
        _, max_score = grader.assignment.scaled(0.0, sum(info.max_score for info in grader.suite.values()))
        result = SubmissionResult(
            name,
            grader.assignment.name,
            Status.ERROR,
            None,
            max_score,
            message=told,
            isolation=settings.to_wall().isolation,
        )
        return result, None
    score, max_score = grader.assignment.scaled(
        sum(q.score for q in graded.questions), sum(q.max_score for q in graded.questions)
    )
    status = Status.PARTIAL if graded.partial else Status.GRADED
    result = SubmissionResult(
        name, grader.assignment.name, status, score, max_score, message=_message(graded),
        questions=graded.questions, cells=graded.cells, isolation=settings.to_wall().isolation,
    )  # fmt: skip
    return result, executed_notebook(notebook, graded)


def _grade_twice(notebook: Notebook, name: str, grader: Grader, kept: dict[str, QuestionResult]) -> Graded:
    """Grade; once more if the sandbox failed, which may have been a container that somebody removed.

    Raises:
        GraderFault.
    """
    try:
        return grade_notebook(notebook, name, grader, kept)
    except SandboxError:
        return grade_notebook(notebook, name, grader, kept)


def _message(graded: Graded) -> str:
    """What a table says of a submission: the first thing that went wrong beyond wrong answers."""
    told = [cell.message for cell in graded.cells if cell.outcome == "stopped"]
    told += [f"{question.name}: {question.message}" for question in graded.questions if question.message]
    return told[0] + (f" (and {len(told) - 1} more)" if len(told) > 1 else "") if told else ""


def executed_notebook(notebook: Notebook, graded: Graded) -> dict[str, Any]:
    """The submission as a notebook (nbformat 4.5) with the outputs that the grader saw."""
    cells: list[dict[str, Any]] = []
    for cell in notebook.cells:
        node: dict[str, Any] = {
            "cell_type": str(cell.kind),
            "id": f"cell-{cell.index}",
            "metadata": {},
            "source": cell.source,
        }
        if cell.kind == "code":
            number = cell.index + 1 if cell.index in graded.outputs else None
            node |= {"execution_count": number, "outputs": graded.outputs.get(cell.index, [])}
        cells.append(node)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


if __name__ == "__main__":
    main()
