"""Stamp guard and interval window. Leaves their use to the monitor's tests."""

from __future__ import annotations

import pytest

from affect_perception.core.buffers import (
    Interval,
    IntervalWindow,
    StampCheck,
    StampGuard,
)

pytestmark = pytest.mark.unit

S = 1_000_000_000


def test_stamps_are_judged_against_the_newest():
    guard = StampGuard(5.0)
    assert guard.newest_ns is None
    assert guard.check(10 * S) is StampCheck.FIRST
    assert guard.check(11 * S) is StampCheck.ADVANCES
    assert guard.check(11 * S) is StampCheck.BACKWARDS
    assert guard.check(7 * S) is StampCheck.BACKWARDS
    assert guard.newest_ns == 11 * S
    assert guard.check(16 * S) is StampCheck.ADVANCES
    assert guard.check(3616 * S) is StampCheck.JUMP
    assert guard.check(20 * S) is StampCheck.JUMP
    assert guard.newest_ns == 20 * S


def test_window_cuts_at_its_beginning_and_forgets():
    window: IntervalWindow[bool] = IntervalWindow(10.0)
    window.append(Interval(0, 4 * S, True))
    window.append(Interval(4 * S, 12 * S, False))
    assert [(i.duration, i.value) for i in window.within(12 * S)] == [(2.0, True), (8.0, False)]
    assert window.total(12 * S, True) == (2 * S, 1)
    assert window.total(12 * S, False) == (8 * S, 1)
    window.expire(15 * S)
    assert [i.value for i in window.within(15 * S)] == [False]
    window.clear()
    assert not list(window.within(15 * S))


def test_window_joins_equal_neighbours_so_that_memory_follows_changes():
    window: IntervalWindow[bool] = IntervalWindow(1000.0)
    for second in range(500):
        window.append(Interval(second * S, (second + 1) * S, True))
    assert len(list(window.within(500 * S))) == 1
    window.append(Interval(501 * S, 502 * S, True))
    assert len(list(window.within(502 * S))) == 2


def test_window_ignores_empty_intervals():
    window: IntervalWindow[bool] = IntervalWindow(10.0)
    window.append(Interval(S, S, True))
    assert not list(window.within(S))
