"""The most frequent direction, and the offset that is believed of it.

Covers `direction_mode.py`, `ahead_offset.py` and `head_rest.py` with drawn directions; leaves the
gates (speed, drowsiness, shut eyes) to test_driver_baseline.py.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from observations import head

from affect_perception.core.config import BaselineConfig
from affect_perception.core.driver_baseline.ahead_offset import AheadOffset
from affect_perception.core.driver_baseline.direction_mode import DirectionMode
from affect_perception.core.driver_baseline.head_rest import HeadRest

pytestmark = pytest.mark.unit

CONFIG = BaselineConfig()
LIMIT = CONFIG.ahead_limit_deg
RATE = 10.0


def looks(seconds: float, yaw: float, pitch: float, scatter: float = 2.5, seed: int = 0):
    """Directions in degrees: 70 % around one, the rest in mirrors, cluster and anywhere."""
    random = np.random.default_rng(seed)
    count = round(seconds * RATE)
    places = np.array([(yaw, pitch), (-40, 8), (45, -10), (0, -20), (-30, -22)], float)
    chosen = places[random.choice(5, count, p=(0.7, 0.08, 0.08, 0.08, 0.06))]
    return chosen + random.normal(0.0, scatter, (count, 2))


def learn(ahead, directions, rate: float = RATE):
    for yaw, pitch in np.radians(directions):
        ahead.learn(float(yaw), float(pitch), 1.0 / rate)
    return ahead


def degrees(pair):
    return tuple(math.degrees(value) for value in pair)


def test_the_peak_is_what_is_looked_at_most_and_not_the_mean():
    mode = DirectionMode(CONFIG)
    directions = looks(120, 4.0, -6.0)
    for yaw, pitch in directions:
        mode.learn(float(yaw), float(pitch), 1.0 / RATE)
    assert mode.peak.yaw == pytest.approx(4.0, abs=0.6)
    assert mode.peak.pitch == pytest.approx(-6.0, abs=0.6)
    assert abs(directions[:, 1].mean() - -6.0) > 1.0
    assert mode.peak.share == pytest.approx(0.7, abs=0.06)
    assert 0.05 < mode.peak.std < 1.0


@pytest.mark.parametrize("place", [(0.0, 0.0), (0.7, -1.3), (-9.1, 5.5)])
def test_the_grid_does_not_shift_a_peak(place):
    mode = DirectionMode(CONFIG)
    for _ in range(50):
        mode.learn(*place, 0.1)
    assert (mode.peak.yaw, mode.peak.pitch) == pytest.approx(place, abs=0.05)


@pytest.mark.parametrize("place", [(61.0, 0.0), (0.0, -50.0), (math.nan, 0.0), (0.0, math.inf)])
def test_directions_off_the_grid_count_nowhere(place):
    mode = DirectionMode(CONFIG)
    assert mode.learn(*place, 0.1) == 0.0
    assert mode.peak is None


def test_the_offset_is_the_peak_less_the_true_road():
    ahead = learn(AheadOffset(CONFIG, LIMIT), looks(180, 4.0, -6.0))
    assert ahead.progress == 1.0
    assert degrees(ahead.offset) == pytest.approx((4.0, -5.0), abs=0.7)
    assert degrees(ahead.direction) == pytest.approx((4.0, -6.0), abs=0.7)
    assert 0.0 < math.degrees(ahead.std) < 1.0


def test_nothing_is_believed_at_first_and_ever_more_later():
    ahead = AheadOffset(CONFIG, LIMIT)
    steady = np.tile([(5.0, -1.0)], (round(RATE), 1))
    sizes = []
    for _ in range(70):
        learn(ahead, steady)
        sizes.append(degrees(ahead.offset)[0])
    assert sizes[8] == 0.0
    assert all(math.isnan(value) for value in AheadOffset(CONFIG, LIMIT).direction)
    assert all(after > before - 1e-6 for before, after in itertools.pairwise(sizes))
    assert 1.5 < sizes[34] < 3.5
    assert sizes[-1] == pytest.approx(5.0, abs=0.1)


def test_the_offset_never_jumps():
    ahead = learn(AheadOffset(CONFIG, LIMIT), looks(200, 6.0, -1.0))
    before = degrees(ahead.offset)
    for yaw, pitch in np.radians(looks(600, -6.0, -1.0, seed=1)):
        ahead.learn(float(yaw), float(pitch), 1.0 / RATE)
        now = degrees(ahead.offset)
        assert math.dist(before, now) <= CONFIG.ahead_rate_deg / RATE + 1e-9
        before = now
    # After ten minutes the new place has won.
    assert before[0] == pytest.approx(-6.0, abs=0.7)


def test_a_peak_beyond_the_limit_is_not_believed_and_says_so():
    ahead = learn(AheadOffset(CONFIG, LIMIT), looks(200, 0.0, -16.0))
    assert ahead.implausible
    assert ahead.offset == (0.0, 0.0)
    assert ahead.progress == 0.0


def test_a_believed_offset_stays_while_the_peak_is_implausible():
    ahead = learn(AheadOffset(CONFIG, LIMIT), looks(200, 5.0, -1.0))
    known = degrees(ahead.offset)
    assert not ahead.implausible
    learn(ahead, looks(1200, 30.0, -20.0, seed=2))
    assert ahead.implausible
    assert degrees(ahead.offset) == pytest.approx(known, abs=0.6)


def test_a_driver_who_looks_everywhere_alike_teaches_no_road():
    random = np.random.default_rng(3)
    wide = random.uniform((-55, -40), (55, 40), (3000, 2))
    ahead = learn(AheadOffset(CONFIG, LIMIT), wide)
    assert ahead.offset == (0.0, 0.0)
    assert not ahead.implausible


def test_frame_rates_give_the_same_offset():
    slow, fast = AheadOffset(CONFIG, LIMIT), AheadOffset(CONFIG, LIMIT)
    directions = looks(90, 3.0, -4.0)
    learn(slow, directions)
    learn(fast, np.repeat(directions, 6, axis=0), 6 * RATE)
    assert degrees(slow.offset) == pytest.approx(degrees(fast.offset), abs=0.1)
    assert slow.progress == pytest.approx(fast.progress, abs=0.02)


def test_a_seed_counts_as_some_seconds_and_is_outlived():
    ahead = AheadOffset(CONFIG, LIMIT)
    ahead.seed(math.radians(6.0), math.radians(-1.0))
    assert ahead.progress == pytest.approx(0.5)
    assert degrees(ahead.offset)[0] == pytest.approx(6.0 * 20 / 50, abs=0.1)
    learn(ahead, looks(300, 0.0, -1.0))
    assert degrees(ahead.offset)[0] == pytest.approx(0.0, abs=0.7)


def test_the_head_at_rest_is_where_it_is_held_most():
    rest = HeadRest(CONFIG)
    for index in range(1500):
        turned = index % 10 == 0
        pose = head(math.radians(-30.0 if turned else -8.0), math.radians(50.0 if turned else 3.0))
        rest.learn(replace(pose, roll=math.radians(20.0 if turned else 4.0)), 1.0 / RATE)
    assert degrees(rest.pose) == pytest.approx((3.0, -8.0, 4.0), abs=0.4)
    assert rest.ahead.progress == 1.0
    rest.reset()
    assert all(math.isnan(angle) for angle in rest.pose)
