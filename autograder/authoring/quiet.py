"""Otter without its noise: it prints, logs, warns, and keeps hidden tests in the system's temp folder."""

import contextlib
import importlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path


def load_otter() -> None:
    """Import otter assign once; packages that it imports warn about each other's old ways."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("otter.assign")


@contextlib.contextmanager
def quietly(scratch: Path) -> Iterator[None]:
    """Run otter silently, with its temporary files in a folder of ours that is sure to be removed."""
    disabled, tempdir = logging.root.manager.disable, tempfile.tempdir
    logging.disable(logging.CRITICAL)
    tempfile.tempdir = str(scratch)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
        tempfile.tempdir = tempdir
