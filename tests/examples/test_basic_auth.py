"""`basic_auth_server.py` and `basic_auth_client.py` with `websockets` at the other end (RFC 7617)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import InvalidStatus
from websockets.headers import build_authorization_basic
from websockets.sync.client import connect
from websockets.sync.server import basic_auth

from tests.examples.programs import Server, run, serving
from tests.examples.public_server import serving_elsewhere
from tests.servers.ours import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "pass:word ✓"  # noqa: S105 (of nobody)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return the server as people start it."""
    with serving("-m", "examples.basic_auth_server", "--user", "ada", ECHO_PASSWORD=PASSWORD) as server:
        yield server


def test_who_has_the_password_may_enter(server: Server) -> None:
    """The colon and the letters beyond ASCII are part of it (RFC 7617, section 2)."""
    headers = {"Authorization": build_authorization_basic("ada", PASSWORD)}
    with connect(server.uri, additional_headers=headers, proxy=None) as client:
        client.send("hello")
        assert client.recv(LIMIT) == "hello"
    assert server.said() == "welcome: user 'ada'"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic",
        "Basic YWRh",  # no colon
        "Basic YWRhOndyb25n",  # ada:wrong
        "Basic ZXZlOg==",  # eve, without a password
        "Basic ////",  # not UTF-8
        "Basic ada:pass:word",  # not Base64
        "Bearer YWRhOndyb25n",
    ],
)
def test_everyone_else_is_challenged(server: Server, header: str | None) -> None:
    """RFC 9110, section 11.6.1: status 401, with the scheme and the realm."""
    headers = {} if header is None else {"Authorization": header}
    with (
        pytest.raises(InvalidStatus) as caught,
        connect(server.uri, additional_headers=headers, proxy=None),
    ):
        pass
    assert caught.value.response.status_code == 401
    assert caught.value.response.headers["WWW-Authenticate"].startswith('Basic realm="echo"')


def test_the_client_enters_elsewhere() -> None:
    """A server that is not ours understands what it sends."""
    with serving_elsewhere(process_request=basic_auth("echo", ("ada", "pass:word"))) as port:
        client = run(
            *("-m", "examples.basic_auth_client", "--port", str(port), "--user", "ada"),
            ECHO_PASSWORD="pass:word",  # noqa: S106 (of nobody)
        )
    assert client.returncode == 0, client.stderr
    assert client.stdout.splitlines()[-1].endswith("all as expected")


def test_the_client_says_that_it_was_refused() -> None:
    """On standard error, with the status."""
    with serving_elsewhere(process_request=basic_auth("echo", ("ada", "pass:word"))) as port:
        client = run(
            *("-m", "examples.basic_auth_client", "--port", str(port), "--user", "ada"),
            ECHO_PASSWORD="wrong",  # noqa: S106 (of nobody)
        )
    assert client.returncode == 1
    assert "the server refused the connection: 401" in client.stderr
