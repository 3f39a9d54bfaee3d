"""The client's side of the opening handshake (RFC 6455 section 4.1)."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.differential.handshaking import Deflate, Negotiated, Respond, SendWith, duel, extra, pieces
from tests.differential.http_strategies import RESPONSE, VALUES, mangled, responses
from tests.differential.operations import Drain, Made, Receive, Send
from tests.differential.recording import Script
from tests.differential.strategies import sendable
from tests.differential.wire import Frame

GOOD = b"HTTP/1.1 101 Switching Protocols\r\n" + b"".join(b"%s: %s\r\n" % line for line in RESPONSE) + b"\r\n"
FRAME = Frame(1, b"hello").build()
REQUEST = Made("Request", ("example.com", "/chat"))

kinds = st.sampled_from(["WSConnection", "H11Handshake"])
offered = st.lists(
    st.sampled_from([Deflate(), Script("x-fake"), Script("y", enabled=False)]), max_size=2
).map(tuple)


@given(
    kind=kinds,
    head=responses.flatmap(mangled),
    frames=st.sampled_from([b"", FRAME, FRAME[:3]]),
    data=st.data(),
)
def test_responses(kind: str, head: bytes, frames: bytes, data: st.DataObject) -> None:
    """Responses good, wrong and malformed, in any chunks, with frames that arrive together with them."""
    pair = duel("CLIENT", kind)
    pair.do(Send(REQUEST))
    for piece in data.draw(pieces(head + frames)):
        pair.run([piece, Drain()])
    pair.run(
        [
            Send(Made("TextMessage", ("mine",))),
            Receive(FRAME),
            Drain(),
            Receive(None),
            Drain(),
            Receive(FRAME),
        ]
    )


hosts = st.sampled_from(
    [
        "example.com",
        "example.com:80",
        "bücher.example",
        "[::1]",
        "",
        "a" * 64,
        "a..b",
        "xn--a",
        "127.0.0.1",
        "\ud800",
        None,
        b"bytes",
        "a b",
        "a\r\nX: y",
        "EXAMPLE",
    ]
)
targets = st.sampled_from(
    ["/", "/chat?q=1", "chat", "", "/é", "/a b", "*", "/\r\n", None, b"/", 5, "http://example.com/"]
)
subprotocols = st.sampled_from(
    [[], ["chat"], ["chat", "super"], ("a", "b"), "chat", ["é"], [b"x"], [5], None, [""], 7]
)


@given(host=hosts, target=targets, names=subprotocols, headers=extra, extensions=offered)
def test_requests(host: Any, target: Any, names: Any, headers: Any, extensions: tuple[Any, ...]) -> None:
    """Section 4.1: the request, from arguments right and wrong."""
    event = Made(
        "Request",
        (),
        (("host", host), ("target", target), ("extra_headers", headers), ("subprotocols", names)),
    )
    pair = duel("CLIENT")
    pair.run([SendWith(event, extensions), Respond(GOOD), Drain(), Negotiated()])


@given(
    extensions=offered,
    names=st.sampled_from([[], ["chat"], ["chat", "super"]]),
    agreed=st.lists(
        st.sampled_from(VALUES[b"Sec-WebSocket-Extensions"][:-1]).filter(
            # Legal in an offer only, which is a declared difference.
            lambda value: not value.endswith(b"client_max_window_bits")
        ),
        max_size=2,
    ),
    chosen=st.lists(st.sampled_from(VALUES[b"Sec-WebSocket-Protocol"]), max_size=2),
)
def test_what_the_server_agrees_to(
    extensions: tuple[Any, ...], names: list[str], agreed: list[bytes], chosen: list[bytes]
) -> None:
    """Section 4.1: a subprotocol or an extension that was not asked for fails the handshake."""
    more = [(b"Sec-WebSocket-Extensions", each) for each in agreed]
    more += [(b"Sec-WebSocket-Protocol", each) for each in chosen]
    response = GOOD[:-2] + b"".join(b"%s: %s\r\n" % line for line in more) + b"\r\n"
    event = Made("Request", ("example.com", "/"), (("subprotocols", names),))
    pair = duel("CLIENT")
    pair.run([SendWith(event, extensions), Respond(response), Drain(), Negotiated(), Receive(FRAME), Drain()])


@given(event=sendable)
def test_sending_too_early(event: Made) -> None:
    """Nothing of the data phase can be sent before the handshake is done."""
    duel("CLIENT").run(
        [Send(event), Send(REQUEST), Send(event), Respond(GOOD), Send(event), Drain(), Send(event)]
    )


INFORMATIONAL = b"HTTP/1.1 100 Continue\r\n\r\n"
ORDER = st.lists(
    st.sampled_from(
        [
            Send(REQUEST),
            Send(REQUEST),
            Send(Made("AcceptConnection")),
            Send(Made("RejectConnection")),
            Send(Made("RejectData", (b"abc",))),
            Respond(GOOD),
            Respond(GOOD[:60]),
            Respond(GOOD[60:]),
            Receive(None),
            Receive(b""),
            Receive(FRAME),
            Receive(INFORMATIONAL),
            Receive(b"HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\nno"),
            Drain(),
            Drain(),
        ]
    ),
    max_size=6,
)


@example("H11Handshake", [Send(REQUEST), Respond(GOOD), Send(REQUEST), Send(Made("AcceptConnection"))])
@example("WSConnection", [Send(REQUEST), Respond(GOOD), Send(Made("AcceptConnection")), Send(REQUEST)])
@example("H11Handshake", [Send(REQUEST), Respond(GOOD), Send(Made("AcceptConnection")), Send(REQUEST)])
@given(kind=kinds, operations=ORDER)
def test_any_order(kind: str, operations: list[Any]) -> None:
    """Events of the handshake in any order, and responses before there was a request."""
    duel("CLIENT", kind).run(operations)


@given(status=st.integers(100, 110), more=st.booleans(), data=st.data())
def test_informational_responses(status: int, more: bool, data: st.DataObject) -> None:  # noqa: FBT001
    """RFC 9110 section 15.2: responses before the response."""
    line = b"HTTP/1.1 %d Wait\r\n" % status
    before = line + (b"Link: </a>\r\n" if more else b"") + b"\r\n"
    pair = duel("CLIENT")
    pair.do(Send(REQUEST))
    for piece in data.draw(pieces(before + GOOD + FRAME)):
        pair.run([piece, Drain()])
