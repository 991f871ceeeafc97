"""What makes forks cheap changes nothing that a program sees."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from autograder.grading.sandbox.memory import MADV_COLLAPSE
from autograder.grading.sandbox.seeds import seed_everything
from autograder.grading.sandbox.shell import create_shell

LARGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
FROZEN = """
import hashlib, os, random
from autograder.grading.sandbox.memory import freeze
kept = [random.randbytes(1000) for _ in range(64_000)]
digest = lambda: hashlib.sha256(b"".join(kept)).hexdigest()
large_kb = lambda: int(next(line for line in open("/proc/self/smaps_rollup") if "AnonHugePages" in line).split()[1])
before, had_kb = digest(), large_kb()
freeze()
assert digest() == before
if os.fork() == 0:
    kept[::2] = [b""] * 32_000
    os._exit(digest() == before)
assert os.wait()[1] == 0
assert digest() == before
print(large_kb() - had_kb)
"""


def kernel_collapses() -> bool:
    version = tuple(int(part) for part in Path("/proc/sys/kernel/osrelease").read_text().split("-")[0].split(".")[:2])
    return version >= (6, 1) and LARGE_PAGES.exists() and "[never]" not in LARGE_PAGES.read_text()


def test_frozen_memory_holds_what_it_held():
    """Values are the same in this process and in one forked from it, and most of them lie in large pages."""
    done = subprocess.run([sys.executable, "-c", FROZEN], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    if not kernel_collapses():
        pytest.skip(f"this kernel does not know madvise {MADV_COLLAPSE}, or has no large pages")
    assert int(done.stdout) > 32_000


def test_seeding_is_that_of_the_libraries():
    """The generators continue as after the libraries' own functions of that name."""
    drawn = []
    for seed in (lambda: seed_everything(7), lambda: (random.seed(7), np.random.seed(7), torch.manual_seed(7))):
        seed()
        drawn.append((random.random(), np.random.rand(), torch.rand(3).tolist(), torch.initial_seed()))
    assert drawn[0] == drawn[1]


def test_prepared_shell_holds_nothing_of_a_cell():
    """History, outputs and numbering of a notebook begin as if nothing had been run."""
    shell = create_shell(512)
    assert (shell.user_ns["In"], shell.user_ns["Out"], shell.execution_count) == ([""], {}, 1)
    assert (shell.capture.outputs, shell.user_ns["_"], shell.history_manager.input_hist_raw) == ([], "", [""])
