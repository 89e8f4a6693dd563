"""Open eyes over minutes and hours: sinking lids stay visible, a wrong start is mended.

Covers `core/driver_baseline/open_eyes.py` over long times. Single steps and bounds are in
test_eyes.py and in the property tests; whether a drowsy driver is recognised is not asked here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from affect_perception.core.config import BaselineConfig
from affect_perception.core.driver_baseline.open_eyes import LowerLidLevel, OpenEyeBaseline

pytestmark = pytest.mark.unit

CONFIG = BaselineConfig()


def watch(baseline: OpenEyeBaseline, gaps, rate: float = 10.0) -> None:
    for gap in gaps:
        baseline.learn(float(gap), 1.0 / rate)


def lids(seconds: float, begin: float, end: float, rate: float = 10.0, seed: int = 0):
    """Lid gaps that go from one width to another, with blinks and the noise of landmarks."""
    random = np.random.default_rng(seed)
    count = round(seconds * rate)
    gaps = np.linspace(begin, end, count) + random.normal(0.0, 0.03, count)
    blinks = (np.arange(count) / rate) % 4.0 < 0.2
    return np.where(blinks, 0.03, gaps)


def test_lids_that_sink_over_twenty_minutes_still_show_as_narrower():
    baseline = OpenEyeBaseline(CONFIG)
    watch(baseline, lids(600, 0.70, 0.70))
    alert = baseline.open_gap
    watch(baseline, lids(1200, 0.70, 0.49, seed=1))
    # Lids at 70 % of the alert ones must show as such, not as the driver's usual eyes.
    assert 0.49 / baseline.open_gap < 0.75
    assert baseline.open_gap > 0.95 * alert


def test_a_plain_fading_quartile_would_have_learned_the_sinking_lids():
    """The same drive with a baseline that follows both ways: what the slow fall is for."""
    baseline = OpenEyeBaseline(replace(CONFIG, eyes_settle_time=3600.0))
    watch(baseline, lids(600, 0.70, 0.70))
    watch(baseline, lids(1200, 0.70, 0.49, seed=1))
    assert 0.49 / baseline.open_gap > 0.8


def test_eight_hours_of_an_alert_driver_move_nothing():
    baseline = OpenEyeBaseline(CONFIG)
    watch(baseline, lids(600, 0.6, 0.6, rate=2.0), rate=2.0)
    start = baseline.open_gap
    watch(baseline, lids(8 * 3600, 0.6, 0.6, rate=1.0, seed=2), rate=1.0)
    assert baseline.open_gap == pytest.approx(start, abs=0.03)


def test_a_start_with_wide_eyes_is_forgotten_within_the_drive():
    baseline = OpenEyeBaseline(replace(CONFIG, longest_step=1.0))
    watch(baseline, np.full(150, 0.9), rate=1.0)
    assert baseline.open_gap > 0.85
    watch(baseline, np.full(3 * 3600, 0.7), rate=1.0)
    assert 0.66 < baseline.open_gap < 0.72


def test_eyes_that_open_wider_are_followed_within_minutes():
    baseline = OpenEyeBaseline(CONFIG)
    watch(baseline, lids(300, 0.5, 0.5))
    watch(baseline, lids(300, 0.7, 0.7, seed=3))
    assert baseline.open_gap == pytest.approx(0.71, abs=0.04)


def test_long_closures_teach_nothing_once_the_eye_is_known():
    baseline = OpenEyeBaseline(CONFIG)
    watch(baseline, lids(200, 0.7, 0.7))
    known = baseline.open_gap
    watch(baseline, np.full(6000, 0.1))
    assert baseline.open_gap == known


def test_a_narrow_eye_is_learned_although_the_population_is_wider():
    baseline = OpenEyeBaseline(CONFIG)
    watch(baseline, np.full(600, 0.4))
    assert baseline.open_gap == pytest.approx(0.41, abs=0.02)


def test_a_gap_in_the_pictures_counts_no_more_than_the_longest_step():
    level, baseline = LowerLidLevel(CONFIG), OpenEyeBaseline(CONFIG)
    baseline.learn(0.9, 100.0)
    level.learn(-0.004, 100.0)
    assert baseline.progress == pytest.approx(CONFIG.longest_step / CONFIG.eyes_time)
    assert not level.known
