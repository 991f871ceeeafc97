"""How the untrusted side of a worker is run: the kind of wall, and what belongs to it."""

from dataclasses import dataclass

from autograder.grading.sandbox.settings import Isolation


@dataclass(frozen=True)
class Gpu:
    """A part of a GPU that one worker's submissions use.

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
        image: of the containers, by its id.
        fresh: a container for each submission, in place of one for each worker.
        run: names the run that containers belong to; see `engine`.
    """

    isolation: Isolation
    image: str = ""
    fresh: bool = False
    run: str = ""
    gpu: Gpu | None = None
