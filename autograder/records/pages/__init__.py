"""Results as pages: feedback for a student, the report of a class."""
