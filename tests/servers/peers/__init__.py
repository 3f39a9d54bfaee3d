"""The clients that the tests connect with, each behind the same blocking interface (see `base.py`)."""
