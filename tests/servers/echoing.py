"""What clients of echo servers send, and see come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.servers.peers.base import Peer

TEN_THOUSAND = [f"{number}:{'x' * (number % 97)}" for number in range(10_000)]
"""Messages of many lengths, of which no two are the same."""


def assert_echoed(peer: Peer, *messages: str | bytes) -> None:
    """Send each message, and receive it before the next (RFC 6455, section 5.6)."""
    for message in messages:
        peer.send(message)
        assert peer.recv() == message
