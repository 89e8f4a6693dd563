"""Intervals, heart rate and variability of series with known figures.

Agreement with NeuroKit2 and with expert beats is measured by `evaluate physio`.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.core.physio.beat_rule import FoundBeat
from affect_perception.core.physio.beat_series import BeatInterval, BeatSeries, heart_rate
from affect_perception.core.physio.variability import spectrum, variability

pytestmark = pytest.mark.unit
RATE = 250.0


def series(lengths: np.ndarray, holes: tuple[int, ...] = ()) -> BeatSeries:
    """Beats with these intervals; before the beats in `holes` the signal had a hole."""
    found = BeatSeries(600.0)
    for number, time in enumerate(np.concatenate([[0.0], np.cumsum(lengths)])):
        beat = FoundBeat(
            index=time * RATE, score=1.0, likeness=1.0, height=1.0, noise=0.1, swing=1.0,
            joined=number > 0 and number not in holes,
        )  # fmt: skip
        found.add(float(time), beat, 1.0 / RATE)
    return found


def intervals(lengths: np.ndarray, holes: tuple[int, ...] = ()) -> list[BeatInterval]:
    return series(lengths, holes).intervals(0.0, 1e9)


def test_figures_of_a_known_series() -> None:
    lengths = np.tile([0.8, 0.9], 40)
    found = variability(intervals(lengths), float(lengths.sum()))
    assert found.rmssd == pytest.approx(0.1)
    assert found.sdnn == pytest.approx(np.std(lengths, ddof=1))
    assert found.pnn50 == 1.0
    assert found.rejected == 0.0
    assert heart_rate(intervals(lengths), odd=True).bpm == pytest.approx(60 / 0.85)


def test_a_beat_made_up_between_two_does_not_quicken_the_heart() -> None:
    lengths = [0.9] * 5 + [0.3, 0.6] + [0.9] * 4
    assert heart_rate(intervals(lengths), odd=True).bpm == pytest.approx(60 / 0.9)


def test_an_early_beat_and_its_pause_are_two_beats() -> None:
    lengths = [0.9] * 5 + [0.5, 1.3] + [0.9] * 4
    rate = heart_rate(intervals(lengths), odd=True)
    assert rate.bpm == pytest.approx(60 / 0.9)
    assert rate.std_bpm > 1.0


def test_an_early_beat_and_its_pause_do_not_enter_the_variability() -> None:
    lengths = np.full(70, 0.8)
    lengths[30], lengths[31] = 0.5, 1.1
    found = intervals(lengths)
    assert [i.normal for i in found[29:33]] == [True, False, False, True]
    result = variability(found, 60.0)
    assert result.rmssd == pytest.approx(0.0, abs=1e-9)
    assert result.rejected == pytest.approx(2 / 70)
    # They are two beats all the same.
    assert heart_rate(found, odd=True).bpm == pytest.approx(75.0)


def test_a_hole_joins_no_beats() -> None:
    lengths = np.full(70, 0.8)
    lengths[30] = 7.7
    found = intervals(lengths, holes=(31,))
    assert max(i.length for i in found) == pytest.approx(0.8)
    assert not found[30].after_normal


def test_a_new_rhythm_is_taken_up() -> None:
    found = intervals(np.concatenate([np.full(30, 1.0), np.full(30, 0.6)]))
    assert not found[31].normal
    assert all(i.normal for i in found[36:])


@pytest.mark.parametrize(("frequency", "band"), [(0.1, "lf"), (0.25, "hf")])
def test_power_of_a_sine_is_half_its_square(frequency: float, band: str) -> None:
    lengths, now = [], 0.0
    while now < 300.0:
        lengths.append(0.8 + 0.04 * math.sin(2 * math.pi * frequency * now))
        now += lengths[-1]
    found = spectrum(intervals(np.array(lengths)), 300.0)
    other = found.hf if band == "lf" else found.lf
    assert getattr(found, band) == pytest.approx(0.04**2 / 2, rel=0.15)
    assert other < 0.1 * getattr(found, band)


def test_bands_are_told_only_where_the_window_allows_them() -> None:
    lengths = 0.8 + 0.02 * np.random.default_rng(1).standard_normal(400)
    short = [i for i in intervals(lengths) if i.end < 45.0]
    middle = [i for i in intervals(lengths) if i.end < 90.0]
    assert math.isnan(spectrum(short, 300.0).hf)
    assert math.isnan(spectrum(middle, 300.0).lf)
    assert spectrum(middle, 300.0).hf > 0.0


def test_too_little_is_unknown() -> None:
    assert math.isnan(variability(intervals(np.full(5, 0.8)), 60.0).rmssd)
    assert math.isnan(variability([], 60.0).sdnn)
    assert math.isnan(heart_rate([], odd=True).bpm)
