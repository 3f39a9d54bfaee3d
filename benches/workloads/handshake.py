"""The opening handshake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benches import wire
from benches.workloads.base import Workload, ahead_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def workloads() -> Iterator[Workload]:
    """Return the rows."""
    bars = (ahead_of("upstream", 30), ahead_of("picows", 5))
    yield Workload(
        "server handshake", lambda contestant: contestant.server_handshake(), _response, bars, headline=True
    )
    yield Workload(
        "client handshake", lambda contestant: contestant.client_handshake(), _request, bars, headline=True
    )


def _response(result: object) -> None:
    assert isinstance(result, bytes), f"{type(result)} is not bytes"
    lines = result.split(b"\r\n")
    assert lines[0].startswith(b"HTTP/1.1 101"), lines[0]
    headers = {name.lower(): value for name, value in (line.split(b": ", 1) for line in lines[1:-2])}
    assert headers[b"sec-websocket-accept"] == wire.TOKEN
    assert b"sec-websocket-extensions" not in headers


def _request(result: object) -> None:
    assert isinstance(result, tuple)
    request, accepted = result
    assert request.startswith(b"GET /chat HTTP/1.1\r\n")
    assert accepted
