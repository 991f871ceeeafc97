"""Calibrated tolerances: how much room the bounds of tests leave to right answers and to wrong ones."""
