"""Clients in JavaScript: `ws` under Node, and headless Chromium. Both run `javascript/connections.js`."""

from __future__ import annotations

import base64
import json
import os
import queue
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING, Any, Protocol

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tests.servers.ours import LIMIT
from tests.servers.peers.base import Ending, RefusedError, Sendable
from tests.servers.programs.node import JAVASCRIPT, environment, node

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Message = str | dict[str, str]
"""A message on its way: text as it is, bytes in base 64."""


class Engine(Protocol):
    """Something that runs the commands of `connections.js`."""

    def run(self, command: str, **arguments: Any) -> Any:
        """Run the command and return its value."""

    def stop(self) -> None:
        """End the process."""


def value(answer: dict[str, Any]) -> Any:
    """Return what a command returned, or raise what it threw."""
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer["value"]


class Node:
    """Node, with `ws`: commands go in and answers come out line by line."""

    def __init__(self) -> None:
        """Start the process."""
        self.process = subprocess.Popen(
            [node(), JAVASCRIPT / "client.js"],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.answers.put(line)

    def run(self, command: str, **arguments: Any) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([command, arguments]) + "\n")
        self.process.stdin.flush()
        return value(json.loads(self.answers.get(timeout=LIMIT)))

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(LIMIT)
        self.reader.join(LIMIT)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()


CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",  # which root, in a container, has to do without
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--ignore-certificate-errors",  # those of the tests are new every time
]


def chrome(profile: Path) -> Chrome:
    """Start the browser with an empty profile, and without what may be preloaded into this process."""
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in [*CHROMIUM_FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    return Chrome(options=options, service=Service(shutil.which("chromedriver"), env=environment))


class Chromium:
    """Chromium, on a page that has nothing but `connections.js`, at the command of its driver."""

    def __init__(self, profile: Path) -> None:
        """Start the browser with an empty profile, and open the page."""
        self.driver = chrome(profile)
        self.driver.set_script_timeout(LIMIT)
        self.driver.get((JAVASCRIPT / "page.html").as_uri())

    def run(self, command: str, **arguments: Any) -> Any:
        # The last argument of an asynchronous script is what it calls when it is done.
        script = "commands.run(arguments[0], arguments[1]).then(arguments[2])"
        return value(self.driver.execute_async_script(script, command, arguments))

    def stop(self) -> None:
        self.driver.quit()


class JavaScriptPeer:
    """A connection of either."""

    def __init__(
        self, engine: Engine, uri: str, subprotocols: Sequence[str], options: dict[str, Any] | None = None
    ) -> None:
        """Connect; the options are those of `ws`."""
        self.engine = engine
        answer = engine.run("connect", uri=uri, subprotocols=list(subprotocols), options=options)
        if "refused" in answer:
            raise RefusedError(**answer["refused"])
        self.id = answer["id"]
        self.subprotocol: str | None = answer["subprotocol"]
        self.offered: str = answer["extensions"]
        self.extensions = [one.partition(";")[0].strip() for one in self.offered.split(",") if one]

    def send(self, message: Sendable) -> None:
        if isinstance(message, list):
            self.engine.run("fragments", id=self.id, pieces=message)
        else:
            self.engine.run("send", id=self.id, message=encode(message))

    def recv(self) -> str | bytes:
        return decode(self.engine.run("receive", id=self.id))

    def flood(self, messages: list[str]) -> list[str | bytes]:
        return self.exchange(messages)

    def exchange(self, messages: Sequence[str | bytes]) -> list[str | bytes]:
        """Send all of the messages and receive as many, in one command."""
        received = self.engine.run("exchange", id=self.id, messages=[encode(message) for message in messages])
        return [decode(message) for message in received]

    def ping(self, payload: bytes) -> None:
        answer = self.engine.run("ping", id=self.id, payload=payload.decode("latin-1"))
        assert answer.encode("latin-1") == payload

    def close(self, code: int = 1000, reason: str = "") -> Ending:
        answer = self.engine.run("close", id=self.id, code=code, reason=reason)
        return answer["code"], answer["reason"]

    def closed(self) -> Ending:
        answer = self.engine.run("closed", id=self.id)
        return answer["code"], answer["reason"]

    def abort(self) -> None:
        self.engine.run("vanish", id=self.id)

    def finish(self) -> None:
        self.engine.run("forget", id=self.id)


def encode(message: str | bytes) -> Message:
    """Return what JSON can carry."""
    return message if isinstance(message, str) else {"base64": base64.b64encode(message).decode("ascii")}


def decode(message: Message) -> str | bytes:
    """Return what JSON has carried."""
    return message if isinstance(message, str) else base64.b64decode(message["base64"])
