"""Negotiation of permessage-deflate (RFC 7692 section 7.1), and of extensions (RFC 6455 section 9.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tests.differential.deflating import Parameters, parameters
from tests.differential.handshaking import Deflate
from tests.differential.harness import Side, same
from tests.differential.input_traits import FLAGS
from tests.differential.observe import attempt, look
from tests.differential.recording import Script, recording

if TYPE_CHECKING:
    from types import ModuleType

known = st.sampled_from(
    [
        "client_no_context_takeover",
        "server_no_context_takeover",
        "client_max_window_bits",
        "server_max_window_bits",
    ]
)
window = st.sampled_from(
    [
        "8",
        "9",
        "10",
        "12",
        "15",
        "16",
        "7",
        "0",
        "-9",
        "+9",
        "09",
        "1_0",
        '"10"',
        "",
        " 10",
        "x",
        "9.5",
        "\uff11\uff10",
    ]
)
parameter = st.one_of(
    st.sampled_from(["client_no_context_takeover", "server_no_context_takeover", "client_max_window_bits"]),
    st.builds(lambda name, value: f"{name}={value}", known, st.sampled_from(["9", "10", "15"])),
    st.builds(lambda name, value: f"{name}={value}", known, window),
    st.builds(lambda name, value: f"{name} = {value}", known, window),
    known,
    st.sampled_from(
        ["", "unknown", "unknown=5", "client_no_context_takeover_not", "Client_Max_Window_Bits=9", "=", "=9"]
    ),
)
well_formed = st.builds(
    lambda names: "; ".join(["permessage-deflate", *names]),
    st.lists(
        st.one_of(
            st.sampled_from(
                ["client_no_context_takeover", "server_no_context_takeover", "client_max_window_bits"]
            ),
            st.builds(lambda bits: f"client_max_window_bits={bits}", st.integers(9, 15)),
            st.builds(lambda bits: f"server_max_window_bits={bits}", st.integers(9, 15)),
        ),
        max_size=3,
        unique_by=lambda name: name.partition("=")[0],
    ),
)
bent = st.builds(
    lambda name, parts: ";".join([name, *parts]),
    st.sampled_from(["permessage-deflate", " permessage-deflate ", "permessage-deflate "]),
    st.lists(parameter, max_size=4),
)
offers = st.one_of(well_formed, bent)
odd: st.SearchStrategy[Any] = st.sampled_from([None, 5, b"permessage-deflate", [], "", 1.5])


def shown(extension: Any) -> Any:
    """Return what the extension shows of what was agreed."""
    return (
        repr(extension),
        extension.enabled(),
        extension._enabled,
        extension.client_no_context_takeover,
        extension.server_no_context_takeover,
        extension.client_max_window_bits,
        extension.server_max_window_bits,
        extension.offer(),
    )


@given(configured=parameters)
def test_construction(configured: Parameters) -> None:
    """The parameters, the offer that they make, and how they print."""
    same(lambda package: shown(package.extensions.PerMessageDeflate(*configured)))


constructor = st.one_of(st.integers(7, 17), st.booleans(), st.sampled_from([None, "10", "", b"x", [9]]))


@given(
    positional=st.lists(constructor, max_size=5),
    keyword=st.sampled_from([{}, {"client_max_window_bits": 8}, {"nonsense": 1}]),
)
def test_odd_construction(positional: list[Any], keyword: dict[str, Any]) -> None:
    """Window bits out of range, and arguments of other types."""
    same(lambda package: shown(package.extensions.PerMessageDeflate(*positional, **keyword)), traits={FLAGS})


@given(name=st.sampled_from(["client_max_window_bits", "server_max_window_bits"]), value=constructor)
def test_setting_window_bits(name: str, value: Any) -> None:
    """The properties refuse what the constructor refuses."""

    def action(package: ModuleType) -> Any:
        extension = package.extensions.PerMessageDeflate()
        return (attempt(lambda: setattr(extension, name, value)), shown(extension))

    same(action)


@given(configured=parameters, offer=offers)
def test_accepting_an_offer(configured: Parameters, offer: str) -> None:
    """Section 7.1: a server's answer to an offer."""

    def action(package: ModuleType) -> Any:
        extension = package.extensions.PerMessageDeflate(*configured)
        return (extension.accept(offer), shown(extension))

    same(action, traits={f"offer0 {offer}"})


@given(configured=parameters, answer=offers)
def test_finalizing(configured: Parameters, answer: str) -> None:
    """Section 7.1: what a client makes of the server's answer."""

    def action(package: ModuleType) -> Any:
        extension = package.extensions.PerMessageDeflate(*configured)
        return (extension.finalize(answer), shown(extension))

    same(action, traits={f"answer0 {answer}", configured.limits})


@given(name=st.sampled_from(["accept", "finalize"]), argument=odd)
def test_odd_arguments(name: str, argument: Any) -> None:
    """Offers that are no text."""
    same(lambda package: getattr(package.extensions.PerMessageDeflate(), name)(argument), loose=True)


supported = st.lists(
    st.one_of(
        st.builds(Deflate),
        st.builds(Deflate, st.just((True, 10, False, 11))),
        st.builds(
            lambda name, accept: Script(name, accept=accept),
            st.sampled_from(["x-fake", "y", "permessage-deflate"]),
            st.sampled_from([True, False, None, "", "a=b", "a; b", "\xe9", 5, b"bytes"]),
        ),
    ),
    max_size=3,
)
requested = st.lists(
    st.one_of(offers, st.sampled_from(["x-fake", "y; p=1", "x-fake ; q", "", "unknown"])), max_size=4
)


def made(package: ModuleType, described: list[Any]) -> tuple[list[Any], Side]:
    """Return the extensions, and the side that keeps their log."""
    side = Side(package)
    return [
        each.make(side) if isinstance(each, Deflate) else recording(side, each) for each in described
    ], side


@given(offered=requested, described=supported)
def test_server_extensions_handshake(offered: list[str], described: list[Any]) -> None:
    """RFC 6455 section 9.1: the extensions that a server takes from what was offered."""

    def action(package: ModuleType) -> Any:
        extensions, side = made(package, described)
        outcome = attempt(lambda: package.handshake.server_extensions_handshake(offered, extensions))
        return (outcome, side.log, [(look(each), each.enabled()) for each in extensions])

    same(action, traits={f"offer{number} {offer}" for number, offer in enumerate(offered)})


@given(agreed=requested, described=supported)
def test_client_extensions_handshake(agreed: list[str], described: list[Any]) -> None:
    """RFC 6455 section 4.1: the extensions that a server says it took."""

    def action(package: ModuleType) -> Any:
        extensions, side = made(package, described)
        outcome = attempt(lambda: package.handshake.client_extensions_handshake(agreed, extensions))
        return (outcome, side.log, [(look(each), each.enabled()) for each in extensions])

    limits = [Parameters(*each.arguments).limits for each in described if isinstance(each, Deflate)]
    same(action, traits={f"answer{number} {answer}" for number, answer in enumerate(agreed)} | set(limits))
