"""Copies and pickles of events, which also pass between this package and upstream."""

from __future__ import annotations

import copy
import io
import pickle
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.oracle import pair
from wsproto.events import Event, Ping, Request, TextMessage

from .comparison import CLASSES, SAMPLES, as_upstream, sample

if TYPE_CHECKING:
    from types import ModuleType

    from typing_extensions import Self

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Timed(Ping):
    """A subclass with an attribute of its own."""

    at: float


class Slotted(TextMessage):
    """A subclass that keeps its attribute in a slot."""

    __slots__ = ("channel",)
    channel: int


class Required(Ping):
    """A subclass that is made with arguments, which pickles of protocol 2 and up have with them."""

    def __new__(cls, payload: bytes) -> Self:
        """Refuse to be called without arguments."""
        assert payload
        return super().__new__(cls)

    def __getnewargs__(self) -> tuple[bytes]:
        """Return the arguments of `__new__`."""
        return (self.payload,)


class Named(Required):
    """A subclass that is made with arguments by keyword."""

    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, bytes]]:
        """Return the arguments of `__new__`."""
        return ((), {"payload": self.payload})


class Elsewhere(pickle.Unpickler):
    """Takes the events of one package for those of the other."""

    def __init__(self, data: bytes, target: ModuleType) -> None:
        super().__init__(io.BytesIO(data))
        self.target = target

    def find_class(self, module: str, name: str) -> Any:
        """Find events in the target, and everything else where it is."""
        if module.endswith(".events"):
            return getattr(self.target.events, name)
        return super().find_class(module, name)


@pytest.mark.parametrize("name", CLASSES)
def test_a_copy_is_equal_and_shares_the_fields(name: str) -> None:
    event = sample(name)
    twin = copy.copy(event)
    assert twin == event
    assert twin is not event
    assert all(vars(twin)[field] is vars(event)[field] for field in SAMPLES[name])


@pytest.mark.parametrize("name", CLASSES)
def test_a_deep_copy_is_equal(name: str) -> None:
    event = sample(name)
    assert copy.deepcopy(event) == event


def test_a_deep_copy_shares_nothing_that_can_change() -> None:
    request = Request("host", "/", subprotocols=["v1"])
    copy.deepcopy(request).subprotocols.append("v2")
    assert request.subprotocols == ["v1"]


def test_a_deep_copy_of_an_event_that_contains_itself() -> None:
    knot: list[Any] = []
    request = Request("host", "/", extensions=knot)
    knot.append(request)
    twin = copy.deepcopy(request)
    assert list[Any](twin.extensions)[0] is twin


def test_a_copy_with_some_fields_replaced() -> None:
    """`copy.replace` came with Python 3.13; before, it is missing on both sides."""
    kind, *_ = as_upstream(lambda events: copy.replace(events.TextMessage("a"), data="b"))  # type: ignore[attr-defined]
    assert kind == ("returned" if sys.version_info >= (3, 13) else "raised")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", CLASSES)
def test_events_pickle_at_every_protocol(name: str, protocol: int) -> None:
    event = sample(name)
    twin = pickle.loads(pickle.dumps(event, protocol))  # noqa: S301
    assert twin == event
    assert type(twin) is type(event)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_attributes_of_subclasses_are_pickled(protocol: int) -> None:
    ping = Timed(b"x")
    ping.at = 1.5
    twin = pickle.loads(pickle.dumps(ping, protocol))  # noqa: S301
    assert (type(twin), twin.payload, twin.at) == (Timed, b"x", 1.5)


@pytest.mark.parametrize("protocol", PROTOCOLS[2:])
def test_slots_of_subclasses_are_pickled(protocol: int) -> None:
    message = Slotted("x")
    message.channel = 2
    twin = pickle.loads(pickle.dumps(message, protocol))  # noqa: S301
    assert (twin, twin.channel) == (message, 2)
    assert copy.copy(message).channel == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", [Required, Named])
def test_arguments_of_new_are_pickled(kind: type[Required], protocol: int) -> None:
    event = kind(b"x")
    twin = pickle.loads(pickle.dumps(event, protocol))  # noqa: S301
    assert (type(twin), twin) == (kind, event)
    assert copy.copy(event) == copy.deepcopy(event) == event


@pytest.mark.parametrize("protocol", PROTOCOLS[2:])
@pytest.mark.parametrize("hook", ["__getnewargs__", "__getnewargs_ex__"])
@pytest.mark.parametrize(
    "given", [(), (1,), ((), {}), ((1,), {}), ((1,), {"a": 1}), ([], {}), ((), 1), [], None]
)
def test_what_a_subclass_with_arguments_of_new_reduces_to(protocol: int, hook: str, given: object) -> None:
    def reduced(events: Any) -> object:
        sub = type("Sub", (events.Ping,), {hook: lambda _: given})
        make, (made, *args), *rest = sub(b"x").__reduce_ex__(protocol)
        assert made is sub
        return make.__name__, args, rest

    as_upstream(reduced)


def test_a_subclass_that_reduces_itself() -> None:
    def copied(events: Any) -> object:
        sub = type("Sub", (events.Ping,), {"__reduce__": lambda _: (events.Pong, (b"y",))})
        return copy.copy(sub(b"x"))

    assert as_upstream(copied)[1] == "Pong(payload=b'y')"


def test_a_bare_event_can_be_copied() -> None:
    assert type(copy.copy(Event())) is Event


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", CLASSES)
def test_upstream_reads_our_pickles(name: str, protocol: int) -> None:
    twin = Elsewhere(pickle.dumps(sample(name), protocol), pair().theirs).load()
    assert type(twin) is getattr(pair().theirs.events, name)
    assert vars(twin) == SAMPLES[name]


@pytest.mark.parametrize("protocol", PROTOCOLS[2:])
@pytest.mark.parametrize("name", CLASSES)
def test_we_read_upstreams_pickles(name: str, protocol: int) -> None:
    """From protocol 2 on: the older two name `object.__new__`, which makes no native objects."""
    event = getattr(pair().theirs.events, name)(**SAMPLES[name])
    assert Elsewhere(pickle.dumps(event, protocol), pair().ours).load() == sample(name)
