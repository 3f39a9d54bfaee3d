"""
What differs from upstream 1.3.2 on purpose; each name is a heading of docs/differences.md.

A difference says when it applies and what ours must then do, so that it excuses nothing else. What each one
is about is tested by itself, on both packages, in `test_differences.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.differential import input_traits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.differential.observe import View


class Observed(NamedTuple):
    """What was seen on one side after an operation."""

    outcome: View
    state: View = None
    log: View = ()

    def raised(self, *names: str) -> bool:
        """Return whether the operation raised one of these exceptions."""
        return self.outcome[0] == "raised" and self.outcome[1] in names

    def says(self, text: str) -> bool:
        """Return whether the operation raised an exception with this in its text."""
        return self.outcome[0] == "raised" and text in self.outcome[2]

    def refused(self) -> bool:
        """Return whether the peer is to blame, and a response is suggested (or was sent, by `Hint`)."""
        if self.outcome[0] == "returned":
            value = self.outcome[1]
            answered = "HTTP/1.1 400" in repr(value) or "HTTP/1.1 426" in repr(value)
            return value[0] == "tuple" and len(value) == 3 and answered
        return self.raised("RemoteProtocolError") and self.outcome[4][1][0] == "RejectConnection"


class Mismatch(NamedTuple):
    """Two observations that are not the same."""

    operation: Any
    history: list[Any]
    ours: Observed
    theirs: Observed
    traits: frozenset[str]

    def did(self, *names: str) -> bool:
        """Return whether the last operation is one of these."""
        return type(self.operation).__name__ in names

    def __str__(self) -> str:
        """Return the program that led here, and where the two parted."""
        steps = "\n".join(f"    {operation!r}" for operation in self.history)
        lines = [f"after\n{steps}", f"with the traits {sorted(self.traits)}"]
        for name, ours, theirs in zip(Observed._fields, self.ours, self.theirs, strict=True):
            for path, one, other in _parting(ours, theirs, name):
                lines += [f"{path}:", f"    ours     {one!r:.600}", f"    upstream {other!r:.600}"]
        return "\n".join(lines)


def _parting(ours: View, theirs: View, path: str) -> Iterator[tuple[str, View, View]]:
    """Yield the smallest parts of two views that differ, with the way to each."""
    if ours == theirs:
        return
    both = isinstance(ours, tuple) and isinstance(theirs, tuple) and len(ours) == len(theirs)
    if not both or ours[:1] != theirs[:1] or ours[:1] == ("raised",):
        yield path, ours, theirs
        return
    for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        yield from _parting(one, other, f"{path}.{number}")


def _none(_mismatch: Mismatch) -> bool:
    return False


@dataclass(frozen=True)
class Difference:
    """A difference that is meant."""

    name: str
    upstream: str
    ours: str
    safe: str
    #: Whether a mismatch is this difference, and ours does what it should. What cannot show in a comparison
    #: excuses none, and is only held to its example.
    applies: Callable[[Mismatch], bool] = _none
    #: Whether the two have parted ways, or go on as before.
    parts: bool = True


def _local_error(mismatch: Mismatch) -> bool:
    ours, theirs = mismatch.ours, mismatch.theirs
    if theirs.says("'tuple' object has no attribute '__name__'") or theirs.says("b'sec-websocket-key'"):
        # h11 0.16 trips over its own message here, or wsproto over a request that it has not received.
        return ours.refused() or (ours.raised("LocalProtocolError") and ours.says("can't handle event type"))
    return (
        ours.raised("LocalProtocolError")
        and theirs.raised("LocalProtocolError")
        and ours.outcome[3] == ("family", "wsproto:LocalProtocolError", "wsproto:ProtocolError")
        and theirs.outcome[3] == ("family", "h11:LocalProtocolError", "h11:ProtocolError")
        and (ours.outcome[2], ours.state, ours.log) == (theirs.outcome[2], theirs.state, theirs.log)
    )


def _more_than_ascii(mismatch: Mismatch) -> bool:
    head = input_traits.head(mismatch.history)
    return mismatch.theirs.raised("UnicodeDecodeError") and mismatch.ours.refused() and not head.isascii()


def _host(mismatch: Mismatch) -> bool:
    served = mismatch.ours.outcome[0] == "returned"
    return mismatch.theirs.raised("UnicodeError", "UnicodeDecodeError") and (
        mismatch.ours.refused() or served
    )


def _lists(mismatch: Mismatch) -> bool:
    refused = mismatch.theirs.says("Missing header, 'Connection: Upgrade'") or mismatch.theirs.says(
        "Missing header, 'Upgrade: websocket'"
    )
    sent = mismatch.theirs.outcome[0] == "returned" and "Missing header" in repr(mismatch.theirs.outcome)
    return (refused or sent) and input_traits.lists_of_tokens(input_traits.head(mismatch.history))


def _early_frames(mismatch: Mismatch) -> bool:
    return (
        mismatch.did("Drain", "First", "Advance", "Receive", "Send", "Answer")
        and mismatch.ours.outcome[0] in ("returned", "raised")
        and input_traits.bytes_after_the_request(mismatch.history)
    )


def _informational(mismatch: Mismatch) -> bool:
    return mismatch.did("Respond", "Receive", "Drain") and input_traits.informational(mismatch.history)


def _after_rejection(mismatch: Mismatch) -> bool:
    return mismatch.theirs.raised("AttributeError") and mismatch.ours.raised("RemoteProtocolError")


def _bad_gateway(mismatch: Mismatch) -> bool:
    # The reason after the code may still be invalid.
    instead = ("('int', 1014)", "Error decoding CLOSE reason")
    refused = "CLOSE with unknown reserved code" in repr(mismatch.theirs.outcome)
    return refused and any(each in repr(mismatch.ours.outcome) for each in instead)


def _any_iterable(mismatch: Mismatch) -> bool:
    return mismatch.theirs.says("can only concatenate list") and not mismatch.ours.raised("AssertionError")


def _end_after_the_rest(mismatch: Mismatch) -> bool:
    ours, theirs = repr(mismatch.ours), repr(mismatch.theirs)
    # Either the same events come in another order, or one of them is looked at.
    permuted = sorted(ours) == sorted(theirs)
    return "ABNORMAL_CLOSURE" in ours + theirs and (permuted or input_traits.ended(mismatch.history))


def _empty_elements(mismatch: Mismatch) -> bool:
    return input_traits.empty_elements(input_traits.head(mismatch.history))


def _empty_messages(mismatch: Mismatch) -> bool:
    arrived = input_traits.EMPTY in mismatch.traits and input_traits.empty_message(
        input_traits.received(mismatch.history)
    )
    return arrived and mismatch.ours.outcome[0] == "returned"


def _flags(mismatch: Mismatch) -> bool:
    """Return whether ours is the truth of upstream's wherever they differ, and upstream's is no bool."""
    ours, theirs = mismatch.ours.outcome, mismatch.theirs.outcome
    return input_traits.FLAGS in mismatch.traits and all(
        other[0] != "bool" and one == ("bool", any(map(bool, other[1:])))
        for _path, one, other in _parting(ours, theirs, "")
    )


DIFFERENCES: list[Difference] = [
    Difference(
        "Local mistakes are LocalProtocolError",
        "Raises h11's `LocalProtocolError`, a class outside wsproto, for headers, targets and"
        " bodies that HTTP does not allow, and for handshake events out of order.",
        "Raises `wsproto.utilities.LocalProtocolError` with the same text.",
        "A caller of wsproto catches wsproto's exceptions; the name and the text are the same.",
        _local_error,
        parts=False,
    ),
    Difference(
        "Headers that are not ASCII",
        "Raises `UnicodeDecodeError` out of `receive_data` when the peer puts other bytes into `Connection`"
        " or `Sec-WebSocket-*`.",
        "Raises `RemoteProtocolError` with a `RejectConnection` as its hint.",
        "No program catches the former; it ends the task or thread that reads from the peer.",
        _more_than_ascii,
    ),
    Difference(
        "A Host that is no host name",
        "Raises `UnicodeError` out of `receive_data` when the `Host` header cannot be decoded as IDNA.",
        "Returns a host in ASCII as it is; for any other raises `RemoteProtocolError` with a"
        " `RejectConnection` as its hint.",
        "As above: the peer chooses the header. The codec knows IDNA 2003, and valid names of IDNA 2008"
        " such as `xn--strae-oqa.example` are in use.",
        _host,
    ),
    Difference(
        "Window bits that are no number",
        "Raises `ValueError` or `IndexError`, on a server out of `send(AcceptConnection(...))`.",
        "A server declines the offer; a client raises `RemoteProtocolError` with a hint. A quoted number is"
        " accepted, and `server_max_window_bits=8` in a response is read as 9: data compressed with a"
        " smaller window inflate with a larger one.",
        "As above. RFC 7692 section 7.1 requires it, and RFC 6455 section 9.1 allows the quotation marks.",
    ),
    Difference(
        "Extension parameters that RFC 7692 does not allow",
        "Accepts parameters that are unknown, repeated, have an illegal value, or were never offered.",
        "A server declines the offer; a client raises `RemoteProtocolError` with a hint.",
        "RFC 7692 section 7.1 requires both; peers that follow it see no difference.",
    ),
    Difference(
        "The first acceptable offer wins",
        "Of several offers of one extension the last one is answered, with parameters left over from the"
        " earlier ones.",
        "The first one that is acceptable is answered.",
        "RFC 7692 section 5: offers are in order of preference, and an answer must match one of them.",
    ),
    Difference(
        "Connection and Upgrade are lists",
        "Reads the last of several `Connection` headers, and an `Upgrade` header only if it is one token.",
        "Reads them as the lists that they are.",
        "RFC 9110 sections 7.6.1 and 7.8; handshakes that were accepted still are.",
        _lists,
    ),
    Difference(
        "The end of the transport comes last",
        "Puts the `CloseConnection(1006)` of `receive_data(None)` before what was received and has not been"
        " iterated over.",
        "Gives what was received first, then the 1006; the state is `CLOSED` at once. Events that a program"
        " puts into `_events` come before both, as in upstream.",
        "A program that stops at the 1006 loses a message that has arrived.",
        _end_after_the_rest,
    ),
    Difference(
        "Empty list elements are ignored",
        "Takes an empty element of `Sec-WebSocket-Extensions` or `Sec-WebSocket-Protocol` as an offer; a"
        " client rejects a response with one.",
        "Ignores it.",
        "RFC 9110 section 5.6.1: a recipient must parse and ignore empty list elements.",
        _empty_elements,
    ),
    Difference(
        "Frames that arrive with the request are kept",
        "Drops bytes that follow the request before it is accepted, which then breaks the frames after them.",
        "Hands them to the connection that `AcceptConnection` opens.",
        "The bytes are the client's first frames; a stream without its beginning is of no use.",
        _early_frames,
    ),
    Difference(
        "A request after the rejection",
        "Raises `AttributeError` out of `receive_data` if the server has sent `RejectConnection` before the"
        " request arrived.",
        "Raises `RemoteProtocolError`, as upstream does for the bytes after that.",
        "No program catches the former, which is a mistake in an error message.",
        _after_rejection,
    ),
    Difference(
        "Informational responses do not end a handshake",
        "Takes any 1xx response other than 101 for a rejection, and the connection for closed.",
        "Reads past it, unless it has an `Upgrade` header: the response proper is still to come.",
        "RFC 9110 section 15.2: a client must be able to parse and may ignore them.",
        _informational,
    ),
    Difference(
        "Control frames between the fragments of a compressed message",
        "Loses the state of the message at a control frame, and returns the rest of it compressed.",
        "Goes on inflating the message.",
        "RFC 7692 section 6.1 allows the control frames; upstream's result is garbage.",
        lambda mismatch: (
            input_traits.INTERLEAVED in mismatch.traits and not mismatch.ours.raised("AssertionError")
        ),
    ),
    Difference(
        "Compressed messages without any data",
        "Inflates an empty payload as if it were compressed data: the four bytes that end a message are fed"
        " alone, which garbles the messages that follow in the same context.",
        "Takes it as an empty message, and goes on with the next one.",
        "RFC 7692 section 7.2.3.6 encodes an empty message as one byte, which is accepted and sent as in"
        " upstream; no program relies on the failure of the message that follows an empty payload.",
        _empty_messages,
    ),
    Difference(
        "Deflate blocks with BFINAL set",
        "Stops inflating for good after a final block: later messages come out empty.",
        "Goes on with the next message and keeps the window, so that a message may refer to one before a"
        " final block.",
        "RFC 7692 section 7.2.3.4 allows such blocks.",
        lambda mismatch: input_traits.FINAL in mismatch.traits and mismatch.ours.outcome[0] == "returned",
    ),
    Difference(
        "What is received may refer further back than agreed",
        "Fails the connection with 1007 when compressed data refer further back than the negotiated window,"
        " if that is below 32 KiB; depending on how the data are cut.",
        "Inflates them, up to a distance of 32 KiB.",
        "Only a peer that breaks RFC 7692 section 7.1.2 sends such data, and they inflate to what it"
        " compressed.",
        lambda mismatch: (
            input_traits.FAR in mismatch.traits
            and mismatch.ours.outcome[0] == "returned"
            and "error in extension" in repr(mismatch.theirs.outcome)
        ),
    ),
    Difference(
        "Close code 1014 is accepted",
        "Fails the connection when the peer closes it with 1014 (bad gateway).",
        "Gives the code like any other.",
        "The code has been registered with IANA since RFC 6455 was written.",
        _bad_gateway,
    ),
    Difference(
        "Headers may be any iterable",
        "Raises `TypeError` if `extra_headers` is anything but a list.",
        "Takes any iterable of pairs.",
        "What was accepted still is.",
        _any_iterable,
    ),
    Difference(
        "Events are plain classes",
        "`Event` is an abstract base class and `Message` derives from `typing.Generic`. A bare `Event()`, and"
        " an instance of a subclass with `__slots__`, take any attribute, as every event does by"
        " `object.__setattr__`, and `vars()` of an event is the dictionary that it lives in.",
        "`type(Event)` is `type`, so there is no `Event.register`; `Message[str]` is a `types.GenericAlias`,"
        " and `Generic` is not among the bases. Events take no attributes but their fields, a subclass with"
        " `__slots__` those too, and a `__dict__` property shows the fields; other subclasses take any."
        " The fields in `vars()` of an event are a copy. A class cannot derive from two kinds of events, nor"
        " from an event and another class with a layout of its own, such as `Exception`. Pickles that"
        " upstream made with protocol 0 or 1 cannot be loaded; those of protocol 2 and up can,"
        " and upstream loads ours of every protocol.",
        "`isinstance` and `match` over events give the same answers several times as fast; events are frozen,"
        " so nothing is to be written to them, and pickles have been of protocol 3 or above since Python 3.",
    ),
    Difference(
        "What FrameDecoder keeps between two frames is private",
        "Has it in the attributes `header`, `effective_opcode`, `masker`, `payload_required` and"
        " `payload_consumed`, with the methods `parse_header`, `parse_extended_payload_length` and"
        " `extension_processing` to work on them.",
        "Has none of these; `buffer` is a copy of what was received and not yet read. `client`, `extensions`,"
        " `receive_bytes` and `process_buffer` are as ever.",
        "They are undocumented and of use only in the middle of `process_buffer`, which is one step here.",
    ),
    Difference(
        "The parameters of PerMessageDeflate are values",
        "Keeps whatever object is given or assigned as `client_no_context_takeover` or"
        " `server_no_context_takeover`, and asks itself for `client_max_window_bits` and"
        " `server_max_window_bits`, which a subclass may override.",
        "Keeps whether the flags are true, and asks no property: a subclass that wants other window bits"
        " assigns them.",
        "Upstream, too, only ever asks whether a flag is true; bools were asked for and come back as they"
        " were.",
        _flags,
    ),
    Difference(
        "A PerMessageDeflate in use cannot be copied",
        "`copy.copy` shares its streams and `copy.deepcopy` copies them; `pickle` raises `TypeError`.",
        "All three raise `TypeError`; before it is in use, all three work.",
        "A stream that two connections feed makes sense of neither.",
    ),
    Difference(
        "Nothing is buffered after a parse failure",
        "Keeps all that arrives after the peer has broken the protocol, without bound and for no use.",
        "Drops it.",
        "Nothing after the failure is ever read, on either side; the events are the same.",
    ),
    Difference(
        "Inflation comes in pieces",
        "Inflates what has arrived of a compressed frame at once, however large it gets.",
        "One step of `events()` inflates at most 1 MiB, or what `max_piece_size` says, and hands it out as a"
        " data event that is not the end of its frame or message; the next step goes on from there. Where"
        " hooks are called, because permessage-deflate is not the only extension or is of a derived class,"
        " they are given as little of the payload at a time as cannot inflate to more.",
        "A message may come in any number of events, so callers join them or pass them on; a caller that"
        " counts bytes can stop a message that inflates a thousandfold early.",
    ),
    Difference(
        "Limits and tuning",
        "Has none: raises `TypeError` for such arguments.",
        "`WSConnection` and `Connection` take `max_message_size`, and `PerMessageDeflate` takes"
        " `compression_level`, `memory_level`, `min_size` and `max_piece_size`; each is a keyword, and an"
        " attribute to be read.",
        "Without these arguments the behaviour is upstream's, except for the pieces above.",
    ),
    Difference(
        "Once open, the handshake forgets",
        "Keeps the request and the whole of h11's connection for as long as the connection lives.",
        "Lets go of the request once it is accepted: `H11Handshake._initiating_request` is then `None`. There"
        " is no `_h11_connection`, as there is no h11.",
        "Both names are private, and the request was handed out as an event; an idle connection is smaller.",
    ),
]


def explain(mismatch: Mismatch) -> Difference | None:
    """Return the difference that the mismatch is, or None."""
    return next((each for each in DIFFERENCES if each.applies(mismatch)), None)
