"""The blink detector on made-up lids: what is a blink, of which kind, when it is told.

How well it finds blinks of people is measured by `evaluate blinks`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from affect_perception.core.drowsiness.blink_finder import BlinkFinder
from affect_perception.core.drowsiness.blink_kinds import SquintTracker, kind_of
from affect_perception.core.drowsiness.lid_dips import Dip
from affect_perception.core.enums import BlinkKind

pytestmark = pytest.mark.unit

Lids = Callable[[float], float]
START_NS = 1_700_000_000_123_456_789


def dips(*events: tuple[float, float, float, float], level: float = 1.0) -> Lids:
    """Open lids with trapezoidal dips (begin, flank, time down, lowest)."""

    def openness(time: float) -> float:
        value = level
        for begin, flank, down, lowest in events:
            inside = min(time - begin, begin + 2 * flank + down - time) / flank
            value = min(value, level - (level - lowest) * min(max(inside, 0.0), 1.0))
        return value

    return openness


def found(lids: Lids, seconds: float = 14.0, rate: float = 30.0, scale: float = 1.0) -> list[Dip]:
    return [dip for dip, _, _ in watched(lids, seconds, rate, scale)]


def watched(
    lids: Lids, seconds: float = 14.0, rate: float = 30.0, scale: float = 1.0
) -> list[tuple[Dip, float, BlinkKind]]:
    """Blinks with the time at which they were told and their kind."""
    detector, blinks = BlinkFinder(hold=0.25), []
    for index in range(int(seconds * rate)):
        time = index / rate
        dip = detector.update(START_NS + round(time * 1e9), scale * lids(time))
        if dip is not None:
            kind = kind_of(dip, list(detector.samples), detector.open_eye)
            blinks.append((dip, time, kind))
    return blinks


BLINK = (0.08, 0.06, 0.1)


@pytest.mark.parametrize("rate", [10.0, 15.0, 24.0, 30.0, 60.0, 120.0])
@pytest.mark.parametrize("scale", [0.28, 1.0, 9.5])
def test_blinks_are_found_at_any_rate_and_in_any_unit(rate, scale):
    blinks = found(dips(*[(begin, *BLINK) for begin in (4.0, 7.03, 9.51)]), 12.0, rate, scale)
    assert [blink.bottom_time for blink in blinks] == pytest.approx([4.11, 7.14, 9.62], abs=0.1)
    assert all(blink.duration == pytest.approx(0.14, abs=0.5 / rate + 0.01) for blink in blinks)


def test_a_blink_is_told_soon_after_it_has_ended():
    ((blink, told, _),) = watched(dips((5.0, *BLINK)))
    assert told - blink.end < 0.31


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ((5.0, 0.08, 0.06, 0.1), BlinkKind.NORMAL),
        ((5.0, 0.08, 0.06, 0.55), BlinkKind.PARTIAL),
        ((5.0, 0.08, 0.9, 0.05), BlinkKind.LONG),
        ((5.0, 1.2, 0.3, 0.05), BlinkKind.SLOW),
    ],
)
@pytest.mark.parametrize("rate", [10.0, 30.0, 60.0])
def test_kinds_are_told_apart_at_any_rate(event, kind, rate):
    assert [k for _, _, k in watched(dips(event), rate=rate)] == [kind]


@pytest.mark.parametrize(
    "event",
    [
        (5.0, 0.15, 1.5, 0.6),  # lids lowered in a look down
        (5.0, 0.08, 0.06, 0.9),  # hardly any depth
        (5.0, 0.1, 5.0, 0.0),  # a closure too long for a blink
    ],
)
def test_what_is_no_blink(event):
    assert found(dips(event)) == []


def test_a_fall_without_a_return_is_no_blink():
    assert found(lambda time: 1.0 if time < 5.0 else 0.5) == []


def test_noise_alone_is_no_blink():
    noise = 1.0 + 0.04 * np.random.default_rng(3).normal(size=2000)
    assert found(lambda time: float(noise[round(time * 30)]), 60.0) == []


def test_a_slow_drift_of_the_open_eye_does_not_hide_blinks():
    blinks = [(begin, *BLINK) for begin in range(5, 115, 5)]
    lids = dips(*blinks)
    assert len(found(lambda time: lids(time) * (1.0 - 0.4 * time / 120.0), 120.0)) == len(blinks)


def test_a_short_gap_within_a_blink_is_bridged_and_a_long_one_is_not():
    lids = dips((5.0, 0.08, 0.1, 0.05))
    short = found(lambda t: math.nan if 5.1 < t < 5.15 else lids(t))
    assert len(short) == 1
    assert found(lambda t: math.nan if 5.06 < t < 5.6 else lids(t)) == []


def test_without_openness_there_are_no_blinks():
    assert found(lambda time: math.nan) == []


def test_an_interruption_forgets_a_blink_that_has_begun():
    detector, lids = BlinkFinder(hold=0.25), dips((5.0, *BLINK))
    for index in range(300):
        if index == 153:
            detector.interrupt()
        assert detector.update(round(index / 30 * 1e9), lids(index / 30)) is None


@pytest.mark.parametrize("rate", [10, 30, 60])
def test_narrowed_eyes_are_told_from_open_and_shut_ones(rate):
    tracker = SquintTracker()
    told = {}
    for index in range(8 * rate):
        time = index / rate
        told[time] = tracker.update(time, 1.0 if time < 2 else 0.4 if time < 5 else 0.02)
    assert not any(value for time, value in told.items() if time < 2.4)
    assert all(value for time, value in told.items() if 2.8 <= time < 5.0)
    assert not any(value for time, value in told.items() if time > 5.7)
