"""The attention monitor under arbitrary input: any rate, gaps, NaN, missing eyes and faces.

Checks that hold for every state whatever comes in. Leaves instants to test/unit/attention.
"""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observations import CABIN, CLUSTER, PHONE, RADIO, ROAD, nobody, observe
from profiles import profile

from affect_perception.core.attention.alert_check import check_transition
from affect_perception.core.attention.monitor import AttentionMonitor
from affect_perception.core.config import AttentionConfig, DrowsinessConfig
from affect_perception.core.enums import AlertLevel, Availability, EyesState, Reason, TriState
from affect_perception.core.types import AttentionState, NoFrame, VehicleState
from affect_perception.io.profile_file import shipped_profiles

pytestmark = pytest.mark.property

CONFIG = AttentionConfig()

openness = st.one_of(
    st.none(),
    st.floats(-0.2, 1.5),
    st.sampled_from([0.0, 0.2, 0.35, 1.0, math.nan, math.inf, -math.inf]),
)
target = st.sampled_from([None, ROAD, CLUSTER, PHONE, RADIO, (3.0, 0.0)])
pitch = st.sampled_from([0.0, -0.4, -0.8, math.nan])
mouth = st.sampled_from([0.0, 0.9, math.nan, math.inf])
step_s = st.one_of(
    st.floats(0.005, 0.12),
    st.floats(0.12, 4.0),
    st.sampled_from([0.0, -0.03, -2.0, 3600.0, -3600.0]),
)


class Phase(NamedTuple):
    """Some pictures alike, described shortly so that a failing example can be read."""

    kind: str
    count: int
    dt: float
    look: tuple[float, float] | None
    lids: float | None
    tilt: float
    mouth: float
    track: int
    speed: float


phases = st.lists(
    st.builds(
        Phase,
        kind=st.sampled_from(["face", "face", "face", "nobody", "no_frame", "speed"]),
        count=st.integers(1, 40),
        dt=step_s,
        look=target,
        lids=openness,
        tilt=pitch,
        mouth=mouth,
        track=st.integers(1, 2),
        speed=st.floats(-5, 40),
    ),
    min_size=1,
    max_size=8,
)


def events_of(script: list[Phase]):
    now = 1e5
    for phase in script:
        for index in range(phase.count):
            usual = 0 < phase.dt < 1000 or index == 0
            now += phase.dt if usual else 0.033
            if phase.kind == "face":
                yield observe(
                    now,
                    phase.look,
                    phase.lids,
                    mouth=phase.mouth,
                    head_pitch=phase.tilt,
                    track_id=phase.track,
                )
            elif phase.kind == "nobody":
                yield nobody(now)
            elif phase.kind == "no_frame":
                yield NoFrame(round(now * 1e9))
            else:
                yield VehicleState(round(now * 1e9), phase.speed)


def step(monitor, event):
    if isinstance(event, VehicleState):
        monitor.observe_vehicle(event)
        return None
    return monitor.no_frame(event) if isinstance(event, NoFrame) else monitor.step(event)


DURATIONS = (
    "eye_closure_duration",
    "mean_closure_duration",
    "blink_duration",
    "yawn_duration",
    "off_road_duration",
    "on_road_duration",
    "cumulative_off_road_30s",
    "no_face_duration",
    "perclos_window",
    "time_to_next_level",
)


def check_numbers(state: AttentionState, elapsed: float) -> None:
    for name in DURATIONS:
        value = getattr(state, name)
        assert math.isnan(value) or 0.0 <= value <= max(elapsed, 10.0) + 1e-6, (name, value)
    assert math.isnan(state.perclos) or 0.0 <= state.perclos <= 1.0
    assert math.isnan(state.attention_buffer) or 0.0 <= state.attention_buffer <= 2.0
    assert not state.cumulative_off_road_30s > 30.0 + 1e-6
    assert state.perclos_window <= DrowsinessConfig().perclos_window + 1e-6
    assert math.isnan(state.kss) or 1.0 <= state.kss <= 9.0
    assert math.isnan(state.kss) == math.isnan(state.kss_std)
    assert math.isnan(state.drowsy_probability) or 0.0 <= state.drowsy_probability <= 1.0
    for field in fields(state):
        value = getattr(state, field.name)
        assert not (isinstance(value, float) and math.isinf(value)), field.name


def check_honesty(state: AttentionState) -> None:
    """What was not seen is not claimed."""
    seen = state.face.left_eye.usable and math.isfinite(state.face.left_eye.openness)
    if not seen:
        assert state.eyes_state is EyesState.UNKNOWN
        assert math.isnan(state.eye_closure_duration)
    if state.availability is Availability.UNAVAILABLE:
        assert state.eyes_on_road is TriState.UNKNOWN
        assert math.isnan(state.off_road_duration)
        assert state.degradation_reasons
    if state.availability is Availability.AVAILABLE:
        assert not state.degradation_reasons
    if state.alert_level in (AlertLevel.NONE, AlertLevel.UNKNOWN):
        assert not state.alert_reasons
    else:
        assert state.alert_reasons


@settings(max_examples=150, deadline=None)
@given(phases, st.sampled_from(sorted(shipped_profiles())))
def test_whatever_comes_in_states_stay_legal_bounded_and_honest(script, name):
    policy = profile(name)
    monitor = AttentionMonitor(CONFIG, CABIN, policy)
    before, first_ns, newest_ns = None, None, None
    for event in events_of(script):
        state = step(monitor, event)
        if state is None:
            continue
        jumped = Reason.STAMP_JUMP in state.degradation_reasons
        if first_ns is None or jumped:
            first_ns = newest_ns = event.stamp_ns
        first_ns, newest_ns = min(first_ns, event.stamp_ns), max(newest_ns, event.stamp_ns)
        check_numbers(state, (newest_ns - first_ns) / 1e9)
        if Reason.STAMP_BACKWARDS not in state.degradation_reasons:
            check_honesty(state)
        assert check_transition(before, state, policy) == []
        before = state


@settings(max_examples=25, deadline=None)
@given(phases)
def test_the_same_events_give_the_same_states(script):
    events = list(events_of(script))

    def states():
        monitor = AttentionMonitor(CONFIG, CABIN, profile())
        return [replace(s, face=None) for e in events if (s := step(monitor, e)) is not None]

    assert repr(states()) == repr(states())


@settings(max_examples=40, deadline=None)
@given(
    rate=st.floats(10.0, 60.0),
    phase=st.floats(0.0, 0.1),
    jitter=st.lists(st.floats(-0.2, 0.2), min_size=1, max_size=7),
    away=st.floats(3.5, 7.0),
)
def test_the_warning_does_not_depend_on_the_frame_rate(rate, phase, jitter, away):
    monitor = AttentionMonitor(CONFIG, CABIN, profile())
    warned, index = None, 0
    while warned is None and index < rate * 12:
        t = phase + (index + jitter[index % len(jitter)]) / rate
        state = monitor.step(observe(t, PHONE if 2.0 <= t < 2.0 + away else ROAD))
        if state.alert_level is AlertLevel.WARNING:
            warned = t
        index += 1
    # Half a picture of doubt about the beginning, one until the next state; jitter adds to both.
    assert warned is not None
    assert abs(warned - 5.0) <= 0.01 + 2.1 / rate


@settings(max_examples=10, deadline=None)
@given(rate=st.floats(10.0, 60.0), closure=st.floats(0.7, 2.5), period=st.floats(4.0, 9.0))
def test_perclos_does_not_depend_on_the_frame_rate(rate, closure, period):
    monitor = AttentionMonitor(CONFIG, CABIN, profile())
    for index in range(round(60 * rate)):
        t = index / rate
        lids = 0.0 if (t + 1.0) % period < closure else 1.0
        state = monitor.step(observe(t, openness=lids, cabin=CABIN))
    closed = sum(1 for i in range(6000) if (i / 100 + 1.0) % period < closure) / 6000
    # Each closure is known to a picture; one cut at either end may fall below the blink limit.
    assert abs(state.perclos - closed) <= 1.0 / 60 + 0.002 + 60 / period / rate / 60


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 29), min_size=1, max_size=6, unique=True))
def test_scattered_dropped_pictures_change_no_warning(dropped):
    monitor = AttentionMonitor(CONFIG, CABIN, profile())
    warned = None
    for index in range(30 * 8):
        if index % 30 in dropped:
            continue
        state = monitor.step(observe(index / 30, PHONE))
        if warned is None and state.alert_level is AlertLevel.WARNING:
            warned = index / 30
    assert warned is not None
    assert 2.99 <= warned <= 3.0 + 7 / 30
