"""The nonces of a server (RFC 7616 section 5.4): they expire, and no nonce count is accepted twice."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import struct
import threading
from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: Nonces in use that are remembered, of about 200 bytes each.
MAX_REMEMBERED = 10_000

#: The time of issue, and something that makes nonces of one time differ.
_ISSUED = struct.Struct("!d8s")


class Nonces:
    """
    Nonces that carry their time of issue under a signature; only those that were used take memory.

    :param lifetime: the time for which a nonce may be used, in seconds.
    :param clock: the current time in seconds, which never goes back.
    """

    def __init__(self, lifetime: float, clock: Callable[[], float]) -> None:
        self._lifetime = lifetime
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        # The time of issue and the highest nonce count of each nonce in use, in the order of first use.
        self._used: dict[str, tuple[float, int]] = {}
        # Nonces issued until then are refused: some of them were forgotten.
        self._forgotten = float("-inf")

    def issue(self) -> str:
        """Return a new nonce."""
        issued = _ISSUED.pack(self._clock(), secrets.token_bytes(8))
        return base64.b64encode(issued + self._signature(issued)).decode("ascii")

    def use(self, nonce: str, count: int) -> bool:
        """Return whether a nonce is valid and has not been used with this count or a higher one."""
        issued = self._issued(nonce)
        if issued is None:
            return False
        now = self._clock()
        with self._lock:
            if issued <= self._forgotten or now - issued > self._lifetime:
                return False
            if count <= self._used.get(nonce, (issued, 0))[1]:
                return False
            self._used[nonce] = (issued, count)
            if len(self._used) > MAX_REMEMBERED:
                self._forget()
        return True

    def remembered(self) -> int:
        """Return how many nonces take memory."""
        return len(self._used)

    def _forget(self) -> None:
        """Forget the older half, whether or not they have expired: none of them is valid afterwards."""
        times = sorted(issued for issued, _ in self._used.values())
        self._forgotten = times[len(times) // 2]
        self._used = {nonce: use for nonce, use in self._used.items() if use[0] > self._forgotten}

    def _issued(self, nonce: str) -> float | None:
        """Return the time at which we issued a nonce, or `None` if we did not."""
        try:
            data = base64.b64decode(nonce, validate=True)
        except (binascii.Error, ValueError):
            return None
        issued, signature = data[: _ISSUED.size], data[_ISSUED.size :]
        if not hmac.compare_digest(signature, self._signature(issued)):
            return None
        time: float = _ISSUED.unpack(issued)[0]
        return time

    def _signature(self, issued: bytes) -> bytes:
        return hmac.digest(self._key, issued, sha256)[:16]
