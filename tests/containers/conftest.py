"""What the tests of containers share: an engine with the grader's image, and the sample class."""

from collections.abc import Iterator

import pytest

from autograder.errors import GraderFault, KitError
from autograder.grading.isolation import engine
from autograder.grading.isolation.wall import IMAGE, Wall
from autograder.grading.sandbox.settings import Isolation


@pytest.fixture(scope="session")
def image() -> str:
    """The id of the image; without an engine that has it, tests skip with the reason."""
    try:
        return engine.image_id(IMAGE)
    except (KitError, GraderFault) as err:
        pytest.skip(str(err))


@pytest.fixture
def containers(image: str) -> Iterator[Wall]:
    """A wall of warm containers; none may be left when the test is over."""
    yield Wall(Isolation.DOCKER, image)
    assert engine.strays() == []
