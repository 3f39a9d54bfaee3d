"""`chat.html` in a browser: what people do with the chat, by headless Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.examples.programs import Server, serving
from tests.examples.test_chat import enter, heard
from tests.servers.ours import LIMIT
from tests.servers.peers.javascript import chrome
from tests.servers.peers.registry import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome


@pytest.fixture
def server() -> Iterator[Server]:
    """Return the server as people start it."""
    with serving("-m", "examples.chat_server") as server:
        yield server


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    """Return a browser with an empty profile."""
    need("chromium", "chromedriver")
    browser = chrome(tmp_path)
    yield browser
    browser.quit()


def wait_for(browser: Chrome, *lines: str) -> None:
    """Wait until the page shows these lines and no others."""

    def shown(browser: Chrome) -> list[str]:
        return [item.text for item in browser.find_elements(By.CSS_SELECTOR, "#lines li")]

    WebDriverWait(browser, LIMIT).until(lambda browser: shown(browser) == list(lines), str(shown(browser)))


def say(browser: Chrome, line: str) -> None:
    """Type a line, and send it."""
    browser.find_element(By.ID, "line").send_keys(line)
    browser.find_element(By.TAG_NAME, "button").click()


def test_a_page_talks_with_everyone_else(server: Server, browser: Chrome) -> None:
    """The page, its WebSocket with the Origin that browsers send, lines both ways, and the end."""
    with enter(server, "Ada") as ada:
        browser.get(f"{server.uri}?name=Grace")
        assert heard(ada) == (None, "Grace is here")
        say(browser, "hello, <b>Ada</b>")
        assert heard(ada) == ("Grace", "hello, <b>Ada</b>")
        ada.send("hello, Gräce")
        lines = ["Grace is here", "Grace: hello, <b>Ada</b>", "Ada: hello, Gräce"]
        wait_for(browser, *lines)
        assert heard(ada) == ("Ada", "hello, Gräce")
        browser.execute_script("socket.close()")
        wait_for(browser, *lines, "The connection is closed (1005).")
        assert heard(ada) == (None, "Grace has left")


def test_the_page_says_that_the_connection_is_closed(server: Server, browser: Chrome) -> None:
    """With the code: 1006 is what a browser makes of a server that has vanished."""
    browser.get(f"{server.uri}?name=Grace")
    wait_for(browser, "Grace is here")
    server.process.kill()
    wait_for(browser, "Grace is here", "The connection is closed (1006).")
