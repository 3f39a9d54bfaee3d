"""Messages in, bytes out; and the events that say what to send."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benches import data, wire
from benches.contestants.base import Construct, Role
from benches.wire import Opcode
from benches.workloads.base import Bar, Point, Workload, ahead_of, within

if TYPE_CHECKING:
    from collections.abc import Iterator

KIB = 1 << 10
MIB = 1 << 20


def workloads() -> Iterator[Workload]:
    """Return the rows."""
    floor = within(1.5, "floor")
    server, client = Role.SERVER, Role.CLIENT
    text = Opcode.TEXT
    yield _one(server, text, "16 B", 16, ahead_of("upstream", 15), floor, headline=True)
    yield _one(client, text, "16 B", 16, ahead_of("upstream", 25), floor, headline=True)
    yield _one(server, text, "1 KiB", KIB)
    yield _one(client, text, "1 KiB", KIB)
    for label, size in (("64 KiB", 64 * KIB), ("1 MiB", MIB)):
        for opcode in (Opcode.BINARY, text):
            headline = size == MIB and opcode is text
            of_server = (ahead_of("upstream", 4), within(1.2, "memcpy"))
            yield _one(server, opcode, label, size, *of_server, headline=headline)
            of_client = (ahead_of("upstream", 20), ahead_of("memcpy", 0.7))
            yield _one(client, opcode, label, size, *of_client, headline=headline)
    yield from map(_construct, Construct)
    yield _ping_pong()


def _one(role: Role, opcode: Opcode, label: str, size: int, *bars: Bar, headline: bool = False) -> Workload:
    payload = partial(data.text, "ASCII", size) if opcode is Opcode.TEXT else partial(data.binary, size)

    def check(result: object) -> None:
        assert isinstance(result, bytes), f"{type(result)} is not bytes"
        assert wire.parse(result) == (opcode, payload(), False, role is Role.CLIENT)

    kind = opcode.name.lower()
    return Workload(
        f"send {label} {kind}, {role.value}",
        lambda contestant: contestant.send(role, opcode, payload()),
        check,
        bars,
        point=Point(f"send text, {role.value}", size) if opcode is Opcode.TEXT else None,
        headline=headline,
    )


def _construct(event: Construct) -> Workload:
    expected: dict[Construct, dict[str, object]] = {
        Construct.TEXT_MESSAGE: {"data": "sixteen letters.", "message_finished": True},
        Construct.CLOSE_CONNECTION: {"code": 1000, "reason": "bye"},
        Construct.REQUEST: {"host": "example.com", "target": "/chat", "subprotocols": []},
    }

    def check(result: object) -> None:
        for name, value in expected[event].items():
            assert getattr(result, name) == value

    return Workload(
        f"construct {event.value}",
        lambda contestant: contestant.construct(event),
        check,
        (ahead_of("upstream", 5),),
    )


def _ping_pong() -> Workload:
    payload = b"are you there?"

    def check(result: object) -> None:
        assert isinstance(result, bytes)
        assert wire.parse(result) == (Opcode.PONG, payload, False, False)

    return Workload(
        "ping in, pong out",
        lambda contestant: contestant.ping_pong(payload),
        check,
        (ahead_of("upstream", 30),),
        headline=True,
    )
