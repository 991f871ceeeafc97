"""Pairs of submissions with passages of code in common: something to look at, never a verdict."""
