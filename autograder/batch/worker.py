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

from autograder.batch.fingerprint import grading_fingerprint, submission_fingerprint
from autograder.batch.kept import read_for, stands
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
from autograder.grading.session import Graded, Grader, grade_notebook
from autograder.records.feedback import render_feedback
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
            run = grading_fingerprint(grader.assignment, grader.limits, grader.secret, settings.isolation)
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
    with Zygote(settings.isolation, limits, assignment.files_dir) as zygote:
        suite = read_suite(assignment.test_files)
        fault = ""
        try:
            zygote.wait_ready()
        except SandboxError as err:
            fault = str(err)
        yield Grader(assignment, suite, zygote, limits, bytes.fromhex(settings.secret)), fault


def _answer(answers: TextIO, **told: Any) -> None:
    print(json.dumps(told), file=answers, flush=True)


def _describe_question(info: QuestionInfo) -> dict[str, Any]:
    return {"name": info.name, "max_score": info.max_score}


def _handle(found: Found, grader: Grader, settings: Settings, run: str) -> SubmissionResult:
    """Grade one submission, or find that it was graded before; write its files.

    Args:
        run: the fingerprint of what all submissions have in common.
    """
    start_s = time.monotonic()
    store = Store(Path(settings.out))
    notebook = read_for(grader.assignment, found)
    fingerprint = submission_fingerprint(run, notebook)
    kept = None if settings.regrade else store.read(found.name)
    if kept is not None and stands(kept, fingerprint):
        return kept
    if isinstance(notebook, Rejection):
        result, executed = _rejected(found.name, notebook.reason, grader, settings), None
    else:
        result, executed = _graded(found.name, notebook, grader, settings)
    result.fingerprint = fingerprint
    result.seconds = round(time.monotonic() - start_s, 3)
    store.write(result, executed, render_feedback(result, executed, settings.title))
    return result


def _rejected(name: str, reason: str, grader: Grader, settings: Settings) -> SubmissionResult:
    questions = [QuestionResult(info.name, 0.0, info.max_score) for info in grader.suite.values()]
    _, max_score = grader.assignment.scaled(0.0, sum(q.max_score for q in questions))
    told = reason[:1].upper() + reason[1:]
    return SubmissionResult(
        name, grader.assignment.name, Status.REJECTED, 0.0, max_score, message=told, questions=questions,
        isolation=settings.isolation,
    )  # fmt: skip


def _graded(
    name: str, notebook: Notebook, grader: Grader, settings: Settings
) -> tuple[SubmissionResult, dict[str, Any] | None]:
    try:
        graded = grade_notebook(notebook, name, grader)
    except GraderFault as err:
        told = f"The grader failed, not the submission: {err}"
        _, max_score = grader.assignment.scaled(0.0, sum(info.max_score for info in grader.suite.values()))
        result = SubmissionResult(
            name, grader.assignment.name, Status.ERROR, None, max_score, message=told, isolation=settings.isolation
        )
        return result, None
    score, max_score = grader.assignment.scaled(
        sum(q.score for q in graded.questions), sum(q.max_score for q in graded.questions)
    )
    status = Status.PARTIAL if graded.partial else Status.GRADED
    result = SubmissionResult(
        name, grader.assignment.name, status, score, max_score, message=_message(graded),
        questions=graded.questions, cells=graded.cells, isolation=settings.isolation,
    )  # fmt: skip
    return result, executed_notebook(notebook, graded)


def _message(graded: Graded) -> str:
    """What a table says of a submission: the first thing that went wrong beyond wrong answers."""
    told = [cell.message for cell in graded.cells if cell.outcome == "stopped"]
    told += [f"{question.name}: {question.message}" for question in graded.questions if question.message]
    return told[0] + (f" (and {len(told) - 1} more)" if len(told) > 1 else "") if told else ""


def executed_notebook(notebook: Notebook, graded: Graded) -> dict[str, Any]:
    """The submission as a notebook (nbformat 4.5) with the outputs that the grader saw."""
    cells: list[dict[str, Any]] = []
    for cell in notebook.cells:
        node = {
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
