"""Which GPUs there are, and how workers share them."""

from collections.abc import Sequence
from pathlib import Path

from autograder.errors import KitError
from autograder.grading.isolation.wall import Gpu

DEVICES = Path("/dev")
ONE_DEVICE = "device="


def host_gpus(folder: Path = DEVICES) -> list[str]:
    """The numbers of this host's NVIDIA GPUs, by their device files."""
    told = [path.name.removeprefix("nvidia") for path in folder.glob("nvidia[0-9]*")]
    return sorted((number for number in told if number.isdigit()), key=int)


def gpu_slots(asked: str, per_device: int, there: Sequence[str]) -> list[Gpu]:
    """The places for submissions on the GPUs that were asked for; devices take turns.

    Args:
        asked: ``all``, how many, or numbers separated by commas; one alone as ``device=1``.
        per_device: places on each device, which share its memory evenly.
        there: the numbers of the devices that there are.

    Raises:
        KitError: there is none of that number, or fewer than asked for.
    """
    chosen = _chosen(asked, there)
    if missing := [number for number in chosen if number not in there]:
        raise KitError(f"--gpus {asked}: this host has {_told(there)}, not {', '.join(missing)}")
    if len(set(chosen)) != len(chosen):
        raise KitError(f"--gpus {asked}: a device is named twice; --gpu-slots puts several submissions on one")
    return [Gpu(number, 1 / per_device) for _ in range(per_device) for number in chosen]


def _chosen(asked: str, there: Sequence[str]) -> list[str]:
    if not there:
        raise KitError(f"--gpus {asked}: this host has no NVIDIA GPU (no /dev/nvidia0); leave --gpus out")
    if asked == "all":
        return list(there)
    if asked.isdigit():
        if not 1 <= int(asked) <= len(there):
            raise KitError(f"--gpus {asked}: this host has {_told(there)}; one by its number is --gpus device={asked}")
        return list(there[: int(asked)])
    numbers = [number.strip() for number in asked.removeprefix(ONE_DEVICE).split(",")]
    if not all(number.isdigit() for number in numbers):
        raise KitError(f"--gpus {asked!r}: expected all, how many, or numbers such as 0,2 or device=1")
    return numbers


def _told(there: Sequence[str]) -> str:
    return f"{len(there)} GPU{'s' if len(there) > 1 else ''} ({', '.join(there)})"
