"""The driver's baseline, what the network is given, and what is said when something is missing.

Leaves: how good the shipped weights are (data tier, docs/load.md).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from affect_perception.core.buffers import to_ns
from affect_perception.core.config.load import LoadConfig
from affect_perception.core.enums import Availability, LoadReason
from affect_perception.core.errors import InputError
from affect_perception.core.load.driver_normal import DriverNormal
from affect_perception.core.load.model import INPUTS, SUBSETS
from affect_perception.core.load.monitor import LoadMonitor
from affect_perception.core.load.tokens import CHANNELS, LEARNED, LoadToken

pytestmark = pytest.mark.unit


class HeartAbove:
    """Stress grows with the deviations of the heart rate; keeps what it was asked."""

    name = "heart_above"

    def __init__(self):
        self.calls = []

    def run(self, views, youth, subset):
        assert views.shape == (1, INPUTS)
        assert views.dtype == youth.dtype == np.float32
        self.calls.append((views[0], float(youth[0, 0]), int(subset[0])))
        stress = 1.0 / (1.0 + math.exp(-float(views[0, 0]) * (1.0 - float(youth[0, 0]))))
        return (np.array([[0.5, stress]], np.float32),)


def token(second, rate=65.0, **other):
    known = {
        "rmssd_s": 0.04, "sdnn_s": 0.05, "skin_level_us": 1.0, "skin_spread_us": 0.02,
        "skin_slope_per_min": 0.0, "skin_phasic_us": 0.01, "skin_rising_share": 0.3,
    }  # fmt: skip
    return LoadToken(to_ns(second), heart_rate_bpm=rate, **{**known, **other})


def played(monitor, tokens):
    return [monitor.step(one) for one in tokens]


def test_the_baseline_knows_only_the_past():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(80, len(LEARNED)))
    whole, short = DriverNormal(), DriverNormal()
    all_views = [whole.take(to_ns(10 * i), row) for i, row in enumerate(rows)]
    changed = rows.copy()
    changed[40:] += 100.0
    part = [short.take(to_ns(10 * i), row) for i, row in enumerate(changed)]
    for a, b in zip(all_views[:40], part[:40], strict=True):
        np.testing.assert_array_equal(a.values, b.values)
    assert not np.allclose(all_views[40].values, part[40].values)


def test_views_agree_with_their_definition():
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(30, len(LEARNED)))
    normal = DriverNormal()
    view = [normal.take(to_ns(10 * i), row) for i, row in enumerate(rows)][-1]
    spread = np.array([quantity.spread for quantity in LEARNED])
    scale = np.sqrt(rows.std(axis=0) ** 2 + (0.5 * spread) ** 2)
    np.testing.assert_allclose(view.values[0], (rows[-1] - rows.mean(axis=0)) / scale)
    low = np.quantile(rows, 0.2, axis=0)
    np.testing.assert_allclose(view.values[2], (rows[-1] - low) / spread)
    usual, apart = ([getattr(q, name) for q in LEARNED] for name in ("usual", "apart"))
    compared = np.array(apart) > 0.0
    wanted = (rows[-1] - usual)[compared] / np.array(apart)[compared]
    np.testing.assert_allclose(view.values[3][compared], wanted)
    assert (view.values[3][~compared] == 0.0).all()
    assert (view.known_s == 300.0).all()


def test_a_recording_that_begins_in_stress_shows_in_the_view_against_people():
    rows = np.array([token(10 * i, 110.0).learned() for i in range(30)])
    normal = DriverNormal()
    view = [normal.take(to_ns(10 * i), row) for i, row in enumerate(rows)][-1]
    heart = [quantity.name for quantity in LEARNED].index("heart_rate_bpm")
    np.testing.assert_allclose(view.values[:3, heart], 0.0, atol=1e-9)
    assert view.values[3, heart] == pytest.approx(3.0)


def test_what_is_two_hours_old_is_forgotten():
    normal = DriverNormal()
    normal.take(0, np.full(len(LEARNED), 50.0))
    for i in range(1, 800):
        view = normal.take(to_ns(10 * i), np.zeros(len(LEARNED)))
    np.testing.assert_allclose(view.values[:3], 0.0, atol=1e-9)
    assert view.known_s.max() <= 7210.0


def test_tokens_must_rise_in_time():
    normal = DriverNormal()
    normal.take(5, np.zeros(len(LEARNED)))
    with pytest.raises(InputError, match="rise in time"):
        normal.take(5, np.zeros(len(LEARNED)))


def test_a_rise_of_the_heart_rate_is_stress_once_the_baseline_is_long_enough():
    monitor = LoadMonitor(LoadConfig(), HeartAbove())
    calm = played(monitor, [token(10 * i, 65 + i % 3) for i in range(40)])
    excited = played(monitor, [token(400 + 10 * i, 85) for i in range(3)])
    assert calm[0].reasons == (LoadReason.BASELINE_SHORT,)
    assert calm[0].availability == Availability.DEGRADED
    assert calm[0].stress_std == pytest.approx(0.5, abs=0.01)
    assert calm[-1].availability == Availability.AVAILABLE
    assert excited[0].stress > 0.85 > calm[-1].stress
    assert excited[0].stress_std < calm[0].stress_std


def test_missing_channels_are_named_and_given_to_the_network_as_nothing():
    network = HeartAbove()
    monitor = LoadMonitor(LoadConfig(), network)
    found = monitor.step(token(0, skin_level_us=math.nan, rmssd_s=math.nan))
    views, _, subset = network.calls[-1]
    assert SUBSETS[subset] == ("heart_rate",)
    assert not np.isnan(views).any()
    assert {LoadReason.NO_SKIN, LoadReason.NO_HRV} <= set(found.reasons)


def test_nothing_known_is_unavailable_and_nan():
    monitor = LoadMonitor(LoadConfig(), HeartAbove())
    found = monitor.step(LoadToken(0))
    assert found.availability == Availability.UNAVAILABLE
    assert found.reasons == (LoadReason.NO_SIGNAL,)
    assert math.isnan(found.stress)
    assert math.isnan(found.load_std)


def test_late_tokens_are_dropped_and_old_estimates_end():
    monitor = LoadMonitor(LoadConfig(hold=30.0), HeartAbove())
    assert monitor.estimate(0).availability == Availability.UNAVAILABLE
    monitor.step(token(100))
    assert monitor.step(token(100)) is None
    assert monitor.step(token(90)) is None
    assert not math.isnan(monitor.estimate(to_ns(125)).stress)
    assert math.isnan(monitor.estimate(to_ns(135)).stress)


def test_another_driver_starts_anew():
    monitor = LoadMonitor(LoadConfig(), HeartAbove())
    played(monitor, [token(10 * i) for i in range(60)])
    monitor.forget_driver()
    assert monitor.estimate(to_ns(600)).availability == Availability.UNAVAILABLE
    assert LoadReason.BASELINE_SHORT in monitor.step(token(610, 120)).reasons


def test_without_network_it_says_so():
    found = LoadMonitor(LoadConfig(), None).step(token(0))
    assert found.reasons == (LoadReason.NO_LOAD_NETWORK,)


def test_quantities_without_labels_change_nothing():
    first, second = (LoadMonitor(LoadConfig(), HeartAbove()) for _ in range(2))
    for i in range(30):
        plain = token(10 * i, 60 + i % 7)
        full = replace(plain, gaze_dispersion_rad=float(i), speech_share=1.0, temperature_c=40.0)
        assert first.step(plain) == second.step(full)


def test_every_set_of_channels_has_its_weights():
    assert len(SUBSETS) == 2 ** len(CHANNELS) - 1
    assert SUBSETS[0] == CHANNELS
