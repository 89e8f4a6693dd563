"""Stamps from arrivals: evenness, a wrong rate, bursts, holes. Leaves: topics (test/ros)."""

from __future__ import annotations

import numpy as np
import pytest

from affect_perception.core.physio.reception_clock import ReceptionClock

pytestmark = pytest.mark.unit

NS = 10**9


def stamps(arrivals_s, samples, rate, gap=0.5):
    """(stamps in s, missing) of messages of so many samples."""
    clock = ReceptionClock(rate, gap)
    found = [clock.stamp(round(at * NS), samples) for at in arrivals_s]
    return np.array([stamp for stamp, _ in found]) / NS, [missing for _, missing in found]


@pytest.mark.parametrize("true_rate", [50.0, 49.0, 51.0])
def test_delays_are_smoothed_and_the_rate_is_learned(true_rate):
    rng = np.random.default_rng(1)
    ends = 100.0 + (np.arange(600) + 1) * 5 / true_rate
    found, missing = stamps(ends + rng.exponential(0.03, len(ends)), 5, 50.0)
    assert sum(missing) == 1  # the first
    steps = np.diff(found[300:])
    assert steps.mean() == pytest.approx(5 / true_rate, rel=2e-3)
    assert steps.std() < 0.004 < 0.03
    # Behind the truth by no more than the mean delay of the way and some milliseconds.
    behind = found[300:] - (ends[300:] - 5 / true_rate)
    assert behind.mean() == pytest.approx(0.03, abs=0.015)


def test_a_burst_after_a_stall_is_put_where_it_belongs():
    ends = 100.0 + (np.arange(200) + 1) * 0.1
    arrivals = ends.copy()
    arrivals[120:124] = arrivals[124]
    found, missing = stamps(arrivals, 5, 50.0)
    assert sum(missing) == 1
    assert np.abs(np.diff(found[20:]) - 0.1).max() < 0.03


def test_samples_that_did_not_come_are_a_hole():
    ends = 100.0 + (np.arange(100) + 1) * 0.1
    ends[60:] += 3.0
    found, missing = stamps(ends, 5, 50.0)
    assert np.flatnonzero(missing).tolist() == [0, 60]
    assert found[60] == pytest.approx(ends[60] - 0.1, abs=0.01)
