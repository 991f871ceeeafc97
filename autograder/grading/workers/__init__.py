"""Where grading runs: one interface, several kinds of machine."""
