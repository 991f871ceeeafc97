"""What a zygote is started with."""

import json
from dataclasses import dataclass
from enum import StrEnum


class Isolation(StrEnum):
    """The wall around the submissions of a zygote."""

    NAMESPACES = "namespaces"  # each in namespaces of its own
    DOCKER = "docker"  # the zygote in a container, submissions in it told apart by their users
    NONE = "none"


@dataclass(frozen=True)
class Settings:
    """What a zygote is started with; see `autograder.course.Limits` for the units.

    Attributes:
        scratch: an empty folder of the host to build the jail's root on.
        files: a folder whose contents each submission finds beside it, or empty.
        gpu: number of the GPU that submissions may use, as CUDA counts, or empty.
        gpu_share: of that GPU's memory, from 0 to 1.
    """

    isolation: Isolation
    scratch: str
    files: str
    cpu_s: int
    memory_mb: int
    processes: int
    open_files: int
    disk_mb: int
    output_kb: int
    message_mb: int
    gpu: str = ""
    gpu_share: float = 1.0


def read_settings(text: str) -> Settings:
    """Settings from the JSON form of their fields."""
    told = json.loads(text)
    return Settings(**{**told, "isolation": Isolation(told["isolation"])})
