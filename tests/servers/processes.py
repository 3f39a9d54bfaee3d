"""Server processes: started as users start them, on ports that are free, and ended for certain."""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import trustme
import websockets.sync.client

from tests.servers.ours import LIMIT
from tests.servers.programs import behaviour
from tests.servers.programs.node import JAVASCRIPT, environment, node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[2]
LISTENING = re.compile(r"https?://127\.0\.0\.1:(\d+)")
PROGRAMS = "tests.servers.programs"


class Command(NamedTuple):
    """How a server is started, and what its report has to say."""

    arguments: Sequence[str | Path]
    user: str | None = None
    """The module that uses wsproto in it; a server that is not ours has none."""
    loop: str | None = None
    """The package of the event loop that was asked for."""
    tls: bool = False
    """Whether it gets a certificate, which makes hypercorn offer HTTP/2 to browsers."""


def python(*arguments: str) -> list[str]:
    """Return the command that runs a module."""
    return [sys.executable, "-m", *arguments]


UVICORN = "uvicorn.protocols.websockets.wsproto_impl"
HYPERCORN = "hypercorn.protocol.ws_stream"
BIND = ("--bind", "127.0.0.1:0")

COMMANDS = {
    "uvicorn": Command(
        python("uvicorn", f"{PROGRAMS}.asgi_app:app", "--ws", "wsproto", "--loop", "asyncio", "--port", "0"),
        user=UVICORN,
        loop="asyncio",
    ),
    "uvicorn-uvloop": Command(
        python("uvicorn", f"{PROGRAMS}.asgi_app:app", "--ws", "wsproto", "--loop", "uvloop", "--port", "0"),
        user=UVICORN,
        loop="uvloop",
    ),
    "hypercorn": Command(
        python("hypercorn", f"{PROGRAMS}.asgi_app:app", *BIND), user=HYPERCORN, loop="asyncio"
    ),
    "hypercorn-trio": Command(
        python("hypercorn", f"{PROGRAMS}.asgi_app:app", *BIND, "--worker-class", "trio"), user=HYPERCORN
    ),
    "hypercorn-tls": Command(
        python("hypercorn", f"{PROGRAMS}.asgi_app:app", *BIND), user=HYPERCORN, loop="asyncio", tls=True
    ),
    "hypercorn-trio-tls": Command(
        python("hypercorn", f"{PROGRAMS}.asgi_app:app", *BIND, "--worker-class", "trio"),
        user=HYPERCORN,
        tls=True,
    ),
    "quart": Command(python("hypercorn", f"{PROGRAMS}.quart_app:app", *BIND), user=HYPERCORN, loop="asyncio"),
    "flask-sock": Command(
        python("flask", "--app", f"{PROGRAMS}.flask_app", "run", "--port", "0"), user="simple_websocket.ws"
    ),
    "trio-websocket": Command(python(f"{PROGRAMS}.trio_websocket_server"), user="trio_websocket._impl"),
    "websockets": Command(python(f"{PROGRAMS}.websockets_server")),
    "ws": Command([]),
}


class Process:
    """A running process that listens, on a port that it names in its output."""

    def __init__(self, arguments: Sequence[str | Path], environ: Mapping[str, str] = os.environ) -> None:
        """Start it, and wait until it says where it listens."""
        self.output: list[str] = []
        self._listening = threading.Event()
        self.port = 0
        self.process = subprocess.Popen(
            arguments,
            cwd=ROOT,
            env={**environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,  # so that its workers can be ended with it
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            assert self._listening.wait(LIMIT), self.said
            assert self.port, self.said
        except BaseException:
            self.stop()
            raise

    def _read(self) -> None:
        """Read to the end, so that the process never waits for us."""
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                self.output.append(line)
                if not self.port and (listening := LISTENING.search(line)):
                    self.port = int(listening[1])
                    self._listening.set()
        self._listening.set()

    @property
    def said(self) -> str:
        """What it has written so far."""
        return "".join(self.output)

    def stop(self) -> None:
        """Ask it to end, and end it with all of its workers if it does not."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5.0)
        with suppress(ProcessLookupError):
            if sys.platform == "win32":  # there are no sessions, and no workers by default
                self.process.kill()
            else:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LIMIT)
        self._reader.join(LIMIT)


def trust_new_certificate(certificate: Path, key: Path) -> ssl.SSLContext:
    """Write a new certificate and its key, and return the context of a client that trusts it."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


class Server(Process):
    """The server of that name, with the behaviours of `programs/__init__.py`."""

    def __init__(self, name: str, folder: Path) -> None:
        """Start it; the folder is for its certificate."""
        self.command = COMMANDS[name]
        self.context: ssl.SSLContext | None = None
        if name == "ws":
            agreed = {
                key: value for key, value in vars(behaviour).items() if isinstance(value, str | int | list)
            }
            agreed["PING"] = behaviour.PING.decode()
            super().__init__([node(), JAVASCRIPT / "server.js", json.dumps(agreed)], environment())
        elif self.command.tls:
            files = [folder / "certificate", folder / "key"]
            self.context = trust_new_certificate(*files)
            super().__init__([*self.command.arguments, "--certfile", files[0], "--keyfile", files[1]])
        else:
            super().__init__(self.command.arguments)

    def uri(self, path: str = "/", query: str = "") -> str:
        """Return the URI of a path."""
        scheme = "wss" if self.command.tls else "ws"
        return f"{scheme}://127.0.0.1:{self.port}{path}{'?' * bool(query)}{query}"

    def report(self) -> dict[str, Any]:
        """Ask it for its report."""
        connecting = websockets.sync.client.connect(self.uri("/report"), ssl=self.context, proxy=None)
        with connecting as connection:
            report: dict[str, Any] = json.loads(connection.recv(LIMIT))
        return report
