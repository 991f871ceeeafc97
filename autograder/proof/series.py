"""Many answers to one question in one box, one after the other: what makes hundreds of mutants cheap.

What an answer leaves behind may spoil the next. So the solution's answer comes last, and if it does not get full
marks nothing of the series is believed; and whoever runs a series tries again, in a box of its own, what went
otherwise than it should.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from autograder.grading.judge.suite import zero
from autograder.grading.notebook import Cell, CellKind, Notebook
from autograder.grading.session import CellBroke, Grader, OutOfTime, QuestionBroke, Session
from autograder.proof.trials import Trial, Tried, grader_for

BOX_SEED = 0  # of the generators in the box, before each answer


def try_series(prepared: Grader, trials: Sequence[Trial], control: Trial) -> list[Tried] | None:
    """Try answers to one question that need the same cells before them; None if the control lost points.

    Args:
        trials: they differ in their last cell and their seed only.
        control: the solution's own answer.

    Raises:
        GraderFault: the sandbox or the judging failed.
    """
    *context, _ = trials[0].cells
    session = Session(Notebook(()), "trial", grader_for(prepared, trials[0]))
    try:
        tried = [_step(session, context, trial, prepared) for trial in (*trials, control)]
    finally:
        session.close_box()
    (question,) = control.questions
    return tried[:-1] if tried[-1].is_full(question) else None


def _step(session: Session, context: list[str], trial: Trial, prepared: Grader) -> Tried:
    """Run the last cell of a trial and judge; a box that breaks is replaced for the next one."""
    (question,) = trial.questions
    start_s = time.monotonic()
    session.grader = replace(session.grader, secret=grader_for(prepared, trial).secret)
    session.end_s = start_s + session.grader.limits.timeout_s
    session.results.clear()
    session.settled.clear()
    try:
        if session.box is None:
            session.open_box()
            for number, source in enumerate(context):
                session.execute(Cell(number, CellKind.CODE, source), judging=False)
        session.seed_box(BOX_SEED)
        session.execute(Cell(len(context), CellKind.CODE, trial.cells[-1]), judging=False)
        session.judge(question)
    except (CellBroke, QuestionBroke, OutOfTime):
        session.close_box()
    broke = session.box is None
    result = session.results.get(question) or zero(session.grader.suite[question], "It broke the box or hung.")
    return Tried(trial.key, {question: result}, (), time.monotonic() - start_s, broke)
