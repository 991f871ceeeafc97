"""Libraries are imported behind the wall, where there is nothing to write to."""

from autograder.grading.isolation.local import Zygote
from autograder.grading.sandbox.preload import BY_WORD
from autograder.grading.wire import Ask, Message, new_nonce


def modules_of(zygote: Zygote) -> str:
    """What a fresh box prints of its modules."""
    box, source = zygote.box(), "import sys\nprint(*sys.modules)"
    try:
        box.channel.send(Message(new_nonce(), Ask.CELL, [1, source]))
        return box.channel.receive().body[1][0]["text"]
    finally:
        box.close()


def test_every_library_of_the_table_is_imported_behind_the_wall(zygote: Zygote):
    """The zygote lives on, and a box has all of the libraries that this Python has."""
    zygote.preload(set(BY_WORD))
    loaded = modules_of(zygote).split()
    assert "torch._dynamo" in loaded
    assert "pandas" in loaded
