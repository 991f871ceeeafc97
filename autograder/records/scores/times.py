"""When submissions came in and who handed them in, from what platforms put beside them.

The date of a file on disk is never taken: unpacking and copying change it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from autograder.errors import KitError
from autograder.records.scores.roster import Row, Student
from autograder.records.scores.sheet import Sheet, read_sheet

METADATA = "submission_metadata.yml"  # beside the submissions of a Gradescope export
TIMESTAMP = "timestamp.txt"  # of nbgrader, beside a collected submission
EXPORT = "assignment_*_export"
MAX_TIMESTAMP = 100  # characters
UTC = re.compile(r"\s*(?:UTC|GMT|Z)$")


@dataclass
class Handed:
    """What is known of submissions beside what is in them.

    Attributes:
        times: when each came in, with time zone, by name.
        submitters: who handed in what, where the platform tells it; several for a group.
    """

    times: dict[str, datetime] = field(default_factory=dict)
    submitters: dict[str, list[Student]] = field(default_factory=dict)


def read_handed(path: Path, chapter: str = "") -> Handed:
    """Read what a file or folder tells of submissions.

    Takes a CSV with the columns ``submission`` and ``submitted``, the scores that Gradescope exports, Gradescope's
    ``submission_metadata.yml``, or a folder of submissions with that file in it, or as nbgrader collects them, with
    ``NAME/CHAPTER/timestamp.txt``. It is no mistake if a folder has neither.

    Raises:
        KitError: no such file, another kind of file, or a time without a time zone; says where.
    """
    if path.is_dir():
        return _from_folder(path, chapter)
    if path.suffix.lower() in (".yml", ".yaml"):
        return _from_metadata(path)
    sheet = read_sheet(path)
    if sheet.column("Submission ID") is not None and sheet.column("Submission Time") is not None:
        return _from_columns(sheet, "Submission ID", "Submission Time", "submission_")
    if sheet.column("submission") is None or sheet.column("submitted") is None:
        raise KitError(
            f"{path}: no times of submission: expected the columns submission and submitted, Gradescope's scores, "
            f"its {METADATA}, or the folder of submissions; found the columns {', '.join(sheet.header)[:200]}"
        )
    return _from_columns(sheet, "submission", "submitted", "")


def parse_time(text: str) -> datetime:
    """A moment as platforms and people write it: ISO 8601, or with a space before the time zone.

    Raises:
        ValueError: no such moment, or no time zone.
    """
    text = UTC.sub("+00:00", " ".join(text.split()))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.fromisoformat(re.sub(r" (?=[+-]\d)", "", text))
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment


def _from_columns(sheet: Sheet, name: str, time: str, prefix: str) -> Handed:
    handed = Handed()
    for row in (Row(sheet, number) for number in range(len(sheet.rows))):
        submission, told = row(name), row(time)
        if not submission or not told:  # Gradescope lists students who handed in nothing
            continue
        moment = _moment(told, f"{sheet.path}, line {row.line}")
        if handed.times.setdefault(prefix + submission, moment) != moment:
            raise KitError(f"{sheet.path}, line {row.line}: {submission!r} has another time further up: leave one")
    return handed


def _moment(told: str, where: str) -> datetime:
    try:
        return parse_time(told)
    except ValueError:
        raise KitError(
            f"{where}: expected a date and time with its time zone, such as 2026-11-30T23:59:00+01:00, found {told!r}"
        ) from None


def _from_folder(folder: Path, chapter: str) -> Handed:
    tables = [place / METADATA for place in (folder, *sorted(folder.glob(EXPORT))) if (place / METADATA).is_file()]
    handed = Handed()
    for table in tables:
        told = _from_metadata(table)
        handed.times |= told.times
        handed.submitters |= told.submitters
    if not tables:  # else a timestamp.txt is something that a student uploaded
        handed.times |= dict(_timestamps(folder, chapter))
    return handed


def _timestamps(folder: Path, chapter: str) -> Iterator[tuple[str, datetime]]:
    """nbgrader's timestamps by submission."""
    for submission in sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()):
        for file in (submission / chapter / TIMESTAMP, submission / TIMESTAMP):
            if file.is_file() and not file.is_symlink():
                with file.open(encoding="utf-8", errors="replace") as text:
                    yield submission.name, _moment(text.read(MAX_TIMESTAMP).strip(), str(file))
                break


class _MetadataLoader(yaml.SafeLoader):
    """Plain YAML; Ruby's own kinds of values are read as the plain data they are written as."""


def _plain(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.ScalarNode)  # there is no other kind
    return loader.construct_scalar(node)


_MetadataLoader.add_multi_constructor("!ruby/", _plain)
# Times stay text: YAML would drop their time zone, and numbers of students their leading zeros.
_MetadataLoader.yaml_implicit_resolvers = {}


def _from_metadata(path: Path) -> Handed:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_MetadataLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as err:
        raise KitError(f"{path}: cannot be read as Gradescope's metadata ({type(err).__name__}): export again") from err
    if not isinstance(data, dict) or not all(isinstance(entry, dict) for entry in data.values()):
        raise KitError(f"{path}: expected Gradescope's metadata, submission_<number> with :submitters: each")
    handed = Handed()
    for name, entry in data.items():
        people = [_submitter(one) for one in entry.get(":submitters") or [] if isinstance(one, dict)]
        handed.submitters[str(name)] = [student for student in people if student.id]
        told = entry.get(":created_at")
        told = told.get("utc") if isinstance(told, dict) else told
        if told:
            handed.times[str(name)] = _moment(str(told), f"{path}, {name}")
    return handed


def _submitter(data: Mapping[str, Any]) -> Student:
    name, sid, email = (str(data.get(key) or "") for key in (":name", ":sid", ":email"))
    return Student(sid or email or name, name, email=email)
