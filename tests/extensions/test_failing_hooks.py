"""Exceptions out of the hooks of extensions: a `ParseFailed` fails the connection, any other is raised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.connection.wire import TEXT, frame
from tests.oracle import pair

if TYPE_CHECKING:
    from types import ModuleType

HOOKS = ["frame_inbound_header", "frame_inbound_payload_data", "frame_inbound_complete"]


def observe(package: ModuleType, base: str, hook: str, error: str) -> list[Any]:
    """Return what becomes of a message if this hook of an extension raises this."""
    extensions, frames = package.extensions, package.frame_protocol
    errors = {
        "ParseFailed": frames.ParseFailed("too much", frames.CloseReason.MESSAGE_TOO_BIG),
        "ParseFailed without a code": frames.ParseFailed("wrong"),
        "ValueError": ValueError("bad"),
        "KeyboardInterrupt": KeyboardInterrupt(),
    }

    class Failing(getattr(extensions, base)):  # type: ignore[misc]
        name = "failing"

        def enabled(self) -> bool:
            return True

        def offer(self) -> bool:
            return True

    def fail(*_: Any) -> Any:
        raise errors[error]

    setattr(Failing, hook, fail)
    connection = package.connection.Connection(package.ConnectionType.SERVER, [Failing()])
    connection.receive_data(frame(TEXT, b"hello") + frame(TEXT, b"again"))
    seen: list[Any] = []
    try:
        seen += [repr(event) for event in connection.events()]
    except BaseException as raised:  # noqa: BLE001 (whatever it is, it has to be the same)
        seen += [type(raised).__name__, str(raised)]
    return [*seen, connection.state.name]


@pytest.mark.parametrize("base", ["Extension", "PerMessageDeflate"])
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize(
    "error", ["ParseFailed", "ParseFailed without a code", "ValueError", "KeyboardInterrupt"]
)
def test_what_a_hook_raises_is_what_it_is_on_upstream(base: str, hook: str, error: str) -> None:
    ours, theirs = (observe(package, base, hook, error) for package in pair())
    assert ours == theirs


def observe_enabled(package: ModuleType, error: str) -> list[Any]:
    """Return what becomes of messages if `enabled()` raises this when receiving begins."""
    errors = {"ParseFailed": package.frame_protocol.ParseFailed("wrong"), "ValueError": ValueError("bad")}
    asked: list[None] = []

    class Failing(package.extensions.Extension):  # type: ignore[misc, name-defined]
        name = "failing"

        def enabled(self) -> bool:
            asked.append(None)
            if len(asked) == 2:
                raise errors[error]
            return True

        def offer(self) -> bool:
            return True

    connection = package.connection.Connection(package.ConnectionType.SERVER, [Failing()])
    connection.receive_data(frame(TEXT, b"hello"))
    seen: list[Any] = []
    for _ in range(2):
        try:
            seen += [repr(event) for event in connection.events()]
        except ValueError as raised:
            seen += [str(raised)]
        connection.receive_data(frame(TEXT, b"again"))
    return [*seen, len(asked), connection.state.name]


@pytest.mark.parametrize("error", ["ParseFailed", "ValueError"])
def test_nothing_is_received_once_enabled_has_raised(error: str) -> None:
    ours, theirs = (observe_enabled(package, error) for package in pair())
    assert ours == theirs
    assert ours[1:] == [2, "OPEN"]
