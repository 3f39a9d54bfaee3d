"""The nonces of a server (RFC 7616 section 5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.wspy.users import Clock
from wspy import nonces

if TYPE_CHECKING:
    import pytest


def test_a_count_of_zero_is_no_use() -> None:
    used = nonces.Nonces(300, Clock())
    assert not used.use(used.issue(), 0)


def test_nonces_take_memory_only_when_they_are_used() -> None:
    issued = nonces.Nonces(300, Clock())
    for _ in range(100):
        issued.issue()
    assert issued.remembered() == 0


def test_nonces_that_were_forgotten_are_not_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nonces, "MAX_REMEMBERED", 10)
    clock = Clock()
    known = nonces.Nonces(300, clock)
    values = []
    for _ in range(100):
        clock.now += 1
        values.append(known.issue())
        assert known.use(values[-1], 1)
        assert known.remembered() <= 10
    assert not any(known.use(value, 1) for value in values)
    assert known.use(values[-1], 2)
