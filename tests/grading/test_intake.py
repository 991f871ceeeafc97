"""Whatever lies in a folder of submissions gets a row, and reading it harms nobody."""

import errno
import json
import os
import socket
import stat
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.errors import KitError
from autograder.grading import intake, opening
from autograder.grading.intake import Found, file_stem, find_submissions, read_submission
from autograder.grading.notebook import Notebook, Refused, Rejection
from autograder.grading.opening import LIMITS

CHAPTER = "10_convolutions"


def notebook(source: str = "x = 1", **fields) -> bytes:
    return json.dumps({"cells": [{"cell_type": "code", "source": source}], "nbformat": 4, **fields}).encode()


def write(path: Path, data: bytes = notebook()) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def archive(path: Path, *entries: tuple[str, bytes], **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries:
            file.writestr(name, data, **options)
    return path


def names(folder: Path) -> list[str]:
    return [found.name for found in find_submissions(folder, CHAPTER)]


def read_all(folder: Path) -> dict[str, str]:
    """Of each submission, the first source or the reason why there is none."""
    answers = {found.name: read_submission(found, chapter=CHAPTER) for found in find_submissions(folder, CHAPTER)}
    return {name: a.cells[0].source if isinstance(a, Notebook) else a.reason for name, a in answers.items()}


def only_answer(folder: Path) -> str:
    (answer,) = read_all(folder).values()
    return answer


# Shapes of folders


def test_plain_shapes_are_found_and_sorted(tmp_path):
    write(tmp_path / "carol.ipynb", notebook("c"))
    write(tmp_path / "alice" / "anything.ipynb", notebook("a"))
    write(tmp_path / "alice" / "data.csv", b"1,2")
    archive(tmp_path / "bob.zip", ("hw.ipynb", notebook("b")), (".OTTER_LOG", b"x"), ("__zip_filename__", b"x"))
    write(tmp_path / "Dora v1.2" / "sub" / "work" / "hw.ipynb", notebook("d"))
    assert read_all(tmp_path) == {"Dora v1.2": "d", "alice": "a", "bob": "b", "carol": "c"}
    assert names(tmp_path) == sorted(names(tmp_path))


def test_moodle_folders_keep_their_names(tmp_path):
    for name in ("Ana Pérez_1234567_assignsubmission_file", "Bo Li_1234568_assignsubmission_file_"):
        write(tmp_path / name / f"{CHAPTER}.ipynb")
    assert names(tmp_path) == [
        "Ana Pérez_1234567_assignsubmission_file",
        "Bo Li_1234568_assignsubmission_file_",
    ]


def test_canvas_files_keep_their_whole_stem(tmp_path):
    write(tmp_path / "perezana_12345_67890_10_convolutions.ipynb")
    write(tmp_path / "libo_LATE_12346_67891_10_convolutions-1.ipynb")
    assert names(tmp_path) == [
        "libo_LATE_12346_67891_10_convolutions-1",
        "perezana_12345_67890_10_convolutions",
    ]


@pytest.mark.parametrize("inside", [True, False], ids=["export folder itself", "folder above it"])
def test_gradescope_export_gives_one_row_per_submission(tmp_path, inside):
    export = tmp_path / "assignment_77_export"
    write(export / "submission_metadata.yml", b"{}")
    write(export / "submission_1" / "hw.ipynb")
    archive(export / "submission_2" / "hw.zip", ("hw.ipynb", notebook()))
    assert read_all(export if inside else tmp_path) == {"submission_1": "x = 1", "submission_2": "x = 1"}


def test_student_cannot_make_rows_for_others_by_naming_folders_like_an_export(tmp_path):
    write(tmp_path / "eve" / "assignment_1_export" / "alice" / "hw.ipynb")
    assert names(tmp_path) == ["eve"]


@pytest.mark.parametrize("name", ["hw.ipynb", "hw.zip", "HW.IPYNB"])
def test_a_single_file_is_one_submission(tmp_path, name):
    path = tmp_path / name
    archive(path, ("a.ipynb", notebook())) if name.endswith("zip") else write(path)
    (found,) = find_submissions(path)
    assert found.name == path.stem
    assert isinstance(read_submission(found), Notebook)


def test_a_single_file_may_be_named_through_a_link_of_the_grader(tmp_path):
    (tmp_path / "link.ipynb").symlink_to(write(tmp_path / "real.ipynb"))
    (found,) = find_submissions(tmp_path / "link.ipynb")
    assert found.name == "link"
    assert isinstance(read_submission(found), Notebook)


@pytest.mark.parametrize("content", [[], [".DS_Store", "README.md", "__MACOSX/x.ipynb", "._a.ipynb"]])
def test_a_folder_with_nothing_to_grade_is_an_error(tmp_path, content):
    for name in content:
        write(tmp_path / name)
    with pytest.raises(KitError, match="no submissions; expected NAME"):
        find_submissions(tmp_path)


def test_a_missing_folder_or_a_file_of_another_kind_is_an_error(tmp_path):
    with pytest.raises(KitError, match="no such file or folder"):
        find_submissions(tmp_path / "nowhere")
    with pytest.raises(KitError, match="expected a folder of submissions"):
        find_submissions(write(tmp_path / "grades.csv"))


def test_clutter_is_left_out_and_everything_else_gets_a_row(tmp_path):
    for name in (
        ".DS_Store",
        "README.md",
        "submission_metadata.yml",
        ".ipynb_checkpoints/a-checkpoint.ipynb",
    ):
        write(tmp_path / name)
    write(tmp_path / "essay.pdf", b"%PDF")
    write(tmp_path / "code.py")
    write(tmp_path / "noending")
    write(tmp_path / ".hidden.ipynb")
    (tmp_path / "empty folder").mkdir()
    answers = read_all(tmp_path)
    assert set(answers) == {"essay", "code", "noending", ".hidden", "empty folder"}
    assert answers["essay"] == (
        "Not a notebook but a .pdf file: submit the .ipynb file, or the .zip that otter exports."
    )
    assert "a file without an ending" in answers["noending"]
    assert "No notebook in the folder" in answers["empty folder"]


def test_equal_names_keep_their_endings_and_never_merge(tmp_path):
    for name in ("x.IPYNB", "x.ipynb", "x.zip.ipynb", "x.pdf"):
        write(tmp_path / name)
    write(tmp_path / "x" / "hw.ipynb")
    archive(tmp_path / "x.zip", ("a.ipynb", notebook()))
    rows = {found.name: found.path.name for found in find_submissions(tmp_path)}
    assert rows == {
        "x": "hw.ipynb",
        "x.IPYNB": "x.IPYNB",
        "x.ipynb": "x.ipynb",
        "x.zip": "x.zip.ipynb",
        "x.zip (2)": "x.zip",
        "x.pdf": "x.pdf",
    }


# Several notebooks in one submission


@pytest.mark.parametrize("packed", [False, True])
def test_of_several_notebooks_the_one_named_like_the_chapter_is_taken(tmp_path, packed):
    files = [("hw/scratch.ipynb", notebook("no")), (f"hw/{CHAPTER}.ipynb", notebook("yes"))]
    if packed:
        archive(tmp_path / "a.zip", *files)
    else:
        for name, data in files:
            write(tmp_path / "a" / name, data)
    assert only_answer(tmp_path) == "yes"


@pytest.mark.parametrize("packed", [False, True])
def test_several_notebooks_without_the_chapters_name_are_rejected_by_name(tmp_path, packed):
    files = [(f"n\x1b{i}.ipynb", notebook()) for i in range(7)]
    if packed:
        archive(tmp_path / "a.zip", *files)
    else:
        for name, data in files:
            write(tmp_path / "a" / name, data)
    said = only_answer(tmp_path)
    assert said.startswith("7 notebooks, and no telling which one to grade (n 0.ipynb, n 1.ipynb,")
    assert "n 4.ipynb and 2 more)" in said


def test_a_notebook_goes_before_an_archive_and_checkpoints_are_ignored(tmp_path):
    write(tmp_path / "a" / "hw.ipynb", notebook("yes"))
    write(tmp_path / "a" / ".ipynb_checkpoints" / "hw-checkpoint.ipynb", notebook("no"))
    archive(tmp_path / "a" / "hw.zip", ("hw.ipynb", notebook("no")))
    assert only_answer(tmp_path) == "yes"


def test_a_folder_with_too_many_files_or_too_deep_is_rejected(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "MAX_ENTRIES", 10)
    for i in range(11):
        write(tmp_path / "many" / f"{i}.txt")
    write(tmp_path / "deep" / "/".join("abcdefghi") / "x.ipynb")
    answers = read_all(tmp_path)
    assert "more than 10 files" in answers["many"]
    assert "No notebook in the folder" in answers["deep"]


# File names and sizes


AWKWARD = [
    "a b [1] (2) ünï-名前.ipynb",
    "a..b.ipynb",
    "..evil.ipynb",
    "-rf.ipynb",
    "$(touch pwned);`id`&|.ipynb",
    "new\nline\x1b[31m.ipynb",
    '=HYPERLINK("x")<script>.ipynb',
    "x" * 249 + ".ipynb",
    "CAPITALS.IPYNB",
    "*?[!a].ipynb",
]


@pytest.mark.parametrize("name", AWKWARD, ids=range(len(AWKWARD)))
def test_awkward_file_names_are_graded_under_their_own_name(tmp_path, name):
    write(tmp_path / name)
    assert read_all(tmp_path) == {name[: -len(".ipynb")]: "x = 1"}


def test_a_file_name_that_is_not_utf8_can_be_written_anywhere(tmp_path):
    write(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.ipynb")))
    assert read_all(tmp_path) == {"caf\ufffd": "x = 1"}


def test_a_file_over_the_cap_is_rejected_without_being_read(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "_read", pytest.fail)
    with write(tmp_path / "a.ipynb").open("r+b") as file:
        file.truncate(10**12)  # sparse: takes no room on the disk
    assert "Larger than the 100 MB" in only_answer(tmp_path)


def test_reading_stops_at_the_cap_whatever_the_declared_size():
    with Path("/dev/zero").open("rb") as endless, pytest.raises(Refused, match="Larger than the 1 MB"):
        opening._read(endless, 1)


# Archives


def test_clutter_in_an_archive_is_ignored(tmp_path):
    clutter = (
        "__MACOSX/hw/._hw.ipynb",
        "__MACOSX\\._hw.ipynb",
        "hw/.ipynb_checkpoints/hw-checkpoint.ipynb",
        "hw/.DS_Store",
        "hw/._hw.ipynb",
    )
    archive(tmp_path / "a.zip", ("hw/hw.ipynb", notebook("yes")), *((name, notebook("no")) for name in clutter))
    assert only_answer(tmp_path) == "yes"


@pytest.mark.parametrize("name", ["../../evil.ipynb", "/tmp/evil.ipynb", "C:\\x\\evil.ipynb", "hw\\evil.ipynb"])
def test_names_in_an_archive_reach_no_file(tmp_path, name):
    archive(tmp_path / "in" / "a.zip", (name, notebook("yes")))
    before = sorted(tmp_path.rglob("*"))
    assert only_answer(tmp_path / "in") == "yes"
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/tmp/evil.ipynb").exists()


def test_links_in_an_archive_are_ignored(tmp_path):
    link = zipfile.ZipInfo("link.ipynb")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    archive(tmp_path / "a.zip", (link, b"/etc/passwd"), ("link.ipynb/hw.ipynb", notebook("yes")))
    assert only_answer(tmp_path) == "yes"


def test_tests_modules_and_logs_beside_the_notebook_are_never_read(tmp_path):
    others = ("tests/q1.py", "otter_config.json", "numpy.py", "otter/__init__.py", ".OTTER_LOG")
    archive(tmp_path / "a.zip", ("hw.ipynb", notebook("yes")), *((name, b"raise SystemExit") for name in others))
    assert only_answer(tmp_path) == "yes"


def test_a_bomb_is_rejected_by_the_size_it_declares_and_by_the_size_it_has(tmp_path):
    path = archive(tmp_path / "honest.zip", ("hw.ipynb", b" " * 3_000_000))
    data = path.read_bytes()
    start = data.rindex(b"PK\x01\x02") + 24  # the unpacked size in the list of files
    write(tmp_path / "liar.zip", data[:start] + (100).to_bytes(4, "little") + data[start + 4 :])
    small = replace(LIMITS, notebook_mb=2)
    answers = [read_submission(found, small) for found in find_submissions(tmp_path)]
    assert "Larger than the 2 MB" in answers[0].reason
    assert isinstance(answers[1], Rejection)


def test_spaces_by_the_megabyte_are_an_empty_file(tmp_path):
    archive(tmp_path / "a.zip", ("hw.ipynb", b" " * 99_000_000))
    assert "The file is empty" in only_answer(tmp_path)


def test_an_archive_without_a_notebook_says_what_it_holds(tmp_path):
    archive(tmp_path / "a.zip", ("b.pdf", b"x"), ("a.html", b"x"))
    archive(tmp_path / "e.zip")
    answers = read_all(tmp_path)
    assert answers["a"] == "No notebook in the archive (it holds a.html, b.pdf): submit the .ipynb file."
    assert "it holds nothing" in answers["e"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_many_entries_and_repeated_names_take_the_last(tmp_path):
    many = [(f"data/{i % 5000}.txt", b"") for i in range(20_000)]
    archive(tmp_path / "a.zip", ("hw.ipynb", notebook("old")), *many, ("hw.ipynb", notebook("new")))
    assert only_answer(tmp_path) == "new"


def test_a_list_of_files_that_would_fill_memory_is_refused(tmp_path):
    archive(tmp_path / "a.zip", ("hw.ipynb", notebook()), *((f"{'x' * 60_000}{i}", b"") for i in range(20)))
    found = find_submissions(tmp_path)[0]
    assert "far too many files" in read_submission(found, replace(LIMITS, read_mb=1)).reason
    assert isinstance(read_submission(found), Notebook)


def test_a_password_an_odd_packing_and_damage_are_told_apart(tmp_path):
    data = bytearray(archive(tmp_path / "locked.zip", ("hw.ipynb", notebook())).read_bytes())
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    write(tmp_path / "locked.zip", bytes(data))
    archive(tmp_path / "odd.zip", ("hw.ipynb", notebook()), compress_type=zipfile.ZIP_LZMA)
    whole = archive(tmp_path / "cut.zip", ("hw.ipynb", notebook())).read_bytes()
    write(tmp_path / "cut.zip", whole[:-30])
    write(tmp_path / "flipped.zip", whole.replace(b"hw.ipynb", b"hx.ipynb", 1))
    write(tmp_path / "none.zip", notebook())
    write(tmp_path / "zero.zip", b"")
    answers = read_all(tmp_path)
    assert "protected by a password" in answers.pop("locked")
    assert "packed in an unusual way" in answers.pop("odd")
    assert len(answers) == 4
    assert all("damaged, or is none" in answer for answer in answers.values())


# Odd files


def test_links_are_rejected_and_nothing_behind_them_is_read(tmp_path):
    secret = write(tmp_path / "secret.ipynb", notebook("secret"))
    inside = tmp_path / "in"
    write(inside / "alice.ipynb", notebook("a"))
    (inside / "bob.ipynb").symlink_to(secret)
    (inside / "carl.ipynb").symlink_to("alice.ipynb")
    (inside / "dora").symlink_to(tmp_path)
    (inside / "loop.ipynb").symlink_to("loop.ipynb")
    (inside / "file.txt").symlink_to(secret)
    (inside / "eve").mkdir()
    (inside / "eve" / "sub").symlink_to(tmp_path)
    (inside / "fred").mkdir()
    (inside / "fred" / "hw.ipynb").symlink_to(secret)
    answers = read_all(inside)
    assert answers.pop("alice") == "a"
    assert "links are not followed" in answers.pop("eve")
    assert set(answers) == {"bob", "carl", "dora", "loop", "file", "fred"}
    assert all("A symbolic link, which is not followed" in answer for answer in answers.values())


def test_a_link_that_appears_after_the_listing_is_rejected(tmp_path):
    found = find_submissions(write(tmp_path / "a.ipynb"))[0]
    found.path.rename(tmp_path / "b.ipynb")
    found.path.symlink_to(tmp_path / "b.ipynb")
    assert "symbolic link" in read_submission(found).reason


def test_a_link_that_appears_between_look_and_open_is_rejected(tmp_path, monkeypatch):
    (tmp_path / "a.ipynb").symlink_to(write(tmp_path / "b.ipynb"))
    monkeypatch.setattr(Path, "lstat", Path.stat)
    assert "cannot be read" in read_submission(Found("a", tmp_path / "a.ipynb")).reason


def test_pipes_devices_sockets_and_folders_are_rejected_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    os.mkfifo(tmp_path / "pipe2.zip")
    (tmp_path / "folder.ipynb").mkdir()
    server = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(tmp_path)  # the path of a socket may not be long
    server.bind("socket.ipynb")
    os.chdir(here)
    server.close()
    answers: dict[str, str] = {}
    thread = threading.Thread(target=lambda: answers.update(read_all(tmp_path)), daemon=True)
    thread.start()
    thread.join(5)
    assert answers.pop("folder") == "A folder that is named like a file: submit the notebook itself."
    assert set(answers) == {"pipe", "pipe2", "socket"}
    assert all("Not a plain file" in answer for answer in answers.values())


def test_a_pipe_that_appears_between_look_and_open_is_rejected_at_once(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.ipynb")
    monkeypatch.setattr(Path, "lstat", lambda path: Path(__file__).stat())
    answers: list[Rejection] = []
    found = Found("pipe", tmp_path / "pipe.ipynb")
    thread = threading.Thread(target=lambda: answers.append(read_submission(found)), daemon=True)
    thread.start()
    thread.join(5)
    assert "Not a plain file" in answers[0].reason


def test_a_device_is_rejected():
    assert "Not a plain file" in read_submission(Found("a", Path("/dev/zero"))).reason


def test_unreadable_files_and_folders_cost_only_their_own_rows(tmp_path, monkeypatch):
    write(tmp_path / "file.ipynb").chmod(0)
    write(tmp_path / "folder" / "hw.ipynb").parent.chmod(0)
    write(tmp_path / "fine.ipynb")
    if os.geteuid() == 0:  # for root nothing is unreadable
        deny_like_the_system_denies_others(monkeypatch)
    answers = read_all(tmp_path)
    (tmp_path / "folder").chmod(0o700)
    assert "cannot be read (Permission denied)" in answers["file"]
    assert "cannot be listed (Permission denied)" in answers["folder"]
    assert answers["fine"] == "x = 1"


def deny_like_the_system_denies_others(monkeypatch):
    def guard(function):
        def guarded(path, *args):
            if stat.S_IMODE(os.lstat(path).st_mode) == 0:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return function(path, *args)

        return guarded

    monkeypatch.setattr(os, "open", guard(os.open))
    monkeypatch.setattr(Path, "iterdir", guard(Path.iterdir))


def test_a_file_that_is_gone_is_rejected(tmp_path):
    assert "cannot be read (No such file" in read_submission(Found("a", tmp_path / "gone.ipynb")).reason


@given(data=st.binary(max_size=200), ending=st.sampled_from([".ipynb", ".zip"]))
@example(b"PK\x05\x06" + b"\0" * 18, ".zip")
@example(b"PK\x05\x06" + b"\xff" * 18, ".zip")
def test_any_bytes_in_a_file_give_a_notebook_or_a_rejection(tmp_path_factory, data, ending):
    path = write(tmp_path_factory.getbasetemp() / f"any{ending}", data)
    assert isinstance(read_submission(Found("any", path)), Notebook | Rejection)


@given(st.data())
def test_any_damage_to_an_archive_gives_a_notebook_or_a_rejection(tmp_path_factory, data):
    path = archive(tmp_path_factory.getbasetemp() / "damaged.zip", ("hw.ipynb", notebook()))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    assert isinstance(read_submission(Found("damaged", path)), Notebook | Rejection)


# Names of result files


@pytest.mark.parametrize("name", ["alice", "Ana Pérez_1234567_file", "x-1.2+b@(3)", "李雷", "a..b", "x.ipynb"])
def test_ordinary_names_stay_as_they_are(name):
    assert file_stem(name) == name


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("../../etc/passwd", "etc_passwd-"),
        ("..", "submission-"),
        ("-rf", "rf-"),
        (".hidden", "hidden-"),
        ("new\nline", "new_line-"),
        ("", "submission-"),
        ("a ", "a-"),
        ("a" * 300, "a" * 171 + "-"),
        ("é" * 100, "é" * 85 + "-"),
        ("x-0123abcd", "x-0123abcd-"),
    ],
)
def test_other_names_are_cleaned_and_marked(name, start):
    stem = file_stem(name)
    assert stem.startswith(start)
    assert len(stem) == len(start) + 8


def test_nobody_can_take_the_file_of_another_name():
    victim = file_stem("a/b")
    assert file_stem(victim) != victim


@given(st.text(st.characters(), max_size=300), st.text(st.characters(), max_size=300))
@example("a/b", "a_b")
@example("\ud800", "\udfff")
def test_stems_are_safe_for_any_text_and_differ_with_it(one, other):
    stem = file_stem(one)
    assert 0 < len(stem.encode()) <= 180
    assert not set(stem) & set('/\\\0\n\r\x1b:*?"<>|')
    assert stem[0] not in ".- "
    assert stem[-1] not in ". "
    assert (stem == file_stem(other)) == (one == other)
