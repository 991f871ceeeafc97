"""What a preflight finds."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a finding is about."""

    REJECTED = "not gradable"
    CELL_FAILED = "cell failed"
    CELL_STOPPED = "cell stopped"
    NOT_RUN = "not run"
    NO_CHECK = "check missing"
    NO_CELL = "answer cell missing"
    NOT_DEFINED = "name not defined"
    UNANSWERED = "unanswered"
    TEST_FAILED = "public test failed"


@dataclass(frozen=True)
class Finding:
    """Something to mend before the notebook is handed in.

    Attributes:
        told: what was found and what to do, in a sentence or two.
        cell: counted from 1, text cells included; None where it is about none.
    """

    kind: Kind
    told: str
    question: str = ""
    cell: int | None = None


@dataclass
class QuestionState:
    """A question with public tests, or one that a person marks.

    Attributes:
        check_cell: where it is checked, counted from 1; None if nowhere.
        passed, total: public tests of the last check; None if none was run.
    """

    name: str
    answered: bool = True
    check_cell: int | None = None
    passed: int | None = None
    total: int | None = None


@dataclass
class Preflight:
    """What a preflight found; without findings the notebook is ready."""

    notebook: str
    chapter: str
    questions: list[QuestionState] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        return not self.findings
