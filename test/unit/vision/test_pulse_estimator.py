"""Covers what is told of made colours: rates at any frame rate, and why there is none.

Leaves to others: the formulas (test_pulse_colour, test_pulse_rate), pictures (test_pulse_skin),
random input (property/test_pulse).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from affect_perception.core.config.pulse import PulseConfig
from affect_perception.core.enums import Availability, PulseReason
from affect_perception.core.types import PulseObservation
from affect_perception.core.vision.pulse_estimator import PulseEstimator
from affect_perception.evaluation.pulse.play import FACE_PX, play_trace
from affect_perception.evaluation.pulse.traces import SkinTrace, TraceSetup, make_trace

pytestmark = pytest.mark.unit

CONFIG = PulseConfig(enabled=True)
CLEAR = TraceSetup(seconds=16.0)


def last(trace: SkinTrace, config: PulseConfig = CONFIG) -> PulseObservation:
    return play_trace(trace, config)[-1][1]


@pytest.mark.parametrize("rate_hz", [15.0, 24.0, 30.0, 60.0])
@pytest.mark.parametrize("bpm", [54.0, 76.0, 124.0])
def test_the_rate_of_the_beats_is_told_at_any_frame_rate(rate_hz: float, bpm: float) -> None:
    trace = make_trace(replace(CLEAR, rate_hz=rate_hz, bpm=(bpm, bpm), jitter_s=0.003))
    told = last(trace)
    end = trace.stamps_ns[-1] * 1e-9
    assert told.availability is Availability.AVAILABLE
    assert told.reasons == ()
    assert abs(told.heart_rate - trace.bpm(end - told.window, end)) < 2.0
    assert told.quality > 0.95
    assert 0.0 < told.heart_rate_std < 12.0
    assert 9.0 < told.window < 10.2


def test_shading_and_gloss_of_a_moving_head_leave_the_rate_readable() -> None:
    trace = make_trace(replace(CLEAR, shading=0.03, gloss=0.003, noise=0.0015, seed=3))
    told = last(trace)
    end = trace.stamps_ns[-1] * 1e-9
    assert abs(told.heart_rate - trace.bpm(end - told.window, end)) < 3.0


def test_nothing_is_told_before_there_is_enough() -> None:
    told = play_trace(make_trace(CLEAR), CONFIG)
    first = next(stamp for stamp, seen in told if not math.isnan(seen.heart_rate))
    assert first - told[0][0] >= CONFIG.min_window * 1e9
    early = [seen for stamp, seen in told if stamp - told[0][0] < CONFIG.min_window * 1e9 * 0.99]
    for seen in early:
        assert seen.availability is Availability.UNAVAILABLE
        assert seen.reasons == (PulseReason.WARMING_UP,)


def test_an_estimate_holds_until_the_next_one() -> None:
    told = play_trace(make_trace(CLEAR), CONFIG)
    rates = [seen.heart_rate for _, seen in told if not math.isnan(seen.heart_rate)]
    assert len(set(rates)) <= 12
    assert len(rates) > 200


def test_too_few_pictures_a_second_are_told() -> None:
    told = last(make_trace(replace(CLEAR, rate_hz=9.0)))
    assert told.reasons == (PulseReason.LOW_FRAME_RATE,)
    assert math.isnan(told.heart_rate)


def test_grey_colours_are_told() -> None:
    trace = make_trace(CLEAR)
    grey = replace(trace, colours=np.repeat(trace.colours[..., 1:2], 3, axis=2))
    assert last(grey).reasons == (PulseReason.NO_COLOUR,)


def test_a_head_that_never_rests_is_told() -> None:
    trace = make_trace(CLEAR)
    time = trace.stamps_ns * 1e-9
    told = last(replace(trace, yaw=0.5 * np.sin(2.0 * np.pi * 0.6 * time)))
    assert told.reasons == (PulseReason.MOTION,)
    assert told.availability is Availability.UNAVAILABLE


def test_light_that_never_rests_is_told() -> None:
    trace = make_trace(replace(CLEAR, flicker=0.5, flicker_hz=0.5, flicker_tint=0.0))
    assert PulseReason.LIGHT_CHANGE in last(trace).reasons


def test_without_a_pulse_nothing_is_clear() -> None:
    told = play_trace(make_trace(replace(CLEAR, amplitude=0.0, seed=2)), CONFIG)
    given = [not math.isnan(seen.heart_rate) for _, seen in told]
    assert np.mean(given) < 0.2
    assert told[-1][1].quality < 0.8


def test_one_unseen_region_is_done_without_and_three_are_not() -> None:
    trace = make_trace(CLEAR)
    colours = trace.colours.copy()
    colours[:, 0] = np.nan
    assert abs(last(replace(trace, colours=colours)).heart_rate - 72.0) < 4.0
    colours[40:] = np.nan
    assert last(replace(trace, colours=colours)).reasons == (PulseReason.NO_SKIN,)


def test_a_region_that_comes_and_goes_is_bridged_for_a_moment() -> None:
    trace = make_trace(CLEAR)
    colours = trace.colours.copy()
    colours[::90, 1] = np.nan
    assert abs(last(replace(trace, colours=colours)).heart_rate - 72.0) < 4.0


def test_a_restart_forgets_and_names_its_cause() -> None:
    estimator = PulseEstimator(CONFIG)
    trace = make_trace(CLEAR)
    for stamp, colours in zip(trace.stamps_ns.tolist(), trace.colours, strict=True):
        seen = estimator.add(stamp, colours, (*FACE_PX, 0.0, 0.0, 0.0))
    assert not math.isnan(seen.heart_rate)
    estimator.restart(PulseReason.FRAME_GAP)
    assert estimator.held.reasons == (PulseReason.WARMING_UP, PulseReason.FRAME_GAP)
    assert estimator.newest_ns is None


def test_stamps_that_do_not_advance_are_left_out() -> None:
    estimator = PulseEstimator(CONFIG)
    trace = make_trace(CLEAR)
    wild = np.full((3, 3), 255.0)
    for stamp, colours in zip(trace.stamps_ns.tolist(), trace.colours, strict=True):
        estimator.add(stamp, colours, (*FACE_PX, 0.0, 0.0, 0.0))
        seen = estimator.add(stamp, wild, (*FACE_PX, 0.0, 0.0, 0.0))
    assert abs(seen.heart_rate - 72.0) < 4.0


def test_colours_that_stay_black_or_white_have_no_rate() -> None:
    trace = make_trace(CLEAR)
    for level in (0.0, 255.0):
        told = last(replace(trace, colours=np.full_like(trace.colours, level)))
        assert told.reasons == (PulseReason.NO_COLOUR,)


def test_an_unknown_pose_of_the_head_does_no_harm() -> None:
    trace = make_trace(CLEAR)
    assert abs(last(replace(trace, yaw=np.full(len(trace.yaw), np.nan))).heart_rate - 72.0) < 4.0
