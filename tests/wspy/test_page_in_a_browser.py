"""The client of the page that describes wspy, in a headless browser, and the page's servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.peers.javascript import Chromium
from tests.servers.peers.registry import need
from tests.wspy import page
from tests.wspy.programs import PORT, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.wspy.programs import Program

#: Runs the page's client, which does not close by itself, and returns what it has written to the console.
DRIVEN = """
const done = arguments[0], lines = [];
console.log = (...line) => {
    lines.push(line);
    if (line[0] === 'message') ws.close(1000, 'seen');
    if (line[0] === 'close') done(lines);
};
"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """Return a headless browser."""
    need("chromium", "chromedriver")
    browser = Chromium(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.stop()


def browse(chromium: Chromium, program: Program) -> list[list[Any]]:
    """Run the page's client, once the program listens."""
    program.connect().close()
    script = DRIVEN + page.BROWSER.replace(PORT, str(program.port))
    lines: list[list[Any]] = chromium.driver.execute_async_script(script)
    return lines


@pytest.mark.parametrize(
    "source",
    [page.ASYNC_SERVER, page.THREADED_SERVER, page.CONNECTION],
    ids=["async", "threaded", "connection"],
)
def test_a_browser_talks_to_the_servers_that_echo(source: str, chromium: Chromium) -> None:
    with started(source) as program:
        lines = browse(chromium, program)
        assert lines == [["open"], ["message", "Hello, World!"], ["close", 1000, "seen"]]


def test_a_browser_and_the_server_agree_on_compression(chromium: Chromium) -> None:
    names = "[each.name for each in client.extensions]"
    source = page.ASYNC_SERVER.replace("% client)", f"% client, {names})", 1).replace("DEBUG", "WARNING")
    with started(source) as program:
        browse(chromium, program)
        assert program.line().endswith(" connected []")
        while not (line := program.line()).startswith("Client") or " connected" not in line:
            pass
        assert line.endswith(" connected ['permessage-deflate']")
