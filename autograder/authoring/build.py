"""From masters to ``student/`` and ``solutions/``, through otter assign.

The same master gives the same bytes, so what is committed can be compared with what a build would give, and a
chapter is built again only if something it is made of has changed. Whatever goes wrong, the old output stays.
"""

import hashlib
import json
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder.authoring import notebooks
from autograder.authoring.assign import Assigned, assign, bundled_files, copy_sources
from autograder.authoring.master import Master, read_master
from autograder.authoring.quiet import quietly
from autograder.course import Chapter, Course
from autograder.errors import AuthoringError, KitError

_UNBUILT = {"autograder.zip", ".OTTER_LOG", ".ipynb_checkpoints", "__pycache__"}
"""What appears beside built files without being built: made on demand, or left by Jupyter and Python."""

_CONFIG = "otter_config.json"

_GRADING_SETTINGS = ("assignment_name", "points_possible", "score_threshold", "seed", "seed_variable")
"""Of otter's settings, what is committed for the grader; a Gradescope token is not."""

_NOT_SHIPPED = (
    "*.zip",
    _CONFIG,
    "*.otter",
    "tests",
)  # of otter's output; tests are written by us


class Action(StrEnum):
    """What `build` did with a chapter."""

    BUILT = "built"
    UNCHANGED = "unchanged"
    DIFFERS = "differs"  # found by check: the files on disk are not what a build would give


class Change(StrEnum):
    """How a file on disk differs from the built one."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERS = "differs"


@dataclass(frozen=True)
class FileChange:
    """A file that a build changes, or would change; the path is relative to the root."""

    path: str
    change: Change


@dataclass(frozen=True)
class BuildReport:
    """One chapter's build; ``files`` lists what differed from the disk before it."""

    chapter: str
    action: Action
    files: tuple[FileChange, ...] = ()


def build(
    course: Course,
    names: Iterable[str] = (),
    check: bool = False,
    into: Path | None = None,
    force: bool = False,
) -> list[BuildReport]:
    """Build chapters, each only if it changed.

    Args:
        names: the chapters; none means all.
        check: write nothing; report how the files on disk differ from what a build gives.
        into: the root to write to in place of the course's; everything is then built.
        force: build what has not changed too.

    Raises:
        AuthoringError: a mistake in a master; chapters before it are built, its own output is untouched.
        KitError: no such chapter.
    """
    chapters = [course.chapter(name) for name in names] or course.chapters
    if check:
        return [_check(chapter) for chapter in chapters]
    if into and into.resolve() != course.root.resolve():
        return [_build_elsewhere(chapter, into) for chapter in chapters]
    return [_build_if_changed(chapter, force) for chapter in chapters]


def build_chapter(chapter: Chapter, into: Path) -> None:
    """Build one chapter under a root: ``student/<name>`` and ``solutions/<name>``, both or neither.

    Raises:
        AuthoringError: a mistake in the master; what stood there before is untouched.
    """
    master = _read(chapter)
    cache = into / ".cache" / "build"  # on the same file system, so that the result can be moved in place
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        scratch = Path(folder).resolve()
        _write(assign(master, chapter.name, scratch / "otter"), master, chapter.name, scratch / "new")
        for part in ("student", "solutions"):
            (into / part).mkdir(exist_ok=True)
        _replace([(scratch / "new" / part, into / part / chapter.name) for part in ("student", "solutions")])


def _read(chapter: Chapter) -> Master:
    master = read_master(chapter.master)
    name = master.config.name
    if name is not None and name != chapter.name:
        raise AuthoringError(
            f"the assignment is named {name!r} but its folder {chapter.name!r}; grading goes by the name: "
            f"write 'name: {chapter.name}' in the assignment config",
            chapter.master,
        )
    return master


def _write(built: Assigned, master: Master, name: str, target: Path) -> None:
    """Lay out the two folders of a chapter: ``target/student`` and ``target/solutions``."""
    ignore = shutil.ignore_patterns(f"{name}.ipynb", *_NOT_SHIPPED)
    shutil.copytree(built.student_dir, target / "student", ignore=ignore)
    shutil.copytree(built.solution_dir, target / "solutions", ignore=ignore)
    if (built.student_dir / "tests").is_dir():
        shutil.copytree(built.student_dir / "tests", target / "student" / "tests")
    (target / "solutions" / "tests").mkdir()
    for file, text in built.tests.items():
        (target / "solutions" / "tests" / file).write_text(text, encoding="utf-8")
    settings = {key: value for key, value in _settings(master, name).items() if key in _GRADING_SETTINGS}
    (target / "solutions" / _CONFIG).write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (target / "student" / f"{name}.ipynb").write_text(notebooks.write(built.student), encoding="utf-8")
    (target / "solutions" / f"{name}.ipynb").write_text(notebooks.write(built.solution), encoding="utf-8")


def _replace(moves: list[tuple[Path, Path]]) -> None:
    """Move new folders in place of old ones; if one cannot be moved, all are as before.

    Raises:
        KitError: the file system refuses.
    """
    undo: list[tuple[Path, Path]] = []
    try:
        for new, old in moves:
            if old.exists():
                aside = new.with_name(f"{new.name}.old")
                old.rename(aside)
                undo.append((aside, old))
            new.rename(old)
            undo.append((old, new))
    except OSError as err:
        for source, target in reversed(undo):
            source.rename(target)
        raise KitError(f"the build cannot be put in place, the old one stays ({err}): free that path") from err


def _build_if_changed(chapter: Chapter, force: bool) -> BuildReport:
    root = chapter.course.root
    stamp = root / ".cache" / "build" / f"{chapter.name}.json"
    before, inputs = _outputs(root, chapter.name), _inputs_hash(chapter)
    if not force and before and _read_stamp(stamp) == {"inputs": inputs, "outputs": before}:
        return BuildReport(chapter.name, Action.UNCHANGED)
    build_chapter(chapter, root)
    after = _outputs(root, chapter.name)
    stamp.write_text(json.dumps({"inputs": inputs, "outputs": after}, indent=1, sort_keys=True), encoding="utf-8")
    return BuildReport(chapter.name, Action.BUILT, _changes(before, after))


def _build_elsewhere(chapter: Chapter, root: Path) -> BuildReport:
    before = _outputs(root, chapter.name)
    build_chapter(chapter, root)
    return BuildReport(chapter.name, Action.BUILT, _changes(before, _outputs(root, chapter.name)))


def _check(chapter: Chapter) -> BuildReport:
    with tempfile.TemporaryDirectory() as folder:
        build_chapter(chapter, Path(folder))
        files = _changes(_outputs(chapter.course.root, chapter.name), _outputs(Path(folder), chapter.name))
    return BuildReport(chapter.name, Action.DIFFERS if files else Action.UNCHANGED, files)


def _changes(disk: dict[str, str], built: dict[str, str]) -> tuple[FileChange, ...]:
    changes = []
    for path in sorted(disk.keys() | built.keys()):
        if path not in disk:
            changes.append(FileChange(path, Change.MISSING))
        elif path not in built:
            changes.append(FileChange(path, Change.EXTRA))
        elif disk[path] != built[path]:
            changes.append(FileChange(path, Change.DIFFERS))
    return tuple(changes)


def _outputs(root: Path, name: str) -> dict[str, str]:
    """The built files of a chapter on disk: path to hash."""
    return _hashes(root, [root / "student" / name, root / "solutions" / name])


def _hashes(root: Path, folders: Iterable[Path]) -> dict[str, str]:
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.is_file())
    relative = {file.relative_to(root): file for file in files}
    return {
        path.as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for path, file in relative.items()
        if not _UNBUILT.intersection(path.parts)
    }


def _inputs_hash(chapter: Chapter) -> str:
    """A hash of all that a build depends on: the chapter's files, otter, Python, and this package."""
    files = _hashes(chapter.source_dir, [chapter.source_dir])
    for name in ("variants.py", "proof.json"):
        files.pop(name, None)
    package = Path(__file__).parent
    tools = [version("otter-grader"), version("jupytext"), version("nbformat"), list(sys.version_info[:2])]
    everything = [chapter.name, files, _hashes(package, [package]), tools]
    return hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()


def _read_stamp(stamp: Path) -> Any:
    try:
        return json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # no stamp, or not one of ours: build


def make_zip(chapter: Chapter, target: Path | None = None) -> Path:
    """Write the chapter's ``autograder.zip`` for ``otter run`` and Gradescope, reproducibly.

    Args:
        target: the file to write; by default the chapter's own.

    Raises:
        KitError: the chapter is not built.
        AuthoringError: a mistake in the master, or otter cannot make the zip.
    """
    if not chapter.tests_dir.is_dir():
        raise KitError(f"{chapter.tests_dir} is not there: run 'autograder build {chapter.name}' first")
    master = _read(chapter)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder).resolve()
        copy_sources(chapter.source_dir, scratch / "files")
        try:
            with quietly(scratch):
                _generate(master, chapter, scratch)
        except Exception as err:  # otter's own, which have no common class
            raise AuthoringError(f"otter generate cannot make the zip ({err})", chapter.master) from err
        _normalise_zip(scratch / "raw.zip", scratch / "autograder.zip")
        return Path(shutil.move(scratch / "autograder.zip", target or chapter.zip_path))


def _generate(master: Master, chapter: Chapter, scratch: Path) -> None:
    """Call otter generate as otter assign does, with our test files."""
    from otter.generate import main
    from otter.utils import chdir

    config = master.config
    settings = _settings(master, chapter.name)
    if "course_id" in settings and "token" not in settings:
        raise ValueError("generate has a course_id but no token, so otter would ask for a password")
    (scratch / _CONFIG).write_text(json.dumps(settings), encoding="utf-8")
    requirements = config.requirements
    if isinstance(requirements, list):
        (scratch / "requirements.txt").write_text("\n".join(requirements), encoding="utf-8")
        requirements = str(scratch / "requirements.txt")
    with chdir(scratch / "files"):
        main(
            tests_dir=str(chapter.tests_dir),
            output_path=str(scratch / "raw.zip"),
            config=str(scratch / _CONFIG),
            lang="python",
            requirements=requirements,
            no_requirements=not requirements,
            overwrite_requirements=config.overwrite_requirements,
            environment=config.environment,
            no_environment=not config.environment,
            files=[*bundled_files(master), *config.autograder_files],
            assignment=config,
            python_version=config.get_python_version(),
            channel_priority_strict=config.channel_priority_strict,
        )


def _settings(master: Master, name: str) -> dict[str, Any]:
    """What otter reads as ``otter_config.json`` when it grades."""
    config = master.config
    generate = {} if isinstance(config.generate, bool) else config.generate.get_user_config()  # never True itself
    if config.seed and config.seed.variable:
        generate |= {"seed": config.seed.autograder_value, "seed_variable": config.seed.variable}
    if config.plugins:
        generate["plugins"] = [*generate.get("plugins", []), *config.plugins]
    return {**generate, "assignment_name": name}


def _normalise_zip(raw: Path, target: Path) -> None:
    """The same content without times, in the order of names."""
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as normal:
        for name in sorted(source.namelist()):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            normal.writestr(entry, source.read(name))
