"""The types, signatures, names and docstrings of the package, held against upstream."""
