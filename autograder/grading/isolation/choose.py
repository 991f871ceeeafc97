"""Which wall a command uses: what was asked for, or the best that this host can do."""

import contextlib
from collections.abc import Iterator

from autograder.errors import GraderFault, KitError
from autograder.grading.isolation.local import namespaces_refused
from autograder.grading.isolation.wall import Wall
from autograder.grading.sandbox.settings import Isolation

AUTO = "auto"


def choose_wall(asked: str, image: str, trust: bool, fresh: bool = False, elsewhere: bool = False) -> Wall:
    """The wall to use.

    Args:
        image: name of the image that containers are made of.
        fresh: a container for each submission.
        elsewhere: it is not this host that grades; a node that cannot do it says so.

    Raises:
        KitError: none without trust, a container for each without containers, or this host cannot do what was asked.
    """
    if fresh and asked != Isolation.DOCKER:
        raise KitError(f"--fresh-container needs --isolation docker, found --isolation {asked}")
    if asked == Isolation.NONE:
        if not trust:
            raise KitError(
                "--isolation none lets a submission do anything to this machine: add --trust if you wrote it"
            )
        return Wall(Isolation.NONE)
    if elsewhere:
        return Wall(Isolation.DOCKER, image, fresh) if asked == Isolation.DOCKER else Wall(Isolation.NAMESPACES)
    if asked == Isolation.DOCKER:
        return _docker(image, fresh)
    refused = namespaces_refused()
    if not refused:
        return Wall(Isolation.NAMESPACES)
    if asked == AUTO:
        try:
            return _docker(image, fresh)
        except KitError as err:
            refused = f"namespaces: {refused}; docker: {err}"
    raise KitError(f"this host cannot wall in submissions ({refused}); see 'autograder doctor'")


def _docker(image: str, fresh: bool) -> Wall:
    from autograder.grading.isolation.engine import image_id, remove_strays  # takes a while to import

    wall = Wall(Isolation.DOCKER, image_id(image), fresh)
    remove_strays()
    return wall


@contextlib.contextmanager
def tidied(wall: Wall) -> Iterator[None]:
    """See that no container is left in the end, when all workers that were started meanwhile have ended."""
    try:
        yield
    finally:
        if wall.isolation == Isolation.DOCKER:
            from autograder.grading.isolation.engine import remove_strays

            with contextlib.suppress(KitError, GraderFault):  # an engine that went away has no containers
                remove_strays()
