"""A proof as people read it: a table in the terminal, a page with every survivor."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jinja2 import Template
from rich import box
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.course import Chapter
from autograder.proof.model import ChapterProof, Finding, QuestionProof
from autograder.records.pages.page import page_environment

TEMPLATES = Path(__file__).parent / "templates"
_COLUMNS = ("question", "points", "solution", "untouched", "accept", "reject", "mutants", "equivalent", "leaks", "")


def proof_table(proof: ChapterProof) -> Group:
    """The proof of a chapter for the terminal: a line per question, then what is unproven."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=proof.chapter, title_justify="left")
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name in ("question", "") else "right", no_wrap=True)
    for question in proof.questions.values():
        table.add_row(*_cells(question))
    lines = [Padding(_told(finding), (0, 0, 0, 2)) for finding in proof.all_findings]
    return Group(table, *lines, _summary(proof))


def _cells(question: QuestionProof) -> list[str | Text]:
    points = f"{question.max_score:g}"
    if question.manual:
        return [question.name, points, *[""] * 7, Text("marked by hand", "dim")]
    answers_kept = " kept" if question.answers_kept else ""
    verdict = Text("UNPROVEN", "bold red") if question.findings else Text("proven", "green")
    return [
        question.name,
        points,
        _share(question.solution_full, question.solution_runs),
        f"{question.untouched_score:g}",
        _share(question.accepted, question.accept, answers_kept),
        _share(question.rejected, question.reject, answers_kept),
        _share(question.killed, question.mutants, " kept" if question.kept else ""),
        f"{question.equivalent}",
        f"{question.leaks}",
        verdict,
    ]


def _share(part: int, whole: int, remark: str = "") -> Text:
    return Text(f"{part}/{whole}{remark}", "" if part == whole else "yellow")


def _told(finding: Finding) -> Text:
    return Text.assemble((f"{finding.question or 'chapter'}: {finding.fault.value}. ", "bold"), finding.text)


def _summary(proof: ChapterProof) -> Text:
    kept = f", {proof.kept} of them kept from earlier proofs" if proof.kept else ""
    told = (
        f"{proof.killed} of {proof.mutants} mutants caught ({proof.killed_share:.1%}){kept}; " if proof.mutants else ""
    )
    told += f"the solution runs in {proof.solution_s:.1f} s, the proof took {proof.wall_s:.0f} s"
    count = len(proof.all_findings)
    verdict = Text(f"{proof.chapter} is proven: ", "green") if proof.proven else Text(f"{count} unproven: ", "bold red")
    return Text.assemble(verdict, told)


def render_proof(proof: ChapterProof, chapter: Chapter) -> str:
    """The page of a proof: self-contained, no scripts; each surviving mutant with the tests that let it live."""
    tests = {path.stem: path.read_text(encoding="utf-8") for path in sorted(chapter.tests_dir.glob("*.py"))}
    return _template().render(
        proof=proof,
        title=chapter.course.title,
        tests=tests,
        questions=list(proof.questions.values()),
        columns=_COLUMNS[:-1],
        cells={question.name: [str(cell) for cell in _cells(question)] for question in proof.questions.values()},
        diffs={s.id: list(_diff_lines(s.diff)) for q in proof.questions.values() for s in q.survivors},
    )


def _diff_lines(diff: str) -> Iterable[tuple[str, str]]:
    """The lines of a diff with what they are: ``added``, ``removed`` or nothing."""
    kinds = {"+": "added", "-": "removed"}
    for line in diff.splitlines()[2:]:  # the first two name the versions
        yield line, kinds.get(line[:1], "")


@cache
def _template() -> Template:
    return page_environment(["proof.css"], folder=TEMPLATES).get_template("proof.html")
