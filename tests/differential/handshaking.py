"""
Handshakes as operations.

A client's key is random, so a response to it is a template until its side is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.differential.harness import Duel
from tests.differential.http_strategies import ACCEPT
from tests.differential.operations import Made, Member, build
from tests.differential.recording import Script, recording

if TYPE_CHECKING:
    from tests.differential.harness import Side


@dataclass(frozen=True)
class Respond:
    """A piece of a response, the token in it being the one that answers this side's request."""

    template: bytes
    start: int = 0
    end: int | None = None

    def run(self, side: Side) -> Any:
        token = side.package.utilities.generate_accept_token(side.reader.nonce)
        assert len(token) == len(ACCEPT)
        return side.subject.receive_data(self.template.replace(ACCEPT, token)[self.start : self.end])


@dataclass(frozen=True)
class Hint:
    """What the last error suggested, sent, as servers do without looking."""

    data: bytes

    def run(self, side: Side) -> Any:
        try:
            side.subject.receive_data(self.data)
        except side.package.utilities.RemoteProtocolError as error:
            return (str(error), side.reader.read(side.subject.send(error.event_hint)))
        return None


@dataclass(frozen=True)
class Deflate:
    """A new `PerMessageDeflate`, or one that the side made before under the same number."""

    arguments: tuple[Any, ...] = ()
    number: int | None = None

    def make(self, side: Side) -> Any:
        if self.number is None:
            return side.package.extensions.PerMessageDeflate(*self.arguments)
        return side.notes.setdefault(
            f"deflate {self.number}", side.package.extensions.PerMessageDeflate(*self.arguments)
        )


@dataclass(frozen=True)
class SendWith:
    """An event sent, with extensions that are made on each side."""

    event: Made
    extensions: tuple[Any, ...] = ()
    on_the_wire = True

    def run(self, side: Side) -> Any:
        made = [
            each.make(side)
            if isinstance(each, Deflate)
            else recording(side, each)
            if isinstance(each, Script)
            else each
            for each in self.extensions
        ]
        side.notes["extensions"] = made
        keywords = (*self.event.kwargs, ("extensions", made))
        return side.subject.send(Made(self.event.name, self.event.args, keywords).build(side.package))


@dataclass(frozen=True)
class Negotiated:
    """What the handshake made of the extensions: their parameters, and whether they are on."""

    def run(self, side: Side) -> Any:
        return [(repr(each), each.enabled()) for each in side.notes.get("extensions", [])]


@dataclass(frozen=True)
class Initiate:
    """A request that someone else has parsed."""

    headers: Any
    path: Any

    def run(self, side: Side) -> Any:
        headers = list(self.headers) if isinstance(self.headers, list) else self.headers
        return side.subject.initiate_upgrade_connection(headers, self.path)


def duel(role: str, kind: str = "WSConnection") -> Duel:
    """Return two connections, or two bare handshakes, of the role."""

    def make(side: Side) -> Any:
        package = side.package
        maker = package.WSConnection if kind == "WSConnection" else package.handshake.H11Handshake
        return maker(build(Member("ConnectionType", role), package))

    return Duel(make)


@st.composite
def pieces(draw: st.DrawFn, template: bytes) -> list[Respond]:
    """Return a response in chunks."""
    if draw(st.integers(0, 5)) == 0 and len(template) < 500:
        cuts = list(range(1, len(template)))
    else:
        cuts = sorted(draw(st.lists(st.integers(0, len(template)), max_size=4)))
    return [Respond(template, start, end) for start, end in zip([0, *cuts], [*cuts, None], strict=True)]


#: Headers that callers add, right and wrong, and in every shape of pair.
EXTRA: list[Any] = [
    [],
    [(b"X-One", b"1")],
    [(b"x-one", b"1"), (b"X-One", b"2")],
    [("X-Text", "text")],
    [[b"X-List", b"pair"]],
    [(bytearray(b"X-Array"), b"1")],
    [(b"Set-Cookie", b"a=b"), (b"Set-Cookie", b"c=d")],
    [(b"Bad Name", b"x")],
    [(b"X-Bad", b"a\r\nInjected: yes")],
    [(b"X-Bad", b"nul\x00")],
    [(b"X-Space", b" padded ")],
    [(b"X-High", b"\xe9")],
    [("X-High", "é")],
    [(b"", b"")],
    [(b"Content-Length", b"5")],
    [(b"Content-Length", b"five")],
    [(b"Content-Length", b"0")],
    [(b"Transfer-Encoding", b"chunked")],
    [(b"Transfer-Encoding", b"gzip")],
    [(b"Connection", b"close")],
    [(b"Connection", b"keep-alive")],
    [(b"Host", b"other")],
    [(b"Sec-WebSocket-Protocol", b"extra")],
    [(b"X-One",)],
    [(b"X-One", b"1", b"2")],
    [None],
    [(None, b"1")],
    [(b"X", 1)],
    [5],
    None,
    (),
    ((b"X-Tuple", b"1"),),
    {b"X-Dict": b"1"}.items(),
    5,
    "ab",
]
extra = st.sampled_from(EXTRA)
