"""The server's side of the opening handshake (RFC 6455 section 4.2)."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.differential.handshaking import Deflate, Hint, Initiate, Negotiated, SendWith, duel, extra
from tests.differential.http_strategies import REQUEST, VALUES, lines, requests
from tests.differential.operations import Drain, Made, Receive, Send
from tests.differential.recording import Script
from tests.differential.strategies import chunked, sendable
from tests.differential.wire import Frame

GOOD = b"GET /chat HTTP/1.1\r\n" + b"".join(b"%s: %s\r\n" % line for line in REQUEST) + b"\r\n"
TEXT_FRAME = Frame(1, b"hello", mask=b"mask").build()

kinds = st.sampled_from(["WSConnection", "H11Handshake"])


def with_lines(*more: tuple[bytes, bytes]) -> bytes:
    """Return a good request with more headers."""
    return GOOD[:-2] + b"".join(b"%s: %s\r\n" % line for line in more) + b"\r\n"


@given(kind=kinds, head=requests, data=st.data())
def test_requests(kind: str, head: bytes, data: st.DataObject) -> None:
    """Requests good, wrong and malformed, in any chunks; then accepted whatever was made of them."""
    pair = duel("SERVER", kind)
    for chunk in data.draw(chunked(head)):
        pair.run([Receive(chunk), Drain()])
    pair.run(
        [Send(Made("AcceptConnection")), Receive(TEXT_FRAME if kind == "WSConnection" else b""), Drain()]
    )


@given(head=requests)
def test_hints(head: bytes) -> None:
    """The event that an error suggests is sent as it comes."""
    duel("SERVER").run([Hint(head), Drain(), Receive(b"GET / HTTP/1.1\r\n"), Drain()])


@given(head=requests, first=st.one_of(sendable, st.just(Made("RejectConnection"))), data=st.data())
def test_after_an_error(head: bytes, first: Made, data: st.DataObject) -> None:
    """What can be sent and received after a request that failed, and before one is complete."""
    pair = duel("SERVER")
    pair.run([Receive(head), Send(first), Drain()])
    for chunk in data.draw(chunked(head)):
        pair.run([Receive(chunk), Drain()])
    pair.run([Receive(None), Drain(), Receive(GOOD), Drain()])


#: One offer of each extension: of several, upstream answers the last (a declared difference).
offers = st.lists(
    st.sampled_from(VALUES[b"Sec-WebSocket-Extensions"][:-1]).filter(lambda value: b"\xff" not in value),
    max_size=2,
).filter(
    lambda values: all(sum(name in value for value in values) < 2 for name in (b"permessage", b"x-fake"))
)
protocols = st.sampled_from([None, "chat", "superchat", "", "other", "\xe9", "chat,superchat", 5, b"chat"])
supported = st.lists(
    st.one_of(
        st.builds(Deflate),
        st.just(Script("x-fake")),
        st.just(Script("y", enabled=False)),
    ),
    max_size=2,
).map(tuple)


@given(offered=offers, subprotocol=protocols, extensions=supported, headers=extra)
def test_accepting(offered: list[bytes], subprotocol: Any, extensions: tuple[Any, ...], headers: Any) -> None:
    """Section 4.2.2: the response to a good request; the subprotocol and the extensions that it agrees to."""
    request = with_lines(
        (b"Sec-WebSocket-Protocol", b"chat, superchat"),
        *((b"Sec-WebSocket-Extensions", each) for each in offered),
    )
    event = Made("AcceptConnection", (), (("subprotocol", subprotocol), ("extra_headers", headers)))
    pair = duel("SERVER")
    pair.run([Receive(request), Drain(), SendWith(event, extensions), Negotiated()])
    pair.run([Receive(TEXT_FRAME), Drain(), Send(Made("AcceptConnection"))])


@given(event=sendable)
def test_sending_too_early(event: Made) -> None:
    """Nothing of the data phase can be sent before the handshake is done."""
    duel("SERVER").run(
        [Send(event), Receive(GOOD), Send(event), Drain(), Send(event), Send(Made("AcceptConnection"))]
    )


ORDER = st.lists(
    st.sampled_from(
        [
            Send(Made("AcceptConnection")),
            Send(Made("RejectConnection")),
            Send(Made("Request", ("host", "/"))),
            Send(Made("RejectConnection", (403, [(b"content-length", b"3")], True))),
            Send(Made("RejectData", (b"abc",))),
            Send(Made("RejectData", (b"", False))),
            Receive(GOOD),
            Receive(GOOD[:40]),
            Receive(GOOD[40:]),
            Receive(None),
            Receive(b""),
            Receive(TEXT_FRAME),
            Drain(),
            Drain(),
        ]
    ),
    max_size=6,
)


@given(kind=kinds, operations=ORDER)
@example(
    kind="WSConnection",
    operations=[Receive(GOOD), Send(Made("Request", ("host", "/"))), Send(Made("AcceptConnection"))],
)
def test_any_order(kind: str, operations: list[Any]) -> None:
    """Events of the handshake in any order: those that do not fit raise, and leave the state as it was."""
    duel("SERVER", kind).run(operations)


headers = st.one_of(
    st.lists(lines, max_size=3).map(lambda more: [*REQUEST, *more]),
    st.permutations(REQUEST).flatmap(lambda head: st.integers(0, 5).map(lambda number: list(head)[:number])),
    extra.map(lambda more: [*REQUEST, *more] if isinstance(more, list) else more),
    st.just([(name.decode(), value.decode()) for name, value in REQUEST]),
    st.just([(name.lower(), value) for name, value in REQUEST]),
)
paths = st.sampled_from(
    ["/", b"/", "/chat?x=y", b"*", "", b"", "/é", b"/\xe9", "/a b", None, 5, "http://host/", bytearray(b"/a")]
)


@given(headers=headers, path=paths, role=st.sampled_from(["SERVER", "SERVER", "SERVER", "CLIENT"]))
def test_initiate_upgrade_connection(headers: Any, path: Any, role: str) -> None:
    """A request that was parsed elsewhere is treated as one that arrives here."""
    pair = duel(role)
    pair.run([Initiate(headers, path), Drain(), Send(Made("AcceptConnection"))])
    pair.run([Receive(TEXT_FRAME), Drain()])
