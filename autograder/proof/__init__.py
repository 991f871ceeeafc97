"""Proof that the tests are right: verify, mutants, leaks, tolerances."""
