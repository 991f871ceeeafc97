"""Which pairs of a class have how much code in common, and where."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from autograder.records.similarity.tokens import Template, Token, tokens
from autograder.records.similarity.winnowing import (
    NONE,
    Hashes,
    Mask,
    covered,
    long_runs,
    passage_hashes,
    real,
    runs,
    winnow,
    without,
)

LEAST_COMMON = 30  # tokens; less is no pair
CANDIDATES = 4  # times as many pairs are compared in full as are shown
# A passage of so many submissions, or of such a part of the class, is common knowledge and not counted.
COMMON_COUNT, COMMON_PART = 10, 20


@dataclass(frozen=True)
class Passage:
    """A part of a cell (counted among the code cells from 0), in characters."""

    cell: int
    start: int
    end: int


@dataclass(frozen=True)
class Side:
    """One submission of a pair; ``percent`` of its own code, without the template, is in the other one, too."""

    submission: str
    percent: int
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Pair:
    """Two submissions; ``tokens`` is the length of what they have in common."""

    left: Side
    right: Side
    tokens: int

    @property
    def percent(self) -> int:
        return max(self.left.percent, self.right.percent)


@dataclass(frozen=True)
class Compared:
    """What comparing a class came to; ``common`` is the number of submissions beyond which a passage does not count."""

    pairs: list[Pair]
    submissions: int
    common: int


@dataclass(frozen=True)
class Code:
    """The code of a submission; its tokens are counted through all cells, and not kept: a class has millions.

    Attributes:
        passages: of each token the passage that begins there; NONE where it is in the template, or in many submissions.
        own: which tokens are in a passage, and in none of the template; those of very short cells are not.
    """

    sources: Sequence[str]
    template: Template
    passages: Hashes
    own: Mask

    def marked(self, shared: Hashes) -> Mask:
        """Which of its own tokens lie in a passage that is shared; a few of them beside template code do not count."""
        return long_runs(covered(np.isin(self.passages, shared)) & self.own)

    def percent(self, marked: Mask) -> int:
        return round(100 * int(marked.sum()) / max(1, int(self.own.sum())))


def compare(
    cells: Mapping[str, Sequence[str]],
    template: Sequence[str],
    most: int,
    tick: Callable[[], object] = lambda: None,
) -> Compared:
    """The pairs with most code in common, those with the largest part first.

    Args:
        cells: sources of the code cells, by submission.
        template: code cells that were handed out; passages of them do not count.
        most: pairs to give.
        tick: told after each submission.
    """
    known = Template.of(template)
    bare = Template(known.names, frozenset())  # with its own lines left out, nothing of it would be left
    handed_out = np.unique(_passages_of([tokens(source, bare) for source in template]))
    codes: dict[str, Code] = {}
    for submission in sorted(cells):
        codes[submission] = _code(cells[submission], known, handed_out)
        tick()
    limit = max(COMMON_COUNT, len(cells) // COMMON_PART)
    common = _in_more_than(codes.values(), limit)
    codes = {name: replace(code, passages=without(code.passages, common)) for name, code in codes.items()}
    weights = {pair: _weight(codes[pair[0]], codes[pair[1]]) for pair in _candidates(codes, most * CANDIDATES)}
    ranked = sorted(pair for pair in weights if weights[pair][1] >= LEAST_COMMON)
    ranked.sort(key=weights.__getitem__, reverse=True)
    return Compared([_pair(codes, *pair) for pair in ranked[:most]], len(cells), limit)


def _code(sources: Sequence[str], known: Template, handed_out: Hashes) -> Code:
    passages = _passages_of([tokens(source, known) for source in sources])
    in_template = np.isin(passages, handed_out) & (passages != NONE)
    own = covered(passages != NONE) & ~covered(in_template)
    return Code(sources, known, np.where(in_template, NONE, passages), own)


def _passages_of(cells: Sequence[Sequence[Token]]) -> Hashes:
    return np.concatenate([np.empty(0, dtype=np.uint64), *map(passage_hashes, cells)])


def _in_more_than(codes: Iterable[Code], limit: int) -> Hashes:
    """The passages that more submissions than that have."""
    each = [np.unique(code.passages) for code in codes]
    values, counts = np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *each]), return_counts=True)
    return values[counts > limit]


def _candidates(codes: Mapping[str, Code], most: int) -> list[tuple[str, str]]:
    """The pairs that share the largest part of the fingerprints of one of them.

    Each fingerprint is in few submissions, so the work grows with the class and not with its square.
    """
    prints = {name: winnow(code.passages).tolist() for name, code in codes.items()}
    having: dict[int, list[str]] = defaultdict(list)
    for submission, values in prints.items():
        for value in values:
            having[value].append(submission)
    shared: Counter[tuple[str, str]] = Counter()
    for submissions in having.values():
        shared.update(combinations(submissions, 2))
    parts = {pair: count / min(len(prints[pair[0]]), len(prints[pair[1]])) for pair, count in shared.items()}
    return sorted(shared, key=lambda pair: (-parts[pair], -shared[pair], pair))[:most]


def _shared(left: Code, right: Code) -> Hashes:
    return real(np.intersect1d(left.passages, right.passages))


def _weight(left: Code, right: Code) -> tuple[int, int]:
    """How much two submissions have in common, in full and not by fingerprints alone: percent and tokens."""
    shared = _shared(left, right)
    marked = left.marked(shared), right.marked(shared)
    percent = max(code.percent(mask) for code, mask in zip((left, right), marked, strict=True))
    return percent, min(int(mask.sum()) for mask in marked)


def _pair(codes: Mapping[str, Code], left: str, right: str) -> Pair:
    shared = _shared(codes[left], codes[right])
    marked = codes[left].marked(shared), codes[right].marked(shared)
    in_common = min(int(mask.sum()) for mask in marked)
    return Pair(_side(left, codes[left], marked[0]), _side(right, codes[right], marked[1]), in_common)


def _side(name: str, code: Code, marked: Mask) -> Side:
    return Side(name, code.percent(marked), tuple(_passages(code, marked)))


def _passages(code: Code, marked: Mask) -> Iterator[Passage]:
    """The runs of marked tokens as parts of their cells."""
    first = 0
    for number, source in enumerate(code.sources):
        cell = tokens(source, code.template)
        for start, end in runs(marked[first : first + len(cell)]):
            yield Passage(number, cell[start].start, cell[end - 1].end)
        first += len(cell)
