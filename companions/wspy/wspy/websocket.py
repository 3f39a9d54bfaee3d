"""Blocking sockets that send and receive frames."""

from __future__ import annotations

import logging
import socket
import threading
import time
from contextlib import suppress
from functools import cached_property
from ssl import SSLContext, SSLError
from typing import Any

from wsproto.frame_protocol import ParseFailed

from . import tls
from .agreement import Agreement
from .authentication import Credentials, authentication
from .errors import ConnectionClosed, HandshakeError
from .frame import ControlFrame, Frame
from .frame_stream import FrameStream
from .handshake import ClientHandshake, Policy, Proposal, ServerHandshake
from .socket_interface import SocketInterface
from .stream import CHUNK, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wsproto.extensions import Extension

    from .authentication import Authentication
    from .handshake import Upgraded

logger = logging.getLogger("wspy")

#: The most bytes of a received message, unless another limit is given.
MAX_MESSAGE_SIZE = 16 * 1024 * 1024
#: The longest that a handshake may take, in seconds, unless another limit is given.
HANDSHAKE_TIMEOUT = 10.0
#: The longest that the closing handshake may take, in seconds, unless another limit is given.
CLOSE_TIMEOUT = 10.0


class websocket(SocketInterface, Agreement):  # noqa: N801 - as `socket.socket`, whose interface it has
    """
    A socket upgraded to a WebSocket: it sends and receives frames.

    The methods are those of :class:`socket.socket`. Control frames are received as any other; a
    :class:`Connection` handles them.

    :param sock: the socket to upgrade, or ``None`` for a new one of TCP over IPv4.
    :param location: the path and query to ask for, as a client; the path to serve, as a server, or ``None``
        for all.
    :param origin: the origin (RFC 6454) that a client names.
    :param trusted_origins: the origins that a server accepts, such as ``"https://example.com"``; ``None`` for
        all of them, or with ``auth`` for those of its own host.
    :param protocols: the subprotocols, the preferred one first (RFC 6455 section 1.9).
    :param extensions: prototypes of the extensions to offer or to accept, the preferred one first.
    :param auth: as a client ``(user, password)``; as a server the same, a mapping of users to passwords, or
        an :class:`Authentication`.
    :param ssl: the context of a secure socket (``wss``).
    :param server_hostname: the name that the server's certificate has to be for; by default the host
        connected to.
    :param headers: further headers of a client's request.
    :param max_message_size: the most bytes of a received frame, or ``None`` for no limit.
    :param handshake_timeout: the longest that the handshakes may take, in seconds.
    :raises ValueError: if a value cannot stand in a request.
    """

    def __init__(  # noqa: PLR0913 - all but the first are keywords
        self,
        sock: socket.socket | None = None,
        *,
        location: str | None = None,
        origin: str | None = None,
        trusted_origins: Sequence[str] | None = None,
        protocols: Sequence[str] = (),
        extensions: Sequence[Extension] = (),
        auth: tuple[str, str] | Mapping[str, str] | Authentication | None = None,
        ssl: SSLContext | None = None,
        server_hostname: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
        max_message_size: int | None = MAX_MESSAGE_SIZE,
        handshake_timeout: float = HANDSHAKE_TIMEOUT,
    ) -> None:
        self._location = location
        self._origin = origin
        self._trusted_origins = trusted_origins
        self._protocols = tuple(protocols)
        self._extensions = tuple(extensions)
        self._auth = auth
        self._ssl = ssl
        self._server_hostname = server_hostname
        self._headers = tuple(headers)
        self.max_message_size = max_message_size
        self._proposal("localhost")  # raises what is wrong with the values, before there is a socket to close
        super().__init__(socket.socket() if sock is None else sock)
        self._policy: Policy | None = None
        self.handshake_timeout = handshake_timeout
        self._upgraded: Upgraded | None = None
        self._frames: FrameStream | None = None
        self._stream: Stream | None = None
        self._timeout: float | None = None
        self._sending = threading.Lock()

    def accept(self, *, handshake: bool = True) -> tuple[websocket, Any]:
        """
        Return the next client, and its address.

        Clients whose handshake fails are refused and logged, not returned. One handshake is done at a time.

        :param handshake: whether to do the handshake; otherwise the caller does, by :meth:`handshake`.
        :raises OSError: as ``socket.accept``.
        """
        while True:
            sock, address = self._sock.accept()
            client = self._accepted(sock)
            if not handshake:
                return client, address
            try:
                client.handshake()
            except Exception as error:
                usual = isinstance(error, (HandshakeError, OSError))
                level = logging.INFO if usual else logging.ERROR
                logger.log(level, "the handshake with %s has failed: %s", address, error, exc_info=not usual)
                client.close()
            else:
                return client, address

    def connect(self, address: Any) -> None:
        """
        Connect to a server, and do the handshakes, that of TLS included.

        If the server asks for credentials, and there are some, it is asked again over another connection.

        :raises HandshakeError: if the server refuses.
        :raises OSError: as ``socket.connect``; ``TimeoutError`` if the handshakes take too long.
        """
        host = address[0] if isinstance(address, tuple) else "localhost"
        handshake = ClientHandshake(self._proposal(self._host(address)))
        timeout = self._sock.gettimeout()
        family, kind = self._sock.family, self._sock.type
        try:
            try:
                self._upgrade(address, host, handshake, handshake.request(), timeout)
            except HandshakeError as error:
                authorization = self._respond(error)
                if authorization is None:
                    raise
                self._sock.close()
                self._sock = socket.socket(family, kind)
                handshake = ClientHandshake(handshake.proposal)
                self._upgrade(address, host, handshake, handshake.request(authorization), timeout)
        finally:
            if self._stream is None and self._sock.fileno() != -1:
                self._sock.settimeout(timeout)

    def handshake(self) -> None:
        """
        Do the handshakes with a client that was accepted without.

        :raises HandshakeError: if it was refused.
        :raises OSError: as ``socket.recv``; ``TimeoutError`` if it takes too long.
        """
        if self._policy is None:
            raise ValueError("this socket has not been accepted")
        deadline = time.monotonic() + self.handshake_timeout
        timeout = self._sock.gettimeout()
        if self._ssl is not None:
            # Assigned before the handshake begins: another thread may end it by this attribute.
            self._sock = secure = tls.wrap(self._ssl, self._sock)
            tls.handshake(secure, deadline)
        handshake = ServerHandshake(self._policy)
        answer = None
        while answer is None:
            data = self._receive_until(deadline)
            if not data:
                raise HandshakeError("the client has ended the connection during the handshake")
            answer = handshake.receive(data)
        self._sock.settimeout(max(0.001, deadline - time.monotonic()))
        self._sock.sendall(answer.output)
        if answer.upgraded is None:
            raise HandshakeError(f"the client was refused: {answer.status}", answer.status)
        self._begin(answer.upgraded, timeout)

    def send(self, frame: Frame) -> None:
        """
        Send a frame.

        A frame that a timeout interrupts is completed by the next call.

        :raises TypeError: if it is not a :class:`Frame`.
        :raises OSError: as ``socket.send``.
        """
        if not isinstance(frame, Frame):
            raise TypeError(f"a websocket sends a Frame, not {type(frame).__name__}")
        frames = self._open_frames()
        # The order of the frames on the wire is the one in which extensions have seen them.
        with self._sending:
            self.stream.send(frames.encode(frame), self.gettimeout())

    def recv(self) -> Frame:
        """
        Return the next frame.

        :raises ConnectionClosed: if the peer has ended the connection, or broken a rule; it has been sent a
            close frame then.
        :raises OSError: as ``socket.recv``; what has been received is kept.
        """
        frames = self._open_frames()
        try:
            while (frame := frames.next()) is None:
                data = self.stream.recv(self.gettimeout())
                if not data:
                    raise ConnectionClosed(1006)
                frames.receive(data)
        except ParseFailed as error:
            self.send(ControlFrame.close(error.code, str(error)[:120]))
            raise ConnectionClosed(error.code, str(error)) from error
        return frame

    # What the handshake has agreed on.

    @property
    def location(self) -> str | None:  # type: ignore[override]
        """The path and query that the client has asked for; before that, what the constructor was given."""
        return self._location if self._upgraded is None else self._upgraded.location

    @property
    def upgraded(self) -> Upgraded:
        """
        What the handshake has agreed on.

        :raises OSError: before the handshake.
        """
        if self._upgraded is None:
            raise OSError("the socket is not connected")
        return self._upgraded

    # The bytes under the frames.

    def release(self) -> Upgraded:
        """Return what was agreed on and what is received and not read; what follows is the stream's."""
        unread = self._open_frames().unread()
        self._frames = None
        self._upgraded = self.upgraded._replace(trailing=unread)
        return self._upgraded

    @property
    def stream(self) -> Stream:
        """
        The bytes under the frames.

        :raises OSError: before the handshake.
        """
        if self._stream is None:
            raise OSError("the socket is not connected")
        return self._stream

    def settimeout(self, value: float | None) -> None:
        """Set the timeout of sending and receiving, in seconds; ``None`` for none, 0 to never wait."""
        if self._stream is None:
            super().settimeout(value)
        elif value is not None and value < 0:
            raise ValueError("a timeout is not negative")
        self._timeout = value

    def gettimeout(self) -> float | None:
        """Return the timeout of sending and receiving, in seconds."""
        return super().gettimeout() if self._stream is None else self._timeout

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 - as `socket.setblocking`
        """Let sending and receiving wait, or not."""
        self.settimeout(None if flag else 0.0)

    def shutdown(self, how: int) -> None:
        """Shut one or both directions of the socket."""
        if self._stream is None:
            super().shutdown(how)
        elif how == socket.SHUT_WR:
            self._stream.shut()
        else:
            self._stream.abort()

    def end_handshake(self) -> None:
        """Receive nothing more, if the handshake is not done; one that needs nothing more is completed."""
        if self._stream is None:
            with suppress(OSError):
                socket.socket.shutdown(self._sock, socket.SHUT_RD)

    def _open_frames(self) -> FrameStream:
        if self._frames is None:
            raise OSError("the socket is not connected, or belongs to a Connection")
        return self._frames

    def _begin(self, upgraded: Upgraded, timeout: float | None) -> None:
        self._stream = Stream(self._sock)
        self._timeout = timeout
        self._upgraded = upgraded
        self._frames = FrameStream(upgraded, self.max_message_size)

    # The handshake.

    def _accepted(self, sock: socket.socket) -> websocket:
        """Return the socket of a client that was accepted by this one."""
        client = websocket(
            sock,
            ssl=self._ssl,
            max_message_size=self.max_message_size,
            handshake_timeout=self.handshake_timeout,
        )
        client._policy = self.policy
        return client

    @cached_property
    def policy(self) -> Policy:
        """What this socket accepts, as a server."""
        return Policy(
            protocols=self._protocols,
            extensions=self._extensions,
            trusted_origins=self._trusted_origins,
            auth=None if self._auth is None else authentication(self._auth),
            location=self._location,
            max_message_size=self.max_message_size,
        )

    def _proposal(self, host: str) -> Proposal:
        return Proposal(
            host=host,
            location=self._location or "/",
            origin=self._origin,
            protocols=self._protocols,
            extensions=self._extensions,
            headers=self._headers,
            max_message_size=self.max_message_size,
        )

    def _host(self, address: Any) -> str:
        """Return the value of the header ``Host`` for an address."""
        if not isinstance(address, tuple):
            return "localhost"
        host, port = address[0] or "localhost", address[1]
        host = f"[{host.partition('%')[0]}]" if ":" in host else host
        return host if port == (80 if self._ssl is None else 443) else f"{host}:{port}"

    def _upgrade(
        self, address: Any, host: str, handshake: ClientHandshake, request: bytes, timeout: float | None
    ) -> None:
        """Connect, and do the handshakes."""
        deadline = time.monotonic() + self.handshake_timeout
        self._sock.settimeout(self.handshake_timeout)
        self._sock.connect(address)
        if self._ssl is not None:
            name = self._server_hostname or host or "localhost"
            self._sock = secure = tls.wrap(self._ssl, self._sock, name)
            tls.handshake(secure, deadline)
            self._sock.settimeout(max(0.001, deadline - time.monotonic()))
        self._sock.sendall(request)
        upgraded = None
        while upgraded is None:
            upgraded = handshake.receive(self._receive_until(deadline))
        self._begin(upgraded, timeout)

    def _receive_until(self, deadline: float) -> bytes:
        """Return received bytes, none at the end of the stream."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the handshake has taken too long")
        self._sock.settimeout(left)
        try:
            return self._sock.recv(CHUNK)
        except (ConnectionResetError, SSLError) as error:
            raise HandshakeError(
                f"the peer has ended the connection during the handshake: {error}"
            ) from error

    def _respond(self, error: HandshakeError) -> str | None:
        """Return the credentials that the server asks for, if there are some that it understands."""
        if error.status != 401 or not isinstance(self._auth, tuple):
            return None
        challenges = error.values(b"www-authenticate")
        return Credentials(*self._auth).respond(challenges, "GET", self._location or "/")
