"""Guarantees of the interpreter to Python code, kept by native code; see `isolated.py`."""
