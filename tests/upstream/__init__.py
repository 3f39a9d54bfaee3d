"""Upstream's own releases: fetched, and their suite, documents and examples held against this package."""
