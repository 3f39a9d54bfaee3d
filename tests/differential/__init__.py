"""
Differential tests: the same operations on upstream and on this package, comparing everything that can be seen.

`duel.py` does the comparing, `differences.py` declares what may differ, and each `test_*.py` is a family of inputs.
"""
