"""The One Euro filter: steadiness, delay, any frame rate, gaps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.core.filters import OneEuroFilter

pytestmark = pytest.mark.unit


def run(values, rate, **arguments):
    smooth = OneEuroFilter(**{"min_cutoff": 1.0, "beta": 1.0, **arguments})
    return [smooth.step((value,), 1.0 / rate)[0] for value in values]


def test_the_first_value_passes():
    assert OneEuroFilter(1.0, 1.0).step((3.0, -2.0), 0.0) == [3.0, -2.0]


def test_noise_at_rest_shrinks():
    noise = np.random.default_rng(0).normal(0.0, 0.01, 300)
    assert np.std(run(noise, 30)[30:]) < 0.5 * np.std(noise)


def test_a_fast_move_is_followed_with_little_delay():
    ramp = [0.2 * step for step in range(30)]
    slow, fast = run(ramp, 30, beta=0.0)[-1], run(ramp, 30, beta=5.0)[-1]
    assert ramp[-1] - fast < 0.3
    assert ramp[-1] - slow > 3 * (ramp[-1] - fast)


@pytest.mark.parametrize("rate", [12, 120])
def test_the_step_response_depends_on_time_and_not_on_the_rate(rate):
    def after_half_a_second(per_second):
        values = [0.0] * per_second + [1.0] * (per_second // 2)
        return run(values, per_second, beta=0.0, min_cutoff=0.5)[-1]

    assert after_half_a_second(rate) == pytest.approx(after_half_a_second(60), abs=0.12)


@pytest.mark.parametrize("elapsed", [0.6, 3600.0, -1.0])
def test_a_gap_or_a_step_back_starts_afresh(elapsed):
    smooth = OneEuroFilter(1.0, 1.0, max_gap=0.5)
    smooth.step((0.0,), 0.0)
    smooth.step((0.0,), 0.033)
    assert smooth.step((5.0,), elapsed) == [5.0]


def test_an_equal_stamp_keeps_the_value():
    smooth = OneEuroFilter(1.0, 1.0)
    smooth.step((1.0,), 0.0)
    assert smooth.step((9.0,), 0.0) == [1.0]


def test_an_unknown_value_passes_and_resets():
    smooth = OneEuroFilter(1.0, 1.0)
    smooth.step((1.0,), 0.0)
    assert math.isnan(smooth.step((math.nan,), 0.033)[0])
    assert smooth.step((7.0,), 0.033) == [7.0]
    smooth.reset()
    assert smooth.step((2.0,), 0.033) == [2.0]
