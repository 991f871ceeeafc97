"""The tests' random generators and the sandbox's.

In one process, a test that seeds and then calls a student's function has seeded the function too. Here the two
are apart, so a generator that the test has seeded is carried over before each request if it moved; nothing
comes back. A generator that the test did not seed is not told: the next challenge is nobody's business.
"""

import pickle
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

GETTERS: dict[str, Callable[[], Any]] = {
    "python": random.getstate,
    "numpy": np.random.get_state,
    "torch": torch.get_rng_state,
}
SEEDERS: dict[str, tuple[Any, str]] = {
    "python": (random, "seed"),
    "numpy": (np.random, "seed"),
    "torch": (torch, "manual_seed"),
}


class RandomStates:
    """Which generators a test has seeded, and what was last told of them."""

    def __init__(self) -> None:
        self.seeded: set[str] = set()
        self._told: dict[str, bytes] = {}

    def watch(self) -> None:
        """From now on note when a seeding function is called. Once per process, before any test runs."""
        for name, (owner, function) in SEEDERS.items():
            setattr(owner, function, self._noting(name, getattr(owner, function)))

    def reset(self) -> None:
        """A new test case has seeded nothing yet."""
        self.seeded.clear()
        self._told.clear()

    def changed(self) -> bytes:
        """The states to tell, pickled; empty when there is nothing new."""
        if not self.seeded:
            return b""
        states = {name: GETTERS[name]() for name in self.seeded}
        pickled = {name: pickle.dumps(state) for name, state in states.items()}
        moved = {name: states[name] for name in states if pickled[name] != self._told.get(name)}
        self._told.update(pickled)
        return pickle.dumps(moved) if moved else b""

    def _noting(self, name: str, seeder: Callable[..., Any]) -> Callable[..., Any]:
        def seed(*arguments: Any, **named: Any) -> Any:
            self.seeded.add(name)
            return seeder(*arguments, **named)

        return seed
