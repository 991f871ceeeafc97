"""nbgrader's database: opening it, and the one table that this kit adds.

nbgrader knows students, cells and marks. It has no place for how grading a submission ended, nor for what a mark
was given to; these stand in a table of their own, so that one transaction writes both.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import Gradebook
from sqlalchemy import JSON, Column, MetaData, String, Table, Text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from autograder.errors import KitError

METADATA = MetaData()

SUBMISSIONS = Table(
    "autograder_submission",
    METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("submission", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("answers", JSON, nullable=False),  # by grade cell: a hash of what a mark for it depends on
)


def read_url(text: str) -> URL:
    """A database URL.

    Raises:
        KitError: not one that SQLAlchemy understands.
    """
    try:
        return make_url(text)
    except ArgumentError:
        # The text itself is not repeated: it may hold a password.
        raise KitError(
            "the database is no SQLAlchemy URL: write sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from None


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite database; None for other databases, and for one in memory."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


@contextlib.contextmanager
def open_gradebook(text: str, create: bool = False) -> Iterator[Gradebook]:
    """nbgrader's gradebook at a database URL, with the table of this kit in it.

    Args:
        create: make an empty gradebook where there is none.

    Raises:
        KitError: there is none, or the database cannot be reached or written.
    """
    url = read_url(text)
    file = sqlite_file(url)
    if file and not create and not file.is_file():
        raise KitError(f"{file}: no such gradebook; run 'autograder gradebook' first, or give its --db URL")
    shown = url.render_as_string(hide_password=True)
    try:
        with _tools_on_path(), Gradebook(text) as gradebook:
            METADATA.create_all(gradebook.engine)
            yield gradebook
    except ImportError as err:
        raise KitError(f"{shown}: the driver of this database is missing ({err}): install it beside this kit") from err
    except SQLAlchemyError as err:
        reason = str(getattr(err, "orig", None) or err).splitlines()[0]
        raise KitError(
            f"{shown}: the gradebook cannot be used ({reason}): check the URL and who may write to it"
        ) from err


@contextlib.contextmanager
def _tools_on_path() -> Iterator[None]:
    """nbgrader calls alembic by its name: it is found beside this Python even if that is not on the path."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before
