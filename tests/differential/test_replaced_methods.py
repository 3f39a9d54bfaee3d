"""What is put on the class `Connection`, as mocks do, is called by a `WSConnection` as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from tests.connection.wire import PING, TEXT, frame
from tests.differential.duel import same
from tests.differential.observe import look
from tests.differential.test_generators import opened

if TYPE_CHECKING:
    from types import ModuleType

    from tests.differential.observe import View


def used(subject: Any, package: ModuleType) -> View:
    """Return what comes of sending, receiving and iterating."""
    subject.receive_data(frame(TEXT, b"one") + frame(PING, b"two"))
    return [look(list(subject.events())), look(subject.send(package.events.Ping(b"three")))]


@pytest.mark.parametrize("name", ["send", "receive_data", "events"])
@pytest.mark.parametrize("used_before", [True, False], ids=["used before", "not used before"])
def test_a_method_of_the_class(name: str, *, used_before: bool) -> None:
    """It is looked for at each call, and gone when the mock is."""

    def run(package: ModuleType) -> View:
        connection = package.connection.Connection
        original = getattr(connection, name)
        called: list[str] = []

        def replaced(self: Any, *arguments: Any) -> Any:
            called.append(name)
            return original(self, *arguments)

        subject = opened(package)
        seen = [used(subject, package)] if used_before else []
        with mock.patch.object(connection, name, replaced):
            seen.append(used(subject, package))
        seen.append(used(subject, package))
        return [seen, called]

    same(run)
