"""The lives of connections: how a client begins, talks, reads, breaks rules, and leaves."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from tools.endurance import messages, misdeeds
from tools.endurance.agreed import CLOSE_CODE, CLOSE_ME, SLOW
from tools.endurance.peer import Peer, Unexpected, dial, reset
from wsproto.events import CloseConnection, Ping, Pong, TextMessage

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Coroutine
    from random import Random

#: The most seconds that one thing may take, which takes a few.
LIMIT = 60.0
#: The most seconds between two things that a client does.
PAUSE = 2.0


class Lives:
    """Lives, one after another, of one connection at a time; what happened is counted in a common tally."""

    def __init__(self, port: int, random: Random, tally: Counter[str], failures: list[str]) -> None:
        """Prepare."""
        self.port = port
        self.random = random
        self.tally = tally
        self.failures = failures
        self.is_over = False
        self.doing = ""
        self._writer: asyncio.StreamWriter | None = None

    async def go_on(self) -> None:
        """Live until it is over; note what goes wrong."""
        while not self.is_over:
            self.tally["connections"] += 1
            try:
                await self.live()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is printed and fails the run
                self.failures.append(f"{self.doing}: {type(error).__name__} {error}")
            finally:
                if self._writer is not None:
                    self._writer.transport.abort()

    async def live(self) -> None:
        """Live once."""
        random = self.random
        if random.random() < 0.1:
            await asyncio.wait_for(self.break_handshake(), LIMIT)
            return
        slow = random.random() < 0.05
        self.doing = "the handshake"
        reader, self._writer = await dial(self.port, slow=slow)
        peer = Peer(reader, self._writer)
        shaking = peer.shake_hands(SLOW if slow else "/", deflate=random.random() < 0.5)
        await asyncio.wait_for(shaking, LIMIT)
        self.tally["compressed" if peer.deflate else "not compressed"] += 1
        for _ in range(random.randrange(12)):
            if self.is_over:
                break
            await asyncio.wait_for(self.read_slowly(peer) if slow else self.talk(peer), LIMIT)
            await asyncio.sleep(random.random() * PAUSE)
        ends: list[Callable[[Peer], Coroutine[Any, Any, None]]]
        ends = [self.close, self.be_closed, self.half_close, self.leave, self.misbehave]
        (end,) = random.choices(ends, [30, 15, 15, 20, 20])
        await asyncio.wait_for(end(peer), LIMIT)

    # While it is open.

    async def talk(self, peer: Peer) -> None:
        """Send some messages at once, and a ping at times; read the echoes."""
        self.doing = "echoes"
        random = self.random
        sent = [messages.payload(random) for _ in range(random.choice([1, 1, 1, 2, 5, 20]))]
        await peer.send(*(event for each in sent for event in messages.events(random, each)))
        await self.expect(peer, sent)
        if random.random() < 0.1:
            self.doing = "a pong"
            await peer.send(Ping(b"?"))
            await self.expect_pong(peer, b"?")
            self.tally["pings"] += 1

    async def read_slowly(self, peer: Peer) -> None:
        """Send far more than the buffers hold, and read nothing for a while."""
        self.doing = "echoes that are read slowly"
        # Random bytes do not become less by compression.
        sent: list[str | bytes] = [self.random.randbytes(self.random.randrange(1 << 15)) for _ in range(32)]

        async def send() -> None:
            for each in sent:
                await peer.send(*messages.events(self.random, each))

        sending = asyncio.ensure_future(send())
        try:
            await asyncio.sleep(self.random.random() * 2 * PAUSE)
            for each in sent:
                await self.expect(peer, [each])
                await asyncio.sleep(0.01)
            await sending
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await sending
        self.tally["slow reads"] += 1

    async def expect_pong(self, peer: Peer, payload: bytes) -> None:
        """Read a pong; those of pings between fragments may come first."""
        while not (isinstance(pong := await peer.next(), Pong) and pong.payload == payload):
            if not isinstance(pong, Pong):
                raise Unexpected(f"instead of a pong came {pong}")

    async def expect(self, peer: Peer, sent: list[str | bytes]) -> None:
        """Read the echoes of what was sent."""
        for each in sent:
            echo = await peer.message()
            if echo != each:
                raise Unexpected(f"{each[:50]!r} of {len(each)} came back as {echo[:50]!r} of {len(echo)}")
            self.tally["echoes"] += 1
            self.tally["bytes"] += len(each)

    # How it ends.

    async def close(self, peer: Peer) -> None:
        """Close, perhaps with echoes on their way, which come before the answer."""
        self.doing = "a close frame"
        sent = self.some_messages(1)
        code = self.random.randrange(4000, 5000)
        events = [event for each in sent for event in messages.events(self.random, each)]
        await peer.send(*events, CloseConnection(code, "enough"))
        await self.expect(peer, sent)
        await self.expect_close(peer, code)
        self.tally["closed by the client"] += 1

    async def be_closed(self, peer: Peer) -> None:
        """Have the server close."""
        self.doing = "being closed"
        await peer.send(TextMessage(CLOSE_ME))
        closing = await peer.closing()
        peer.writer.write(peer.ws.send(closing.response()))
        if closing.code != CLOSE_CODE:
            raise Unexpected(f"closed with {closing.code}")
        await peer.finish()
        self.tally["closed by the server"] += 1

    async def half_close(self, peer: Peer) -> None:
        """End this side of the stream without a close frame; what was sent is echoed all the same."""
        self.doing = "half a close"
        sent = self.some_messages(1)
        await peer.send(*(event for each in sent for event in messages.events(self.random, each)))
        peer.end()
        await self.expect(peer, sent)
        await self.expect_close(peer, 1006)
        self.tally["half closed"] += 1

    async def leave(self, peer: Peer) -> None:
        """Reset the connection, with messages on their way, or in the middle of a frame."""
        self.doing = "leaving"
        sent = [event for each in self.some_messages(3) for event in messages.events(self.random, each)]
        data = b"".join(map(peer.ws.send, sent))
        peer.writer.write(data[: self.random.randrange(len(data) + 1)])
        if self.random.random() < 0.5:
            await asyncio.sleep(self.random.random() * 0.1)
        reset(peer.writer)
        self.tally["reset by the client"] += 1

    async def misbehave(self, peer: Peer) -> None:
        """Break a rule, and expect the close frame that says which."""
        if self.random.random() < 0.1:
            self.doing = "noise"
            peer.writer.write(misdeeds.noise(self.random))
            await asyncio.sleep(self.random.random() * 0.2)
            reset(peer.writer)
            self.tally["noise"] += 1
            return
        known = [each for each in misdeeds.MISDEEDS if each.deflate in {None, peer.deflate}]
        misdeed = self.random.choice(known)
        self.doing = misdeed.name
        sent = self.some_messages(1)
        data = b"".join(peer.ws.send(event) for each in sent for event in messages.events(self.random, each))
        peer.writer.write(data + misdeed.frames)
        await self.expect(peer, sent)
        await self.expect_close(peer, misdeed.code)
        self.tally["rules broken"] += 1

    def some_messages(self, most: int) -> list[str | bytes]:
        """Return a few messages, or none."""
        return [messages.payload(self.random, 16) for _ in range(self.random.randrange(most + 1))]

    async def expect_close(self, peer: Peer, code: int) -> None:
        """Read the server's close frame, and then the end of its stream."""
        closing = await peer.closing()
        if closing.code != code:
            raise Unexpected(f"answered with {closing.code} instead of {code}")
        await peer.finish()

    # Without a handshake.

    async def break_handshake(self) -> None:
        """Send a request that is refused, or half of one."""
        random = self.random
        self.doing = "a broken handshake"
        reader, self._writer = await dial(self.port)
        writer = self._writer
        if random.random() < 0.5:
            name = random.choice(list(misdeeds.REQUESTS))
            self.doing = name
            writer.write(misdeeds.REQUESTS[name])
            response = await reader.read(1024)
            if not response.startswith(b"HTTP/1.1 4"):
                raise Unexpected(f"answered with {response[:100]!r}")
        else:
            writer.write(random.choice(misdeeds.BEGINNINGS)(random))
            (end,) = random.choices(["a reset", "the end of the stream", "silence"], [4, 4, 1])
            self.doing = f"{end} within a handshake"
            if end == "a reset":
                reset(writer)
            elif end == "the end of the stream":
                writer.write_eof()
        with contextlib.suppress(ConnectionError):  # a client that is too slow is reset
            while await reader.read(1024):
                pass
        self.tally["broken handshakes"] += 1
