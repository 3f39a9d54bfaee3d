"""`frame_checksum.py` against the same extension written for `websockets`, at either end."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.extensions import ClientExtensionFactory, Extension, ServerExtensionFactory
from websockets.frames import CTRL_OPCODES, Frame
from websockets.sync.client import connect
from websockets.typing import ExtensionName

from examples.client import Client, ClosedError, converse
from examples.frame_checksum import FrameChecksum
from tests.examples.programs import Server, serving
from tests.examples.public_server import serving_elsewhere
from tests.servers.ours import LIMIT
from wsproto.events import TextMessage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from websockets.typing import ExtensionParameter


class TheirChecksum(Extension):
    """The extension for `websockets`, which can be told to damage what it sends."""

    name = ExtensionName("x-frame-checksum")

    def __init__(self, damage: int = 0) -> None:
        """Do right, unless there is damage to be done."""
        self.damage = damage

    def encode(self, frame: Frame) -> Frame:
        """Add the checksum."""
        if frame.opcode in CTRL_OPCODES:
            return frame
        checksum = (zlib.crc32(frame.data) ^ self.damage).to_bytes(4, "big")
        return Frame(frame.opcode, bytes(frame.data) + checksum, frame.fin, rsv2=True)

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:  # noqa: ARG002 (theirs)
        """Check it, and take it off."""
        if frame.opcode in CTRL_OPCODES:
            return frame
        assert frame.rsv2
        payload, checksum = bytes(frame.data[:-4]), bytes(frame.data[-4:])
        assert checksum == zlib.crc32(payload).to_bytes(4, "big")
        return Frame(frame.opcode, payload, frame.fin)


class Offering(ClientExtensionFactory, ServerExtensionFactory):
    """Negotiates it for either end."""

    name = ExtensionName("x-frame-checksum")

    def __init__(self, damage: int = 0) -> None:
        """Keep what the extension is to be told."""
        self.damage = damage

    def get_request_params(self) -> Sequence[ExtensionParameter]:
        """Offer no parameters."""
        return []

    def process_response_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> Extension:
        """Take what a server has accepted."""
        assert (list(params), list(accepted_extensions)) == ([], [])
        return TheirChecksum(self.damage)

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], Extension]:
        """Accept what a client offers."""
        assert (list(params), list(accepted_extensions)) == ([], [])
        return [], TheirChecksum(self.damage)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return the server as people start it."""
    with serving("-m", "examples.frame_checksum") as server:
        yield server


@pytest.mark.parametrize("message", ["", "x", "Äther", b"", b"abc", b"abcd", bytes(2**19)], ids=repr)
def test_checksums_are_read_and_written(server: Server, message: str | bytes) -> None:
    """Payloads of every length, some in many pieces."""
    with connect(server.uri, extensions=[Offering()], compression=None, proxy=None) as client:
        assert [extension.name for extension in client.protocol.extensions] == ["x-frame-checksum"]
        client.send(message)
        assert client.recv(LIMIT) == message
        assert client.ping(b"?").wait(LIMIT)
        client.send(["in ", "three ", "frames"])
        assert client.recv(LIMIT) == "in three frames"


def test_damage_is_seen(server: Server) -> None:
    """The extension fails the connection, with the code that it has chosen."""
    with connect(server.uri, extensions=[Offering(damage=1)], compression=None, proxy=None) as client:
        client.send("x" * 1000)
        with pytest.raises(ConnectionClosed):
            client.recv(LIMIT)
        assert client.close_code == 1007


def test_without_an_offer_there_are_no_checksums(server: Server) -> None:
    """RFC 6455, section 9.1: the client decides what there is to choose from."""
    with connect(server.uri, proxy=None) as client:
        assert client.protocol.extensions == []
        client.send("plain")
        assert client.recv(LIMIT) == "plain"


def test_an_offer_with_parameters_is_declined(server: Server) -> None:
    """RFC 6455, section 9.1: the same."""

    class Strange(Offering):
        def get_request_params(self) -> Sequence[ExtensionParameter]:
            return [("width", "64")]

    with connect(server.uri, extensions=[Strange()], compression=None, proxy=None) as client:
        assert client.protocol.extensions == []


@pytest.mark.parametrize("damage", [0, 1])
def test_as_a_client(damage: int) -> None:
    """The same object works at the other end of a connection."""
    with (
        serving_elsewhere(compression=None, extensions=[Offering(damage)]) as port,
        Client("127.0.0.1", port, extensions=[FrameChecksum()]) as client,
    ):
        if damage:
            client.send(TextMessage("x"))
            with pytest.raises(ClosedError) as caught:
                client.receive_message()
            assert caught.value.code == 1007
        else:
            converse(client)
