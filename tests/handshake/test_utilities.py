"""`wsproto.utilities` and the functions of `wsproto.handshake`."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from tests.handshake.messages import KEY, TOKEN
from wsproto import handshake, typing, utilities
from wsproto.events import RejectConnection
from wsproto.extensions import Extension
from wsproto.utilities import (
    LocalProtocolError,
    ProtocolError,
    RemoteProtocolError,
    generate_accept_token,
    generate_nonce,
    normed_header_dict,
    split_comma_header,
)


def test_constants() -> None:
    """RFC 6455 sections 1.3, 4.1."""
    assert utilities.ACCEPT_GUID == b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    assert handshake.WEBSOCKET_VERSION == b"13"
    assert handshake.WEBSOCKET_UPGRADE == b"websocket"
    assert typing.Headers == list[tuple[bytes, bytes]]


@pytest.mark.parametrize("key", [KEY, bytearray(KEY)])
def test_the_answer_to_a_key(key: Any) -> None:
    """RFC 6455 section 1.3, the example."""
    assert generate_accept_token(key) == TOKEN


def test_the_answer_to_text_is_an_error() -> None:
    """Python's own."""
    with pytest.raises(TypeError):
        generate_accept_token("text")  # type: ignore[arg-type]


def test_a_nonce_is_sixteen_random_bytes() -> None:
    """RFC 6455 section 4.1, item 7."""
    nonces = {generate_nonce() for _ in range(100)}
    assert len(nonces) == 100
    assert {len(b64decode(nonce)) for nonce in nonces} == {16}


@pytest.mark.parametrize(
    ("value", "members"),
    [
        (b"", [""]),
        (b"a, b ,\tc,,", ["a", "b", "c", "", ""]),
        (b"\x1ca\x1f,\x0bb", ["a", "b"]),
        (bytearray(b"a,b"), ["a", "b"]),
    ],
)
def test_a_list_is_split_at_its_commas(value: Any, members: list[str]) -> None:
    """RFC 9110 section 5.6.1."""
    assert split_comma_header(value) == members


def test_a_list_that_is_not_ascii_is_an_error() -> None:
    """The position is that in the member."""
    with pytest.raises(UnicodeDecodeError, match="byte 0xe9 in position 1"):
        split_comma_header(b"a,b\xe9,c")


def test_headers_of_one_name_are_joined() -> None:
    """RFC 9110 section 5.3; names are compared as they are."""
    headers = [(b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"A", b"4")]
    assert normed_header_dict(headers) == {b"a": b"1, 3", b"b": b"2", b"A": b"4"}


@pytest.mark.parametrize("headers", [[(b"a",)], [(b"a", b"b", b"c")], [("a", "b")], [None], 5])
def test_headers_that_are_none_are_an_error(headers: Any) -> None:
    """Python's own."""
    with pytest.raises((TypeError, ValueError)):
        normed_header_dict(headers)


def test_the_exceptions_are_a_family() -> None:
    """A hint comes with those that are the peer's fault."""
    assert issubclass(LocalProtocolError, ProtocolError)
    assert issubclass(RemoteProtocolError, ProtocolError)
    error = RemoteProtocolError("text", event_hint=RejectConnection())
    assert (str(error), error.event_hint) == ("text", RejectConnection())
    assert RemoteProtocolError("text").event_hint is None


class Named(Extension):
    """An extension with a name and an answer."""

    def __init__(self, name: str, answer: Any = None) -> None:
        """Remember both."""
        self.name = name
        self.answer = answer

    def offer(self) -> bool:
        """Offer nothing: this is a server's."""
        return False

    def accept(self, offer: str) -> Any:  # noqa: ARG002
        """Give the answer."""
        return self.answer

    def finalize(self, offer: str) -> None:
        """Be content."""


@pytest.mark.parametrize(
    ("answer", "value"),
    [(True, b"x"), (False, None), (None, None), ("", b"x"), ("a; b=1", b"x; a; b=1")],
)
def test_an_extension_answers_an_offer(answer: Any, value: bytes | None) -> None:
    """RFC 6455 section 9.1: yes, no, or yes with parameters."""
    offers = ["y", "x; a", " x "]
    assert handshake.server_extensions_handshake(offers, [Named("x", answer)]) == value


def test_a_client_knows_what_it_has_offered() -> None:
    """RFC 6455 section 9.1."""
    extensions = [Named("x"), Named("y")]
    assert handshake.client_extensions_handshake(["y; a=1", "x"], extensions) == extensions[::-1]
    with pytest.raises(RemoteProtocolError, match="unrecognized extension z"):
        handshake.client_extensions_handshake(["z; a"], extensions)


def test_every_name_of_upstreams_modules_is_there() -> None:
    """People import what a module has imported."""
    names = {
        handshake: "Connection ConnectionState ConnectionType AcceptConnection Event RejectConnection "
        "RejectData Request Extension LocalProtocolError RemoteProtocolError generate_accept_token "
        "generate_nonce normed_header_dict split_comma_header H11Handshake WEBSOCKET_VERSION "
        "WEBSOCKET_UPGRADE server_extensions_handshake client_extensions_handshake",
        utilities: "ACCEPT_GUID ProtocolError LocalProtocolError RemoteProtocolError normed_header_dict "
        "split_comma_header generate_nonce generate_accept_token",
    }
    for module, expected in names.items():
        assert [name for name in expected.split() if not hasattr(module, name)] == []
