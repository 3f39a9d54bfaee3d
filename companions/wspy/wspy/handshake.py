"""
The opening handshake of both roles, without I/O (RFC 6455 section 4).

``wsproto.WSConnection`` reads and writes the HTTP; it is given no more than the head, so that what follows
can be taken as frames or as messages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, RejectConnection, RejectData, Request
from wsproto.utilities import ProtocolError, RemoteProtocolError

from .errors import HandshakeError
from .extension import choose, fresh, uses_rsv1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsproto.events import Event
    from wsproto.extensions import Extension

    from .authentication import Authentication

#: The most bytes that an HTTP head may have.
MAX_HEAD = 16 * 1024
#: The most bytes of the body of a refusal that a client keeps.
MAX_BODY = 64 * 1024

_END_OF_HEAD = re.compile(rb"\n\r?\n")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: The headers that decide whether a client is accepted, and so may occur once only.
_SINGLE = (b"origin", b"authorization")
#: The headers of a request that are the handshake's own, or announce a body, which it does not have.
_OWN = re.compile(r"(?i)host|upgrade|connection|content-length|transfer-encoding|sec-websocket-.*")
_INTERIM = re.compile(rb"HTTP/1\.1 1(?!01)[0-9]{2}[ \r\n]")
_WRONG_IN_HEADER = re.compile(r"[\x00-\x1f\x7f]")
_WRONG_IN_TARGET = re.compile(r"[\x00-\x20\x7f]")


class Upgraded(NamedTuple):
    """What a handshake has agreed on, and the bytes that have come after it."""

    role: ConnectionType
    #: The path and query of the request.
    location: str
    #: The subprotocol, if there is one.
    protocol: str | None
    #: The extensions in use.
    extensions: list[Extension]
    #: The further headers of the request or response: without `Host`, subprotocols and extensions.
    headers: list[tuple[bytes, bytes]]
    #: Who the client is, if the server has asked.
    user: str | None
    #: What the peer has sent after its head.
    trailing: bytes


@dataclass(frozen=True)
class Policy:
    """
    What a server accepts.

    :param protocols: the subprotocols it speaks, the preferred one first.
    :param extensions: prototypes of the extensions it has, the preferred one first.
    :param trusted_origins: the origins (RFC 6454) of the pages that may connect, such as
        ``"https://example.com"``; ``None`` for all of them, or with ``auth`` for those of the host that the
        request is for. A request without an origin does not come from a browser, and is accepted.
    :param auth: how clients prove who they are, or ``None``.
    :param location: the path that is served, or ``None`` for every path.
    :param max_message_size: the most bytes of a received message, or ``None`` for no limit.
    """

    protocols: Sequence[str] = ()
    extensions: Sequence[Extension] = ()
    trusted_origins: Sequence[str] | None = None
    auth: Authentication | None = None
    location: str | None = None
    max_message_size: int | None = None


class Answer(NamedTuple):
    """A server's response, and what was agreed on if it accepts."""

    output: bytes
    upgraded: Upgraded | None
    #: The status code of the response.
    status: int


class ServerHandshake:
    """The handshake of a server: bytes in, one :class:`Answer` out."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._head = bytearray()

    def receive(self, data: bytes) -> Answer | None:
        """
        Take received bytes; return the answer once the head is complete, and ``None`` until then.

        A head that breaks a rule, or is longer than 16 KiB, is answered with a refusal.
        """
        searched = max(0, len(self._head) - 2)
        self._head += data
        end = _END_OF_HEAD.search(self._head, searched, MAX_HEAD)
        if end is None:
            return refusal(431) if len(self._head) >= MAX_HEAD else None
        protocol = WSConnection(ConnectionType.SERVER)
        try:
            protocol.receive_data(bytes(self._head[: end.end()]))
            request = next(protocol.events())
        except RemoteProtocolError as error:
            return _answer_error(protocol, error)
        # Upstream raises these for values of headers that it does not expect.
        except (ValueError, IndexError, StopIteration):
            return refusal(400)
        if not isinstance(request, Request):
            return refusal(400)
        return self._decide(protocol, request, bytes(self._head[end.end() :]))

    def _decide(self, protocol: WSConnection, request: Request, trailing: bytes) -> Answer:
        """Return the response to a request that is a handshake."""
        policy = self.policy
        names = [name.lower() for name, _ in request.extra_headers]
        if any(names.count(name) > 1 for name in _SINGLE):
            return _reject(protocol, 400)
        path = request.target.split("?", 1)[0]
        if policy.location is not None and path != policy.location:
            return _reject(protocol, 404)
        if not self._is_trusted(request):
            return _reject(protocol, 403)
        user = None
        if policy.auth is not None:
            authorization = header(request.extra_headers, b"authorization")
            verdict = policy.auth.check(authorization, "GET", request.target)
            if verdict.user is None:
                challenges = policy.auth.challenges(stale=verdict.stale)
                named = [(b"www-authenticate", challenge.encode()) for challenge in challenges]
                return _reject(protocol, 401, named)
            user = verdict.user
        offered = set(request.subprotocols)
        subprotocol = next((name for name in policy.protocols if name in offered), None)
        extensions = choose(policy.extensions, request.extensions, policy.max_message_size)  # type: ignore[arg-type]
        try:
            output = protocol.send(AcceptConnection(subprotocol=subprotocol, extensions=extensions))
        except (ProtocolError, ValueError, IndexError):
            return refusal(400)
        enabled = [extension for extension in extensions if extension.enabled()]
        upgraded = Upgraded(
            ConnectionType.SERVER,
            request.target,
            subprotocol,
            enabled,
            list(request.extra_headers),
            user,
            trailing,
        )
        return Answer(output, upgraded, 101)

    def _is_trusted(self, request: Request) -> bool:
        """Return whether the page that the request comes from may connect."""
        origin = header(request.extra_headers, b"origin")
        trusted = self.policy.trusted_origins
        if origin is None:
            return True
        if trusted is not None:
            return origin.lower() in {each.lower() for each in trusted}
        # A browser sends the credentials of this host with the request of any page.
        return self.policy.auth is None or _is_of_host(origin, request.host)


@dataclass(frozen=True)
class Proposal:
    """
    What a client asks for.

    :param host: the host and, unless it is that of the scheme, the port.
    :param location: the path and query.
    :param origin: the origin (RFC 6454) of the program, or ``None``.
    :param protocols: the subprotocols it speaks, the preferred one first.
    :param extensions: prototypes of the extensions it offers.
    :param headers: further headers.
    :param max_message_size: the most bytes of a received message, or ``None`` for no limit.
    :raises ValueError: if a value cannot stand in a request.
    """

    host: str
    location: str = "/"
    origin: str | None = None
    protocols: Sequence[str] = ()
    extensions: Sequence[Extension] = ()
    headers: Sequence[tuple[str, str]] = ()
    max_message_size: int | None = None

    def __post_init__(self) -> None:
        if not self.location.startswith("/") or _WRONG_IN_TARGET.search(self.location):
            raise ValueError(f"a location is a path, with a query or not: {self.location!r}")
        values = [self.host, self.origin or "", *self.protocols]
        values += [text for pair in self.headers for text in pair]
        for value in (self.host, self.origin or "", *(value for _, value in self.headers)):
            if value != value.strip(" "):
                raise ValueError(f"the value of a header neither begins nor ends with a blank: {value!r}")
        for name, _ in self.headers:
            if _OWN.fullmatch(name):
                raise ValueError(f"the handshake itself sets this header: {name!r}")
        for value in values:
            if _WRONG_IN_HEADER.search(value):
                raise ValueError(f"a header has no control characters: {value!r}")
        for name in (*self.protocols, *(name for name, _ in self.headers)):
            if not _TOKEN.fullmatch(name):
                raise ValueError(f"subprotocols and the names of headers are tokens: {name!r}")


class ClientHandshake:
    """The handshake of a client: one request out, bytes in, and what was agreed on."""

    def __init__(self, proposal: Proposal) -> None:
        self.proposal = proposal
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._head = bytearray()
        self._refusal: RejectConnection | None = None
        self._body = bytearray()

    def request(self, authorization: str | None = None) -> bytes:
        """
        Return the request.

        :param authorization: the value of the header of that name.
        """
        proposal = self.proposal
        headers = [
            (name.lower().encode("ascii"), value.encode("latin-1")) for name, value in proposal.headers
        ]
        if proposal.origin is not None:
            headers.append((b"origin", proposal.origin.encode("ascii")))
        if authorization is not None:
            headers.append((b"authorization", authorization.encode("latin-1")))
        return self._protocol.send(
            Request(
                host=proposal.host,
                target=proposal.location,
                subprotocols=list(proposal.protocols),
                extensions=[fresh(each, proposal.max_message_size) for each in proposal.extensions],
                extra_headers=headers,
            )
        )

    def receive(self, data: bytes) -> Upgraded | None:
        """
        Take received bytes, none at the end of the stream; return what was agreed on, once it is.

        :raises HandshakeError: if the server refuses, breaks a rule or ends the stream.
        """
        if self._refusal is not None:
            self._receive_body(data, is_end=not data)
            return None
        if not data:
            raise HandshakeError("the server has ended the connection during the handshake")
        searched = max(0, len(self._head) - 2)
        self._head += data
        while (end := _END_OF_HEAD.search(self._head, searched, MAX_HEAD)) is not None:
            head = bytes(self._head[: end.end()])
            del self._head[: end.end()]
            searched = 0
            if _INTERIM.match(head):  # upstream would take it for a refusal
                continue
            for event in self._feed(head):
                if isinstance(event, AcceptConnection):
                    return self._upgraded(event)
                if isinstance(event, RejectConnection):
                    self._refusal = event
            if self._refusal is not None:
                self._receive_body(bytes(self._head), is_end=not self._refusal.has_body)
                return None
        if len(self._head) >= MAX_HEAD:
            raise HandshakeError("the head of the response is too long")
        return None

    def _feed(self, data: bytes) -> list[Event]:
        """Return the events in received bytes."""
        try:
            self._protocol.receive_data(data)
            return list(self._protocol.events())
        except (ProtocolError, ValueError, IndexError) as error:
            raise HandshakeError(f"the response is no WebSocket handshake: {error}") from error

    def _upgraded(self, event: AcceptConnection) -> Upgraded:
        """Return what the server has accepted."""
        extensions = list(event.extensions)
        if sum(map(uses_rsv1, extensions)) > 1:
            raise HandshakeError("the server has accepted extensions that exclude each other", 101)
        return Upgraded(
            ConnectionType.CLIENT,
            self.proposal.location,
            event.subprotocol,
            extensions,
            list(event.extra_headers),
            None,
            bytes(self._head),
        )

    def _receive_body(self, data: bytes, *, is_end: bool) -> None:
        """Take the body of a refusal; raise once it is complete, too long, or ended."""
        refusal = self._refusal
        assert refusal is not None
        for event in self._feed(data) if data else []:
            if isinstance(event, RejectData):
                self._body += event.data
                is_end |= event.body_finished
        if is_end or len(self._body) >= MAX_BODY:
            raise HandshakeError(
                f"the server has refused the connection: {refusal.status_code}",
                refusal.status_code,
                list(refusal.headers),
                bytes(self._body[:MAX_BODY]),
            )


def _is_of_host(origin: str, host: str) -> bool:
    """Return whether an origin is that of a page of the host, by whichever scheme."""
    scheme, _, name = origin.lower().partition("://")
    return scheme in {"http", "https"} and bool(name) and name == host.lower()


def header(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> str | None:
    """Return the value of a header, whose name is given in lower case, or ``None``."""
    values = [value.decode("latin-1") for key, value in headers if key.lower() == name]
    return values[0] if values else None


def refusal(status: int) -> Answer:
    """Return the refusal of a request that is not read, or is none."""
    phrase = HTTPStatus(status).phrase
    head = f"HTTP/1.1 {status} {phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    return Answer(head.encode(), None, status)


def _reject(protocol: WSConnection, status: int, headers: Sequence[tuple[bytes, bytes]] = ()) -> Answer:
    """Return the refusal of a handshake."""
    rejection = RejectConnection(
        status_code=status,
        headers=[*headers, (b"content-length", b"0"), (b"connection", b"close")],
        has_body=False,
    )
    return Answer(protocol.send(rejection), None, status)


def _answer_error(protocol: WSConnection, error: RemoteProtocolError) -> Answer:
    """Return the response that the error suggests: 426 to a request for another version, mostly 400."""
    hint = error.event_hint
    if not isinstance(hint, RejectConnection):
        return refusal(400)
    try:
        return _reject(protocol, hint.status_code, list(hint.headers))
    except (ProtocolError, ValueError):
        return refusal(400)
