"""
WebSocket sockets, frames, messages, connections and servers on top of wsproto.

>>> import wspy
>>> class EchoServer(wspy.AsyncServer):
...     def onmessage(self, client, message):
...         client.send(wspy.TextMessage(message.payload))

``EchoServer(("", 8000)).run()`` serves it.
"""

from __future__ import annotations

from .async_connection import AsyncConnection
from .async_server import AsyncServer
from .authentication import Authentication, BasicAuthentication, Credentials, DigestAuthentication, Verdict
from .client import Client
from .connection import Connection
from .deflate_frame import DeflateFrame
from .deflate_message import DeflateMessage
from .errors import ConnectionClosed, HandshakeError, WspyError
from .extension import Extension
from .frame import ControlFrame, Frame
from .message import BinaryMessage, JSONMessage, Message, TextMessage
from .opcodes import (
    CLOSE_ABNORMAL,
    CLOSE_GOING_AWAY,
    CLOSE_INTERNAL_ERROR,
    CLOSE_INVALID_DATA,
    CLOSE_MESSAGE_TOO_BIG,
    CLOSE_NO_STATUS,
    CLOSE_NORMAL,
    CLOSE_POLICY_VIOLATION,
    CLOSE_PROTOCOL_ERROR,
    CLOSE_UNSUPPORTED_DATA,
    OPCODE_BINARY,
    OPCODE_CLOSE,
    OPCODE_CONTINUATION,
    OPCODE_PING,
    OPCODE_PONG,
    OPCODE_TEXT,
)
from .serve import serve
from .server import Server
from .server_client import ServerClient
from .websocket import websocket

__all__ = [
    "CLOSE_ABNORMAL",
    "CLOSE_GOING_AWAY",
    "CLOSE_INTERNAL_ERROR",
    "CLOSE_INVALID_DATA",
    "CLOSE_MESSAGE_TOO_BIG",
    "CLOSE_NORMAL",
    "CLOSE_NO_STATUS",
    "CLOSE_POLICY_VIOLATION",
    "CLOSE_PROTOCOL_ERROR",
    "CLOSE_UNSUPPORTED_DATA",
    "OPCODE_BINARY",
    "OPCODE_CLOSE",
    "OPCODE_CONTINUATION",
    "OPCODE_PING",
    "OPCODE_PONG",
    "OPCODE_TEXT",
    "AsyncConnection",
    "AsyncServer",
    "Authentication",
    "BasicAuthentication",
    "BinaryMessage",
    "Client",
    "Connection",
    "ConnectionClosed",
    "ControlFrame",
    "Credentials",
    "DeflateFrame",
    "DeflateMessage",
    "DigestAuthentication",
    "Extension",
    "Frame",
    "HandshakeError",
    "JSONMessage",
    "Message",
    "Server",
    "ServerClient",
    "TextMessage",
    "Verdict",
    "WspyError",
    "serve",
    "websocket",
]
