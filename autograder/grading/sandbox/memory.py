"""Memory that is cheap to fork, and in a fork: untouched by the garbage collector, in large pages, and kept.

A fork copies the page tables, one entry for each 4 kB. For a process that has torch imported these are fifty thousand
entries, four times per submission. In pages of 2 MB they are a hundred.

A process gives arrays of more than 128 kB back to the kernel as soon as they are freed, until the C library has seen
that it wants them again. A fork begins without that experience, and each new page costs a fault: 80,000 in the tests of
one submission of the pilot chapter, against 9,000 where the C library is told to keep them.
"""

import contextlib
import ctypes
import gc
import re
from pathlib import Path

MADV_COLLAPSE = 25  # Linux 6.1; elsewhere the kernel refuses, and nothing is different
LARGE_PAGE = 2**21
KEPT = {-3: 32 * 2**20, -1: 128 * 2**20}  # bytes: M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of glibc's mallopt
OWN_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p \S+ 00:00 0 +(?:\[heap\])?$", re.MULTILINE)


def freeze() -> None:
    """Make ready to fork: what is here now is shared with every process that is forked from this one."""
    gc.collect()
    gc.freeze()
    libc = ctypes.CDLL(None)
    with contextlib.suppress(AttributeError):  # another C library
        for parameter, size in KEPT.items():
            libc.mallopt(parameter, size)
    with contextlib.suppress(OSError):
        _collapse(libc)


def _collapse(libc: ctypes.CDLL) -> None:
    """Have the kernel put this process's own memory into large pages, where it can."""
    for start, end in OWN_MAPPING.findall(Path("/proc/self/maps").read_text()):
        first = -(-int(start, 16) // LARGE_PAGE) * LARGE_PAGE
        last = int(end, 16) // LARGE_PAGE * LARGE_PAGE
        if last > first:
            libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), MADV_COLLAPSE)
