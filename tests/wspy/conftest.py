"""Fixtures: threads whose exceptions are the test's, pairs of connected sockets, an authority for TLS."""

from __future__ import annotations

import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import trustme

import wspy
from tests.servers.ours import LIMIT
from tests.wspy.peers import Connected, listening
from tests.wspy.recording import Recording, Serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Return an executor whose threads have ended when the test has."""
    with ThreadPoolExecutor(16) as executor:
        yield executor


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Return a stack of what is closed at the end of the test."""
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def connect(threads: ThreadPoolExecutor, stack: ExitStack) -> Callable[..., Connected]:
    """Return a function that connects two sockets, made with the options of each role."""

    def connect(
        client: Mapping[str, Any] | None = None, server: Mapping[str, Any] | None = None
    ) -> Connected:
        listener, address = listening(stack, **(server or {}))
        accepting = threads.submit(listener.accept)
        near = stack.enter_context(wspy.websocket(**(client or {})))
        near.settimeout(LIMIT)
        near.connect(address)
        far = stack.enter_context(accepting.result(LIMIT)[0])
        far.settimeout(LIMIT)
        return Connected(near, far)

    return connect


class Contexts(NamedTuple):
    """The contexts of TLS of both roles."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="session")
def tls() -> Contexts:
    """Return contexts with a certificate for 127.0.0.1 and localhost, and with its authority."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(server)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(client)
    return Contexts(server, client)


@pytest.fixture
def serve(threads: ThreadPoolExecutor, connect: Callable[..., Connected]) -> Callable[..., Serving]:
    """Return a function that serves a client with a class of connections."""

    def serve(kind: type[Recording] = Recording, **options: Any) -> Serving:
        return Serving(threads, connect(), kind, **options)

    return serve
