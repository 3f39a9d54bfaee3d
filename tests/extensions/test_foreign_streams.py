"""`zlib` objects assigned in place of the native streams are used (RFC 7692 section 7.2)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.connection.wire import BINARY, frame
from tests.extensions.deflating import RSV1, deflated, message
from tests.oracle import Pair, pair

if TYPE_CHECKING:
    from types import ModuleType

packages = pytest.mark.parametrize("package", pair(), ids=Pair._fields)
takeover = pytest.mark.parametrize("takeover", [True, False], ids=["takeover", "no takeover"])


def agreed(package: ModuleType, *, takeover: bool = True) -> Any:
    """Return an extension as it is after a handshake."""
    extension = package.extensions.PerMessageDeflate(
        client_no_context_takeover=not takeover, server_no_context_takeover=not takeover
    )
    extension.finalize("permessage-deflate")
    return extension


def server(package: ModuleType, extension: Any) -> Any:
    """Return a server's connection with the extension."""
    return package.connection.Connection(package.ConnectionType.SERVER, [extension])


@packages
@takeover
def test_a_compressor_stays_if_its_context_is_taken_over(package: ModuleType, *, takeover: bool) -> None:
    """Sections 7.1.1 and 7.2.1: otherwise the next message begins with a stream of the extension's own."""
    extension = agreed(package, takeover=takeover)
    extension._compressor = compressor = zlib.compressobj(0, wbits=-15)
    connection = server(package, extension)
    sent = connection.send(package.events.BytesMessage(b"stored by level 0"))
    assert sent[0] == BINARY | RSV1
    assert b"stored by level 0" in sent
    assert extension._compressor is (compressor if takeover else None)
    sent = connection.send(package.events.BytesMessage(b"again" * 9))
    assert (b"again" * 9 in sent) is takeover


@packages
@takeover
def test_a_decompressor_stays_if_its_context_is_taken_over(package: ModuleType, *, takeover: bool) -> None:
    """Sections 7.1.1 and 7.2.2: until then the assigned object keeps its window."""
    extension = agreed(package, takeover=takeover)
    extension._decompressor = decompressor = zlib.decompressobj(wbits=-15, zdict=b"dictionary")
    connection = server(package, extension)
    compressor = zlib.compressobj(wbits=-15, zdict=b"dictionary")
    payload = compressor.compress(b"dictionary") + compressor.flush(zlib.Z_SYNC_FLUSH)
    connection.receive_data(frame(BINARY | RSV1, payload.removesuffix(b"\0\0\xff\xff")))
    assert b"".join(event.data for event in connection.events()) == b"dictionary"
    assert extension._decompressor is (decompressor if takeover else None)
    connection.receive_data(message(b"another"))
    assert b"".join(event.data for event in connection.events()) == b"another"


@packages
def test_what_a_decompressor_cannot_read_fails_the_connection(package: ModuleType) -> None:
    """RFC 6455 section 7.4.1: with 1007."""
    extension = agreed(package)
    extension._decompressor = zlib.decompressobj(wbits=-15)
    connection = server(package, extension)
    connection.receive_data(frame(BINARY | RSV1, b"\xff" + deflated(b"corrupt")))
    (event,) = connection.events()
    assert event.code == 1007
