"""Both ends of a connection in bytes, without I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wsproto import ConnectionType
from wspy.handshake import ClientHandshake, Policy, Proposal, ServerHandshake, Upgraded
from wspy.session import Session

if TYPE_CHECKING:
    import wspy


def agreed(proposal: Proposal, policy: Policy) -> tuple[Upgraded, Upgraded]:
    """Return what a client and a server have agreed on."""
    client = ClientHandshake(proposal)
    answer = ServerHandshake(policy).receive(client.request())
    assert answer is not None
    assert answer.upgraded is not None
    upgraded = client.receive(answer.output)
    assert upgraded is not None
    return upgraded, answer.upgraded


def upgraded(role: ConnectionType) -> Upgraded:
    """Return an agreement without extensions."""
    return Upgraded(role, "/", None, [], [], None, b"")


class Recorder:
    """A receiver that notes what it is called with."""

    def __init__(self) -> None:
        self.messages: list[wspy.Message] = []
        self.calls: list[tuple[Any, ...]] = []

    def on_message(self, _session: Session, message: wspy.Message) -> None:
        self.messages.append(message)

    def on_ping(self, payload: bytes) -> None:
        self.calls.append(("ping", payload))

    def on_pong(self, payload: bytes) -> None:
        self.calls.append(("pong", payload))

    def on_close(self, code: int, reason: str) -> None:
        self.calls.append(("close", code, reason))


class End(NamedTuple):
    """A session, and what it has received."""

    session: Session
    received: Recorder


def end(role: ConnectionType, max_message_size: int | None = None) -> End:
    """Return one end of a connection without extensions."""
    received = Recorder()
    return End(Session(upgraded(role), received, max_message_size), received)


def both_ends(max_message_size: int | None = None) -> tuple[End, End]:
    """Return the client's and the server's end of a connection without extensions."""
    return end(ConnectionType.CLIENT), end(ConnectionType.SERVER, max_message_size)
