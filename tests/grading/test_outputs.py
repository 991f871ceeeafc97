"""The outputs of a whole notebook are kept within one limit."""

import json

from hypothesis import given
from hypothesis import strategies as st

from autograder.grading.outputs import CELLS_WORTH, Room

texts = st.integers(0, 3000).map(lambda size: {"output_type": "stream", "name": "stdout", "text": "x" * size})


@given(st.lists(st.lists(texts, max_size=8), max_size=30))
def test_all_outputs_together_stay_within_the_limit(cells: list[list[dict]]):
    """What is kept fits, what fits is kept, in order; a cell that lost something says so, and no other does."""
    room, used, limit_bytes = Room(1), 0, CELLS_WORTH * 1024
    for outputs in cells:
        kept = room.take(outputs)
        told = len(kept) > 0 and kept[-1]["name"] == "stderr"
        rest = iter(kept[:-1] if told else kept)
        expected = next(rest, None)
        for output in outputs:
            size = len(json.dumps(output))
            if output is expected:
                used, expected = used + size, next(rest, None)
            else:
                assert used + size > limit_bytes
        assert expected is None
        assert told == (len(kept) - told < len(outputs))
    assert used <= limit_bytes
