"""Every attack file earns what it should, and leaves nothing behind."""

from collections.abc import Callable

import pytest
from arena import Arena
from library import Attack, all_attacks

from autograder.grading.sandbox.settings import Isolation

ATTACKS = all_attacks()
# Attacks that make sense on any assignment, tried on a chapter of the course.
ON_A_CHAPTER = (
    "forging/tensor_subclass_that_agrees",
    "forging/numpy_comparisons_patched",
    "forging/compile_without_asserts",
    "forging/answers_in_frames_of_the_caller",
    "forging/memory_walk_while_tested",
    "forging/tests_read_from_disk",
    "forging/os_exit_while_tested",
    "forging/tests_in_metadata",
    "forging/descriptors_closed",
    "exhausting/infinite_loop_in_the_answer",
    "exhausting/memory_hog",
    "reaching/secrets_of_the_grader",
    "careless/magics",
    "careless/check_cells_deleted",
)


def runs(attacks: list[Attack]) -> list[pytest.ParameterSet]:
    return [pytest.param(a, fill, id=a.name + (f"-{fill}" if fill else "")) for a in attacks for fill in a.fills]


@pytest.mark.parametrize(("attack", "fill"), runs(ATTACKS))
def test_attack_earns_what_it_should_and_leaves_nothing(arena_of: Callable[[str], Arena], attack: Attack, fill: str):
    """Scores, status and words as the file says; limits kept; nothing left; the next submission unharmed."""
    outcome = arena_of("small").attack(attack, fill)
    assert outcome.wrong == []


@pytest.mark.docker
@pytest.mark.parametrize(("attack", "fill"), runs(ATTACKS))
def test_attack_in_a_container_earns_what_it_should(arena_of: Callable[..., Arena], attack: Attack, fill: str):
    """The same in a container that serves one attack after the other."""
    outcome = arena_of("small", Isolation.DOCKER).attack(attack, fill)
    assert outcome.wrong == []


@pytest.mark.parametrize(("attack", "fill"), runs([attack for attack in ATTACKS if attack.name in ON_A_CHAPTER]))
def test_attack_on_a_chapter_earns_what_it_should(arena_of: Callable[[str], Arena], attack: Attack, fill: str):
    """The same on questions of the course, whose tests know nothing of attacks."""
    outcome = arena_of("chapter").attack(attack, fill)
    assert outcome.wrong == []
