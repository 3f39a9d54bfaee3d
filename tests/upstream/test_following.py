"""`make upstream` finds what another release does differently: 1.2.0, as its successors' changelog says."""

from __future__ import annotations

from tests.upstream.fetch import Release
from tools import upstream

OLD = Release.OLD_SDIST.value[0]


def test_it_names_the_functions_that_differ_and_their_place_here() -> None:
    """1.3.0 changed the value of the Upgrade header, and gave the answer a reason."""
    lines = {line.split()[0]: line for line in upstream.changed(OLD)}
    for function in ("_initiate_connection", "_accept"):
        assert "code" in lines[f"handshake.H11Handshake.{function}"]
        assert lines[f"handshake.H11Handshake.{function}"].endswith("python/handshake/send.rs")
    assert "utilities.generate_nonce" not in lines


def test_it_names_the_tests_that_fail_here() -> None:
    failed = upstream.suite(OLD)
    assert "test/test_client.py::test_connection_request: failed" in failed
    assert "test/test_server.py::test_handshake: failed" in failed
    assert not [line for line in failed if "test_utilities" in line]


def test_nothing_differs_from_the_release_that_is_followed() -> None:
    assert upstream.changed(upstream.FOLLOWED) == []
    assert upstream.interface(upstream.FOLLOWED) == []
