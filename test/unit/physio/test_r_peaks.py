"""R-peaks of made electrocardiograms: places, delay, any cut, rate, polarity, holes, lost level,
steps.

Real records are in test/data/test_physio_data.py; stamps in test_signal_row.py.
"""

from __future__ import annotations

import numpy as np
import pytest
from body_signals import beat_times, ecg

from affect_perception.core.physio.beat_rule import FoundBeat
from affect_perception.core.physio.r_peaks import RPeakFinder
from affect_perception.evaluation.physio.beat_matching import match_beats

pytestmark = pytest.mark.unit
SECONDS = 60.0


def find(samples: np.ndarray, rate: float, cut: int) -> list[FoundBeat]:
    finder = RPeakFinder(rate)
    found = []
    for at in range(0, len(samples), cut):
        found += finder.push(at, samples[at : at + cut])
    return found


@pytest.mark.parametrize("rate", [100.0, 250.0, 360.0, 1000.0])
@pytest.mark.parametrize("gain", [1.0, -0.01, 500.0])
def test_finds_all_beats_whatever_rate_and_gain(rate: float, gain: float) -> None:
    times = beat_times(SECONDS)
    found = find(gain * ecg(times, SECONDS, rate), rate, max(1, int(rate * 0.02)))
    at = np.array([b.index for b in found]) / rate
    match = match_beats(times, at, 0.05)
    assert match.wrong == []
    # The last beat is not decided when the signal ends.
    assert [i for i in match.missed if 2.0 < times[i] < SECONDS - 0.7] == []
    assert len(match.missed) <= 3
    errors = np.array([at[j] - times[i] for i, j in match.pairs])
    assert np.abs(errors - np.median(errors)).max() < 0.008


def test_decides_within_six_tenths_of_a_second() -> None:
    rate = 250.0
    times = beat_times(SECONDS)
    samples = ecg(times, SECONDS, rate)
    finder = RPeakFinder(rate)
    delays = []
    for at in range(len(samples)):
        for beat in finder.push(at, samples[at : at + 1]):
            delays.append((at + 1 - beat.index) / rate)
    assert max(delays) < 0.6


def test_any_cut_gives_the_same() -> None:
    samples = ecg(beat_times(SECONDS), SECONDS, 250.0, noise=0.15)
    assert find(samples, 250.0, 1) == find(samples, 250.0, 77) == find(samples, 250.0, 10**6)


def test_a_hole_joins_no_beats_over_it() -> None:
    rate = 250.0
    times = beat_times(SECONDS)
    samples = ecg(times, SECONDS, rate)
    finder = RPeakFinder(rate)
    first, second = round(20.3 * rate), round(30.3 * rate)
    found = finder.push(0, samples[:first]) + finder.push(second, samples[second:])
    after = [b for b in found if b.index > second]
    assert not any(first < b.index < second for b in found)
    assert not after[0].joined
    assert all(b.joined for b in after[1:])
    # What was learned before the hole still counts: nothing is missed while starting anew.
    due = times[(times > 30.9) & (times < SECONDS - 0.7)]
    assert (
        match_beats(due, [b.index / rate for b in after if b.index > 30.8 * rate], 0.05).missed
        == []
    )


def test_finds_beats_again_after_the_level_has_dropped() -> None:
    rate = 250.0
    times = beat_times(SECONDS)
    samples = ecg(times, SECONDS, rate, noise=0.0)
    samples[round(20.2 * rate) :] *= 0.05
    at = np.array([b.index / rate for b in find(samples, rate, 5)])
    late = times[(times > 30.0) & (times < SECONDS - 0.7)]
    assert match_beats(late, at[at > 29.9], 0.05).missed == []


@pytest.mark.parametrize("samples", [np.zeros(5000), np.full(5000, 3.3)])
def test_a_dead_signal_has_no_beats(samples: np.ndarray) -> None:
    assert find(samples, 250.0, 10) == []


@pytest.mark.parametrize("height", [-3.0, 0.7, 2.0])
def test_a_step_between_beats_is_no_beat(height: float) -> None:
    rate = 250.0
    times = beat_times(SECONDS)
    samples = ecg(times, SECONDS, rate)
    beat = times[np.searchsorted(times, 30.0)]
    samples[round((beat + 0.6) * rate) :] += height
    at = np.array([b.index for b in find(samples, rate, 5)]) / rate
    match = match_beats(times, at, 0.05)
    assert match.wrong == []
    assert [i for i in match.missed if 2.0 < times[i] < SECONDS - 0.7] == []


def test_no_interval_spans_what_was_dead() -> None:
    rate = 250.0
    times = beat_times(SECONDS)
    samples = ecg(times, SECONDS, rate)
    finder = RPeakFinder(rate)
    middle = len(samples) // 2
    finder.push(0, samples[:middle])
    finder.interrupt()
    after = finder.push(middle, samples[middle:])
    assert [b.joined for b in after[:3]] == [False, True, True]
