"""Text of any origin as it may stand in a terminal, or on a page before it is escaped."""

import re

# Commands to a terminal (colours, cursor, title); bounded, so that no text makes the search slow.
ESCAPE = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]{0,500}(?:\x07|\x1b\\)|\x1b[ -/]?[0-~]")
# What no text needs, and marks that change the direction of the text and so its meaning to the eye.
CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """Text as a terminal would leave it on paper: no colours, no control characters, last state of a line."""
    if text.isprintable():
        return text
    if "\r" in text:  # a progress bar writes its line again and again
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return CONTROL.sub("", ESCAPE.sub("", text))


def printable(text: str) -> str:
    """Text that cannot move a terminal's cursor or change its colours."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
