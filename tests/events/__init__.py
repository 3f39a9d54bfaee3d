"""Tests of `wsproto.events`."""
