"""Differential tests: the same operations on upstream and on this package; see README.md."""
