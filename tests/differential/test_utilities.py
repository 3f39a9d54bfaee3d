"""`wsproto.utilities` and `wsproto.typing`: functions on headers and tokens, and the exceptions."""

from __future__ import annotations

import base64
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.harness import same
from tests.oracle import pair

odd: st.SearchStrategy[Any] = st.sampled_from(
    [None, 5, "text", "", "a, b", b"", bytearray(b"a, b"), memoryview(b"a,b"), [], [1], [b"a"], {}, 1.5]
)
ascii_values = st.lists(
    st.sampled_from([b"a", b" ", b",", b"\t", b";", b'"', b"=", b"Upgrade", b"\x0b", b"\x1c", b"\x1f"])
).map(b"".join)
pairs = st.lists(
    st.tuples(st.sampled_from([b"a", b"A", b"host", b""]), st.one_of(st.binary(max_size=5), ascii_values)),
    max_size=6,
)


@given(value=st.one_of(ascii_values, st.binary(max_size=20), odd))
def test_split_comma_header(value: Any) -> None:
    """Lists in headers, with whatever white space `str.strip` takes away."""
    same(lambda package: package.utilities.split_comma_header(value))


@given(headers=st.one_of(pairs, pairs.map(tuple), st.lists(odd, max_size=2), odd))
def test_normed_header_dict(headers: Any) -> None:
    """Headers of one name are joined; names are taken as they are."""
    same(lambda package: package.utilities.normed_header_dict(headers))


@given(token=st.one_of(st.binary(max_size=40), odd))
def test_generate_accept_token(token: Any) -> None:
    """RFC 6455 section 1.3."""
    same(lambda package: package.utilities.generate_accept_token(token))


def test_generate_nonce() -> None:
    """RFC 6455 section 4.1: sixteen random bytes in base64, fresh each time."""
    for package in pair():
        nonces = {package.utilities.generate_nonce() for _ in range(100)}
        assert len(nonces) == 100
        assert {type(nonce) for nonce in nonces} == {bytes}
        assert {len(base64.b64decode(nonce, validate=True)) for nonce in nonces} == {16}


@pytest.mark.parametrize("name", ["ProtocolError", "LocalProtocolError", "RemoteProtocolError"])
@pytest.mark.parametrize(
    "arguments", [(), ("text",), ("text", None), ("text", "hint"), (5,), ("a", "b", "c")]
)
def test_exceptions(name: str, arguments: tuple[Any, ...]) -> None:
    """How they are made, print, and carry the hint."""

    def action(package: Any) -> Any:
        error = getattr(package.utilities, name)(*arguments)
        return (error, repr(error), error.args, [base.__name__ for base in type(error).__mro__])

    same(action)


def test_constants() -> None:
    """The constants that people import."""
    for module, name in [
        ("utilities", "ACCEPT_GUID"),
        ("handshake", "WEBSOCKET_VERSION"),
        ("handshake", "WEBSOCKET_UPGRADE"),
    ]:
        same(attrgetter(f"{module}.{name}"))
    same(lambda package: package.__version__)
    same(lambda package: package.__all__)
    same(lambda package: package.connection.CLIENT is package.ConnectionType.CLIENT)
    same(lambda package: package.connection.SERVER is package.ConnectionType.SERVER)
    same(lambda package: sorted(package.extensions.SUPPORTED_EXTENSIONS))
