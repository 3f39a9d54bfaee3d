"""deflate-frame: its negotiation, and the copies that connections use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.wspy.codec import (
    SAMPLES,
    Inflater,
    connection,
    frames,
    handshake,
)
from wsproto.connection import CLIENT
from wsproto.events import (
    BytesMessage,
    TextMessage,
)
from wsproto.utilities import RemoteProtocolError
from wspy.deflate_frame import NAMES, DeflateFrame

if TYPE_CHECKING:
    from wsproto.extensions import Extension

#: Parameters that the draft does not allow.
INVALID = [
    "max_window_bits",
    "max_window_bits=",
    "max_window_bits=7",
    "max_window_bits=16",
    "max_window_bits=08",
    "max_window_bits=-9",
    "max_window_bits=x",
    'max_window_bits="9',
    "max_window_bits=9; max_window_bits=9",
    "no_context_takeover=1",
    "no_context_takeover; no_context_takeover",
    "no_context_takeover; max_window_bits=9; no_context_takeover",
    "client_max_window_bits=9",
    "unknown",
    "",
]


def test_nothing_is_asked_by_default() -> None:
    assert DeflateFrame().offer() is True


def test_what_is_asked_is_offered() -> None:
    assert DeflateFrame(10, no_context_takeover=True).offer() == "max_window_bits=10; no_context_takeover"


def test_it_is_off_until_it_is_agreed_upon() -> None:
    extension = DeflateFrame()
    assert not extension.enabled()
    assert extension.accept("deflate-frame") is True
    assert extension.enabled()


def test_the_answer_asks_for_what_the_server_wants_whatever_the_client_does() -> None:
    assert (
        DeflateFrame(9).accept("deflate-frame; max_window_bits=11; no_context_takeover")
        == "max_window_bits=9"
    )


def test_a_value_may_be_quoted_and_surrounded_by_blanks() -> None:
    extension = DeflateFrame()
    assert extension.accept('deflate-frame ;\tmax_window_bits = "11" ; no_context_takeover') is True


@pytest.mark.parametrize("parameters", INVALID)
def test_a_server_declines_an_invalid_offer(parameters: str) -> None:
    extension = DeflateFrame()
    assert extension.accept(f"deflate-frame; {parameters}") is False
    assert not extension.enabled()


@pytest.mark.parametrize("parameters", INVALID)
def test_a_client_fails_on_an_invalid_answer(parameters: str) -> None:
    extension = DeflateFrame()
    with pytest.raises(RemoteProtocolError, match="deflate-frame"):
        extension.finalize(f"deflate-frame; {parameters}")
    assert not extension.enabled()


def test_a_server_accepts_the_first_of_several_offers() -> None:
    extension = DeflateFrame()
    assert extension.accept("deflate-frame; unknown") is False
    assert extension.accept("deflate-frame; max_window_bits=9") is True
    assert extension.accept("deflate-frame") is False
    assert extension.enabled()


def test_a_client_fails_on_a_second_answer() -> None:
    extension = DeflateFrame()
    extension.finalize("deflate-frame")
    with pytest.raises(RemoteProtocolError):
        extension.finalize("deflate-frame")


@pytest.mark.parametrize("bits", [7, 16, 0, -9])
def test_a_window_that_deflate_does_not_have_is_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="max_window_bits"):
        DeflateFrame(bits)


def test_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="name"):
        DeflateFrame(name="permessage-deflate")


@pytest.mark.parametrize("name", NAMES)
def test_a_server_answers_either_name(name: str) -> None:
    server: list[Extension] = [*DeflateFrame().variants()]
    client = DeflateFrame(name=name)
    ends = handshake([client], server)
    assert client.enabled()
    ends[1].receive_data(ends[0].send(TextMessage("Hello")))
    assert list(ends[1].events()) == [TextMessage("Hello")]


def test_variants_ask_for_the_same() -> None:
    assert [each.offer() for each in DeflateFrame(9).variants()] == ["max_window_bits=9"] * 2


def test_a_handshake_carries_what_both_sides_ask() -> None:
    client, server = DeflateFrame(9), DeflateFrame(10, no_context_takeover=True)
    ends = handshake([client], [server])
    payload = SAMPLES[4]
    for _ in range(2):
        # The server has asked for an empty window, and for one of 1 KiB; the client for one of 512 bytes.
        (sent,) = frames(ends[0].send(BytesMessage(payload)))
        assert Inflater(10)(sent.payload) == payload
    inflate = Inflater(9)
    for _ in range(2):
        (sent,) = frames(ends[1].send(BytesMessage(payload)))
        assert inflate(sent.payload) == payload


# Prototypes


def test_a_fresh_one_is_not_in_use() -> None:
    prototype = DeflateFrame(9)
    assert prototype.accept("deflate-frame; no_context_takeover")
    fresh = prototype.fresh(None)
    assert not fresh.enabled()
    assert fresh.offer() == "max_window_bits=9"


def test_fresh_ones_share_nothing() -> None:
    prototype = DeflateFrame()
    for _ in range(2):
        extension = prototype.fresh(None)
        extension.finalize("deflate-frame")
        (sent,) = frames(connection(CLIENT, extension).send(BytesMessage(SAMPLES[4])))
        assert Inflater()(sent.payload) == SAMPLES[4]


def test_a_fresh_one_of_a_derived_class_is_of_that_class() -> None:
    class Derived(DeflateFrame):
        pass

    assert type(Derived().fresh(None)) is Derived


def test_the_representation_says_what_is_asked() -> None:
    assert repr(DeflateFrame(9)) == "<DeflateFrame deflate-frame; max_window_bits=9>"
