"""Making events: positionally and by keyword, with defaults, and what is said about calls that are wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    Event,
    Message,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)

from .comparison import CLASSES, SAMPLES, as_upstream

CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Request", (), {}),
    ("Request", ("host",), {}),
    ("Request", (), {"target": "/"}),
    ("Request", ("host", "/", [], [], [], 6), {}),
    ("Request", ("host", "/"), {"host": "again"}),
    ("Request", ("host", "/"), {"path": "/"}),
    ("AcceptConnection", (1, 2, 3, 4), {}),
    ("RejectConnection", (), {"code": 400}),
    ("RejectData", (), {"body_finished": True}),
    ("CloseConnection", (), {}),
    ("CloseConnection", (), {"reason": "no code"}),
    ("Message", (), {}),
    ("TextMessage", (), {}),
    ("TextMessage", ("a", True, True, True), {}),
    ("BytesMessage", (), {"payload": b""}),
    ("Ping", (b"", b""), {}),
    ("Pong", (), {"data": b""}),
    ("Event", (1,), {}),
    ("Event", (), {"data": 1}),
]


@pytest.mark.parametrize("name", CLASSES)
def test_fields_are_given_by_keyword(name: str) -> None:
    kind, text = as_upstream(lambda events: getattr(events, name)(**SAMPLES[name]))
    assert kind == "returned"
    assert all(repr(value) in text for value in SAMPLES[name].values())


@pytest.mark.parametrize("name", CLASSES)
def test_fields_are_given_by_position(name: str) -> None:
    positional = as_upstream(lambda events: getattr(events, name)(*SAMPLES[name].values()))
    assert positional == as_upstream(lambda events: getattr(events, name)(**SAMPLES[name]))


@pytest.mark.parametrize(("name", "args", "kwargs"), CALLS)
def test_a_wrong_call_says_what_upstream_says(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    kind, error, _ = as_upstream(lambda events: getattr(events, name)(*args, **kwargs))
    assert (kind, error) == ("raised", "TypeError")


@given(
    name=st.sampled_from(CLASSES),
    args=st.lists(st.one_of(st.none(), st.binary(max_size=2), st.text(max_size=2)), max_size=6),
    kwargs=st.dictionaries(
        st.sampled_from(sorted({field for fields in SAMPLES.values() for field in fields} | {"unknown"})),
        st.integers(),
        max_size=5,
    ),
)
def test_any_call_has_the_outcome_of_upstreams(name: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    as_upstream(lambda events: getattr(events, name)(*args, **kwargs))


def test_a_keyword_need_not_be_interned() -> None:
    """The constructor compares names by identity first; one that was computed is another object."""
    computed: dict[str, Any] = {"DATA".lower(): "x"}
    assert TextMessage(**computed) == TextMessage("x")


def test_plain_defaults() -> None:
    assert Ping().payload == b""
    assert AcceptConnection().subprotocol is None
    assert RejectConnection().status_code == 400
    assert RejectConnection().has_body is False
    assert TextMessage("").frame_finished is True
    assert TextMessage("").message_finished is True


def test_each_event_has_lists_of_its_own() -> None:
    first, second = Request("host", "/"), Request("host", "/")
    lists = [list_ for event in (first, second) for list_ in list(vars(event).values())[2:]]
    assert lists == [[]] * 6
    assert len({id(list_) for list_ in lists}) == 6


def test_a_list_that_was_not_given_stays_once_it_has_been_looked_at() -> None:
    def looked_at(events: Any) -> object:
        event = events.AcceptConnection()
        event.extra_headers.append((b"a", b"b"))
        return event, event.extra_headers is event.extra_headers, events.AcceptConnection()

    assert "extra_headers=[(b'a', b'b')]), True" in as_upstream(looked_at)[1]


@pytest.mark.parametrize("value", [["x"], None])
def test_object_can_set_and_delete_a_list_that_was_not_given(value: list[str] | None) -> None:
    def changed(events: Any) -> object:
        event = events.AcceptConnection()
        object.__setattr__(event, "extensions", value)
        assert event.extensions is value
        object.__delattr__(event, "extensions")
        # The text is the interpreter's.
        return hasattr(event, "extensions")

    assert as_upstream(changed)[1] == "False"


def test_what_is_given_is_kept_as_it_is() -> None:
    """Nothing is converted or checked: that is for `send` to do."""
    data = bytearray(b"x")
    assert BytesMessage(data).data is data
    assert TextMessage(data=None).data is None  # type: ignore[arg-type]


def test_initialising_again_sets_the_fields_again() -> None:
    def again(events: Any) -> object:
        message = events.TextMessage("first", frame_finished=False)
        message.__init__("second")
        return message

    assert as_upstream(again)[1].startswith("TextMessage(data='second', frame_finished=True")


def test_before_initialisation_only_plain_defaults_are_there() -> None:
    blank = TextMessage.__new__(TextMessage)
    assert (blank.frame_finished, blank.message_finished) == (True, True)
    with pytest.raises(AttributeError, match="no attribute 'data'"):
        _ = blank.data


def test_text_and_bytes_messages_are_messages() -> None:
    assert isinstance(TextMessage(""), Message)
    assert isinstance(BytesMessage(b""), Message)
    assert all(issubclass(as_class, Event) for as_class in (Message, Request, Ping))
