"""The ``similarity`` command: which pairs of submissions have code in common."""

from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path

from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from autograder.authoring.setup_cell import setup_source
from autograder.commands.results_of import chapter_of, course_of
from autograder.commands.talk import RESULT, TALK, write_json, write_text
from autograder.course import Course
from autograder.errors import Interrupted, KitError
from autograder.grading.notebook import CellKind, Rejection, parse_notebook
from autograder.records.plain_text import printable
from autograder.records.scores.scores import Kept, read_kept
from autograder.records.similarity.page import render_similarity
from autograder.records.similarity.pairs import Compared, Pair, compare

PAGE = "similarity.html"
MAX_CODE = 500_000  # characters of a submission that are compared; honest ones have a tenth of it
MOST_SHOWN = 20  # pairs in the terminal; the page has the others


@dataclass(frozen=True)
class SimilarityRequest:
    """The arguments of ``autograder similarity``."""

    out: Path
    file: Path | None
    course_dir: Path
    template: Path | None
    top: int
    as_json: bool


def run_similarity(request: SimilarityRequest) -> int:
    """Compare the submissions of a class; 0 whatever is found."""
    kept = read_kept(request.out)
    chapter = chapter_of(kept, request.out)
    course = course_of(request.course_dir, chapter)
    template = _template(request, course, chapter)
    cells = {one.result.submission: _code(one.notebook) for one in kept if one.notebook}
    compared = _with_progress(cells, template or [], request.top)
    page = request.file or request.out / PAGE
    title = course.title if course else chapter
    write_text(page, render_similarity(compared, cells, chapter, title, template is not None))
    if request.as_json:
        pairs = [asdict(pair) | {"percent": pair.percent} for pair in compared.pairs]
        write_json({"submissions": compared.submissions, "pairs": pairs}, Path("-"))
    elif compared.pairs:
        RESULT.print(_table(compared.pairs[:MOST_SHOWN]))
    _tell(kept, compared, page, template is not None)
    return 0


def _template(request: SimilarityRequest, course: Course | None, chapter: str) -> list[str] | None:
    """The code that was handed out: of the notebook that was named, else of the chapter's student version, released."""
    if request.template:
        return _code(request.template)
    notebook = course.chapter(chapter).student_notebook if course else None
    return [setup_source(chapter), *_code(notebook)] if notebook and notebook.is_file() else None


def _code(path: Path) -> list[str]:
    """The code cells of a notebook, as far as they are compared.

    Raises:
        KitError: the file cannot be read, or is no notebook.
    """
    try:
        notebook = parse_notebook(path.read_bytes())
    except OSError as err:
        raise KitError(f"{path}: cannot be read ({err.strerror})") from err
    if isinstance(notebook, Rejection):
        raise KitError(f"{path}: {notebook.reason}")
    cells = [cell.source for cell in notebook.cells if cell.kind is CellKind.CODE]
    ends = accumulate(map(len, cells))
    return [source for source, end in zip(cells, ends, strict=True) if end <= MAX_CODE]


def _with_progress(cells: dict[str, list[str]], template: list[str], top: int) -> Compared:
    columns = (TextColumn("reading code"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=TALK, transient=True) as progress:
        task = progress.add_task("", total=len(cells))
        try:
            return compare(cells, template, top, lambda: progress.update(task, advance=1))
        except KeyboardInterrupt:
            raise Interrupted("Interrupted: nothing was written.") from None


def _table(pairs: list[Pair]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Pairs to look at", title_justify="left")
    for name in ("one", "%", "the other", "%", "tokens in common"):
        table.add_column(name, justify="left" if name in ("one", "the other") else "right")
    for pair in pairs:
        sides = [text for side in (pair.left, pair.right) for text in (printable(side.submission), str(side.percent))]
        table.add_row(*map(Text, (*sides, str(pair.tokens))))
    return table


def _tell(kept: list[Kept], compared: Compared, page: Path, has_template: bool) -> None:
    count = f"{compared.submissions} submissions compared, {len(compared.pairs)} pairs to look at."
    lines = [f"{count} Code in common accuses nobody."]
    if left_out := len(kept) - compared.submissions:
        lines.append(f"{left_out} without a notebook were left out.")
    if not has_template:
        lines.append("What was handed out is not known and counts like other code: give it with --template.")
    TALK.print(*map(Text, (*lines, f"Both sides of each pair: {page}")), sep="\n", soft_wrap=True)
