"""The monitor on yawns, drowsiness and lowered lids: what is sleep, and what only looks like it.

Leaves the other alerts, stamps and the empty seat to test_monitor.py.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from monitored import at, first, run
from observations import PHONE, ROAD, observe

from affect_perception.core.enums import (
    AlertLevel,
    AlertReason,
    Drowsiness,
    EyesState,
    Reason,
    TriState,
)
from affect_perception.core.types import EyeObservation

pytestmark = pytest.mark.unit


def slow_opening(t, begin, end):
    """Opens to 0.8 within 0.6 s from `begin` on; shut at `end`."""
    return max(0.05, min(0.8, 0.8 * (t - begin) / 0.6)) if t < end else 0.05


def test_yawn_is_reported_while_it_goes_on():
    # 0.45 of the mouth's width is reached 0.34 s after the beginning.
    states = run(lambda t: observe(t, mouth=slow_opening(t, 1.66, 5)), 7)
    yawning = [at(s) for s in states if s.yawn]
    assert yawning[0] == pytest.approx(4.0, abs=0.06)
    assert yawning[-1] == pytest.approx(5.0, abs=0.06)
    assert states[-1].yawn_count == 1


def test_drowsy_by_perclos():
    states = run(lambda t: observe(t, openness=0.0 if t % 4 < 0.9 else 1.0), 60)
    assert states[-1].perclos == pytest.approx(0.225, abs=0.02)
    assert states[-1].drowsiness is Drowsiness.DROWSY
    assert 7.0 < states[-1].kss <= 9.0
    assert states[-1].kss_std >= 1.5


def test_eyes_shut_in_a_yawn_are_no_sleep():
    def script(t):
        wide = 5.0 <= t < 9.0
        return observe(t, openness=0.0 if 5.5 <= t < 9.5 else 1.0, mouth=0.8 if wide else 0.05)

    states = run(script, 12)
    assert first(states, AlertLevel.WARNING) is None
    assert max(s.eye_closure_duration for s in states) > 3.9


def test_a_yawn_that_turns_into_sleep_is_told():
    def script(t):
        return observe(t, openness=0.0 if t >= 5.5 else 1.0, mouth=0.8 if 5 <= t < 8 else 0.05)

    states = run(script, 14)
    # The mouth closes at 8 s; the grace of 1 s and the limit of 1 s follow.
    warned = first(states, AlertLevel.WARNING, AlertReason.MICROSLEEP)
    assert warned == pytest.approx(10.0, abs=0.1)


def test_an_open_mouth_does_not_hide_a_sleeper_for_ever():
    states = run(lambda t: observe(t, openness=0.0 if t >= 5 else 1.0, mouth=0.8), 20)
    assert first(states, AlertLevel.CRITICAL, AlertReason.SLEEP) is not None


def test_a_phone_under_lowered_lids_is_distraction_and_not_sleep():
    def script(t):
        down = t >= 5
        return observe(t, PHONE if down else ROAD, 0.1 if down else 1.0, head_pitch=-0.5 * down)

    states = run(script, 10)
    assert all(s.eyes_state is not EyesState.CLOSED for s in states)
    warned = first(states, AlertLevel.WARNING, AlertReason.LONG_DISTRACTION)
    assert warned == pytest.approx(8.0, abs=0.6)


def test_lids_lowered_under_a_level_head_are_a_look_down():
    def script(t):
        face = observe(t)
        # Through a blink the lids look lowered too, for a moment.
        if not (3.0 <= t < 3.13 or t >= 5.0):
            return face
        down = EyeObservation.unusable("lowered")
        return replace(face, left_eye=down, right_eye=down, reasons=(Reason.EYES_UNUSABLE,))

    states = run(script, 10)
    assert all(s.eyes_on_road is TriState.YES for s in states if at(s) < 5.0)
    assert all(s.eyes_state is EyesState.UNKNOWN for s in states if at(s) >= 5.0)
    warned = first(states, AlertLevel.WARNING, AlertReason.LONG_DISTRACTION)
    assert warned == pytest.approx(8.0, abs=0.2)
