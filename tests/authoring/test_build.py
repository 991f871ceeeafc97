"""Builds: what comes out of a master, that it is the same every time, and that nothing leaks."""

import json
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.assign import refuse_leaks
from autograder.authoring.build import Action, Change, build, build_chapter, make_zip
from autograder.authoring.master import read_master
from autograder.errors import AuthoringError, KitError


def files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def output(chapter) -> dict[str, bytes]:
    root = chapter.course.root
    return {**files(root / "student"), **{f"solutions/{k}": v for k, v in files(root / "solutions").items()}}


def ids(path: Path) -> list[str]:
    return [cell.id for cell in nbformat.read(path, as_version=4).cells]


def load(path: Path):
    from otter.test_files import ExceptionTestFile

    return ExceptionTestFile.from_file(str(path))


def solution_globals(chapter) -> dict:
    names: dict = {}
    for cell in nbformat.read(chapter.solution_notebook, as_version=4).cells:
        if cell.cell_type == "code" and "grader" not in cell.source:
            exec(cell.source, names)
    return names


@pytest.fixture
def built(chapter):
    """The good chapter, built in its own course."""
    build(chapter.course)
    return chapter


def test_student_sees_no_answer_and_no_hidden_test(built):
    """Answers, hidden tests, rubrics, exercise sources and markers are absent from the whole student file."""
    text = built.student_notebook.read_text()
    for secret in (
        "secret_product",
        "hidden reason",
        "test_hidden_many",
        "against_reference",
        "Rubric",
        "udl-1",
        "SOLUTION",
    ):
        assert secret not in text
    assert "test_small" in text and "def double(x):" in text and "Say why" in text
    assert list(files(built.student_notebook.parent)) == ["01_sample.ipynb"]


def test_notebooks_carry_nothing_but_what_matters(built):
    """No outputs, no counts, no paths; the kernel is plain python3; both are valid notebooks."""
    for path in (built.student_notebook, built.solution_notebook):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert set(notebook.metadata) == {"kernelspec", "language_info", "otter"}
        assert notebook.metadata.kernelspec == {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        }
        assert notebook.metadata.otter.assignment_name == "01_sample"
        for cell in notebook.cells:
            assert set(cell.metadata) <= {"tags", "editable", "deletable", "otter"}
            assert cell.get("outputs", []) == [] and cell.get("execution_count") is None
        assert path.read_text().endswith("}\n") and str(built.course.root) not in path.read_text()
        assert 'grader = otter.Notebook("01_sample.ipynb")' in notebook.cells[0].source


def test_cell_ids_say_what_they_are(built):
    """Ids are unique, shared by both notebooks, and name question and role."""
    student, solution = ids(built.student_notebook), ids(built.solution_notebook)
    assert len(set(solution)) == len(solution)
    assert set(student) <= set(solution)
    assert {"q1_double-text-1", "q1_double-answer-1", "q1_double-check", "q3_prose-response"} <= set(student)
    assert "q3_prose-answer-1" in set(solution) - set(student)


def test_editing_one_question_keeps_other_ids(make_chapter, good: str):
    """A new cell and a new question change no id but their own."""
    chapter = make_chapter(good)
    build(chapter.course)
    before = set(ids(chapter.solution_notebook))
    chapter = make_chapter(good.replace("# **1.** Write `double(x)`.", "# **1.** Now `double(x)`.\n# %%\nexample = 3"))
    build(chapter.course)
    assert set(ids(chapter.solution_notebook)) - before == {"q1_double-text-2"}
    assert before <= set(ids(chapter.solution_notebook))


def test_tests_give_the_solution_full_marks(built):
    """The built files, reference and inside included, run under otter's own class on the solution's names."""
    names = solution_globals(built)
    for name, points, cases in (("q1_double", 3, 2), ("q2_shift", 2, 2)):
        test = load(built.tests_dir / f"{name}.py")
        test.run(dict(names))
        assert (test.score, test.possible, len(test.test_cases)) == (points, points, cases), test.summary()
    assert sorted(p.name for p in built.tests_dir.iterdir()) == ["q1_double.py", "q2_shift.py"]


def test_tests_reject_a_wrong_answer(built):
    """The reference in a built file is the solution's, not the student's."""
    names = solution_globals(built)
    names["shift"] = lambda x: x
    names["helper"] = lambda x: x
    test = load(built.tests_dir / "q2_shift.py")
    test.run(names)
    assert test.score == 1


def test_only_tests_that_ask_get_the_reference(built):
    """A file whose tests say neither name stays as otter wrote it."""
    plain, asking = (built.tests_dir / f"{n}.py" for n in ("q1_double", "q2_shift"))
    assert "_SOLUTION" not in plain.read_text() and "def inside" not in plain.read_text()
    assert "_SOLUTION" in asking.read_text() and "shown" not in asking.read_text()


def test_unknown_reference_is_refused(make_chapter, good: str):
    """Asking for a name that the solution does not define stops the build."""
    chapter = make_chapter(good.replace("reference.amount", "reference.amuont"))
    with pytest.raises(AuthoringError, match=r"asks for reference\.amuont"):
        build(chapter.course)


@pytest.mark.parametrize(
    "message",
    [
        'say "six"',
        "back \\ slash \\n",
        "two\nlines",
        'triple """ end',
        "–  ü 😀",
        "{{ x }} {% y %}",
        "a\tb\x7f",
    ],
)
def test_messages_survive_the_way_through_otter(make_chapter, good: str, message: str):
    """Quotes, backslashes, newlines and braces in a message reach the student as they were written."""
    quoted = json.dumps(message).replace("\\ud83d\\ude00", "😀")
    text = good.replace("failure_message: double(3) is 6", f"failure_message: {quoted}\nsuccess_message: {quoted}")
    chapter = make_chapter(text)
    build(chapter.course)
    case = load(chapter.tests_dir / "q1_double.py").test_cases[0]
    assert (case.failure_message, case.success_message) == (message, message)
    notebook = nbformat.read(chapter.student_notebook, as_version=4)
    public: dict = {}
    exec(notebook.metadata.otter.tests["q1_double"], public)
    assert public["test_small"].failure_message == message


def test_two_builds_are_identical(chapter, tmp_path: Path):
    """The same master gives the same bytes, wherever it is built."""
    build_chapter(chapter, tmp_path / "a")
    build_chapter(chapter, tmp_path / "b" / "c")
    assert files(tmp_path / "a") == files(tmp_path / "b" / "c")


def test_unchanged_chapter_is_not_built_again(built, monkeypatch):
    """A second build finds nothing to do; force does it all the same."""
    monkeypatch.setattr("autograder.authoring.build.build_chapter", lambda *_: pytest.fail("built again"))
    assert [r.action for r in build(built.course)] == [Action.UNCHANGED]
    monkeypatch.undo()
    (report,) = build(built.course, force=True)
    assert (report.action, report.files) == (Action.BUILT, ())


@pytest.mark.parametrize("path", ["student/01_sample/01_sample.ipynb", "solutions/01_sample/tests/q1_double.py"])
def test_damaged_output_is_built_again(built, path: str):
    """A built file that was edited or removed by hand is restored."""
    file = built.course.root / path
    good = file.read_bytes()
    file.write_text("edited")
    (report,) = build(built.course)
    assert [(f.path, f.change) for f in report.files] == [(path, Change.DIFFERS)]
    file.unlink()
    build(built.course)
    assert file.read_bytes() == good


def test_changed_master_is_built_again(built):
    """A changed master is noticed."""
    built.master.write_text(built.master.read_text().replace("# # Sample", "# # Another"))
    assert [r.action for r in build(built.course)] == [Action.BUILT]
    assert "Another" in built.student_notebook.read_text()


def test_check_reports_every_difference_and_writes_nothing(built):
    """Edited, missing and extra files are told apart; made-on-demand files do not count."""
    root = built.course.root
    (built.solution_dir / "autograder.zip").write_bytes(b"zip")
    assert [(r.action, r.files) for r in build(built.course, check=True)] == [(Action.UNCHANGED, ())]
    built.student_notebook.write_text("edited")
    (built.tests_dir / "q1_double.py").unlink()
    (built.tests_dir / "old.py").write_text("")
    before = files(root)
    (report,) = build(built.course, check=True)
    assert report.action is Action.DIFFERS
    assert {f.path: f.change for f in report.files} == {
        "student/01_sample/01_sample.ipynb": Change.DIFFERS,
        "solutions/01_sample/tests/q1_double.py": Change.MISSING,
        "solutions/01_sample/tests/old.py": Change.EXTRA,
    }
    assert files(root) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    # END SOLUTION", "    # END SOLUTON"),
        ("# export_cell:", "# files: [nowhere.csv]\n# export_cell:"),
    ],
)
def test_failed_build_leaves_old_output(built, old: str, new: str):
    """Whether our reader or otter refuses the master, what was built before stays, and no scrap is left."""
    before = output(built)
    built.master.write_text(built.master.read_text().replace(old, new))
    with pytest.raises(AuthoringError):
        build(built.course)
    assert output(built) == before
    assert [p.name for p in (built.course.root / ".cache" / "build").iterdir()] == ["01_sample.json"]


def test_output_that_cannot_be_moved_stays_as_it_was(built, monkeypatch):
    """If the second of the two folders cannot be put in place, the first is put back."""
    before, rename = output(built), Path.rename

    def failing(self: Path, target: Path) -> Path:
        if target == built.solution_dir and self.parent.name == "new":
            monkeypatch.undo()
            raise PermissionError("no")
        return rename(self, target)

    built.master.write_text(built.master.read_text().replace("# # Sample", "# # Another"))
    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(KitError, match="the old one stays"):
        build(built.course)
    assert output(built) == before


def test_data_goes_with_the_notebook(make_chapter, good: str):
    """data/, figures/ and named files reach students; variants and scraps do not."""
    chapter = make_chapter(good.replace("# export_cell:", "# files: [util.py, data/x.csv]\n# export_cell:"))
    for name in ("data/x.csv", "data/.hidden", "figures/a/b.png", "util.py", "variants.py", "notes.txt"):
        (chapter.source_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (chapter.source_dir / name).write_text(name)
    build(chapter.course)
    expected = {"01_sample.ipynb", "data/x.csv", "figures/a/b.png", "util.py"}
    assert set(files(chapter.student_notebook.parent)) == expected
    built = {"otter_config.json", "tests/q1_double.py", "tests/q2_shift.py"}
    assert set(files(chapter.solution_dir)) - built == expected
    (chapter.source_dir / "data" / "x.csv").write_text("new")
    assert [r.action for r in build(chapter.course)] == [Action.BUILT]


def test_settings_of_the_grader_are_kept_and_tokens_are_not(make_chapter, good: str):
    """otter's seed and totals lie beside the tests; what opens a Gradescope course does not."""
    config = "# seed: {variable: rng_seed, autograder_value: 42, student_value: 7}\n# generate: {points_possible: 9, token: abc}"
    chapter = make_chapter(good.replace("# export_cell:", f"{config}\n# export_cell:"))
    build(chapter.course)
    settings = json.loads((chapter.solution_dir / "otter_config.json").read_text())
    assert settings == {"assignment_name": "01_sample", "points_possible": 9, "seed": 42, "seed_variable": "rng_seed"}


def test_build_into_another_root_leaves_the_course_alone(chapter, tmp_path: Path):
    """Building elsewhere writes there only."""
    before = files(chapter.course.root)
    (report,) = build(chapter.course, ["01_sample"], into=tmp_path / "elsewhere")
    assert report.action is Action.BUILT and len(report.files) == 5
    assert files(chapter.course.root) == before


def test_unknown_chapter_is_refused(chapter):
    """A chapter that the course does not list is a mistake of the user."""
    with pytest.raises(KitError, match="unknown chapter"):
        build(chapter.course, ["nowhere"])


def test_name_of_another_chapter_is_refused(make_chapter, good: str):
    """A copied master that still has the other chapter's name would be graded as that chapter."""
    with pytest.raises(AuthoringError, match="named '07_other'"):
        build(make_chapter(good.replace("name: 01_sample", "name: 07_other")).course)


def test_leaks_are_refused(chapter):
    """Should otter and our reader ever disagree, a marker or hidden test left over stops the build."""
    master = read_master(chapter.master)
    refuse_leaks(master, ["plain text", "def test_small(double):\n    assert double(3) == 6"])
    with pytest.raises(AuthoringError, match="marker '# BEGIN SOLUTION'"):
        refuse_leaks(master, ["x\n# BEGIN SOLUTION"])
    with pytest.raises(AuthoringError, match="shows this hidden test"):
        refuse_leaks(master, ["x\nassert double(value) == value + value, 'hidden reason'"])


def test_builds_are_silent(chapter, capfd):
    """Otter prints and logs; a build does neither."""
    build(chapter.course)
    assert capfd.readouterr() == ("", "")


def test_working_folder_is_restored(chapter):
    """Otter changes the working folder; a build does not, even if it fails."""
    here = Path.cwd()
    build(chapter.course)
    assert Path.cwd() == here


def ok_master() -> nbformat.NotebookNode:
    """A master as otter courses have them: a notebook in OK format with saved outputs, tests in files."""
    new = nbformat.v4
    output = new.new_output("execute_result", data={"text/plain": "6"}, execution_count=3)
    test = new.new_code_cell("double(3)", outputs=[output], execution_count=3)
    hidden = new.new_code_cell("# HIDDEN\nassert double(5) == 10")
    cells = [
        new.new_raw_cell("# ASSIGNMENT CONFIG\nname: 01_sample\ntests:\n    files: true"),
        new.new_raw_cell("# BEGIN QUESTION\nname: q1\npoints: 2"),
        new.new_raw_cell("# BEGIN SOLUTION"),
        new.new_code_cell("double = lambda x: 2 * x  # SOLUTION", execution_count=2),
        new.new_raw_cell("# END SOLUTION"),
        new.new_raw_cell("# BEGIN TESTS"),
        test,
        hidden,
        new.new_raw_cell("# END TESTS"),
        new.new_raw_cell("# END QUESTION"),
    ]
    return new.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "conda-x", "display_name": "X", "language": "python"}}
    )


def test_existing_ok_format_notebook_builds(chapter):
    """A master of an existing otter course builds, its public tests beside the students' notebook."""
    chapter.master.unlink()
    nbformat.write(ok_master(), chapter.source_dir / "master.ipynb")
    build(chapter.course)
    assert set(files(chapter.student_notebook.parent)) == {"01_sample.ipynb", "tests/q1.py"}
    public, full = (
        (d / "tests" / "q1.py").read_text() for d in (chapter.student_notebook.parent, chapter.solution_dir)
    )
    assert "assert double(5)" not in public and "assert double(5)" in full
    assert "double = ..." in chapter.student_notebook.read_text()
    from otter.test_files import OKTestFile

    test = OKTestFile.from_file(str(chapter.tests_dir / "q1.py"))
    test.run({"double": lambda x: 2 * x})
    assert test.score == 2


def test_zip_is_what_otter_assign_would_make(make_chapter, good: str):
    """The zip has otter's files, our tests, the data and the master's config; twice the same bytes."""
    chapter = make_chapter(good.replace("# export_cell:", "# generate: {show_stdout: true}\n# export_cell:"))
    (chapter.source_dir / "data").mkdir()
    (chapter.source_dir / "data" / "x.csv").write_text("1")
    build(chapter.course)
    first = make_zip(chapter).read_bytes()
    assert make_zip(chapter).read_bytes() == first
    with zipfile.ZipFile(chapter.zip_path) as archive:
        names = archive.namelist()
        config = json.loads(archive.read("otter_config.json"))
        assert archive.read("tests/q2_shift.py") == (chapter.tests_dir / "q2_shift.py").read_bytes()
    assert names == sorted(names)
    assert {"run_autograder", "run_otter.py", "setup.sh", "environment.yml", "files/data/x.csv"} <= set(names)
    assert config == {"show_stdout": True, "assignment_name": "01_sample", "lang": "python"}
    assert [r.action for r in build(chapter.course)] == [Action.UNCHANGED]


def test_zip_of_an_unbuilt_chapter_is_refused(chapter):
    """The remedy for a missing build is named."""
    with pytest.raises(KitError, match="autograder build 01_sample"):
        make_zip(chapter)


def test_zip_that_otter_refuses_is_one_sentence(make_chapter, good: str):
    """A Gradescope course without a token would make otter ask for a password; it is refused."""
    chapter = make_chapter(
        good.replace("# export_cell:", "# generate: {course_id: '1', assignment_id: '2'}\n# export_cell:")
    )
    build(chapter.course)
    with pytest.raises(AuthoringError, match="ask for a password"):
        make_zip(chapter)


@pytest.mark.slow
def test_zip_grades_the_solution_under_plain_otter_run(built, tmp_path: Path):
    """otter run, without this package, gives the solution notebook full marks."""
    import subprocess
    import sys

    command = [sys.executable, "-m", "otter.cli", "run", "-a", str(make_zip(built)), "-o", str(tmp_path)]
    code = "import sys; from otter.cli import cli; sys.argv[0] = 'otter'; cli()"
    command = [sys.executable, "-c", code, *command[3:], str(built.solution_notebook)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    results = json.loads((tmp_path / "results.json").read_text()) if done.returncode == 0 else done.stderr
    assert sum(t["score"] for t in results["tests"] if "score" in t) == 5, results
