"""
Our blocking client against the public `websockets` servers.

Every test runs four times: against the asyncio and the threaded server, with and without
permessage-deflate (RFC 7692).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from examples.client import Client, ClosedError, RejectedError, converse
from tests.servers.echoing import TEN_THOUSAND
from tests.servers.programs.behaviour import CLOSE_CODE, CLOSE_REASON, FRAGMENTS, PONG_HAS_COME, REFUSAL
from tests.servers.public_server import asynchronous, threaded
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.loop import LoopThread


@pytest.fixture(params=[None, "deflate"], ids=["plain", "deflate"])
def compression(request: pytest.FixtureRequest) -> str | None:
    """Return what both sides are told about compression."""
    compression: str | None = request.param
    return compression


@pytest.fixture(params=["asyncio", "threaded"])
def port(request: pytest.FixtureRequest, loop: LoopThread, compression: str | None) -> Iterator[int]:
    """Return the port of each server in turn."""
    with threaded(compression) if request.param == "threaded" else asynchronous(loop, compression) as port:
        yield port


@pytest.fixture
def connect(port: int, compression: str | None) -> Iterator[Callable[..., Client]]:
    """Return a function that connects our client to a path of the server."""
    clients: list[Client] = []

    def connect(target: str = "/", subprotocols: tuple[str, ...] = ()) -> Client:
        extensions = [PerMessageDeflate()] if compression else []
        client = Client("127.0.0.1", port, target=target, subprotocols=subprotocols, extensions=extensions)
        clients.append(client)
        return client

    yield connect
    for client in clients:
        client.sock.close()


def test_compression_is_used_exactly_when_offered(
    connect: Callable[..., Client], compression: str | None
) -> None:
    """RFC 7692, section 5: the answer to the upgrade names the extensions in use."""
    names = [extension.name for extension in connect().accepted.extensions]
    assert names == (["permessage-deflate"] if compression else [])


def test_the_conversation_of_the_example(connect: Callable[..., Client]) -> None:
    """Text, binary, fragments, pings, a mebibyte and the closing handshake."""
    exchanged = converse(connect())
    assert exchanged.messages == 8
    assert exchanged.payload_bytes > 2 * 2**20


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65535, 65536, 2**20])
def test_messages_of_every_length_form_come_back(connect: Callable[..., Client], length: int) -> None:
    """RFC 6455, section 5.2: 7, 16 and 64 bits of length, on both sides of each border."""
    client = connect()
    client.send(TextMessage("é" * (length // 2)), BytesMessage(b"\x80" * length))
    assert client.receive_message() == "é" * (length // 2)
    assert client.receive_message() == b"\x80" * length


def test_fragments_from_the_server_are_one_message(connect: Callable[..., Client]) -> None:
    """RFC 6455, section 5.4."""
    client = connect("/fragments")
    client.send(TextMessage("in fragments, please"))
    assert client.receive_message() == "".join(FRAGMENTS)


def test_fragments_to_the_server_are_one_message(connect: Callable[..., Client]) -> None:
    """RFC 6455, section 5.4: with an empty fragment among them."""
    client = connect()
    client.send(*[BytesMessage(piece, message_finished=False) for piece in (b"a", b"", b"b")])
    client.send(BytesMessage(b"c"))
    assert client.receive_message() == b"abc"


def test_a_ping_may_come_between_fragments(connect: Callable[..., Client]) -> None:
    """RFC 6455, section 5.4: the pong need not wait for the message to end."""
    client = connect()
    client.send(TextMessage("one, ", message_finished=False), Ping(b"now"), TextMessage("two"))
    assert client.receive() == Pong(b"now")
    assert client.receive_message() == "one, two"


def test_the_server_gets_its_pong(connect: Callable[..., Client]) -> None:
    """RFC 6455, section 5.5.2: the server goes on only when it has."""
    client = connect("/ping")
    client.send(TextMessage("ping, please"))
    assert client.receive_message() == PONG_HAS_COME


@pytest.mark.parametrize(("code", "reason"), [(1000, None), (1001, "leaving"), (4999, "é" * 61)])
def test_the_client_closes(connect: Callable[..., Client], code: int, reason: str | None) -> None:
    """RFC 6455, section 5.5.1: the server echoes the code and the reason."""
    assert connect().close(code, reason) == CloseConnection(code, reason or "")


def test_the_client_closes_without_a_code(connect: Callable[..., Client]) -> None:
    """RFC 6455, section 7.1.5: an empty close frame is answered by one, which reads as 1005."""
    answer = connect().close(CloseReason.NO_STATUS_RCVD)
    assert answer.code is CloseReason.NO_STATUS_RCVD


def test_the_server_closes(connect: Callable[..., Client]) -> None:
    """RFC 6455, section 7.1.2: an application's own code, with its reason."""
    client = connect("/close")
    client.send(TextMessage("close, please"))
    with pytest.raises(ClosedError) as closed:
        client.receive_message()
    assert (closed.value.code, closed.value.reason) == (CLOSE_CODE, CLOSE_REASON)


def test_the_server_vanishes(connect: Callable[..., Client]) -> None:
    """RFC 6455, section 7.1.5: no close frame came, and that reads as 1006."""
    client = connect("/vanish")
    client.send(TextMessage("vanish, please"))
    with pytest.raises(ClosedError) as closed:
        client.receive_message()
    assert closed.value.code is CloseReason.ABNORMAL_CLOSURE


def test_the_server_refuses_and_says_why(connect: Callable[..., Client]) -> None:
    """RFC 6455, section 4.1: any response but 101 is plain HTTP, body and all."""
    with pytest.raises(RejectedError) as refusal:
        connect("/refused")
    assert refusal.value.status_code == 403
    assert refusal.value.body == REFUSAL.encode()


def test_the_server_chooses_a_subprotocol(connect: Callable[..., Client]) -> None:
    """RFC 6455, section 4.2.2: one of those offered."""
    assert connect(subprotocols=("echo", "chat")).accepted.subprotocol == "chat"


def test_ten_thousand_messages_come_back_in_order(connect: Callable[..., Client]) -> None:
    """A thousand frames in each write; the answers come in whatever pieces TCP makes of them."""
    client = connect()
    received = []
    for start in range(0, len(TEN_THOUSAND), 1000):
        batch = TEN_THOUSAND[start : start + 1000]
        client.send(*map(TextMessage, batch))
        received += [client.receive_message() for _ in batch]
    assert received == TEN_THOUSAND
