"""Which submission is graded first, and how many at a time."""

import statistics
from collections.abc import Mapping
from pathlib import Path

from autograder.course import Limits
from autograder.grading.intake import Found

WORKER_MB = 700  # a worker with its examiner, its zygote and a spare box, as measured with torch and matplotlib
MEMINFO, CGROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")
MB = 2**20


def longest_first(todo: list[Found], seconds: Mapping[str, float]) -> list[Found]:
    """What takes longest comes first, so that no worker is left alone with it at the end.

    Args:
        seconds: by submission, how long it took in an earlier run. Of others the size of the notebook is a sign.
    """
    sizes = {one.name: _size(one.path) for one in todo}
    rates = [seconds[name] / size for name, size in sizes.items() if size and name in seconds]
    rate = statistics.median(rates) if rates else 1.0
    return sorted(todo, key=lambda one: seconds.get(one.name, rate * sizes[one.name]), reverse=True)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def jobs_that_fit(wanted: int, limits: Limits, free_mb: int | None) -> int:
    """How many submissions may be graded at a time if each uses all of the memory that it is allowed."""
    if free_mb is None:
        return wanted
    return max(1, min(wanted, free_mb // needed_mb(limits)))


def needed_mb(limits: Limits) -> int:
    """Memory of a worker and of the submission that it grades."""
    return WORKER_MB + limits.memory_mb


def free_memory_mb(meminfo: Path = MEMINFO, cgroup: Path = CGROUP) -> int | None:
    """Memory that may be had now: the machine's, or what is left to this container; None if it cannot be told."""
    try:
        lines = dict(line.split(":") for line in meminfo.read_text().splitlines())
        free_mb = int(lines["MemAvailable"].split()[0]) // 1024
    except (OSError, KeyError, ValueError):
        return None
    try:
        left = int((cgroup / "memory.max").read_text()) - int((cgroup / "memory.current").read_text())
    except (OSError, ValueError):  # no such control group, or no limit
        return free_mb
    return max(0, min(free_mb, left // MB))
