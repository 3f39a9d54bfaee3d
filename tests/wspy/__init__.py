"""Tests of the companion `wspy`; each file is named after the module or the page that it tests."""
