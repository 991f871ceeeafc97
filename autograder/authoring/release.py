"""What students get of a chapter: one zip with the notebook, its files, what to install and what to do.

The same chapter gives the same bytes on every machine with the same packages: no times, one order, no compression,
which differs from one zlib to the next.
"""

import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from jinja2 import StrictUndefined, Template

from autograder.authoring.notebooks import write
from autograder.authoring.requirements import requirements
from autograder.authoring.setup_cell import with_setup
from autograder.course import Chapter
from autograder.errors import KitError

README, REQUIREMENTS = "README.md", "requirements.txt"
ANYBODY = "Ask where your course discusses its homework, or whoever gave you this file."
_README_TEMPLATE = Path(__file__).parent / "templates" / "bundle_readme.md"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier date
_PLAIN_FILE = 0o100644 << 16
_UNIX = 3


def student_bundle(chapter: Chapter) -> bytes:
    """The zip that students get of a built chapter.

    A ``README.md`` or ``requirements.txt`` of the author's own, handed out with the notebook, stays as it is.

    Raises:
        KitError: the chapter is not built, or a file of it cannot be read.
    """
    import nbformat

    if not chapter.student_notebook.is_file():
        raise KitError(f"{chapter.student_notebook} is not there: run 'autograder build {chapter.name}' first")
    files = _handed_out(chapter.student_notebook.parent)
    notebook = nbformat.reads(files[chapter.student_notebook.name].decode(), as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    tests = notebook.metadata.get("otter", {}).get("tests", {}).values()
    code += [test for test in tests if isinstance(test, str)]
    code += [data.decode(errors="replace") for name, data in files.items() if name.endswith(".py")]
    added = {README: _readme(chapter, files), REQUIREMENTS: requirements(code, {Path(name).stem for name in files})}
    files[chapter.student_notebook.name] = write(with_setup(notebook, chapter.name)).encode()
    return _packed({**{name: text.encode() for name, text in added.items()}, **files})


def _handed_out(folder: Path) -> dict[str, bytes]:
    """The files of a student folder, by their names in it; what Jupyter, otter and Python left there is no part."""
    found: dict[str, bytes] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        inner = path.relative_to(folder)
        if not any(part.startswith(".") or part == "__pycache__" for part in inner.parts):
            try:
                found[inner.as_posix()] = path.read_bytes()
            except OSError as err:
                raise KitError(f"{path}: cannot be read ({err.strerror}): check its permissions") from err
    return found


def _readme(chapter: Chapter, files: Mapping[str, bytes]) -> str:
    first = dict.fromkeys(f"{name.split('/')[0]}/" if "/" in name else name for name in files)
    text = _README_TEMPLATE.read_text(encoding="utf-8")
    template = Template(text, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    rendered: str = template.render(
        name=chapter.name,
        title=chapter.course.title,
        entries=[name for name in first if name not in (chapter.student_notebook.name, REQUIREMENTS, README)],
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        contact=chapter.course.contact or ANYBODY,
    )
    return rendered


def _packed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE
            archive.writestr(entry, files[name])
    return buffer.getvalue()
