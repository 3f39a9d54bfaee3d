"""
A Flask application: Flask-Sock runs simple-websocket in the threads of Werkzeug's server.

    flask --app tests.servers.programs.flask_app run
"""

from __future__ import annotations

import socket

from flask import Flask, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server

from tests.servers.programs.behaviour import CLOSE_CODE, CLOSE_REASON, REFUSAL, SUBPROTOCOL
from tests.servers.programs.report import ended, report

app = Flask(__name__)
app.config["SOCK_SERVER_OPTIONS"] = {"subprotocols": [SUBPROTOCOL]}
sock = Sock(app)


@sock.route("/")  # type: ignore[untyped-decorator]
def echo(connection: Server) -> None:
    """Send every message back until the connection ends."""
    try:
        while True:
            connection.send(connection.receive())
    except ConnectionClosed as closed:
        ended(request.query_string.decode(), closed.reason, closed.message)
        # This is known before the close frame is answered: otherwise Werkzeug's response may be there first.
        connection.thread.join()
        raise


@sock.route("/close")  # type: ignore[untyped-decorator]
def close(connection: Server) -> None:
    """Close after the first message."""
    connection.receive()
    connection.close(CLOSE_CODE, CLOSE_REASON)
    # Otherwise Werkzeug, which reads on as if for another request, may take the client's answer for one.
    connection.thread.join()


@sock.route("/vanish")  # type: ignore[untyped-decorator]
def vanish(connection: Server) -> None:
    """End the connection after the first message; merely closing it would wait for the thread that reads."""
    connection.receive()
    connection.sock.shutdown(socket.SHUT_RDWR)


@app.route("/refused", websocket=True)
def refused() -> tuple[str, int]:
    """Return a response instead of accepting."""
    return REFUSAL, 403


@sock.route("/report")  # type: ignore[untyped-decorator]
def tell(connection: Server) -> None:
    """Report, and wait for the other side to close."""
    connection.send(report())
    connection.receive()
