"""Covers what the quality of the pulse is fitted on: made colours, their seconds, their truth.

Leaves to others: the fit (docs/pulse.md has its command and figures).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from affect_perception.evaluation.pulse.traces import TraceSetup, make_trace, random_setup
from affect_perception.training.pulse_quality import seconds_of

pytestmark = pytest.mark.unit


def test_each_second_has_finite_clues_and_only_a_pulse_can_be_right() -> None:
    silent = next(s for s in range(50) if random_setup(s).amplitude == 0.0)
    loud = next(s for s in range(50) if random_setup(s).amplitude > 0.003)
    found = seconds_of([silent, loud])
    assert len(found) > 40
    assert all(math.isfinite(n) for s in found for n in (*s.numbers, s.error, s.spread))
    assert not any(s.right for s in found if not s.pulse)
    assert {s.pulse for s in found} == {True, False}


def test_equal_setups_give_equal_traces_and_other_seeds_do_not() -> None:
    setup = TraceSetup(seconds=5.0, shading=0.01, jitter_s=0.002)
    one, two = make_trace(setup), make_trace(setup)
    assert (one.colours == two.colours).all()
    assert (one.stamps_ns == two.stamps_ns).all()
    assert (make_trace(replace(setup, seed=1)).colours != one.colours).any()


def test_the_made_pulse_is_as_large_as_asked_and_green_has_most() -> None:
    trace = make_trace(TraceSetup(seconds=20.0, noise=0.0, amplitude=0.01))
    swing = np.ptp(trace.colours[:, 0], axis=0) / trace.colours[:, 0].mean(axis=0)
    assert swing[1] == pytest.approx(0.01, rel=0.15)
    assert swing[0] / swing[1] == pytest.approx(0.33 / 0.77, rel=0.05)
    assert swing[2] / swing[1] == pytest.approx(0.53 / 0.77, rel=0.05)
