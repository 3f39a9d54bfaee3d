"""
The floors: what no library can go below as long as CPython makes its objects as it does.

Small messages stand on a native class that makes the objects and nothing else (`benches/floor/`); large ones
on one copy of the payload, or, for text, on CPython's own decoder.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benches import wire
from benches.contestants.base import Construct, Contestant, Role
from benches.contestants.loops import accepting, constructing, receiving, requesting, sending
from benches.tasks import Loop
from tests import oracle

if TYPE_CHECKING:
    from collections.abc import Callable

    from benches.tasks import Task
    from benches.wire import Incoming, Opcode

CRATE = Path(__file__).parents[1] / "floor"
MODULE = "wsproto_bench_floor"

#: Above this size copying the payload is what costs, and the objects do not.
LARGE = 4096

#: The longest header of a small message (RFC 6455 section 5.2), without and with a masking key.
UNMASKED = 2
MASKED = 6


class Objects(Contestant):
    """The native class that makes the objects."""

    name = "floor"
    version = "objects only"
    peer = False

    def __init__(self) -> None:
        self.module: Any = built()

    def receive(self, incoming: Incoming) -> Task | None:
        """Take as many bytes, and make as many events."""
        if len(incoming.payloads[0]) > LARGE:
            return None
        # With this key the payload lies in the frame as it is.
        received = incoming.wire(key=bytes(4))
        stride = len(received) // len(incoming.payloads)
        header = stride - len(incoming.payloads[0])
        connection = self.module.Floor(header, stride, incoming.text)
        return receiving(connection, received, self._message(incoming.opcode))

    def send(self, role: Role, opcode: Opcode, payload: bytes) -> Task | None:
        """Make the event, and bytes of the frame's length."""
        if len(payload) > LARGE:
            return None
        connection = self.module.Floor(UNMASKED if role is Role.SERVER else MASKED, LARGE, False)  # noqa: FBT003
        data = payload.decode() if opcode is wire.Opcode.TEXT else payload
        run = sending(connection, self._message(opcode), data)

        def once() -> object:
            # It writes no header; the payload at least has to be right.
            frame = run(1)
            assert isinstance(frame, bytes)
            return wire.frame(opcode, frame[-len(payload) :], key=None if role is Role.SERVER else wire.KEY)

        return Loop(run, once)

    def construct(self, event: Construct) -> Task | None:
        """Make the event that it has."""
        if event is not Construct.TEXT_MESSAGE:
            return None
        run = constructing(self.module.TextMessage)
        return Loop(run, partial(run, 1))

    def server_handshake(self) -> Task:
        """Make a connection, the event for a request, the one to accept it, and bytes like the response."""
        ws = oracle.ours()

        def accepted() -> tuple[Any, bytes]:
            connection = ws.WSConnection(ws.ConnectionType.SERVER)
            connection.receive_data(wire.REQUEST)
            (request,) = connection.events()
            return request, connection.send(ws.events.AcceptConnection())

        (request, response), (another, _) = accepted(), accepted()
        named = request.host, request.target
        return accepting(*self._names(named, request, another, response))

    def client_handshake(self) -> Task:
        """Make a connection, the event to request with, bytes like the request, and one for the response."""
        ws = oracle.ours()

        def accepted() -> tuple[Any, bytes]:
            connection = ws.WSConnection(ws.ConnectionType.CLIENT)
            request = connection.send(ws.events.Request(host="example.com", target="/chat"))
            connection.receive_data(wire.response_to(request))
            (response,) = connection.events()
            return response, request

        (response, request), (another, _) = accepted(), accepted()
        return requesting(*self._names(None, response, another, request))

    def _names(
        self, named: tuple[str, str] | None, event: Any, another: Any, sent: bytes
    ) -> tuple[Any, Any, Any, Any]:
        """Return what a handshake takes; pairs that two of ours have in common are made once here too."""
        pairs = zip(event.extra_headers, another.extra_headers, strict=True)
        headers = [(pair, pair is same) for pair, same in pairs]
        module = self.module
        new = module.Handshakes(named, event.extensions, headers, sent)
        return new, None, module.Request, module.AcceptConnection

    def _message(self, opcode: Opcode) -> Any:
        return self.module.TextMessage if opcode is wire.Opcode.TEXT else self.module.BytesMessage


class Memcpy(Contestant):
    """One copy of the payload into new `bytes`."""

    name = "memcpy"
    version = "bytes(bytearray)"
    peer = False

    def receive(self, incoming: Incoming) -> Task | None:
        """Copy it, if it is binary."""
        if incoming.text or len(incoming.payloads[0]) <= LARGE:
            return None
        return _call(partial(bytes, bytearray(incoming.payloads[0])), lambda data: [data])

    def send(self, role: Role, opcode: Opcode, payload: bytes) -> Task | None:
        """Copy it, whatever it is."""
        if len(payload) <= LARGE:
            return None
        key = None if role is Role.SERVER else wire.KEY
        return _call(partial(bytes, bytearray(payload)), lambda data: wire.frame(opcode, data, key=key))


class Masking(Contestant):
    """A native loop over the payload into new `bytes`, and nothing else."""

    name = "loop"
    version = "masking only"
    peer = False

    def __init__(self) -> None:
        self.masked: Any = built().masked

    def receive(self, incoming: Incoming) -> Task | None:
        """Unmask it, if it is binary."""
        if incoming.text or len(incoming.payloads[0]) <= LARGE:
            return None
        return self._task(wire.mask(incoming.payloads[0], wire.KEY), lambda data: [data])

    def send(self, role: Role, opcode: Opcode, payload: bytes) -> Task | None:
        """Mask it, for a server to receive."""
        if role is Role.SERVER or len(payload) <= LARGE:
            return None
        return self._task(payload, lambda data: wire.frame(opcode, wire.mask(data, wire.KEY)))

    def _task(self, payload: bytes, check: Callable[[Any], object]) -> Task:
        return _call(partial(self.masked, payload, wire.KEY), check)


class Decode(Contestant):
    """CPython's decoder over the payload."""

    name = "decode"
    version = "bytes.decode()"
    peer = False

    def receive(self, incoming: Incoming) -> Task | None:
        """Decode it, if it is text."""
        if not incoming.text or len(incoming.payloads[0]) <= LARGE:
            return None
        return _call(incoming.payloads[0].decode, lambda data: [data])


def _call(function: Callable[[], Any], check: Callable[[Any], object]) -> Task:
    def run(times: int) -> object:
        data = None
        for _ in range(times):
            data = function()
        return data

    return Loop(run, lambda: check(function()))


def built() -> Any:
    """Return the native module, built into this environment first if its source is newer."""
    sources = [*CRATE.glob("src/*.rs"), CRATE / "Cargo.toml", CRATE / "Cargo.lock"]
    stamp = Path(sys.prefix) / f".{MODULE}"
    if not stamp.exists() or stamp.stat().st_mtime < max(source.stat().st_mtime for source in sources):
        print("building the floor", file=sys.stderr)
        with tempfile.TemporaryDirectory() as folder:
            maturin = [sys.executable, "-m", "maturin", "build", "--quiet", "--release", "--locked"]
            maturin += [
                "--manifest-path",
                str(CRATE / "Cargo.toml"),
                "--interpreter",
                sys.executable,
                "--out",
                folder,
            ]
            maturin += ["--target-dir", str(CRATE.parents[1] / "target" / "floor")]
            subprocess.run(maturin, check=True, env={**os.environ, "PYO3_PYTHON": sys.executable})
            (wheel,) = Path(folder).glob("*.whl")
            pip = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-index",
                "--no-deps",
                "--force-reinstall",
            ]
            subprocess.run([*pip, str(wheel)], check=True)
        stamp.touch()
    return importlib.import_module(MODULE)
