"""What the tests said of a question, as a comment in the gradebook."""

from collections.abc import Iterator

from autograder.records.gradebook.harmless import harmless_markdown
from autograder.results import CaseResult, Outcome, QuestionResult, SubmissionResult

MAX_MESSAGE = 400  # characters of one test case; the feedback page has it all
WORDS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "not passed",
    Outcome.ERROR: "not decided, through no fault of the student",
    Outcome.NOT_RUN: "not run, its points do not count",
}


def question_comment(question: QuestionResult, result: SubmissionResult) -> str:
    """The points, and a line for each case; of a hidden test as little as in the feedback page.

    nbgrader shows comments as Markdown, and messages can hold what a submission chose, so none of it is HTML.
    """
    if not question.cases:  # rejected: nothing was run
        return harmless_markdown(result.message)
    lines = [f"{question.score:g} of {question.max_score:g} points", ""]
    if question.message:
        lines += [question.message, ""]
    return harmless_markdown("\n".join([*lines, *_cases(question.cases)]))


def _cases(cases: list[CaseResult]) -> Iterator[str]:
    hidden = 0
    for case in cases:
        hidden += case.hidden
        name = f"Hidden check {hidden}" if case.hidden else f"`{case.name}`"
        message = " ".join(case.message.split())
        told = f": {message[:MAX_MESSAGE]}{'…' if len(message) > MAX_MESSAGE else ''}" if message else ""
        yield f"- {name} {WORDS[case.outcome]}, {case.points:g} of {case.max_points:g}{told}"
