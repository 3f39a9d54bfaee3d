"""Subclasses of `PerMessageDeflate` that look at what upstream has there, as public proxies do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.connection.wire import TEXT, frame
from tests.oracle import pair

if TYPE_CHECKING:
    from types import ModuleType

LIMIT = 1000


def bounded(package: ModuleType) -> Any:
    """Return an extension that inflates at most so many bytes of a frame."""

    class Bounded(package.extensions.PerMessageDeflate):  # type: ignore[misc, name-defined]
        def frame_inbound_payload_data(self, proto: Any, data: bytes) -> Any:
            assert not proto.client
            if not self._inbound_compressed or not self._inbound_is_compressible:
                return data
            inflated = self._decompressor.decompress(bytes(data), LIMIT)
            if self._decompressor.unconsumed_tail:
                return package.frame_protocol.CloseReason.MESSAGE_TOO_BIG
            return inflated

    extension = Bounded()
    extension._enabled = True
    return extension


def received(package: ModuleType, size: int) -> list[str]:
    """Return the events that a message of this size becomes."""
    sender = package.extensions.PerMessageDeflate()
    sender._enabled = True
    client = package.connection.Connection(package.ConnectionType.CLIENT, [sender])
    server = package.connection.Connection(package.ConnectionType.SERVER, [bounded(package)])
    server.receive_data(client.send(package.events.TextMessage("x" * size)))
    server.receive_data(frame(TEXT, b"plain"))
    return [repr(event) for event in server.events()]


@pytest.mark.parametrize("size", [1, 10, LIMIT - 1, 20 * LIMIT])
def test_a_subclass_may_bound_inflation(size: int) -> None:
    ours, theirs = (received(package, size) for package in pair())
    assert ours == theirs
    assert ("TOO_BIG" in ours[0]) is (size > LIMIT)
