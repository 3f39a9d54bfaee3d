"""Handshakes that are refused, with and without a body (RFC 6455 section 4.2.2, RFC 9112 section 6)."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.differential.handshaking import duel, extra, pieces
from tests.differential.http_strategies import mangled, rejections
from tests.differential.operations import Drain, Made, Receive, Send
from tests.differential.test_client_handshake import GOOD as RESPONSE
from tests.differential.test_client_handshake import REQUEST, kinds
from tests.differential.test_server_handshake import GOOD

statuses = st.sampled_from(
    [400, 200, 403, 404, 426, 503, 204, 304, 999, 101, 100, 199, 99, 1000, 0, -1, None, "400", 4.5]
)
#: Data for the body; also of types that are none.
data = st.sampled_from(
    [b"", b"abc", b"x" * 20, bytearray(b"array"), memoryview(b"view"), "text", None, 5, b"abcde"]
)


@given(
    status=statuses,
    headers=extra,
    body=st.lists(st.tuples(data, st.booleans()), max_size=3),
    has_body=st.booleans(),
)
def test_refusing(status: Any, headers: Any, body: list[tuple[Any, bool]], has_body: bool) -> None:  # noqa: FBT001
    """A server's refusal: framed by its headers, or chunked; closed by its last piece."""
    pair = duel("SERVER")
    pair.loose = True
    event = Made(
        "RejectConnection", (), (("status_code", status), ("headers", headers), ("has_body", has_body))
    )
    pair.run([Receive(GOOD), Drain(), Send(event)])
    pair.run([Send(Made("RejectData", piece)) for piece in body])
    pair.run([Receive(b"more"), Drain(), Send(Made("AcceptConnection"))])


@given(length=st.integers(0, 12), body=st.lists(st.tuples(st.binary(max_size=6), st.booleans()), max_size=4))
def test_declared_lengths(length: int, body: list[tuple[bytes, bool]]) -> None:
    """A body that is longer or shorter than its Content-Length."""
    pair = duel("SERVER")
    head = Made("RejectConnection", (400, [(b"Content-Length", b"%d" % length)], True))
    pair.run([Receive(GOOD), Drain(), Send(head), *(Send(Made("RejectData", piece)) for piece in body)])


@given(
    body=st.lists(st.tuples(st.binary(max_size=6), st.booleans()), max_size=4),
    version=st.sampled_from([b"1.0", b"1.1"]),
)
def test_chunked_bodies(body: list[tuple[bytes, bool]], version: bytes) -> None:
    """Without a length the body goes out in chunks, or until the end for a peer of HTTP/1.0."""
    pair = duel("SERVER")
    pair.run([Receive(GOOD.replace(b"HTTP/1.1", b"HTTP/" + version)), Drain()])
    pair.do(Send(Made("RejectConnection", (400, [], True))))
    pair.run([Send(Made("RejectData", piece)) for piece in body])


@given(kind=kinds, response=rejections().flatmap(mangled), source=st.data())
def test_refused(kind: str, response: bytes, source: st.DataObject) -> None:
    """A client that is refused: the body in every framing, in any chunks, whole or not."""
    pair = duel("CLIENT", kind)
    pair.do(Send(REQUEST))
    for piece in source.draw(pieces(response)):
        pair.run([piece, Drain()])
    pair.run([Receive(None), Drain(), Receive(b"more"), Drain()])


@given(response=rejections(), source=st.data())
def test_refused_and_then_more(response: bytes, source: st.DataObject) -> None:
    """After a refusal nothing opens the connection."""
    pair = duel("CLIENT")
    pair.do(Send(REQUEST))
    for piece in source.draw(pieces(response + RESPONSE)):
        pair.run([piece, Drain()])
    pair.run(
        [Send(Made("TextMessage", ("x",))), Send(REQUEST), Receive(b""), Drain(), Receive(None), Drain()]
    )
