"""
The same application on picows' server: it sends every message back.

    picows_server.py LOOP
"""

from __future__ import annotations

import logging
import sys

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

from benches.serving.loop import run


class Echo(WSListener):
    """Sends every message back, which it takes as text, as the other applications do."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Echo."""
        if frame.msg_type == WSMsgType.TEXT:
            transport.send(WSMsgType.TEXT, frame.get_payload_as_utf8_text().encode())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()


async def serve() -> None:
    """Serve until the process ends, and say where, in uvicorn's words."""
    # It reports every connection at the level INFO.
    logging.getLogger("picows").setLevel(logging.WARNING)
    server = await ws_create_server(lambda _request: Echo(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"running on http://127.0.0.1:{port}", file=sys.stderr, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    run(serve())
