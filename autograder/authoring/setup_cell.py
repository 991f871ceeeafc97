"""The first cell of a notebook as students get it: what makes it run wherever it is opened.

It stands in the released notebook only. What is built, proven and committed goes without it.
"""

from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

SETUP_ID = "setup"

# On Colab there is no file behind the notebook, and otter takes its tests from a folder only.
_SETUP = """\
# Run this cell first: it installs otter-grader where it is missing, and on Colab asks for the zip with this notebook.
try:
    import otter
except ImportError:
    %pip install -q otter-grader=={version}

if "google.colab" in str(get_ipython()):
    import json, pathlib, zipfile
    from google.colab import files

    notebook = pathlib.Path("{name}.ipynb")
    if not notebook.exists():
        print("Choose {name}.zip, the file that this notebook came in.")
        for name in files.upload():
            zipfile.ZipFile(name).extractall()
    pathlib.Path("tests").mkdir(exist_ok=True)
    for name, test in json.loads(notebook.read_text())["metadata"]["otter"].get("tests", {{}}).items():
        test = test if isinstance(test, str) else f"OK_FORMAT = True\\n\\ntest = {{test!r}}\\n"
        pathlib.Path("tests", f"{{name}}.py").write_text(test)"""


def setup_source(name: str) -> str:
    """The code of the first cell of a chapter; it installs the otter-grader that is installed here."""
    return _SETUP.format(name=name, version=version("otter-grader"))


def with_setup(notebook: "NotebookNode", name: str) -> "NotebookNode":
    """A chapter's notebook with that cell put before all others."""
    import nbformat

    cell = nbformat.v4.new_code_cell(setup_source(name), id=SETUP_ID)
    cell.metadata.update(deletable=False, editable=False)
    notebook.cells.insert(0, cell)
    return notebook
