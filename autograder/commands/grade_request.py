"""What ``autograder grade`` was asked for."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class GradeRequest:
    """The arguments of ``autograder grade``."""

    target: str
    submissions: Path
    out: Path
    course_dir: Path
    as_json: bool
    jobs: int | None
    isolation: str
    image: str
    fresh_container: bool
    gpus: str | None
    gpu_slots: int
    cluster: str | None
    cell_timeout: float | None
    timeout: float | None
    memory: int | None
    regrade: bool
    trust: bool
    release: str | None
