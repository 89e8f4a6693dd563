"""Covers the rate in a wave: which one explains it, how it is tracked, and the quality.

Leaves to others: how the wave comes about (test_pulse_colour), what is told (test_pulse_estimator).
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.core.vision.pulse_quality import pulse_quality, rate_std
from affect_perception.core.vision.pulse_rate import (
    RATES,
    RateEstimate,
    RateSpectrum,
    RateTracker,
)

pytestmark = pytest.mark.unit

TIME = np.arange(300) / 30.0
SPECTRUM = RateSpectrum(11.0)


def wave(bpm: float, second: float = 0.0) -> np.ndarray:
    turns = 2.0 * np.pi * bpm / 60.0 * TIME
    return np.sin(turns) + second * np.sin(2.0 * turns + 0.5)


@pytest.mark.parametrize("bpm", [50.0, 72.0, 118.0, 165.0])
def test_a_sine_is_explained_by_its_rate(bpm: float) -> None:
    explained = SPECTRUM.explained(wave(bpm))
    assert RATES[np.argmax(explained)] == bpm
    assert explained.max() > 0.93
    assert ((explained >= 0.0) & (explained < 1.0)).all()


def test_a_strong_second_harmonic_does_not_double_the_rate() -> None:
    assert RATES[np.argmax(SPECTRUM.explained(wave(58.0, 0.8)))] == 58.0


def test_half_the_rate_is_not_explained_by_its_harmonic() -> None:
    explained = SPECTRUM.explained(wave(120.0))
    assert explained[RATES == 60.0][0] < 0.05


def test_a_flat_wave_is_explained_by_nothing() -> None:
    assert (SPECTRUM.explained(np.full(300, 3.0)) == 0.0).all()


def test_noise_is_not_explained() -> None:
    noise = np.random.default_rng(4).standard_normal((40, 300))
    assert np.mean([SPECTRUM.explained(n).max() for n in noise]) < 0.4


def tracker() -> RateTracker:
    return RateTracker(drift=2.0, values_per_s=4.0, lost=0.02)


def test_the_tracker_finds_a_rate_and_is_certain_of_it() -> None:
    track = tracker()
    for _ in range(5):
        found = track.step(SPECTRUM.explained(wave(72.4)), 1.0)
    assert found.bpm == pytest.approx(72.4, abs=0.3)
    assert found.certain > 0.99
    assert found.std < 3.0


def test_the_tracker_stays_where_a_moment_shows_another_rate() -> None:
    track = tracker()
    for _ in range(8):
        track.step(SPECTRUM.explained(wave(70.0)), 1.0)
    mixed = wave(70.0) + 1.3 * wave(131.0)
    assert track.step(SPECTRUM.explained(mixed), 1.0).bpm == pytest.approx(70.0, abs=2.0)


def test_the_tracker_leaves_a_rate_that_is_gone() -> None:
    track = tracker()
    for _ in range(8):
        track.step(SPECTRUM.explained(wave(70.0)), 1.0)
    for _ in range(6):
        found = track.step(SPECTRUM.explained(wave(110.0)), 1.0)
    assert found.bpm == pytest.approx(110.0, abs=1.0)


def test_a_rising_rate_is_followed_without_lag() -> None:
    track = tracker()
    for bpm in np.arange(60.0, 100.0, 1.0):
        found = track.step(SPECTRUM.explained(wave(bpm)), 1.0)
        assert abs(found.bpm - bpm) < 2.0


def test_reset_makes_every_rate_as_likely() -> None:
    track = tracker()
    for _ in range(8):
        track.step(SPECTRUM.explained(wave(70.0)), 1.0)
    track.reset()
    assert track.fresh
    nothing = track.step(np.zeros(len(RATES)), 1.0)
    assert nothing.certain < 0.1


def test_quality_rises_with_both_clues_and_stays_a_probability() -> None:
    def quality(certain: float, explained: float) -> float:
        return pulse_quality(RateEstimate(70.0, 1.0, certain, explained))

    assert quality(0.99, 0.8) > quality(0.9, 0.8) > quality(0.9, 0.3)
    for certain in (0.0, 1.0):
        for explained in (0.0, 0.999):
            assert 0.0 <= quality(certain, explained) <= 1.0


def test_one_sigma_is_that_of_right_and_wrong_rates_together() -> None:
    found = RateEstimate(70.0, 2.0, 0.9, 0.8)
    assert rate_std(found, 1.0) == pytest.approx(1.0)
    assert rate_std(found, 0.0) == pytest.approx(50.0)
    assert rate_std(found, 0.9) == pytest.approx(math.sqrt(0.9 * 1.0 + 0.1 * 2500.0))
