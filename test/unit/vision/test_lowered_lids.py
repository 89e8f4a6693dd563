"""Covers when nearly shut lids are lowered rather than shut: line, bowed head, and what was before.

Leaves the lids themselves to test_eyes, and clips to test/data.
"""

from __future__ import annotations

import math

import pytest

from affect_perception.core.vision.lowered_lids import LoweredLids

pytestmark = pytest.mark.unit

STEP = 1 / 30


def step(lids, line, *, known=True, bowed_deg=0.0, elapsed=STEP):
    return lids.step(line, known=known, bowed=math.radians(bowed_deg), elapsed=elapsed)


def test_lids_that_meet_low_are_lowered_and_those_that_meet_high_are_shut():
    assert step(LoweredLids(0.55), 0.6)
    assert not step(LoweredLids(0.55), 0.5)


def test_a_bowed_head_lowers_the_limit():
    assert not step(LoweredLids(0.55), 0.4)
    assert step(LoweredLids(0.55), 0.4, bowed_deg=20.0)


def test_of_a_stranger_only_a_bowed_head_makes_lids_lowered():
    assert not step(LoweredLids(0.55), 0.9, known=False)
    assert step(LoweredLids(0.55), 0.9, known=False, bowed_deg=28.0)


def test_lowered_lids_stay_lowered_until_they_clearly_meet_higher():
    lids = LoweredLids(0.55)
    assert step(lids, 0.6)
    assert step(lids, 0.4)
    assert not step(lids, 0.2)
    assert not step(lids, 0.4)


@pytest.mark.parametrize("rate", [10, 30, 60])
def test_eyes_shut_for_long_stay_shut_when_the_head_sinks(rate):
    lids = LoweredLids(0.55)
    for _ in range(rate):
        assert not step(lids, 0.3, elapsed=1 / rate)
    assert not step(lids, 0.5, bowed_deg=15.0, elapsed=1 / rate)
    fresh = LoweredLids(0.55)
    assert step(fresh, 0.5, bowed_deg=15.0, elapsed=1 / rate)


@pytest.mark.parametrize("rate", [10, 30, 60])
def test_a_look_down_that_starts_with_a_blink_is_a_look_down(rate):
    lids = LoweredLids(0.55)
    for _ in range(rate // 5):
        assert not step(lids, 0.3, elapsed=1 / rate)
    assert step(lids, 0.65, elapsed=1 / rate)


def test_open_lids_and_gaps_end_what_was_before():
    lids = LoweredLids(0.55)
    step(lids, 0.7)
    lids.reset()
    assert not step(lids, 0.4)
    step(lids, 0.7)
    assert not step(lids, 0.4, elapsed=1.0)


def test_a_limit_of_two_turns_it_off():
    assert not step(LoweredLids(2.0), 1.9, bowed_deg=40.0)
