"""A server with a thread for each client."""

from __future__ import annotations

import inspect
import logging
import math
import selectors
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Any

from wsproto.frame_protocol import CloseReason

from .agreement import name_of
from .base_server import BUSY, HANDLERS, REFUSAL_TIMEOUT, SWEEP, BaseServer, calling_at_signals, listening
from .errors import HandshakeError
from .server_client import ServerClient
from .session import check_close_code
from .websocket import websocket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Self

logger = logging.getLogger("wspy")

#: The seconds to wait when the system has no file descriptor or no memory for another client.
PAUSE = 0.1
#: The most clients beyond `max_connections` whose sockets stay open, for them to read their 503.
MAX_REFUSED = 100


class Server(BaseServer[ServerClient]):
    """
    A server with a thread for each client, in which the handlers of that client run one after another.

    Subclasses replace the handlers. :meth:`run` serves in this thread; :meth:`start` in one of its own.

    :param keywords: those of :class:`BaseServer`; ``max_connections`` bounds the number of threads.
    """

    def __init__(self, address: tuple[str, int], **keywords: Any) -> None:
        super().__init__(address, **keywords)
        handlers = [getattr(self, name) for name in (*HANDLERS, "onerror")]
        if any(map(inspect.iscoroutinefunction, handlers)):
            raise TypeError("a Server awaits nothing: use AsyncServer for coroutine functions")
        self._listener: websocket | None = None
        self._changing = threading.Condition()
        #: What each thread serves: a socket whose handshake is not done, then a client.
        self._served: dict[threading.Thread, websocket | ServerClient] = {}
        self._is_stopping = threading.Event()
        self._is_stopped = threading.Event()
        self._code: int = CloseReason.GOING_AWAY
        #: The clients beyond `max_connections`, and when to close their sockets.
        self._refused: deque[tuple[float, websocket]] = deque()
        self._awake: socket.socket | None = None

    @property
    def clients(self) -> list[ServerClient]:
        """The clients whose handshake is done."""
        with self._changing:
            return [each for each in self._served.values() if isinstance(each, ServerClient)]

    @property
    def address(self) -> Any:
        """
        The address that the server listens at.

        :raises OSError: if it does not.
        """
        if self._listener is None:
            raise OSError("the server does not listen")
        return self._listener.getsockname()

    # Its life.

    def run(self) -> None:
        """
        Serve until CTRL-C, SIGTERM or :meth:`stop`, then stop gracefully.

        Signals are handled in the main thread alone.

        :raises OSError: if the address is not to be had.
        """
        self._listen()
        with calling_at_signals(self._begin_to_stop):
            self._serve()

    def start(self) -> None:
        """
        Listen, and serve in another thread until :meth:`stop`.

        :raises OSError: if the address is not to be had.
        """
        self._listen()
        threading.Thread(target=self._serve, name="wspy server", daemon=True).start()

    def stop(self, code: int = CloseReason.GOING_AWAY) -> None:
        """
        Stop: listen no more, close all connections, and wait for the clients' answers.

        Clients that do not answer within ``close_timeout`` seconds are disconnected. Called by a handler, it
        does not wait.

        :raises ValueError: if the code is never sent (RFC 6455 section 7.4).
        """
        check_close_code(code)
        if self._listener is None:
            return
        self._code = code
        self._begin_to_stop()
        if threading.current_thread() not in self._served:
            self._is_stopped.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _begin_to_stop(self) -> None:
        self._is_stopping.set()
        if self._awake is not None:
            with suppress(OSError):
                self._awake.send(b"\0")

    # Accepting.

    def _listen(self) -> None:
        if self._listener is not None:
            raise OSError("the server listens already")
        self._listener = websocket(
            listening(self.bind_address),
            ssl=self.ssl,
            max_message_size=self.max_message_size,
            handshake_timeout=self.handshake_timeout,
        )
        self._listener.policy = self.policy
        self._is_stopping.clear()
        self._is_stopped.clear()
        logger.info("listening at %s", self.address)

    def _serve(self) -> None:
        """Accept clients until it is time to stop, and end."""
        assert self._listener is not None
        listener = self._listener
        sweeper = threading.Thread(target=self._sweep, name="wspy keep-alive", daemon=True)
        wake, self._awake = socket.socketpair()
        with wake, self._awake, listener, selectors.DefaultSelector() as selector:
            self._awake.settimeout(0)
            listener.settimeout(0)
            selector.register(listener, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            sweeper.start()
            try:
                while not self._is_stopping.is_set():
                    if any(key.fileobj is listener for key, _ in selector.select()):
                        self._accept(listener)
            except KeyboardInterrupt:  # of a handler of signals that is not this server's
                self._is_stopping.set()
            finally:
                self._awake = None
        self._is_stopping.set()
        self._end()
        sweeper.join()
        self._close_refused(math.inf)
        self._listener = None
        logger.info("stopped")
        self._is_stopped.set()

    def _accept(self, listener: websocket) -> None:
        """Accept a client, and start its thread."""
        try:
            client, address = listener.accept(handshake=False)
        except (BlockingIOError, ConnectionError):  # the client has gone already
            return
        except OSError:
            logger.exception("a client cannot be accepted")
            self._is_stopping.wait(PAUSE)
            return
        thread = threading.Thread(
            target=self._run_client, args=(client, address), name=f"wspy {name_of(address)}", daemon=True
        )
        with self._changing:
            is_full = len(self._served) >= self.max_connections
            if not is_full:
                self._served[thread] = client
        if is_full:
            logger.warning("refused a connection: there are %d", self.max_connections)
            self._refuse(client)
            return
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads
            logger.exception("there is no thread for %s", name_of(address))
            self._leave(thread)
            self._refuse(client)

    def _refuse(self, client: websocket) -> None:
        """Answer one client too many, without waiting for it; over TLS there is no answer without waiting."""
        if self.ssl is not None:
            client.close()
            return
        client.refuse(BUSY)
        with self._changing:
            self._refused.append((time.monotonic() + REFUSAL_TIMEOUT, client))
            if len(self._refused) > MAX_REFUSED:
                self._refused.popleft()[1].close()

    def _close_refused(self, now: float) -> None:
        """Close the sockets of clients that have had time to read why."""
        with self._changing:
            while self._refused and self._refused[0][0] <= now:
                self._refused.popleft()[1].close()

    # The threads of clients.

    def _run_client(self, sock: websocket, address: Any) -> None:
        try:
            try:
                sock.handshake()
            except (HandshakeError, OSError) as error:
                logger.info("%s: the handshake has failed: %s", name_of(address), error)
                return
            client = ServerClient(self, sock, address)
            with self._changing:
                self._served[threading.current_thread()] = client
            if self._is_stopping.is_set():
                client.begin_close(self._code)
            client.receive_forever()
        except Exception:
            logger.exception("%s: disconnected", name_of(address))
        finally:
            sock.close()
            self._leave(threading.current_thread())

    def _leave(self, thread: threading.Thread) -> None:
        with self._changing:
            del self._served[thread]
            self._changing.notify_all()

    def _sweep(self) -> None:
        """Look at all clients now and then."""
        while not self._is_stopping.wait(SWEEP):
            now = time.monotonic()
            for client in self.clients:
                client.check(now)
            self._close_refused(now)

    def _end(self) -> None:
        """Close all connections, and wait until they are, or ``close_timeout`` is over."""
        for client in self.clients:
            client.begin_close(self._code)
        with self._changing:
            for each in self._served.values():
                if isinstance(each, websocket):
                    each.end_handshake()
            if not self._changing.wait_for(lambda: not self._served, self.close_timeout):
                for each in self._served.values():
                    each.abort()
                self._changing.wait_for(lambda: not self._served, 1.0)
