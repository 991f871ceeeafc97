"""A process of its own that watches how much memory the grader and its boxes use; imports nothing of theirs.

Started with the pids of the grader and of the zygote. Each line on its standard input is answered with the peaks
since the last one, in MB: of the grader and its examiners, of all boxes, of shared memory of the whole machine.
"""

import json
import os
import select
import sys
from pathlib import Path

EVERY_S = 0.04


def children(pid: int) -> list[int]:
    found = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    except OSError:
        pass
    return found


def descendants(pid: int) -> list[int]:
    found = children(pid)
    return found + [below for child in found for below in descendants(child)]


def memory_mb(path: str, *names: str) -> float:
    """The sum of some lines of a file of /proc that counts in kB."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.partition(":")[0] in names) / 1024


def private_mb(pid: int) -> float:
    return memory_mb(f"/proc/{pid}/status", "RssAnon", "RssShmem")


def main(grader: int, zygote: int) -> None:
    peaks = [0.0, 0.0, 0.0]
    start = private_mb(grader), memory_mb("/proc/meminfo", "Shmem")
    while True:
        shared = private_mb(zygote)  # what a fork starts with
        own = private_mb(grader) - start[0]
        examiners = [pid for pid in children(grader) if pid not in (zygote, os.getpid())]
        now = (
            own + sum(max(0.0, private_mb(pid) - private_mb(grader)) for pid in examiners),
            sum(max(0.0, private_mb(pid) - shared) for pid in descendants(zygote)),
            memory_mb("/proc/meminfo", "Shmem") - start[1],
        )
        peaks = [max(pair) for pair in zip(peaks, now, strict=True)]
        if select.select([sys.stdin], [], [], EVERY_S)[0]:
            if not sys.stdin.readline():
                return
            print(json.dumps(peaks), flush=True)
            peaks = [0.0, 0.0, 0.0]
            start = private_mb(grader), memory_mb("/proc/meminfo", "Shmem")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
