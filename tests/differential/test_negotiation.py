"""Negotiation of permessage-deflate (RFC 7692 section 7.1), and of extensions (RFC 6455 section 9.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.deflating import Parameters, parameters
from tests.differential.handshaking import Deflate
from tests.differential.harness import Side, same
from tests.differential.input_traits import FLAGS
from tests.differential.observe import attempt, look
from tests.differential.recording import Script, recording
from tests.oracle import STANDS_IN, ours

if TYPE_CHECKING:
    from types import ModuleType

takeover = st.sampled_from(["client_no_context_takeover", "server_no_context_takeover"])
equals = st.sampled_from(["=", " = ", "= ", " ="])


def window(side: str, most: int = 15) -> st.SearchStrategy[str]:
    """Return a legal parameter that limits the window of a side."""
    return st.builds(
        lambda sign, bits: f"{side}_max_window_bits{sign}{bits}", equals, st.integers(9, min(most, 15))
    )


def element(parameters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return an element of the header with legal parameters, each at most once."""
    return st.builds(
        lambda names, space: (
            f"permessage-deflate{space}".strip() + "".join(f";{space}{name}{space}" for name in names)
        ),
        st.lists(parameters, max_size=3, unique_by=lambda name: name.partition("=")[0].strip()),
        st.sampled_from([" ", "", "  "]),
    )


# Upstream accepts parameters that RFC 7692 does not allow, which are declared differences: what is compared
# is legal, and what is illegal is tested by itself.
offers = element(st.one_of(takeover, st.just("client_max_window_bits"), window("client"), window("server")))


def answers(configured: Parameters) -> st.SearchStrategy[str]:
    """Return legal answers to the offer of these parameters."""
    client, server = configured.client_max_window_bits or 15, configured.server_max_window_bits or 15
    return element(st.one_of(takeover, window("client", client), window("server", server)))


#: Parameters that are illegal in an offer, and more that are illegal in an answer only.
ILLEGAL = [
    "",
    "unknown",
    "unknown=5",
    "client_no_context_takeover=1",
    "Client_Max_Window_Bits=9",
    "client_max_window_bits=8",
    "client_max_window_bits=16",
    "client_max_window_bits=09",
    "client_max_window_bits=1_0",
    "client_max_window_bits=ten",
    "client_max_window_bits=",
    "server_max_window_bits",
    "server_max_window_bits=7",
    "server_max_window_bits=-9",
    "server_max_window_bits=\uff11\uff10",
]
ILLEGAL_IN_ANSWERS = ["client_max_window_bits"]
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

    same(action)


@given(data=st.data(), configured=parameters)
def test_finalizing(data: st.DataObject, configured: Parameters) -> None:
    """Section 7.1: what a client makes of the server's answer."""
    answer = data.draw(answers(configured))

    def action(package: ModuleType) -> Any:
        extension = package.extensions.PerMessageDeflate(*configured)
        return (extension.finalize(answer), shown(extension))

    same(action)


@pytest.mark.skipif(STANDS_IN, reason="upstream accepts these")
@given(offer=offers, illegal=st.sampled_from(ILLEGAL))
def test_declining_an_illegal_offer(offer: str, illegal: str) -> None:
    """Section 7.1: one illegal parameter makes an offer unacceptable; so does one that is repeated."""
    extension = ours().extensions.PerMessageDeflate()
    for text in (f"{offer}; {illegal}", f"{offer}; server_no_context_takeover; server_no_context_takeover"):
        assert extension.accept(text) is None
        assert not extension.enabled()


@pytest.mark.skipif(STANDS_IN, reason="upstream accepts these")
@given(data=st.data(), configured=parameters, illegal=st.sampled_from([*ILLEGAL, *ILLEGAL_IN_ANSWERS]))
def test_refusing_an_illegal_answer(data: st.DataObject, configured: Parameters, illegal: str) -> None:
    """Section 7.1: a parameter that is illegal, repeated or beyond the offer fails the handshake."""
    answer = data.draw(answers(configured))
    wrong = [illegal, "server_no_context_takeover; server_no_context_takeover"]
    wrong += [f"client_max_window_bits={bits + 1}" for bits in [configured.client_max_window_bits] if bits]
    for text in wrong:
        extension = ours().extensions.PerMessageDeflate(*configured)
        with pytest.raises(ours().utilities.RemoteProtocolError):
            extension.finalize(f"{answer}; {text}")
        assert not extension.enabled()


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


def requested(elements: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    """Return elements of the header, one for each extension."""
    others = st.sampled_from(["x-fake", "y; p=1", "x-fake ; q", "", "unknown"])
    return st.lists(
        st.one_of(elements, others), max_size=4, unique_by=lambda each: each.partition(";")[0].strip()
    )


def made(package: ModuleType, described: list[Any]) -> tuple[list[Any], Side]:
    """Return the extensions, and the side that keeps their log."""
    side = Side(package)
    return [
        each.make(side) if isinstance(each, Deflate) else recording(side, each) for each in described
    ], side


@given(offered=requested(offers), described=supported)
def test_server_extensions_handshake(offered: list[str], described: list[Any]) -> None:
    """RFC 6455 section 9.1: the extensions that a server takes from what was offered."""

    def action(package: ModuleType) -> Any:
        extensions, side = made(package, described)
        outcome = attempt(lambda: package.handshake.server_extensions_handshake(offered, extensions))
        return (outcome, side.log, [(look(each), each.enabled()) for each in extensions])

    same(action)


@given(agreed=requested(answers(Parameters(True, 10, False, 11))), described=supported)
def test_client_extensions_handshake(agreed: list[str], described: list[Any]) -> None:
    """RFC 6455 section 4.1: the extensions that a server says it took."""

    def action(package: ModuleType) -> Any:
        extensions, side = made(package, described)
        outcome = attempt(lambda: package.handshake.client_extensions_handshake(agreed, extensions))
        return (outcome, side.log, [(look(each), each.enabled()) for each in extensions])

    same(action)
