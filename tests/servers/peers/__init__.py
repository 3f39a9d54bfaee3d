"""The clients that the tests connect with, all with the same blocking interface (see `base.py`)."""
