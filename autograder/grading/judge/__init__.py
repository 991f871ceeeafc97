"""The trusted side: test files, reference answers, verdicts."""
