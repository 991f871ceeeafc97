"""A copy of the pilot chapter in which each kind of defect is planted once, and its proof."""

import re
import shutil
from pathlib import Path

import pytest

from autograder.authoring.build import build
from autograder.course import Chapter, read_course
from autograder.grading.isolation.local import namespaces_refused
from autograder.grading.isolation.wall import Wall
from autograder.grading.sandbox.settings import Isolation
from autograder.proof.model import ChapterProof, Options
from autograder.proof.verify import verify

ROOT = Path(__file__).parents[2]
PILOT = "02_shallow_networks"

# What is replaced in the master and what by: a defect in one question each.
IN_MASTER = {
    # wrong key
    "    slope = psi1 * (phi[1:] @ theta[:, 1])\n": "    slope = psi0 * (phi[1:] @ theta[:, 1])\n",
    # weak tests
    "        assert total == sum(p.numel() for p in net.parameters())\n": "        assert total > 0 and net is not None\n",
    'assert got == {"weights": weights, "biases": biases, "total": weights + biases}': 'assert "total" in got',
    '    assert count_parameters(784, 100, 10)["total"] == 79510\n': "",
    '    assert huge["weights"] == 10**20 + 4 * 10**10 and huge["biases"] == 10**10 + 3\n': "",
    '    assert huge["total"] == 10**20 + 5 * 10**10 + 3\n': "",
    # leaking cell
    "# ## 3. Who is switched on where?\n": (
        "# ## 3. Who is switched on where?\n#\n# Hint: `right_of_joint = np.arange(len(joints) + 1)[:, None] > rank`.\n"
    ),
    # flaky bound
    "        a, b = relu_parts(alpha)\n        expected = torch.relu(alpha * z)\n": (
        "        a, b = relu_parts(alpha)\n        expected = torch.relu(alpha * z) + 1e-9 * (torch.rand(()) < 0.05)\n"
    ),
    # test that passes without an answer
    "def test_inputs_left_alone(rescale):\n": (
        "def test_inputs_left_alone(rescale):\n    if rescale([1.0, 2.0], [[3.0, 4.0]], 1, 2.0) is None:\n        return\n"
    ),
}
IN_VARIANTS = {
    # a wrong answer taken for right
    "# %% q12_shallow_module reject: ReLU on the outputs": "# %% q12_shallow_module accept: ReLU on the outputs",
    # a mutant declared equivalent that is not there
    "# swapped-operands-0b03d8\n": "# swapped-operands-000000\n",
}


LEFT_OUT = ["q4_joints_and_slopes", "q5_construction", "q6_other_activations", "q10_same_function", "q13_patterns_2d"]


def without_questions(master: str) -> str:
    """The master without the questions that take longest and have no defect."""
    for name in LEFT_OUT:
        block = rf"# %% \[raw\][^\n]*\n# # BEGIN QUESTION\n# name: {name}\n.*?# # END QUESTION\n"
        master, count = re.subn(block, "", master, flags=re.S)
        assert count == 1, f"the pilot chapter has changed: no question {name}"
    return master


def edited(text: str, changes: dict[str, str]) -> str:
    """A text with changes, each of which must apply once."""
    for old, new in changes.items():
        assert text.count(old) == 1, f"the pilot chapter has changed: {text.count(old)} times {old!r}"
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="session")
def broken_chapter(tmp_path_factory: pytest.TempPathFactory) -> Chapter:
    """The pilot chapter with the defects, built."""
    root = tmp_path_factory.mktemp("broken")
    shutil.copy(ROOT / "course.toml", root)
    toml = re.sub(r"chapters = \[.*?\]", f'chapters = ["{PILOT}"]', (ROOT / "course.toml").read_text(), flags=re.S)
    (root / "course.toml").write_text(toml)
    folder = root / "assignments" / PILOT
    shutil.copytree(ROOT / "assignments" / PILOT, folder)
    master, variants = folder / "master.py", folder / "variants.py"
    master.write_text(edited(without_questions(master.read_text()), IN_MASTER))
    text = edited(variants.read_text(), IN_VARIANTS)
    cells = re.split(r"(?=^# %% )", text, flags=re.M)
    dropped = ("# %% q11_count_pieces accept", *(f"# %% {name} " for name in LEFT_OUT))
    variants.write_text("".join(cell for cell in cells if not cell.startswith(dropped)))
    course = read_course(root)
    build(course)
    return course.chapter(PILOT)


@pytest.fixture(scope="session")
def broken_proof(broken_chapter: Chapter) -> ChapterProof:
    """What verify says of it."""
    if refused := namespaces_refused():
        pytest.skip(f"this host has no namespaces: {refused}")
    steps: list[tuple[int, int]] = []
    options = Options(Wall(Isolation.NAMESPACES), jobs=2, max_mutants=12)
    proof = verify(broken_chapter, options, lambda done, total: steps.append((done, total)))
    assert steps[-1][0] == steps[-1][1] > 200
    return proof
