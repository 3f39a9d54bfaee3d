"""`tls_server.py` and `tls_client.py` with `websockets` at the other end (RFC 6455, section 10.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from websockets.sync.client import connect

from examples.tls_client import client_context
from examples.tls_server import server_context
from tests.examples.programs import Server, run, serving
from tests.examples.public_client import converse
from tests.examples.public_server import serving_elsewhere

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.examples.conftest import Certificates


@pytest.fixture(scope="module")
def server(certificates: Certificates) -> Iterator[Server]:
    """Return the server as people start it."""
    with serving("-m", "examples.tls_server", "--certificate", certificates.server) as server:
        yield server


def test_the_server_echoes_and_closes(server: Server, certificates: Certificates) -> None:
    """Text, binary, a message over many TLS records, a ping, and the closing handshake."""
    assert server.scheme == "wss"
    with connect(server.uri, ssl=client_context(certificates.authority), proxy=None) as client:
        converse(client)


def test_the_server_does_not_speak_http_2(server: Server, certificates: Certificates) -> None:
    """RFC 7301: of the protocols that a browser names, it takes the one in which it can upgrade."""
    context = client_context(certificates.authority)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with connect(server.uri, ssl=context, proxy=None) as client:
        assert client.socket.selected_alpn_protocol() == "http/1.1"  # type: ignore[attr-defined]


def test_the_client_holds_its_conversation(certificates: Certificates) -> None:
    """With a server that is not ours."""
    with serving_elsewhere(tls=server_context(certificates.server)) as port:
        client = run(
            *("-m", "examples.tls_client", "--port", str(port), "--authority", certificates.authority)
        )
    assert client.returncode == 0, client.stderr
    assert client.stdout.splitlines()[-1].endswith("all as expected")


@pytest.mark.parametrize("compress", [[], ["--compress"]], ids=["plain", "deflate"])
def test_both_together(server: Server, certificates: Certificates, compress: list[str]) -> None:
    """By name as well as by address."""
    client = run(
        *("-m", "examples.tls_client", "--host", "localhost", "--port", str(server.port)),
        *("--authority", certificates.authority, *compress),
    )
    assert client.returncode == 0, client.stderr
    assert client.stdout.splitlines()[-1].endswith("all as expected")


def test_the_client_does_not_talk_to_strangers(server: Server) -> None:
    """RFC 6455, section 4.1: if the certificate cannot be verified, there is no connection."""
    client = run("-m", "examples.tls_client", "--port", str(server.port))
    assert client.returncode != 0
    assert "CERTIFICATE_VERIFY_FAILED" in client.stderr
