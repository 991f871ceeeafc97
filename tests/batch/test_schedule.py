"""Who comes first, and how many at a time."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from autograder.batch.schedule import free_memory_mb, jobs_that_fit, longest_first, needed_mb
from autograder.course import Limits
from autograder.grading.intake import Found

NAMES = st.text("abcdef", min_size=1, max_size=3)


@given(st.dictionaries(NAMES, st.floats(0, 1e4)), st.sets(NAMES))
def test_longest_come_first_and_nobody_is_lost(seconds: dict[str, float], names: set[str]):
    """By the time that an earlier run took; those that it did not have, and have no size, come last."""
    order = [one.name for one in longest_first([Found(name, Path("nowhere")) for name in names], seconds)]
    assert sorted(order) == sorted(names)
    times = [seconds.get(name, 0.0) for name in order]
    assert times == sorted(times, reverse=True)


def test_size_stands_in_for_a_time_that_is_not_known(tmp_path: Path):
    """A notebook of twice the size is taken to need twice the time; without any time, the largest comes first."""
    todo = []
    for name, size in (("tiny", 10), ("small", 100), ("large", 1000)):
        (tmp_path / name).write_bytes(b"x" * size)
        todo.append(Found(name, tmp_path / name))
    assert [one.name for one in longest_first(todo, {})] == ["large", "small", "tiny"]
    assert [one.name for one in longest_first(todo, {"small": 4.0})] == ["large", "small", "tiny"]
    assert [one.name for one in longest_first(todo, {"small": 4.0, "large": 1.0})] == ["small", "large", "tiny"]


def test_jobs_are_as_many_as_memory_allows_and_at_least_one():
    """Each job may use its submission's memory and a worker's own; where memory cannot be told, nothing is changed."""
    limits = Limits(memory_mb=1000)
    each_mb = needed_mb(limits)
    assert each_mb > 1000
    assert jobs_that_fit(8, limits, 3 * each_mb) == 3
    assert jobs_that_fit(2, limits, 3 * each_mb) == 2
    assert jobs_that_fit(8, limits, each_mb - 1) == 1
    assert jobs_that_fit(8, limits, None) == 8


def test_free_memory_is_the_machines_or_the_containers(tmp_path: Path):
    """The smaller of both counts; without a limit of the container, or without any figures, it is left out."""
    meminfo, group = tmp_path / "meminfo", tmp_path / "group"
    group.mkdir()
    meminfo.write_text("MemTotal: 9999999 kB\nMemAvailable:    4194304 kB\n")
    assert free_memory_mb(meminfo, group) == 4096
    (group / "memory.current").write_text(f"{100 * 2**20}\n")
    (group / "memory.max").write_text("max\n")
    assert free_memory_mb(meminfo, group) == 4096
    (group / "memory.max").write_text(f"{1100 * 2**20}\n")
    assert free_memory_mb(meminfo, group) == 1000
    (group / "memory.max").write_text(f"{50 * 2**20}\n")
    assert free_memory_mb(meminfo, group) == 0
    assert free_memory_mb(tmp_path / "none", group) is None
