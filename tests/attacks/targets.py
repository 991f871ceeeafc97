"""What attacks are aimed at: a small assignment, and three questions of a chapter of the course."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.course import find_course
from autograder.grading.assignment import Assignment

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Question:
    """A question as an attack meets it.

    Attributes:
        name: the question's name in the assignment.
        right, wrong: source of an answer that gets full marks, and of one that loses points.
        functions, values: the names that both answers define.
        call: an expression that uses the answer as an honest student would try it.
    """

    name: str
    right: str
    wrong: str
    functions: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    call: str = "None"


@dataclass(frozen=True)
class Target:
    """An assignment of three questions, which attacks know as q1, q2 and q3.

    Attributes:
        tests: source of each test file, by file name.
        setup: the first cell of the notebook.
        hidden_texts: texts of hidden tests that no submission may ever see.
    """

    name: str
    setup: str
    questions: dict[str, Question]
    tests: dict[str, str]
    hidden_texts: tuple[str, ...]

    def write(self, folder: Path) -> Assignment:
        """The assignment, with its test files in a folder."""
        tests_dir = folder / "tests"
        tests_dir.mkdir(parents=True)
        for name, source in self.tests.items():
            (tests_dir / name).write_text(source, encoding="utf-8")
        return Assignment(self.name, None, tests_dir)


# --- the small one ------------------------------------------------------------------------------------------------

ROW_NORMS = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1_row_norms"
points = None

@test_case(points=1, hidden=False, failure_message="The rows (3, 4) and (0, -2) have the norms 5 and 2.")
def test_example(row_norms):
    import numpy as np
    got = row_norms(np.array([[3.0, 4.0], [0.0, -2.0]]))
    assert np.shape(got) == (2,), f"expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [5, 2]), f"expected 5 and 2, got {got}"

@test_case(points=2, hidden=True, failure_message="Try rows with negative entries and other numbers of columns.")
def test_random(row_norms):
    import numpy as np
    landmark_of_a_hidden_test = 1
    sizes = [(4, 3), (1, 7), (6, 1)]
    def agrees(size):
        X = np.random.normal(size=size) + landmark_of_a_hidden_test
        got = row_norms(X)
        expected = np.sqrt((X ** 2).sum(axis=1))  # after the call: an answer may not spoil its argument
        return np.shape(got) == expected.shape and bool(np.allclose(got, expected))
    assert all(map(agrees, sizes))
"""
SOFT_CLIP = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q2_soft_clip"
points = None

@test_case(points=1, hidden=False, failure_message="Zero stays zero, and one clipped at 2 is about 0.924.")
def test_example(soft_clip):
    import torch
    got = torch.as_tensor(soft_clip(torch.tensor([0.0, 1.0]), 2.0))
    assert got.shape == (2,), f"expected shape (2,), got {tuple(got.shape)}"
    assert torch.allclose(got.double(), torch.tensor([0.0, 0.9242343]).double(), atol=1e-3)

@test_case(points=1, hidden=True, failure_message="Large inputs stay below the limit, whatever their sign.")
def test_values(soft_clip):
    import torch
    landmark_of_a_hidden_test = torch.linspace(-9, 9, 13)
    for limit in (0.5, 3.0):
        got = torch.as_tensor(soft_clip(landmark_of_a_hidden_test, limit)).double()
        assert got.shape == (13,)
        assert torch.allclose(got, limit * torch.tanh(landmark_of_a_hidden_test.double() / limit), atol=1e-5)

@test_case(points=1, hidden=True, failure_message="The shape of x is kept.")
def test_shape(soft_clip):
    import torch
    x = torch.randn(2, 3, dtype=torch.float64)
    got = soft_clip(x, 1.5)
    assert got.shape == (2, 3)
    assert got.double().allclose(1.5 * torch.tanh(x / 1.5), atol=1e-5)
"""
COUNT = """\
OK_FORMAT = True

test = {   'name': 'q3_count',
    'points': None,
    'suites': [   {   'cases': [   {   'code': '>>> bool(int(n_weights) == n_weights and 0 < n_weights)\\nTrue',
                                       'hidden': False, 'locked': False, 'points': 1,
                                       'failure_message': 'A number of weights is a positive integer.'},
                                   {   'code': '>>> landmark_of_a_hidden_test = 3947\\n'
                                               '>>> bool(sum(1 for _ in range(n_weights)) == landmark_of_a_hidden_test)\\nTrue',
                                       'hidden': True, 'locked': False, 'points': 2,
                                       'failure_message': 'The number of weights is another one.'}],
                      'scored': True, 'setup': '', 'teardown': '', 'type': 'doctest'}]}
"""

SMALL = Target(
    name="small",
    setup="import numpy as np\nimport torch",
    questions={
        "q1": Question(
            "q1_row_norms",
            right="def row_norms(X):\n    return np.sqrt((X ** 2).sum(axis=1))",
            wrong="def row_norms(X):\n    return np.abs(X).sum(axis=1)",
            functions=("row_norms",),
            call="row_norms(np.ones((2, 3)))",
        ),
        "q2": Question(
            "q2_soft_clip",
            right="def soft_clip(x, limit):\n    return limit * torch.tanh(x / limit)",
            wrong="def soft_clip(x, limit):\n    return x.clamp(-limit, limit)",
            functions=("soft_clip",),
            call="soft_clip(torch.ones(3), 2.0)",
        ),
        "q3": Question("q3_count", right="n_weights = 3947", wrong="n_weights = 4000", values=("n_weights",)),
    },
    tests={"q1.py": ROW_NORMS, "q2.py": SOFT_CLIP, "q3.py": COUNT},
    hidden_texts=("landmark_of_a_hidden_test",),
)


# --- a chapter of the course --------------------------------------------------------------------------------------

CHAPTER = "02_shallow_networks"
CHAPTER_QUESTIONS = {
    "q1": ("q3_activation_table", ("activation_table",), (), "activation_table(np.array([[-1.0, 1.0], [0.0, -2.0]]))"),
    "q2": ("q12_shallow_module", ("edges",), (), "ShallowNet(2, 3, 1)(torch.ones(4, 2))"),
    "q3": ("q2_parameter_count", ("count_parameters",), ("total_1_4_2", "total_2_3_1"), "count_parameters(1, 1, 1)"),
}


def chapter_target() -> Target:
    """Three questions of the pilot chapter: answers of its solution notebook, mistakes of its variants."""
    import nbformat

    from autograder.authoring.notebooks import answer_cells
    from autograder.authoring.variants import Kind, read_variants

    chapter = find_course(REPOSITORY).chapter(CHAPTER)
    solution = nbformat.read(chapter.solution_dir / f"{CHAPTER}.ipynb", as_version=4)
    variants = read_variants(chapter.source_dir / "variants.py")
    questions, tests = {}, {}
    for place, (name, functions, values, call) in CHAPTER_QUESTIONS.items():
        cells = [solution.cells[n] for n in answer_cells(solution, name)]
        right = "\n\n\n".join(cell.source for cell in cells if cell.cell_type == "code")
        wrong = next(v.source for v in variants if v.question == name and v.kind is Kind.REJECT)
        questions[place] = Question(name, right, wrong, functions, values, call)
        tests[f"{name}.py"] = (chapter.tests_dir / f"{name}.py").read_text(encoding="utf-8")
    setup = next(cell.source for cell in solution.cells if cell.cell_type == "code" and "import torch" in cell.source)
    cases = [part for source in tests.values() for part in source.split("@test_case")[1:] if "hidden=True" in part]
    hidden = tuple(re.findall(r"^def (test_\w+)", "".join(cases), flags=re.MULTILINE))
    return replace(SMALL, name=CHAPTER, setup=setup, questions=questions, tests=tests, hidden_texts=hidden)


TARGETS = {"small": lambda: SMALL, "chapter": chapter_target}
