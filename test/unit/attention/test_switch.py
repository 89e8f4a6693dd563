"""Switch: debouncing, bridging, cutting, and the instant of a change.

Leaves what the switched value means (glances, closures) to the tests of those parts.
"""

from __future__ import annotations

import math

import pytest

from affect_perception.core.attention.switch import Switch, crossing_ns
from affect_perception.core.buffers import Interval

pytestmark = pytest.mark.unit

MS = 1_000_000


def feed(switch: Switch[bool], values, step_ms=50, start_ms=0, **options):
    decided = []
    for index, value in enumerate(values):
        decided += switch.update((start_ms + index * step_ms) * MS, value, **options)
    return decided


def test_first_value_is_taken_at_once_and_begins_there():
    switch: Switch[bool] = Switch(0.25)
    assert switch.current is None
    assert math.isnan(switch.duration(0))
    switch.update(70 * MS, True)
    assert switch.current is True
    assert switch.since_ns == 70 * MS


def test_a_change_lies_midway_between_two_pictures():
    switch: Switch[bool] = Switch(0.25)
    decided = feed(switch, [True, True, False, False])
    assert switch.since_ns == 75 * MS
    assert [(i.start_ns // MS, i.end_ns // MS, i.value) for i in decided] == [
        (0, 50, True),
        (50, 75, True),
        (75, 100, False),
        (100, 150, False),
    ]


def test_a_flick_shorter_than_confirm_changes_nothing_and_loses_no_time():
    switch: Switch[bool] = Switch(0.25)
    decided = feed(switch, [True, True, False, True, True], confirm_s=0.12)
    assert switch.current is True
    assert switch.since_ns == 0
    assert sum(i.end_ns - i.start_ns for i in decided if i.value) == 200 * MS
    assert all(i.value for i in decided)


def test_an_accepted_value_counts_from_its_change():
    switch: Switch[bool] = Switch(0.25)
    feed(switch, [True, True, False, False, False, False], confirm_s=0.12)
    assert switch.current is False
    assert switch.duration(250 * MS) == pytest.approx(0.175)


def test_duration_stands_still_while_a_change_waits_for_acceptance():
    switch: Switch[bool] = Switch(0.25)
    feed(switch, [False, False, True], confirm_s=0.2)
    assert switch.current is False
    assert switch.duration(100 * MS) == pytest.approx(0.075)


def test_a_short_gap_is_bridged():
    switch: Switch[bool] = Switch(0.25)
    decided = feed(switch, [True, None, None, None, True])
    assert switch.since_ns == 0
    assert decided == [Interval(0, 200 * MS, True)]


def test_a_long_gap_ends_the_value_and_belongs_to_nothing():
    switch: Switch[bool] = Switch(0.25)
    decided = feed(switch, [True, True, None, None, None, None, None, None, True, True])
    assert switch.since_ns == 400 * MS
    assert [(i.start_ns // MS, i.end_ns // MS) for i in decided] == [(0, 50), (400, 450)]


def test_missing_pictures_are_a_gap_too():
    switch: Switch[bool] = Switch(0.25)
    switch.update(0, True)
    switch.update(1000 * MS, True)
    assert switch.since_ns == 1000 * MS


def test_a_longer_hold_can_be_asked_for_one_kind_of_gap():
    switch: Switch[bool] = Switch(0.25)
    switch.update(0, True)
    for ms in range(50, 450, 50):
        switch.update(ms * MS, None, hold_s=0.5)
    switch.update(450 * MS, True)
    assert switch.since_ns == 0


def test_interrupt_begins_anew():
    switch: Switch[bool] = Switch(0.25)
    feed(switch, [True, True])
    switch.interrupt()
    switch.update(100 * MS, True)
    assert switch.since_ns == 100 * MS


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [(1.0, 0.0, 80), (0.0, 1.0, 20), (0.5, 0.4, 100), (0.1, 0.0, 0), (0.2, 0.2, 50)],
)
def test_crossing_is_interpolated_and_stays_between_the_samples(before, now, expected):
    assert crossing_ns(0, before, 100, now, 0.2) == expected
