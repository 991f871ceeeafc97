"""What a zygote is started with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What a zygote is started with; see `autograder.course.Limits` for the units.

    Attributes:
        isolation: ``namespaces`` or ``none``.
        scratch: an empty folder of the host to build the jail's root on.
        files: a folder whose contents each submission finds beside it, or empty.
    """

    isolation: str
    scratch: str
    files: str
    cpu_s: int
    memory_mb: int
    processes: int
    open_files: int
    disk_mb: int
    output_kb: int
    message_mb: int
