"""Scores in the formats of learning platforms: one module per format."""
