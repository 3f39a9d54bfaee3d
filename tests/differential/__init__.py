"""
Differential tests: the same operations on upstream and on this package, and everything that shows compared.

`duel.py` does the comparing, `differences.py` declares what may differ, and each `test_*.py` is a family of
inputs.
"""
