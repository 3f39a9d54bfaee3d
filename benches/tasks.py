"""The part of a contestant in a workload, and how its cost is measured."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from benches import wire

if TYPE_CHECKING:
    from collections.abc import Callable

#: CPU time of the process, all its threads together: what the machine pays.
clock = time.process_time

#: The client handshakes in progress together. If it were all of a slice, the fastest contestant would have
#: the most connections in memory.
AT_ONCE = 100


class Task(Protocol):
    """One contestant's part in one workload."""

    #: Whether the cost of one operation is all there is to measure, because it is costly or not a time.
    single: bool

    @property
    def once(self) -> Callable[[], object]:
        """Does it once, untimed, and returns all that came of it, to be checked."""

    def cost(self, times: int) -> float:
        """Run the task so many times, and return the cost."""


@dataclass
class Loop:
    """Operations in a tight loop, which the contestant writes out as its users would."""

    run: Callable[[int], object]
    once: Callable[[], object]
    single: bool = False

    def cost(self, times: int) -> float:
        """Return seconds of CPU time."""
        start = clock()
        self.run(times)
        return clock() - start


@dataclass
class ClientHandshakes:
    """Requests out, answers in; making the answers, the server's part, is not timed."""

    connect: Callable[[], tuple[object, bytes]]
    #: Returns whether the handshake is done.
    answer: Callable[[object, bytes], bool]
    single: bool = False

    def once(self) -> tuple[bytes, bool]:
        """Return the request, and whether the answer was accepted."""
        connection, request = self.connect()
        return request, self.answer(connection, wire.response_to(request))

    def cost(self, times: int) -> float:
        """Return seconds of CPU time."""
        return sum(self._batch(min(AT_ONCE, times - done)) for done in range(0, times, AT_ONCE))

    def _batch(self, times: int) -> float:
        connect, answer = self.connect, self.answer
        start = clock()
        sent = [connect() for _ in range(times)]
        taken = clock() - start
        answered = [(connection, wire.response_to(request)) for connection, request in sent]
        start = clock()
        for connection, response in answered:
            answer(connection, response)
        return taken + clock() - start


@dataclass
class Sample:
    """Something that is measured in a process of its own."""

    measure: Callable[[], float]
    once: Callable[[], object]
    single: bool = True

    def cost(self, times: int) -> float:
        """Return whatever is measured."""
        return sum(self.measure() for _ in range(times))
