"""
Heads with bytes changed, cut anywhere: accepted if upstream accepts them, and refused as it refuses them.

Only what is meant to differ does: what cannot be decoded is the peer's mistake, and `Connection` and
`Upgrade` are lists (RFC 9110 section 5.3).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tests.handshake.messages import HEADERS, head
from tests.oracle import pair

if TYPE_CHECKING:
    from types import ModuleType

REQUEST = head(
    b"GET /chat HTTP/1.1",
    *HEADERS,
    (b"Sec-WebSocket-Protocol", b"a, b"),
    (b"Sec-WebSocket-Extensions", b"x; y=1"),
    (b"X-Other", b"any value"),
)
RESPONSES = [
    head(b"HTTP/1.1 101 Switching Protocols", (b"Upgrade", b"websocket"), (b"Connection", b"Upgrade")),
    head(b"HTTP/1.1 403 No", (b"Content-Length", b"5")) + b"hello",
    head(b"HTTP/1.1 403 No", (b"Transfer-Encoding", b"chunked")) + b"5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\n",
    head(b"HTTP/1.0 500", (b"Server", b"x")) + b"until the end",
    head(b"HTTP/1.1 100 Continue") + head(b"HTTP/1.1 204 x", (b"Content-Length", b"5")),
]

#: Bytes that mean something in a head, or must not be in one.
BYTES = [bytes([byte]) for byte in b'\0\t\n\v\f\r\x1b\x1c\x1f ,:;/.0159AUZaz_|()"\x7f\x80\xff']
NOISE = [*BYTES, b"\r\n", b"\r\n\r\n", b"\n\n", b"\r\n ", b", ", b"\r\n\t\r\n"]

changes = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 2), st.sampled_from(NOISE)), min_size=1, max_size=3
)
cuts = st.lists(st.integers(0, 10_000), max_size=4)


def changed(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """Return the data, with bytes replaced, removed or added in some places."""
    for place, length, noise in changes:
        at = place % (len(data) + 1)
        data = data[:at] + noise + data[at + length :]
    return data


def observe(package: ModuleType, role: str, pieces: list[bytes | None]) -> list[Any]:
    """Return everything that can be seen when this is received, piece by piece."""
    handshake = package.handshake.H11Handshake(package.ConnectionType[role])
    if role == "CLIENT":
        handshake.send(package.events.Request(host="h", target="/", subprotocols=["a"]))
    seen: list[Any] = []
    for piece in pieces:
        try:
            handshake.receive_data(piece)
        except Exception as error:  # noqa: BLE001 (whatever it is, it has to be the same)
            seen.append((type(error).__name__, str(error), repr(getattr(error, "event_hint", None))))
        seen += [repr(event) for event in handshake.events()]
        seen.append(str(handshake.state))
    return seen


def compare(role: str, data: bytes, cuts: list[int]) -> None:
    """Let both packages receive the data in the same pieces, then the end."""
    places = sorted({cut % (len(data) + 1) for cut in cuts} - {0, len(data)})
    pieces = [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]
    received = [*filter(None, pieces), None]
    ours, theirs = (observe(package, role, [*received]) for package in pair())
    if ours == theirs:
        return
    first, theirs_first = next(both for both in zip(ours, theirs, strict=False) if both[0] != both[1])
    if theirs_first[0] in ("UnicodeDecodeError", "UnicodeError"):
        assert first[0] == "RemoteProtocolError"
        assert first[1].startswith(("Bad header, ", "Missing header, "))
    elif "Missing header, 'Connection: Upgrade'" in theirs_first:
        assert data.lower().count(b"\nconnection") > 1
    elif "Missing header, 'Upgrade: websocket'" in theirs_first:
        assert b"," in data
    elif role == "CLIENT":
        assert "status_code=1" in theirs_first
    else:
        # RFC 9110 section 5.6.1
        lists = re.findall(r"(?im)^Sec-WebSocket-(?:Extensions|Protocol):(.*)$", data.decode("latin-1"))
        assert any(not element.strip() for value in lists for element in value.split(","))


@given(changes=changes, cuts=cuts)
def test_requests(changes: list[tuple[int, int, bytes]], cuts: list[int]) -> None:
    """RFC 9112 section 3, RFC 6455 section 4.2.1."""
    compare("SERVER", changed(REQUEST, changes), cuts)


@given(response=st.sampled_from(RESPONSES), changes=changes, cuts=cuts)
def test_responses(response: bytes, changes: list[tuple[int, int, bytes]], cuts: list[int]) -> None:
    """RFC 9112 sections 4, 6 and 7."""
    compare("CLIENT", changed(response, changes), cuts)


def test_every_byte_of_a_request() -> None:
    """Each place of the head with each of the interesting bytes in it."""
    for at in range(len(REQUEST)):
        for byte in BYTES:
            compare("SERVER", REQUEST[:at] + byte + REQUEST[at + 1 :], [])


def test_every_byte_of_the_responses() -> None:
    """Each place of the head and body with each of the interesting bytes in it."""
    for response in RESPONSES:
        for at in range(len(response)):
            for byte in BYTES:
                compare("CLIENT", response[:at] + byte + response[at + 1 :], [])
