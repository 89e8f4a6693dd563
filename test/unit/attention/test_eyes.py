"""Eyes: closed or open, blinks, PERCLOS, yawns. Leaves alerts about them to test_monitor.py."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from observations import eye, head, stamps

from affect_perception.core.attention.eye_closure import EyeClosureTracker, combined_openness
from affect_perception.core.config import AttentionConfig, DrowsinessConfig
from affect_perception.core.drowsiness.perclos import Perclos
from affect_perception.core.drowsiness.yawn import YawnDetector
from affect_perception.core.enums import EyesState
from affect_perception.core.types import EyeObservation

pytestmark = pytest.mark.unit

CONFIG = AttentionConfig()
BLIND = EyeObservation.unusable("glare")
RATES = (10.0, 15.0, 30.0, 60.0)


def track(openness_at, seconds, rate, pitch=0.0, tracker=None):
    """States of the eye tracker for an openness script; None is an eye not seen."""
    tracker = tracker or EyeClosureTracker(CONFIG)
    for t in stamps(seconds, rate):
        value = openness_at(t)
        one = BLIND if value is None else eye(value)
        yield t, tracker.update(round(t * 1e9), one, one, head(pitch))


def test_both_eyes_are_weighted_by_their_certainty():
    assert combined_openness(eye(1.0, 0.05), eye(0.8, 0.05), 0.3) == pytest.approx(0.9)
    assert combined_openness(eye(1.0, 0.2), eye(0.8, 0.05), 0.3) == pytest.approx(0.812, abs=0.01)
    assert combined_openness(eye(1.0, 0.05), BLIND, 0.3) == pytest.approx(1.0)
    assert combined_openness(eye(0.0, 0.5), eye(0.9), 0.3) == pytest.approx(0.9)


def test_a_wide_eye_with_an_unsure_scale_is_open_all_the_same():
    state = EyeClosureTracker(CONFIG).update(0, eye(1.3, 0.35), eye(1.2, 0.35), head())
    assert state.state is EyesState.OPEN


def test_a_wink_is_not_a_closure():
    assert combined_openness(eye(0.0), eye(0.95), 0.3) == pytest.approx(0.95)


@pytest.mark.parametrize("broken", [BLIND, eye(math.nan), eye(math.inf), eye(0.1, 0.9)])
def test_eyes_that_cannot_be_believed_are_unknown(broken):
    assert math.isnan(combined_openness(broken, broken, 0.3))
    state = EyeClosureTracker(CONFIG).update(0, broken, broken, head())
    assert state.state is EyesState.UNKNOWN
    assert math.isnan(state.closure)


def test_eyes_not_seen_are_never_closed():
    states = [s for _, s in track(lambda t: 1.0 if t < 1 else None, 5, 30)]
    assert all(s.state is not EyesState.CLOSED for s in states)
    assert states[-1].state is EyesState.UNKNOWN


@pytest.mark.parametrize("rate", RATES)
def test_a_closure_is_measured_from_its_true_beginning(rate):
    closing, lids = 1.033, 0.08

    def script(t):
        return min(1.0, max(0.0, 1.0 - (t - closing) / lids))

    expected = 3.0 - (closing + 0.8 * lids)
    last = [s for t, s in track(script, 3.0 + 1.5 / rate, rate) if t <= 3.0 + 1e-9][-1]
    assert last.state is EyesState.CLOSED
    assert last.closure == pytest.approx(expected, abs=0.05)


def test_hysteresis_keeps_the_state_between_the_thresholds():
    script = [1.0, 0.1, 0.3, 0.3, 0.7, 0.3, 0.25]
    states = [s.state for _, s in track(lambda t: script[round(t * 30)], len(script) / 30, 30)]
    closed, opened = EyesState.CLOSED, EyesState.OPEN
    assert states == [opened, closed, closed, closed, opened, opened, opened]


def test_lids_that_flutter_while_closed_do_not_end_the_closure():
    states = [s for _, s in track(lambda t: 0.4 if t % 0.1 < 0.03 else 0.02, 3, 30)]
    assert states[-1].closure > 2.8
    # Opening in part, but for good, ends it at the time it began.
    half = [s for _, s in track(lambda t: 0.02 if t < 1 else 0.45, 1.2, 30)]
    assert half[-1].state is EyesState.OPEN
    assert half[-1].open_for == pytest.approx(0.2, abs=0.05)


def test_lowered_lids_under_a_lowered_head_are_no_closure():
    def script(t):
        return 1.0 if t < 0.5 else 0.15

    level = [s.state for _, s in track(script, 2, 30)]
    lowered = [s.state for _, s in track(script, 2, 30, pitch=math.radians(-20))]
    far_down = [s.state for _, s in track(script, 2, 30, pitch=math.radians(-35))]
    assert level[-1] is EyesState.CLOSED
    assert lowered[-1] is EyesState.OPEN
    assert far_down[-1] is EyesState.UNKNOWN


def test_uncertain_pitch_counts_as_lower():
    tracker = EyeClosureTracker(CONFIG)
    unsure = replace(head(math.radians(-15)), std=(0.1, 0.6, 0.1))
    state = tracker.update(0, eye(0.1), eye(0.1), unsure)
    assert state.state is EyesState.UNKNOWN


def test_lids_are_shut_for_the_gaze_only_as_long_as_a_blink():
    states = dict(track(lambda t: 1.0 if t < 1 else 0.3, 3, 30))
    assert states[35 / 30].shut
    assert not states[80 / 30].shut


def perclos_of(openness_at, seconds, rate):
    perclos = Perclos(DrowsinessConfig(), CONFIG.blink_max, CONFIG.hold)
    state = None
    for t, eyes in track(openness_at, seconds, rate):
        state = perclos.update(round(t * 1e9), eyes.decided)
    return state


@pytest.mark.parametrize("rate", RATES)
def test_perclos_is_the_share_of_slow_closures(rate):
    state = perclos_of(lambda t: 0.0 if t % 10 < 1.0 else 1.0, 60, rate)
    assert state.perclos == pytest.approx(0.1, abs=0.012)
    assert state.mean_closure == pytest.approx(1.0, abs=0.1)
    assert state.usable == pytest.approx(60.0, abs=0.2)


@pytest.mark.parametrize("rate", RATES)
def test_blinks_do_not_enter_perclos(rate):
    state = perclos_of(lambda t: 0.0 if t % 3 < 0.2 else 1.0, 60, rate)
    assert state.perclos == 0.0
    assert math.isnan(state.mean_closure)


def test_time_without_eyes_is_in_neither_part_of_perclos():
    def script(t):
        if 20 <= t < 40:
            return None
        return 0.0 if t % 10 < 1.0 else 1.0

    state = perclos_of(script, 60, 30)
    assert state.usable == pytest.approx(40.0, abs=0.5)
    assert state.perclos == pytest.approx(0.1, abs=0.02)


def test_perclos_is_unknown_until_enough_has_been_seen():
    assert math.isnan(perclos_of(lambda t: 1.0, 19, 30).perclos)
    assert perclos_of(lambda t: 1.0, 21, 30).perclos == 0.0


def test_perclos_forgets_what_has_left_the_window():
    state = perclos_of(lambda t: 0.0 if 1 < t < 11 else 1.0, 75, 15)
    assert state.perclos == 0.0


def test_a_closure_that_goes_on_counts_within_the_window_only():
    state = perclos_of(lambda t: 1.0 if t < 5 else 0.0, 80, 10)
    assert state.perclos == pytest.approx(1.0)
    assert state.usable <= 60.0 + 1e-6


def yawns(opening_at, seconds=10, rate=30):
    detector = YawnDetector(DrowsinessConfig(), CONFIG.hold)
    flags = [detector.update(round(t * 1e9), opening_at(t)) for t in stamps(seconds, rate)]
    return detector, flags


def slow_opening(t, begin, end):
    """Opens to 0.8 within 0.6 s from `begin` on; shut at `end`."""
    return max(0.05, min(0.8, 0.8 * (t - begin) / 0.6)) if t < end else 0.05


@pytest.mark.parametrize("rate", RATES)
def test_a_yawn_is_counted_once_with_its_length(rate):
    detector, flags = yawns(lambda t: slow_opening(t, 1.66, 5), rate=rate)
    assert detector.count == 1
    assert detector.duration == pytest.approx(3.0, abs=2.0 / rate)
    assert not flags[-1]
    assert any(flags)


def test_a_yawn_that_narrows_for_a_moment_is_one_yawn():
    detector, _ = yawns(lambda t: 0.05 if 4.4 <= t < 4.46 else slow_opening(t, 1.66, 7))
    assert detector.count == 1
    assert detector.duration == pytest.approx(5.0, abs=0.1)
    detector, _ = yawns(lambda t: max(slow_opening(t, 1.5, 4.5), slow_opening(t, 5.5, 8.5)))
    assert detector.count == 2


def test_talking_is_no_yawn():
    detector, _ = yawns(lambda t: 0.35 + 0.35 * math.sin(2 * math.pi * 3 * t))
    assert detector.count == 0


def test_a_mouth_not_seen_is_no_yawn():
    detector, flags = yawns(lambda t: math.nan)
    assert not any(flags)
    assert math.isnan(detector.duration)
    detector, flags = yawns(lambda t: math.inf)
    assert not any(flags)
