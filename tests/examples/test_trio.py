"""`trio_server.py` with a client of `websockets`, `trio_client.py` with its server, and the two together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.examples.programs import Server, run, serving
from tests.examples.public_server import refuse, serving_elsewhere
from tests.servers.ours import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return the server as people start it, in a hurry."""
    with serving("-m", "examples.trio_server", "--interval", "0.05") as server:
        yield server


def test_countdowns_run_side_by_side(server: Server) -> None:
    """Several tasks send on one connection, and no frame gets into another."""
    with connect(server.uri, proxy=None) as client:
        for _ in range(20):
            client.send("5")
        received = [client.recv(LIMIT) for _ in range(20 * 6)]
        assert sorted(received) == sorted([str(number) for number in range(6)] * 20)
        assert received.index("0") > 6  # where the first countdown would end if the others waited for it
        assert client.ping(b"?").wait(LIMIT)


def test_closing_ends_the_countdowns(server: Server) -> None:
    """RFC 6455, section 5.5.1: nothing follows the close frame."""
    with connect(server.uri, proxy=None) as client:
        client.send("1000000")
        assert client.recv(LIMIT) == "1000000"
        client.close(1000, "enough")
        assert (client.close_code, client.close_reason) == (1000, "enough")


@pytest.mark.parametrize("message", ["x", b"3", "", "9" * 5000, "x" * 2**21])
def test_it_closes_on_what_it_cannot_count(server: Server, message: str | bytes) -> None:
    """RFC 6455, section 7.4.1: codes 1003 and 1009."""
    with connect(server.uri, proxy=None) as client:
        client.send(message)
        with pytest.raises(ConnectionClosed):
            client.recv(LIMIT)
        assert client.close_code == (1009 if len(message) > 2**20 else 1003)


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_the_client_talks_to_another_implementation(compression: str | None) -> None:
    """An echo server counts down from 0 as well as any."""
    with serving_elsewhere(compression=compression) as port:
        client = run("-m", "examples.trio_client", "--port", str(port), "0", "0")
    assert client.returncode == 0, client.stderr
    assert client.stdout.splitlines() == ["0", "0", "closed: 1000"]


def test_the_client_fails_when_refused() -> None:
    """RFC 6455, section 4.1."""
    with serving_elsewhere(process_request=refuse) as port:
        client = run("-m", "examples.trio_client", "--port", str(port), "0")
    assert client.returncode != 0
    assert "RejectedError: 403" in client.stderr


def test_both_together(server: Server) -> None:
    """The conversation of the two docstrings."""
    client = run("-m", "examples.trio_client", "--port", str(server.port), "2", "3")
    assert client.returncode == 0, client.stderr
    *numbers, closed = client.stdout.splitlines()
    assert sorted(numbers) == ["0", "0", "1", "1", "2", "2", "3"]
    assert closed == "closed: 1000"
