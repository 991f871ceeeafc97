"""A course kit: chapters with hidden tests, and a grader that keeps them behind a wall."""

__version__ = "0.1.0"
