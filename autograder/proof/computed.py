"""The numbers that a chapter's solution computes: printed in what students get, they would be answers."""

from autograder.authoring.reference import names_bound
from autograder.course import Chapter
from autograder.grading.assignment import chapter_assignment
from autograder.grading.isolation.wall import Wall
from autograder.grading.sandbox.settings import Isolation
from autograder.proof.cuts import whole
from autograder.proof.material import Material, read_material
from autograder.proof.trials import TrialPool


def solution_values(chapter: Chapter) -> dict[str, list[float]]:
    """The numbers that a built chapter's solution keeps in names of its own, by question; it is run for that.

    Raises:
        AuthoringError: a mistake in the master or its variants.
        KitError: the chapter is not built.
        GraderFault: the solution could not be run.
    """
    material = read_material(chapter)
    wall = Wall(Isolation.NONE)  # what runs was written by the instructor
    with (
        chapter_assignment(chapter) as assignment,
        TrialPool(assignment, chapter.course.limits, wall, jobs=1) as pool,
    ):
        return computed_values(material, pool)


def computed_values(material: Material, pool: TrialPool) -> dict[str, list[float]]:
    """The same, for a chapter that was read and has processes already."""
    bound = {name: names_bound(material.own_answer(name)) for name in material.suite}
    found = pool.values(whole(material.solution), set().union(*bound.values()))
    return {
        question: [number for name in names if name in found for number in _numbers(found[name])]
        for question, names in bound.items()
    }


def _numbers(value: object) -> list[float]:
    """The numbers in plain data, however deep."""
    if isinstance(value, bool):
        return []
    if isinstance(value, int | float):
        return [float(value)]
    if isinstance(value, dict):
        return [number for part in value.values() for number in _numbers(part)]
    if isinstance(value, list | tuple | set):
        return [number for part in value for number in _numbers(part)]
    if hasattr(value, "tolist"):  # arrays, tensors, their scalars
        return _numbers(value.tolist())
    return []
