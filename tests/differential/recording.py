"""
Extensions written in Python, as users write them.

Each hook call goes into the side's log with its arguments; a script says what the hook returns, raises, or
does to the connection from inside.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.differential.observe import attempt, look
from tests.differential.operations import Drain, First, Made, Member, Receive, Send, build

if TYPE_CHECKING:
    from tests.differential.harness import Side


@dataclass(frozen=True)
class Bits:
    """The package's `RsvBits`."""

    rsv1: Any = False
    rsv2: Any = False
    rsv3: Any = False

    def build(self, package: Any) -> Any:
        return package.frame_protocol.RsvBits(self.rsv1, self.rsv2, self.rsv3)


@dataclass(frozen=True)
class Script:
    """What the hooks of one extension do; a hook that has no say does what `Extension` does."""

    name: str = "x-recording"
    enabled: bool = True
    header: Any = None
    payload: Any = None
    complete: Any = None
    outbound: Any = None
    #: What is said during the handshake.
    offer: Any = True
    accept: Any = True
    #: What the hook named first does to the connection, each time.
    calls_back: tuple[str, Any] | None = None


@dataclass(frozen=True)
class Raise:
    """An exception out of a hook."""

    text: str = "from a hook"


@dataclass(frozen=True)
class Change:
    """What becomes of a payload: turned about, doubled, dropped."""

    how: str
    kind: type = bytes

    def apply(self, data: bytes) -> Any:
        changed = {"turn": data[::-1], "double": data + data, "drop": b"", "keep": data, "stop": data[:-1]}[
            self.how
        ]
        return self.kind(changed)


def recording(side: Side, script: Script) -> Any:  # noqa: C901 (a class with seven hooks)
    """Return an extension of the side's package that follows the script."""
    package = side.package

    def say(hook: str, proto: Any, *arguments: Any) -> None:
        side.log.append((script.name, hook, type(proto).__name__, proto.client, *map(look, arguments)))
        if script.calls_back is not None and script.calls_back[0] == hook and side.subject is not None:
            operation = script.calls_back[1]

            def action() -> Any:
                result = operation.run(side)
                return side.reader.read(result) if isinstance(result, bytes) else result

            side.log.append(attempt(action))

    def follow(scripted: Any, data: Any = None) -> Any:
        if isinstance(scripted, Raise):
            raise KeyError(scripted.text)
        if isinstance(scripted, Change):
            return scripted.apply(data)
        return build(scripted, package)

    class Recording(package.extensions.Extension):  # type: ignore[misc, name-defined]
        name = script.name

        def enabled(self) -> bool:
            return script.enabled

        def __repr__(self) -> str:
            return f"<recording {script.name}>"

        def offer(self) -> Any:
            side.log.append((script.name, "offer"))
            return follow(script.offer)

        def accept(self, offer: str) -> Any:
            side.log.append((script.name, "accept", look(offer)))
            return follow(script.accept)

        def finalize(self, offer: str) -> None:
            side.log.append((script.name, "finalize", look(offer)))

        def frame_inbound_header(self, proto: Any, opcode: Any, rsv: Any, payload_length: Any) -> Any:
            say("header", proto, opcode, rsv, payload_length)
            if script.header is None:
                return super().frame_inbound_header(proto, opcode, rsv, payload_length)
            return follow(script.header)

        def frame_inbound_payload_data(self, proto: Any, data: Any) -> Any:
            say("payload", proto, data)
            if script.payload is None:
                return super().frame_inbound_payload_data(proto, data)
            return follow(script.payload, data)

        def frame_inbound_complete(self, proto: Any, fin: Any) -> Any:
            say("complete", proto, fin)
            if script.complete is None:
                return super().frame_inbound_complete(proto, fin)
            return follow(script.complete)

        def frame_outbound(self, proto: Any, opcode: Any, rsv: Any, data: Any, fin: Any) -> Any:
            say("outbound", proto, opcode, rsv, data, fin)
            if script.outbound is None:
                return super().frame_outbound(proto, opcode, rsv, data, fin)
            changed = follow(script.outbound, data)
            return changed if isinstance(changed, tuple) else (build(Bits(rsv2=True), package), changed)

    return Recording()


reasons = st.sampled_from(["PROTOCOL_ERROR", "POLICY_VIOLATION", "MESSAGE_TOO_BIG"]).map(
    lambda name: Member("CloseReason", name)
)
bits = st.builds(Bits, st.booleans(), st.booleans(), st.booleans())
changes = st.builds(
    Change, st.sampled_from(["turn", "double", "drop", "keep", "stop"]), st.sampled_from([bytes, bytearray])
)
nothing = st.none()
raising = st.just(Raise())


def rarely(strategy: Any, often: Any) -> Any:
    """Return one strategy that is mostly the other."""
    return st.one_of(often, often, often, often, strategy)


callbacks = st.sampled_from(["header", "payload", "complete", "outbound"]).flatmap(
    lambda hook: st.tuples(st.just(hook), _operations(hook))
)


def _operations(hook: str) -> Any:
    choices: list[Any] = [Receive(b"\x89\x00"), Receive(b"\x89\x80abcd"), Receive(None)]
    if hook != "outbound":
        # A send from inside the hook of a send would call that hook again, for ever.
        choices += [
            Send(Made("Ping", (b"inside",))),
            Send(Made("TextMessage", ("inside",))),
            First(),
            Drain(),
        ]
    return st.sampled_from(choices)


scripts = st.builds(
    Script,
    st.sampled_from(["x-recording", "x-other"]),
    rarely(st.just(False), st.just(True)),
    rarely(st.one_of(reasons, raising), st.one_of(nothing, bits, st.just(Bits(True, True, True)))),
    rarely(st.one_of(reasons, raising), st.one_of(nothing, changes)),
    rarely(
        st.one_of(reasons, raising), st.one_of(nothing, st.sampled_from([b"tail", b"", bytearray(b"array")]))
    ),
    rarely(raising, st.one_of(nothing, changes, st.tuples(bits, st.binary(max_size=9)))),
)
#: Scripts that also do something to the connection from inside a hook.
meddling_scripts = st.builds(
    lambda script, callback: dataclasses.replace(script, calls_back=callback), scripts, callbacks
)
