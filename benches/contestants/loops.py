"""Loops over the interface of wsproto, as its users write them: for the packages, and for the floor below."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from benches import wire
from benches.tasks import ClientHandshakes, Loop

if TYPE_CHECKING:
    from collections.abc import Callable


def receiving(connection: Any, received: bytes, message: Any) -> Loop:
    """Take the bytes and look at the events."""

    def run(times: int) -> object:
        data = None
        for _ in range(times):
            connection.receive_data(received)
            for event in connection.events():
                if isinstance(event, message):
                    data = event.data
        return data

    def once() -> list[object]:
        connection.receive_data(received)
        return [event.data for event in connection.events() if isinstance(event, message)]

    return Loop(run, once)


def sending(connection: Any, message: Any, data: str | bytes) -> Callable[[int], object]:
    """Make the event, then the frame."""

    def run(times: int) -> object:
        frame = None
        for _ in range(times):
            frame = connection.send(message(data=data))
        return frame

    return run


def accepting(new: Any, role: Any, request: Any, accept: Any) -> Loop:
    """Accept a browser's request. Classes and role are at hand, as after `from wsproto import ...`."""

    def run(times: int) -> object:
        response = None
        for _ in range(times):
            connection = new(role)
            connection.receive_data(wire.REQUEST)
            for event in connection.events():
                if isinstance(event, request):
                    response = connection.send(accept())
        return response

    return Loop(run, partial(run, 1))


def requesting(new: Any, role: Any, request: Any, accept: Any) -> ClientHandshakes:
    """Request, and see the request accepted."""

    def connect() -> tuple[Any, bytes]:
        connection = new(role)
        return connection, connection.send(request(host="example.com", target="/chat"))

    def answer(connection: Any, response: bytes) -> bool:
        connection.receive_data(response)
        done = False
        for event in connection.events():
            if isinstance(event, accept):
                done = True
        return done

    return ClientHandshakes(connect, answer)


def constructing(text_message: Any) -> Callable[[int], object]:
    """Make the event."""

    def run(times: int) -> object:
        made = None
        for _ in range(times):
            made = text_message(data="sixteen letters.")
        return made

    return run
