"""Everything that can be read in what students get: files, zips, notebooks, and what is encoded in them."""

import base64
import binascii
import contextlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import KitError

_DEEPEST_ZIP = 3
_UNREADABLE = (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error)  # as zipfile raises them
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{16,}={0,2}\s*")


@dataclass(frozen=True)
class File:
    """A file of a bundle; ``name`` says in which zip it lies, if in one."""

    name: str
    data: bytes

    @property
    def base(self) -> str:
        return self.name.replace("\\", "/").rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Text:
    """A text in a file; ``place`` is empty for the text of the file itself."""

    place: str
    text: str


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it is written: a key that comes twice hides nothing."""


def read_bundle(bundle: Path) -> list[File]:
    """The files of a folder or a zip.

    Raises:
        KitError: there is no such folder or zip, or it cannot be read.
    """
    try:
        if bundle.is_dir():
            paths = sorted(path for path in bundle.rglob("*") if path.is_file())
            return [File(path.relative_to(bundle).as_posix(), path.read_bytes()) for path in paths]
        if zipfile.is_zipfile(bundle):
            return _members(bundle.read_bytes(), "")
    except _UNREADABLE as err:
        raise KitError(f"{bundle}: cannot be read ({err}): build the chapter again") from err
    raise KitError(f"{bundle}: neither a folder nor a zip; give what students get, or build the chapter")


def opened(file: File, depth: int = 0) -> Iterator[File]:
    """A file, or what is in it if it is a zip; so are the files of numpy and torch."""
    if depth < _DEEPEST_ZIP and zipfile.is_zipfile(io.BytesIO(file.data)):
        with contextlib.suppress(*_UNREADABLE):
            for member in _members(file.data, f"{file.name}/"):
                yield from opened(member, depth + 1)
            return
    yield file


def _members(data: bytes, prefix: str) -> list[File]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = sorted(archive.infolist(), key=lambda entry: entry.filename)
        return [File(prefix + entry.filename, archive.read(entry)) for entry in entries if not entry.is_dir()]


def texts(file: File) -> list[Text]:
    """Every text in a file: that of a notebook by its cells, that of anything else as a whole."""
    whole = decoded(file.data)
    if not file.name.endswith((".ipynb", ".json")):
        return [Text("", whole)]
    try:
        data = json.loads(whole, object_pairs_hook=_Pairs)
    except ValueError:
        return [Text("", whole)]
    return [text for path, value in _leaves((), data) for text in _with_decoded(_place(path), value)]


def decoded(data: bytes) -> str:
    """Bytes as text, whatever they are; what is not Unicode has a character for each byte."""
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig",):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            pass
    return data.decode("latin-1")


def is_binary(data: bytes) -> bool:
    """Whether a file holds numbers as bytes and not as text."""
    return b"\0" in data


def _leaves(path: tuple[str | int, ...], value: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The texts of a JSON value, each with its path; a list of lines is one text."""
    if isinstance(value, _Pairs):
        yield path, "\n".join(key for key, _ in value)
        for key, item in value:
            yield from _leaves((*path, key), item)
    elif isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        yield path, ("" if any("\n" in item for item in value) else "\n").join(value)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves((*path, number), item)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, str(value)


def _place(path: tuple[str | int, ...]) -> str:
    """Such as ``cell 14, metadata.hint``; the source of a cell is the cell."""
    rest, place = list(path), []
    if len(rest) > 1 and rest[0] == "cells" and isinstance(rest[1], int):
        place, rest = [f"cell {rest[1] + 1}"], rest[2:]
    if rest and rest != ["source"]:
        place.append(".".join(map(str, rest)))
    return ", ".join(place)


def _with_decoded(place: str, text: str) -> Iterator[Text]:
    yield Text(place, text)
    if _BASE64.fullmatch(text):
        with contextlib.suppress(binascii.Error):
            yield Text(place, decoded(base64.b64decode(text)))
