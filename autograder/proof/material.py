"""What the proof of a chapter works on: the master, what was built of it, other people's answers."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import nbformat

from autograder.authoring.master import Master, read_master
from autograder.authoring.variants import Equivalent, Variant, read_equivalents, read_variants
from autograder.course import Chapter
from autograder.errors import KitError
from autograder.grading.judge.suite import QuestionInfo, read_suite
from autograder.proof.cuts import Cells, answer_source, cut_down, with_answer

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass
class Material:
    """A built chapter, read.

    Attributes:
        suite: the questions that have tests, by name.
        own_s: wall time of each question's own answer, once it was tried.
        uncut: questions whose answer needs all cells before it, not only those whose names it says.
    """

    chapter: Chapter
    master: Master
    solution: "NotebookNode"
    student: "NotebookNode"
    suite: dict[str, QuestionInfo]
    variants: list[Variant]
    equivalents: list[Equivalent]
    own_s: dict[str, float] = field(default_factory=dict)
    uncut: set[str] = field(default_factory=set)

    def own_answer(self, question: str) -> str:
        """The solution's code for a question."""
        return answer_source(self.solution, question)

    def cells(self, question: str, answer: str) -> Cells:
        """A notebook in which an answer to a question can be judged."""
        if question in self.uncut:
            return with_answer(self.solution, question, answer)
        asked = {name for case in self.suite[question].cases for name in case.takes}
        return cut_down(self.solution, question, answer, asked)


def read_material(chapter: Chapter) -> Material:
    """Read a built chapter.

    Raises:
        AuthoringError: a mistake in the master or its variants.
        KitError: the chapter is not built, or built from another master.
    """
    for path in (chapter.solution_notebook, chapter.student_notebook, chapter.tests_dir):
        if not path.exists():
            raise KitError(f"{path} is not there: run 'autograder build {chapter.name}' first")
    master = read_master(chapter.master)
    suite = read_suite(sorted(chapter.tests_dir.glob("*.py")))
    asked = {question.name for question in master.questions if not question.manual}
    if set(suite) != asked:
        told = ", ".join(sorted(set(suite) ^ asked))
        raise KitError(f"{chapter.tests_dir} is not what {chapter.master} gives ({told}): run 'autograder build'")
    has_variants = chapter.variants.exists()
    variants = read_variants(chapter.variants) if has_variants else []
    equivalents = read_equivalents(chapter.variants) if has_variants else []
    for declared in [*variants, *(one.declared for one in equivalents)]:
        if declared.question not in asked:
            raise declared.mistake(f"{chapter.master.name} has no question of this name with tests")
    solution, student = (
        nbformat.read(path, as_version=4) for path in (chapter.solution_notebook, chapter.student_notebook)
    )
    return Material(chapter, master, solution, student, suite, variants, equivalents)
