"""
Extensions written in Python, as users write them.

Each hook call goes into the side's log with its arguments; a script says what the hook returns, raises, or
does to the connection from inside.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.differential.observe import Interruption, attempt, look
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
    enabled: Any = True
    header: Any = None
    payload: Any = None
    complete: Any = None
    outbound: Any = None
    #: What is said during the handshake.
    offer: Any = True
    accept: Any = True
    finalize: Any = None
    #: The class of the package that is derived from.
    base: str = "Extension"
    #: What the hook named first does to the connection, each time.
    calls_back: tuple[str, Any] | None = None


@dataclass(frozen=True)
class Raise:
    """An exception out of a hook: one of Python's, or the package's `ParseFailed`, with a code or without."""

    kind: type[BaseException] | str = KeyError
    arguments: tuple[Any, ...] = ("from a hook",)

    def error(self, package: Any) -> BaseException:
        """Return a new one."""
        kind = self.kind if isinstance(self.kind, type) else getattr(package.frame_protocol, self.kind)
        error: BaseException = kind(*build(self.arguments, package))
        return error


@dataclass(frozen=True)
class Plain:
    """A value as it is, be it `None`."""

    value: Any

    def build(self, package: Any) -> Any:
        return build(self.value, package)


@dataclass(frozen=True)
class At:
    """What a hook does at one of its calls, counted from 1; at the others it has no say."""

    call: int
    does: Any


@dataclass(frozen=True)
class Change:
    """What becomes of a payload: turned about, doubled, dropped."""

    how: str
    kind: type = bytes

    def apply(self, data: Any) -> Any:
        if not isinstance(data, bytes):
            return data
        changed = {"turn": data[::-1], "double": data + data, "drop": b"", "keep": data, "stop": data[:-1]}[
            self.how
        ]
        return self.kind(changed)


def recording(side: Side, script: Script) -> Any:  # noqa: C901 (a class with seven hooks)
    """Return an extension of the side's package that follows the script."""
    package = side.package
    calls: Counter[str] = Counter()

    def say(hook: str, proto: Any, *arguments: Any) -> None:
        side.log.append((script.name, hook, type(proto).__name__, proto.client, *map(look, arguments)))
        if script.calls_back is not None and script.calls_back[0] == hook and side.subject is not None:
            operation = script.calls_back[1]

            def action() -> Any:
                result = operation.run(side)
                return side.reader.read(result) if isinstance(result, bytes) else result

            side.log.append(attempt(action))

    def scripted(hook: str) -> Any:
        """Return what the script has to say of this call, unless that is an exception."""
        calls[hook] += 1
        told = getattr(script, hook)
        if isinstance(told, At):
            told = told.does if calls[hook] == told.call else None
        if isinstance(told, Raise):
            raise told.error(package)
        return told

    def follow(told: Any, plain: Any) -> Any:
        if isinstance(told, Change):
            return told.apply(plain)
        return plain if told is None else build(told, package)

    class Recording(getattr(package.extensions, script.base)):  # type: ignore[misc]
        name = script.name

        def enabled(self) -> Any:
            side.log.append((script.name, "enabled"))
            return follow(scripted("enabled"), True)

        def __repr__(self) -> str:
            return f"<recording {script.name}>"

        def offer(self) -> Any:
            side.log.append((script.name, "offer"))
            return follow(scripted("offer"), True)

        def accept(self, offer: str) -> Any:
            side.log.append((script.name, "accept", look(offer)))
            return follow(scripted("accept"), True)

        def finalize(self, offer: str) -> Any:
            side.log.append((script.name, "finalize", look(offer)))
            return follow(scripted("finalize"), None)

        def frame_inbound_header(self, proto: Any, opcode: Any, rsv: Any, payload_length: Any) -> Any:
            say("header", proto, opcode, rsv, payload_length)
            told = scripted("header")
            return follow(told, super().frame_inbound_header(proto, opcode, rsv, payload_length))

        def frame_inbound_payload_data(self, proto: Any, data: Any) -> Any:
            say("payload", proto, data)
            told = scripted("payload")
            return follow(told, super().frame_inbound_payload_data(proto, data))

        def frame_inbound_complete(self, proto: Any, fin: Any) -> Any:
            say("complete", proto, fin)
            told = scripted("complete")
            return follow(told, super().frame_inbound_complete(proto, fin))

        def frame_outbound(self, proto: Any, opcode: Any, rsv: Any, data: Any, fin: Any) -> Any:
            say("outbound", proto, opcode, rsv, data, fin)
            told = scripted("outbound")
            if told is None:
                return super().frame_outbound(proto, opcode, rsv, data, fin)
            changed = follow(told, data)
            raw = isinstance(told, Plain) or isinstance(changed, tuple)
            return changed if raw else (build(Bits(rsv2=True), package), changed)

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

reason = Member("CloseReason", "MESSAGE_TOO_BIG")
#: What comes out of hooks that fail, whatever their authors meant by it.
errors = st.sampled_from(
    [
        Raise(),
        Raise(ValueError),
        Raise(AssertionError, ()),
        Raise(zlib.error),
        Raise(StopIteration),
        Raise(GeneratorExit, ()),
        Raise(Interruption, ()),
        Raise("ParseFailed"),
        Raise("ParseFailed", ("too much", reason)),
        Raise("ParseFailed", ("a number", 4000)),
        Raise("ParseFailed", ("no code", None)),
        Raise("ParseFailed", ("",)),
        Raise("ParseFailed", (5, "code")),
    ]
)
#: Answers for a hook, most of them meant for another one.
answers: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        reason,
        Bits(),
        Bits(rsv1=True),
        b"",
        b"answer",
        bytearray(b"answer"),
        "answer",
        1009,
        True,
        (),
        (Bits(), b"answer"),
        (Bits(rsv1=True), "answer"),
        (None, b"answer"),
        [0, 1, 2],
    ]
).map(Plain)
faults: st.SearchStrategy[Any] = st.builds(At, st.integers(1, 6), st.one_of(errors, answers))
maybe = st.one_of(nothing, nothing, faults)

#: Scripts of which one hook or another fails, or answers what it should not, at one of its calls.
failing_scripts = st.builds(Script, st.just("x-failing"), maybe, maybe, maybe, maybe, maybe)
#: The same for hooks that otherwise do what those of `PerMessageDeflate` do. What it has compressed is never
#: replaced, for the next message refers to it.
failing_deflate = st.builds(
    Script,
    st.just("permessage-deflate"),
    maybe,
    maybe,
    maybe,
    maybe,
    st.one_of(nothing, nothing, st.builds(At, st.integers(1, 6), errors)),
    base=st.just("PerMessageDeflate"),
)
#: Scripts of which what is said during the handshake fails.
failing_in_handshakes = st.builds(
    Script, st.sampled_from(["x-failing", "y"]), maybe, offer=maybe, accept=maybe, finalize=maybe
)
