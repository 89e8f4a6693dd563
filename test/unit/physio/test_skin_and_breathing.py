"""Skin conductance and respiration of made signals: level, responses, rates, holes, noise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.core.physio.respiration import BeltSignal, breathing, breathing_of_beats
from affect_perception.core.physio.skin_conductance import SkinConductance

pytestmark = pytest.mark.unit


def conductance(rate: float, seconds: float, at: tuple[float, ...], height: float) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    signal = 3.0 + 0.003 * t
    for start in at:
        after = np.maximum(t - start, 0.0)
        # A rise of about 2 s to a height of 0.62 times the factor.
        signal += height / 0.62 * (np.exp(-after / 6.0) - np.exp(-after / 0.8)) * (t > start)
    return signal


@pytest.mark.parametrize("rate", [4.0, 8.0, 100.0])
def test_responses_are_counted_with_their_rise(rate: float) -> None:
    onsets = (10.0, 25.0, 40.0, 55.0)
    skin = SkinConductance(rate, 0.02)
    found = skin.push(0, conductance(rate, 70.0, onsets, 0.3))
    assert len(found) == 4
    for response, onset in zip(found, onsets, strict=True):
        assert onset + 0.5 < response.index / rate < onset + 4.0
        assert response.amplitude == pytest.approx(0.3, abs=0.08)
    assert skin.responses()[0] == pytest.approx(3.0, abs=1.0)


def test_level_and_fast_part_are_the_signal() -> None:
    samples = conductance(8.0, 60.0, (20.0,), 0.5)
    skin = SkinConductance(8.0, 0.02)
    skin.push(0, samples)
    assert skin.tonic + skin.phasic == pytest.approx(samples[-1])
    assert skin.tonic == pytest.approx(3.2, abs=0.15)


def test_noise_below_the_least_response_is_none() -> None:
    noise = 0.002 * np.random.default_rng(1).standard_normal(960)
    skin = SkinConductance(8.0, 0.02)
    assert skin.push(0, 3.0 + noise) == []
    assert skin.responses()[0] == 0.0
    assert math.isnan(skin.responses()[1])


@pytest.mark.parametrize("rate", [4.0, 32.0])
def test_the_level_follows_a_jump_that_stays_within_a_second(rate: float) -> None:
    skin = SkinConductance(rate, 0.02)
    skin.push(0, np.concatenate([np.full(round(30 * rate), 3.0), np.full(round(1.5 * rate), 6.0)]))
    assert skin.tonic == pytest.approx(6.0, abs=0.01)


def test_a_jump_that_is_undone_leaves_the_level_alone() -> None:
    samples = np.full(400, 3.0)
    samples[200:202] = 6.0
    skin = SkinConductance(8.0, 0.02)
    levels = []
    for at, value in enumerate(samples):
        skin.push(at, np.array([value]))
        levels.append(skin.tonic)
    assert max(levels) < 3.3
    assert levels[-1] == pytest.approx(3.0, abs=0.01)


def test_a_hole_begins_the_count_anew() -> None:
    samples = conductance(8.0, 70.0, (10.0, 25.0), 0.3)
    skin = SkinConductance(8.0, 0.02)
    skin.push(0, samples)
    skin.push(2000, samples[:80] + 5.0)
    assert math.isnan(skin.responses()[0])


@pytest.mark.parametrize("bpm", [8.0, 15.0, 24.0, 35.0])
@pytest.mark.parametrize("rate", [4.0, 50.0])
def test_rate_of_a_belt(bpm: float, rate: float) -> None:
    t = np.arange(round(40 * rate)) / rate
    wave = np.sin(2 * np.pi * bpm / 60.0 * t) + 0.2 * t
    belt = BeltSignal(rate, 30.0)
    for at in range(0, len(wave), 7):
        belt.push(at, wave[at : at + 7])
    found = belt.breathing()
    assert found.rate_bpm == pytest.approx(bpm, rel=0.04)
    assert found.quality > 0.8


def test_breathing_is_unknown_after_a_hole_until_the_window_is_full() -> None:
    wave = np.sin(2 * np.pi * 0.25 * np.arange(2000) / 50.0)
    belt = BeltSignal(50.0, 30.0)
    belt.push(0, wave)
    belt.push(3000, wave[:1000])
    assert math.isnan(belt.breathing().rate_bpm)


def test_noise_and_constants_are_no_breathing() -> None:
    noise = np.random.default_rng(2).standard_normal(150)
    assert not breathing(noise).quality > 0.5
    assert math.isnan(breathing(np.ones(150)).rate_bpm)
    assert not breathing_of_beats([noise]).quality > 0.5
    assert math.isnan(breathing_of_beats([np.ones(150)]).rate_bpm)


@pytest.mark.parametrize("bpm", [9.0, 12.0, 20.0, 36.0])
def test_a_clear_signal_decides_over_an_unclear_one(bpm: float) -> None:
    clear = np.sin(2 * np.pi * bpm / 60.0 * np.arange(150) / 5.0)
    noise = np.random.default_rng(3).standard_normal(150)
    assert breathing_of_beats([noise, clear]).rate_bpm == pytest.approx(bpm, abs=1.0)


def test_what_signals_share_counts_and_not_what_one_has_alone() -> None:
    t = np.arange(150) / 5.0
    shared = np.sin(2 * np.pi * 0.3 * t)
    # Each is moved more by something of its own: every other breath, and something quick.
    first = shared + 1.5 * np.sin(2 * np.pi * 0.15 * t)
    second = shared + 1.5 * np.sin(2 * np.pi * 0.5 * t)
    found = breathing_of_beats([first, second])
    assert found.rate_bpm == pytest.approx(18.0, abs=0.5)
    assert found.quality < breathing_of_beats([shared, shared]).quality
