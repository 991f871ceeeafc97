"""Where commands print: results go to standard output, talk to standard error."""

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from autograder.errors import KitError

FILE_WIDTH = 140  # where output goes into a file or a pipe
TALK = Console(stderr=True)
RESULT = Console(width=None if sys.stdout.isatty() else FILE_WIDTH)


def write_text(file: Path, text: str) -> None:
    """Write a file that the user asked for, with the folders above it.

    Raises:
        KitError: it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as err:
        raise KitError(f"{file}: cannot be written ({err}): choose another place, or free this one") from err


def write_bytes(file: Path, data: bytes) -> None:
    """Write a file that the user asked for, whole or not at all, with the folders above it.

    Raises:
        KitError: it cannot be written.
    """
    part = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(file)
    except OSError as err:
        raise KitError(f"{file}: cannot be written ({err}): choose another place, or free this one") from err


def write_json(data: Any, file: Path) -> None:
    """Write data as JSON into a file; ``-`` is standard output.

    Raises:
        KitError: it cannot be written.
    """
    text = json.dumps(data, indent=1)
    if file == Path("-"):
        print(text)
    else:
        write_text(file, f"{text}\n")
