"""How the untrusted side of a worker is run: the kind of wall, and what belongs to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder.grading.sandbox.settings import Isolation

IMAGE = "autograder-grader"  # what 'make image' builds


@dataclass(frozen=True)
class Gpu:
    """A part of a GPU, for the submissions of one worker.

    Attributes:
        device: its number on this host, or its id for an engine.
        share: of its memory, from 0 to 1.
    """

    device: str
    share: float = 1.0


@dataclass(frozen=True)
class Wall:
    """How the untrusted side is run.

    Attributes:
        image: of the containers: its id, or its name where it is each node's own.
        fresh: a container for each submission, in place of one for each worker.
    """

    isolation: Isolation
    image: str = ""
    fresh: bool = False
    gpu: Gpu | None = None

    @property
    def matters(self) -> list[str]:
        """What of it a result depends on: not which device, nor how many containers there were."""
        return [self.isolation, self.image, "gpu" if self.gpu else "cpu"]


def read_wall(told: Mapping[str, Any]) -> Wall:
    """The inverse of `dataclasses.asdict`, also after a way through JSON."""
    gpu = Gpu(**told["gpu"]) if told["gpu"] else None
    return Wall(**{**told, "isolation": Isolation(told["isolation"]), "gpu": gpu})
