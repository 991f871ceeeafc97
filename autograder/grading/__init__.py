"""The grader: submissions into results, with the hidden tests on the other side of a wall."""
