"""What a user did that the kit cannot go on with, and what the grader itself did wrong.

KitError                one sentence for the user, exit code 2, never a traceback
├── AuthoringError      a mistake in a master: file, question, cell, remedy
└── Interrupted         Ctrl-C, exit code 130; what was done is kept
GraderFault             the grader failed on a submission: status ``error``, no score, never the student's fault
"""

from pathlib import Path


class KitError(Exception):
    """A mistake in the input of a command; its text is one clear sentence with the remedy."""

    exit_code = 2


class GraderFault(Exception):
    """The grader itself failed; the text says at what, for the course staff."""


class Interrupted(KitError):
    """The user stopped a command; the text says what is kept and how to go on."""

    exit_code = 130


class AuthoringError(KitError):
    """A mistake of an author in a master or in variants.

    Args:
        problem: what is wrong, what was expected, and what to do.
        file: the master or variants file.
        question: the question's name, if the mistake is inside one.
        cell: the one-based number of the cell in the file, if known.
    """

    def __init__(self, problem: str, file: Path | str, question: str | None = None, cell: int | None = None):
        self.problem, self.file, self.question, self.cell = problem, str(file), question, cell
        place = [str(file)]
        if question:
            place.append(f"question {question}")
        if cell is not None:
            place.append(f"cell {cell}")
        super().__init__(f"{', '.join(place)}: {problem}")
