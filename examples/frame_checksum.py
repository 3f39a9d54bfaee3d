"""
An extension in Python: every data frame carries a CRC-32 of its payload (RFC 6455, section 9).

    python -m examples.frame_checksum --port 8765

runs the echo server of `echo_server.py` with it. The extension is negotiated under the name
`x-frame-checksum`, without parameters. A frame that uses it has RSV2 set and four more bytes of payload, the
checksum in network byte order, which the receiver checks and takes off again.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING

from examples import echo_server
from examples.echo_server import EchoConnection
from wsproto.extensions import Extension
from wsproto.frame_protocol import CloseReason, RsvBits

if TYPE_CHECKING:
    from wsproto.frame_protocol import FrameDecoder, FrameProtocol, Opcode

CHECKSUM_LENGTH = 4


class FrameChecksum(Extension):
    """Detects payloads that were damaged on the way; one object for each connection."""

    name = "x-frame-checksum"

    def __init__(self) -> None:
        """Begin without having been agreed upon."""
        self._enabled = False
        self._inbound = False
        self._crc = 0
        self._held = b""

    def enabled(self) -> bool:
        """Whether the other side has agreed; wsproto calls the hooks below only then."""
        return self._enabled

    def offer(self) -> bool:
        """Offer the extension as a client: by its name, as it has no parameters."""
        return True

    def accept(self, offer: str) -> bool | None:
        """Accept a client's offer; decline one with parameters, which we would not understand."""
        self._enabled = ";" not in offer
        return True if self._enabled else None

    def finalize(self, offer: str) -> None:
        """Take note, as a client, that the server has accepted."""
        self._enabled = True

    def frame_inbound_header(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        payload_length: int,
    ) -> CloseReason | RsvBits:
        """Claim RSV2 on data frames: bits that no extension claims are a protocol error."""
        if rsv.rsv2 and (opcode.iscontrol() or payload_length < CHECKSUM_LENGTH):
            return CloseReason.PROTOCOL_ERROR
        # This may be called twice for one header, so it only sets.
        self._inbound = rsv.rsv2
        self._crc = 0
        self._held = b""
        return RsvBits(rsv1=False, rsv2=True, rsv3=False)

    def frame_inbound_payload_data(
        self, proto: FrameDecoder | FrameProtocol, data: bytes
    ) -> bytes | CloseReason:
        """Pass a piece of the payload on, but for the last four bytes so far: they may be the checksum."""
        if not self._inbound:
            return data
        data = self._held + data
        payload, self._held = data[:-CHECKSUM_LENGTH], data[-CHECKSUM_LENGTH:]
        self._crc = zlib.crc32(payload, self._crc)
        return payload

    def frame_inbound_complete(
        self, proto: FrameDecoder | FrameProtocol, fin: bool
    ) -> bytes | CloseReason | None:
        """Compare, at the end of the frame."""
        if self._inbound and self._crc.to_bytes(CHECKSUM_LENGTH, "big") != self._held:
            return CloseReason.INVALID_FRAME_PAYLOAD_DATA
        return None

    def frame_outbound(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        data: bytes,
        fin: bool,
    ) -> tuple[RsvBits, bytes]:
        """Add the checksum to a data frame; control frames stay as they are."""
        if opcode.iscontrol():
            return rsv, data
        return rsv._replace(rsv2=True), data + zlib.crc32(data).to_bytes(CHECKSUM_LENGTH, "big")


class CheckedConnection(EchoConnection):
    """An echo that uses checksums if the client wants them."""

    def extensions(self) -> list[Extension]:
        """Return the extension alone."""
        return [FrameChecksum()]


def main() -> None:
    """Serve until interrupted or terminated."""
    arguments = echo_server.command_line("A WebSocket echo server with checksums.").parse_args()
    asyncio.run(echo_server.run(arguments, CheckedConnection))


if __name__ == "__main__":
    main()
