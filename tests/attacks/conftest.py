"""What the tests of attacks share: an arena per target and process."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
from arena import Arena, arena
from targets import TARGETS

from autograder.grading.isolation.local import namespaces_refused


@pytest.fixture(scope="session")
def arena_of() -> Iterator[Callable[[str], Arena]]:
    """Gives the arena of a target, started when it is first asked for."""
    if refused := namespaces_refused():
        pytest.skip(f"this host has no namespaces: {refused}")
    with contextlib.ExitStack() as stack:
        ready: dict[str, Arena] = {}

        def get(name: str) -> Arena:
            if name not in ready:
                ready[name] = stack.enter_context(arena(TARGETS[name]()))
            return ready[name]

        yield get
