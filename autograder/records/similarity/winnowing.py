"""Winnowing (Schleimer, Wilkerson, Aiken 2003): few fingerprints of a text, and none of its longer passages is missed.

A passage of LENGTH tokens has a hash. Of the hashes in every window of WINDOW the smallest is kept: so two notebooks
that have LENGTH + WINDOW - 1 tokens in a row in common have a fingerprint in common. The hash is our own, for Python's
differs from run to run, and so would the report.
"""

from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from autograder.records.similarity.tokens import Token

LENGTH = 12  # tokens of a passage: about a line and a half
WINDOW = 6
NONE = np.uint64(2**64 - 1)  # stands for a passage that does not count
Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]

POWERS = np.array([pow(6364136223846793005, LENGTH - 1 - place, 2**64) for place in range(LENGTH)], dtype=np.uint64)


def passage_hashes(cell: Sequence[Token]) -> Hashes:
    """For each token of a cell the hash of the passage of LENGTH tokens that begins there; NONE near the cell's end."""
    hashes = np.full(len(cell), NONE)
    if len(cell) >= LENGTH:
        codes = np.array([crc32(token.text.encode(errors="replace")) + 1 for token in cell], dtype=np.uint64)
        sums = (sliding_window_view(codes, LENGTH) * POWERS).sum(axis=1, dtype=np.uint64)  # modulo 2**64
        mixed = (sums ^ (sums >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        hashes[: len(sums)] = mixed ^ (mixed >> np.uint64(32))
    return hashes


def without(hashes: Hashes, left_out: Hashes) -> Hashes:
    """Hashes with NONE in place of those that do not count; each keeps its place."""
    return np.where(np.isin(hashes, left_out), NONE, hashes)


def winnow(hashes: Hashes) -> Hashes:
    """The fingerprints: the smallest hash of each window, without NONE, each once."""
    if not len(hashes):
        return hashes
    smallest = np.unique(sliding_window_view(hashes, min(WINDOW, len(hashes))).min(axis=1))
    return real(smallest)


def real(hashes: Hashes) -> Hashes:
    """The hashes without NONE."""
    kept: Hashes = hashes[hashes != NONE]
    return kept


def covered(begins: Mask) -> Mask:
    """Which tokens lie in a passage that begins at one of the places."""
    return np.convolve(begins, np.ones(LENGTH, dtype=int))[: len(begins)] > 0 if len(begins) else begins


def runs(mask: Mask) -> Iterator[tuple[int, int]]:
    """Where the tokens of a mask stand in a row: from, and up to before."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def long_runs(mask: Mask) -> Mask:
    """A mask without its rows of fewer than LENGTH tokens."""
    kept = mask.copy()
    for start, end in runs(mask):
        kept[start:end] = end - start >= LENGTH
    return kept
