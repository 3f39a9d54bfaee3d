"""
Who is able to take part in which conversation: the one table of what cannot be asked of whom, and why.

Whatever is not named here is asked of everyone.
"""

from __future__ import annotations

import sys
from enum import Enum, auto


class Ability(Enum):
    """What a conversation may need of the client, or of the server."""

    # Of a client.
    FRAGMENT = auto()
    """Send a message in fragments."""
    PING = auto()
    """Send a ping and learn of its pong."""
    COMPRESS = auto()
    """Offer permessage-deflate."""
    HEAR_ANSWER = auto()
    """Tell how the server answered its close frame."""
    VANISH = auto()
    """Leave without a closing handshake."""
    TELL_STATUS = auto()
    """Tell the status of a refusal."""
    TELL_BODY = auto()
    """Tell the body of a refusal."""
    LEARN_CODE_OF_SERVER = auto()
    """Tell code and reason of the server's close frame."""

    # Of a server.
    FRAGMENT_TO_CLIENT = auto()
    """Send a message in fragments."""
    PING_CLIENT = auto()
    """Send a ping when the application says so."""
    VANISH_FROM_CLIENT = auto()
    """Leave without a closing handshake when the application says so."""
    LEARN_CODE = auto()
    """Tell the application code and reason of the client's close frame."""
    ACCEPT_COMPRESSION = auto()
    """Accept permessage-deflate."""
    TELL_VERSION = auto()
    """Tell the application which version of HTTP the connection came over."""
    TAKE_EMPTY = auto()
    """Hand an empty message to the application."""


A = Ability

NO_API = "its interface has no such thing"
NO_OFFER = "it never offers an extension"
NOT_OURS = "what it would show is a matter of the server's, which is not ours"
LEAVES_AT_ONCE = "it closes the socket as soon as it has sent its close frame"
ONE_VERSION = "it speaks no other than 1.1"
ASGI = "ASGI has no such message"

Inabilities = dict[Ability, str]

BROWSER = "browsers do not tell (WHATWG WebSockets, feedback from the protocol)"

CHROMIUM: Inabilities = {
    A.FRAGMENT: NO_API,
    A.PING: NO_API,
    A.VANISH: NO_API,
    A.TELL_STATUS: BROWSER,
    A.TELL_BODY: BROWSER,
}
SIMPLE_WEBSOCKET_CLIENT: Inabilities = {
    A.FRAGMENT: NO_API,
    A.PING: NO_API,
    A.COMPRESS: NO_OFFER,
    A.HEAR_ANSWER: LEAVES_AT_ONCE,
    A.VANISH: NOT_OURS,
    A.TELL_BODY: NO_API,
}
HTTPX_WS: Inabilities = {
    A.COMPRESS: NO_OFFER,
    A.HEAR_ANSWER: LEAVES_AT_ONCE,
    A.VANISH: NOT_OURS,
    A.TELL_BODY: "it has closed the response before it says that there was one",
}

CLIENTS_CANNOT: dict[str, Inabilities] = {
    "websockets": {},
    "ws": {},
    "chromium": CHROMIUM,
    "chromium-http2": CHROMIUM,
    "http2": {},
    "trio-websocket": {A.FRAGMENT: NO_API, A.COMPRESS: NO_OFFER, A.VANISH: NOT_OURS},
    "simple-websocket": SIMPLE_WEBSOCKET_CLIENT,
    "simple-websocket-asyncio": SIMPLE_WEBSOCKET_CLIENT,
    "httpx-ws": HTTPX_WS,
    "httpx-ws-async": HTTPX_WS,
}

ASGI_SERVER: Inabilities = {A.FRAGMENT_TO_CLIENT: ASGI, A.PING_CLIENT: ASGI, A.VANISH_FROM_CLIENT: ASGI}
HYPERCORN = ASGI_SERVER | {A.LEARN_CODE: "hypercorn says 1006 whatever came"}

SERVERS_CANNOT: dict[str, Inabilities] = {
    "uvicorn": ASGI_SERVER,
    "uvicorn-uvloop": ASGI_SERVER,
    "hypercorn": HYPERCORN,
    "hypercorn-trio": HYPERCORN,
    "hypercorn-tls": HYPERCORN,
    "hypercorn-trio-tls": HYPERCORN,
    "quart": HYPERCORN
    | {
        A.TAKE_EMPTY: "Quart takes empty bytes for no bytes, and hands on the text that is not there",
        A.TELL_VERSION: NO_API,
    },
    "flask-sock": {A.FRAGMENT_TO_CLIENT: NO_API, A.PING_CLIENT: NO_API, A.TELL_VERSION: ONE_VERSION},
    "trio-websocket": {
        A.FRAGMENT_TO_CLIENT: NO_API,
        A.VANISH_FROM_CLIENT: NO_API,
        A.ACCEPT_COMPRESSION: "it accepts no extension",
        A.TELL_VERSION: ONE_VERSION,
    },
    "websockets": {A.TELL_VERSION: ONE_VERSION},
    "ws": {A.TELL_VERSION: ONE_VERSION},
}

BEHIND_CLOSE = "Werkzeug writes an HTTP response after the close frame, for which Chromium reports 1006"

PAIRS_CANNOT: dict[tuple[str, str], Inabilities] = {
    ("flask-sock", "chromium"): {A.HEAR_ANSWER: BEHIND_CLOSE, A.LEARN_CODE_OF_SERVER: BEHIND_CLOSE},
}

OVER_TLS = ("hypercorn-tls", "hypercorn-trio-tls")
if sys.platform == "win32":
    del SERVERS_CANNOT["uvicorn-uvloop"]  # There is no uvloop.

OURS_AS_SERVER = [name for name in SERVERS_CANNOT if name not in ("websockets", "ws", *OVER_TLS)]
OVER_HTTP2 = ("hypercorn", "hypercorn-trio", "quart")
OURS_AS_CLIENT = (
    "trio-websocket",
    "simple-websocket",
    "simple-websocket-asyncio",
    "httpx-ws",
    "httpx-ws-async",
)

#: Who talks to whom: one of the two is always ours, and everyone who is not ours talks to everyone who is.
PAIRS = [
    *[(server, client) for server in OURS_AS_SERVER for client in ("websockets", "ws", "chromium")],
    *[(server, "http2") for server in OVER_HTTP2],
    *[(server, "chromium-http2") for server in OVER_TLS],  # browsers speak it over TLS only
    *[(server, client) for server in ("websockets", "ws", "uvicorn") for client in OURS_AS_CLIENT],
]


def able(server: str, client: str, needs: frozenset[Ability]) -> bool:
    """Tell whether the two are able to hold a conversation that needs these abilities."""
    cannot = CLIENTS_CANNOT[client].keys() | SERVERS_CANNOT[server].keys()
    return not needs & (cannot | PAIRS_CANNOT.get((server, client), {}).keys())
