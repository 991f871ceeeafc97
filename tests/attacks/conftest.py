"""What the tests of attacks share: an arena per target and process."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
from arena import Arena, arena
from targets import TARGETS

from autograder.errors import GraderFault, KitError
from autograder.grading.isolation.choose import choose_wall
from autograder.grading.isolation.wall import IMAGE
from autograder.grading.sandbox.settings import Isolation


@pytest.fixture(scope="session")
def arena_of() -> Iterator[Callable[..., Arena]]:
    """Gives the arena of a target and a wall, started when it is first asked for."""
    with contextlib.ExitStack() as stack:
        ready: dict[tuple[str, str], Arena] = {}

        def get(name: str, isolation: Isolation = Isolation.NAMESPACES) -> Arena:
            if (name, isolation) not in ready:
                try:
                    wall = choose_wall(isolation, IMAGE, trust=False)
                except (KitError, GraderFault) as err:
                    pytest.skip(str(err))
                ready[name, isolation] = stack.enter_context(arena(TARGETS[name](), wall))
            return ready[name, isolation]

        yield get
