"""Tests of the installed package; the folders mirror what they test."""
