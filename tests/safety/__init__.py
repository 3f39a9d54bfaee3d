"""What the interpreter guarantees to Python code, held for native code: see `isolated.py`."""
