"""Results in nbgrader's gradebook, and what people mark there."""
