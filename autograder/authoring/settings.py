"""The configs written in a master: of the assignment, of each question, of each test.

Otter ignores most keys it does not know (a misspelt ``hiden: true`` makes a test public), so here every key
must be one of otter's own, and every value of the kind that otter expects.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from autograder.authoring.markers import Block, Mark, mark_of
from autograder.authoring.model import Cell, Points, Question, TestCell
from autograder.course import PRIVATE_FILES

if TYPE_CHECKING:
    from otter.assign.assignment import Assignment

_TEST_VALUES = {
    "points": "a number of at least 0",
    "hidden": "true or false",
    "success_message": "text; put it in quotes",
    "failure_message": "text; put it in quotes",
}
_FLAGS = ("manual", "check_cell", "export", "all_or_nothing")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")  # it becomes part of cell ids, 64 characters at most
_HIDDEN = re.compile(r"\bhidden\b", re.IGNORECASE)


def assignment_config(path: Path, cell: Cell | None) -> "Assignment":
    """Otter's record of the assignment config; its defaults where the master has none.

    Raises:
        AuthoringError: not YAML, an unknown key, a value otter refuses, or a config file that is not there.
    """
    from otter.assign.assignment import Assignment

    config = Assignment(require_valid_keys=True)
    if cell is None:
        return config
    data = _read_yaml(cell, cell.source)
    parts = [_config_file(cell, path.parent / str(data["config_file"]))] if data.get("config_file") else []
    for part in [*parts, data]:
        _refuse_unknown(cell, part, _known_keys(Assignment), "assignment config")
        try:
            config.update(part)
        except Exception as err:  # fica, which reads otter's configs, has exceptions of its own
            raise cell.mistake(f"otter refuses the assignment config ({err}): correct it") from err
    _check_files(cell, config)
    return config


def _config_file(cell: Cell, file: Path) -> dict[str, Any]:
    try:
        return _read_yaml(cell, file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as err:
        raise cell.mistake(f"config_file {file.name} cannot be read ({err}): put it beside the master") from err


def _check_files(cell: Cell, config: "Assignment") -> None:
    for key in ("files", "autograder_files", "student_files"):
        names = config[key]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise cell.mistake(f"{key} must be a list of file names, found {names!r}")
        private = [name for name in names if Path(name).name in PRIVATE_FILES]
        if private:
            raise cell.mistake(f"{key} would hand out {private[0]}, which holds answers: take it off the list")


def _known_keys(config: type) -> dict[str, Any]:
    """The keys of one of otter's config classes: name to the keys below it, as a dict, or None."""
    import fica

    keys = {key.get_name(attr): key for attr, key in vars(config).items() if isinstance(key, fica.Key)}
    below = {name: key.subkey_container for name, key in keys.items()}
    return {name: _known_keys(container) if container else None for name, container in below.items()}


def _refuse_unknown(cell: Cell, data: dict[str, Any], known: dict[str, Any], what: str) -> None:
    for key, value in data.items():
        if key not in known:
            raise cell.mistake(f"unknown key {key!r} in the {what}: known are {', '.join(sorted(known))}")
        if isinstance(value, dict) and known[key]:
            _refuse_unknown(cell, value, known[key], f"{what}, {key}")


def question_name(cell: Cell) -> str:
    """The name in a BEGIN QUESTION cell.

    Raises:
        AuthoringError: no name, or one that is not a plain word.
    """
    name = _read_yaml(cell, cell.source).get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise cell.mistake(
            "a question needs a name: at most 40 letters, digits, _ and -, beginning with a letter or _; "
            f"found {name!r}"
        )
    return name


def read_question(begin: Cell, cells: list[Cell]) -> Question:
    """A question from its BEGIN QUESTION cell and all its cells.

    Raises:
        AuthoringError: a mistake in its config or in the config of one of its tests.
    """
    from otter.assign.question_config import QuestionConfig

    data = _read_yaml(begin, begin.source)
    _refuse_unknown(begin, data, _known_keys(QuestionConfig), "question config")
    for key in _FLAGS:
        if not isinstance(data.get(key, False), bool):
            raise begin.mistake(f"{key} must be true or false, found {data[key]!r}")
    content = [cell for cell in cells if cell.kind != "raw"]
    return Question(
        name=data["name"],
        begin=begin,
        points=_question_points(begin, data.get("points")),
        manual=data.get("manual", False),
        all_or_nothing=data.get("all_or_nothing", False),
        sources=tuple(str(begin.node.metadata.get("sources", "")).split()),
        solution_cells=tuple(cell for cell in content if cell.block is Block.SOLUTION),
        test_cells=tuple(read_test(cell) for cell in content if cell.block is Block.TESTS),
    )


def _question_points(begin: Cell, points: Any) -> Points:
    if isinstance(points, dict):
        fine = set(points) == {"each"} and _is_number(points["each"])
    elif isinstance(points, list):
        fine = all(point is None or _is_number(point) for point in points)
    else:
        fine = points is None or _is_number(points)
    if not fine:
        raise begin.mistake(f"points must be a number of at least 0, or 'each: number'; found {points!r}")
    checked: Points = points
    return checked


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def read_test(cell: Cell) -> TestCell:
    """A test from its cell, whose config is a string at the top, or a first comment that says HIDDEN.

    Raises:
        AuthoringError: not a code cell, an unclosed config, an unknown key or a value of the wrong kind.
    """
    if cell.kind != "code":
        raise cell.mistake(f"a TESTS block holds code only, found {cell.kind}: move it above the block")
    lines, output = cell.source.splitlines(), _saved_output(cell)
    if not lines or mark_of(lines[0]) is not Mark.BEGIN_TEST_CONFIG:
        first = lines[0].lstrip() if lines else ""
        hidden = first.startswith("#") and bool(_HIDDEN.search(first))
        return TestCell(cell, "\n".join(lines[hidden:]), hidden, saved_output=output)
    end = next((n for n, line in enumerate(lines) if mark_of(line) is Mark.END_TEST_CONFIG), None)
    if end is None:
        raise cell.mistake('the test config is not ended: close it with \'""" # END TEST CONFIG\'')
    data = _read_yaml(cell, "\n".join(lines[1:end]))
    _refuse_unknown(cell, data, dict.fromkeys(_TEST_VALUES), "test config")
    for key, value in data.items():
        kind = {"hidden": bool}.get(key, str)
        if not (_is_number(value) if key == "points" else isinstance(value, kind)):
            raise cell.mistake(f"{key} must be {_TEST_VALUES[key]}, found {value!r}")
    return TestCell(cell, "\n".join(lines[end + 1 :]), saved_output=output, **data)


def _saved_output(cell: Cell) -> str:
    """The output that otter will expect of an OK-format test, as otter reads it."""
    texts = []
    for output in cell.node.get("outputs", []):
        plain = output.get("data", {}).get("text/plain", "")
        texts += ["".join(output.get("text", "")), plain if isinstance(plain, str) else "".join(plain[:1])]
    return "".join(texts)


def _read_yaml(cell: Cell, text: str) -> dict[str, Any]:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as err:
        problem = " ".join(str(err).split())
        raise cell.mistake(f"the config is not valid YAML ({problem}): correct it") from err
    if data is None:
        return {}
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise cell.mistake(f"the config must be lines of 'key: value', found {text.strip()[:60]!r}")
    return data
