"""Gradescope: a ``results.json`` for each submission, as its autograders write it, and the table of scores.

Gradescope has no import of scores for programming assignments: a ``run_autograder`` script that copies the file of
the submission to ``/autograder/results/results.json`` brings them in.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from autograder.records.scores.final import Entry
from autograder.records.scores.roster import Student
from autograder.records.spreadsheet import harmless, number
from autograder.results import Outcome, QuestionResult, SubmissionResult

HEADER = (
    "First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status", "Submission ID",
    "Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count",
)  # fmt: skip
PASSED = {Outcome.PASSED: "passed", Outcome.FAILED: "failed"}


def results_json(result: SubmissionResult, entry: Entry) -> dict[str, Any]:
    """What Gradescope shows of a submission: hidden tests are hidden there, too, and their names are not told."""
    tests = [test for question in result.questions for test in _tests(question)]
    return {
        "score": number(entry.score.score or 0.0),
        "execution_time": round(result.seconds, 3),
        "output": result.message,
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _tests(question: QuestionResult) -> list[dict[str, Any]]:
    tests, hidden = [], 0
    for case in question.cases:
        hidden += case.hidden
        test: dict[str, Any] = {
            "name": f"{question.name}: {f'hidden check {hidden}' if case.hidden else case.name}",
            "score": number(case.points),
            "max_score": number(case.max_points),
            "output": case.message,
            "output_format": "text",
            "visibility": "hidden" if case.hidden else "visible",
        }
        if case.outcome in PASSED:
            test["status"] = PASSED[case.outcome]
        tests.append(test)
    return tests


def scores_csv(
    entries: Iterable[Entry], missing: Iterable[Student], results: dict[str, SubmissionResult], max_score: float
) -> str:
    """The table of scores as Gradescope exports it for an assignment; students without a submission are in it."""
    questions = {question.name: question.max_score for result in results.values() for question in result.questions}
    columns = [f"{place}: {name} ({float(most)} pts)" for place, (name, most) in enumerate(questions.items(), start=1)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*HEADER, *columns])
    writer.writerows(_row(entry, results.get(entry.score.submission), list(questions)) for entry in entries)
    blank = [""] * (len(HEADER) - 8 + len(questions))
    writer.writerows([*_identity(student), "", number(max_score), "Missing", *blank] for student in missing)
    return text.getvalue()


def _row(entry: Entry, result: SubmissionResult | None, questions: Sequence[str]) -> list[Any]:
    scores = {question.name: number(question.score) for question in result.questions} if result else {}
    submission = entry.score.submission.removeprefix("submission_")
    submitted = entry.submitted.strftime("%Y-%m-%d %H:%M:%S %z") if entry.submitted else ""
    return [
        *_identity(entry.student), number(entry.score.score or 0.0), number(entry.score.max_score), "Graded",
        harmless(submission), submitted, _lateness(entry), 0, 1, *(scores.get(name, "") for name in questions),
    ]  # fmt: skip


def _identity(student: Student) -> list[str]:
    first, last = student.first_name, student.last_name
    if not first and not last:
        last, comma, first = student.name.partition(",")
        first, last = (first.strip(), last) if comma else ("", student.name)
    return [harmless(text) for text in (first, last, student.id, student.email, "")]


def _lateness(entry: Entry) -> str:
    if entry.submitted is None or entry.due is None:
        return "00:00:00"
    seconds = max(0, int((entry.submitted - entry.due) / timedelta(seconds=1)))
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
