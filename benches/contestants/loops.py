"""Loops over the interface of wsproto, as its users write them: for the packages, and for the floor below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.tasks import Loop

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


def constructing(text_message: Any) -> Callable[[int], object]:
    """Make the event."""

    def run(times: int) -> object:
        made = None
        for _ in range(times):
            made = text_message(data="sixteen letters.")
        return made

    return run
