"""The monitor as a whole: scripted observations in, alerts at the expected instant +-50 ms.

Leaves yawns, drowsiness and lowered lids to test_monitor_lids.py, arbitrary input to
test/property/test_attention.py, and pictures to the tests of the vision.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from monitored import at, first, look_away, monitor, run
from observations import CLUSTER, PHONE, RADIO, ROAD, nobody, observe, stamps

from affect_perception.core.enums import (
    AlertLevel,
    AlertReason,
    Availability,
    Distraction,
    Drowsiness,
    EyesState,
    Reason,
    TriState,
)
from affect_perception.core.types import NoFrame, VehicleState

pytestmark = pytest.mark.unit

RATES = (10.0, 15.0, 25.0, 30.0, 60.0)


def tolerance(rate):
    """50 ms as asked; at 10 pictures/s a state can be a whole picture late, beside that."""
    return 0.05 if rate >= 25 else 0.05 + 1.0 / rate


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("target", [PHONE, RADIO, CLUSTER])
def test_long_distraction_warns_after_3_s_and_escalates_after_6(rate, target):
    states = run(look_away(target, 5.0, 13.0), 16, rate)
    long = AlertReason.LONG_DISTRACTION
    assert first(states, AlertLevel.WARNING, long) == pytest.approx(8.0, abs=tolerance(rate))
    assert first(states, AlertLevel.CRITICAL, long) == pytest.approx(11.0, abs=tolerance(rate))
    recovered = next(at(s) for s in states if at(s) > 13 and s.alert_level is AlertLevel.NONE)
    assert recovered == pytest.approx(14.0, abs=tolerance(rate))


@pytest.mark.parametrize("rate", RATES)
def test_a_look_of_2_9_s_is_no_long_distraction(rate):
    assert first(run(look_away(PHONE, 5.0, 7.9), 12, rate), AlertLevel.WARNING) is None


def test_a_flick_back_to_the_road_does_not_restart_the_count():
    def script(t):
        return observe(t, PHONE if 5 <= t < 10 and not 6.5 <= t < 6.65 else ROAD)

    assert first(run(script, 12), AlertLevel.WARNING) == pytest.approx(8.0, abs=0.05)


def test_a_real_look_back_restarts_the_count():
    def script(t):
        return observe(t, PHONE if 5 <= t < 10 and not 6.5 <= t < 6.9 else ROAD)

    assert first(run(script, 12), AlertLevel.WARNING) == pytest.approx(9.9, abs=0.05)


def test_a_gaze_that_wanders_between_zones_away_is_one_glance_away():
    def script(t):
        away = PHONE if int(t * 10) % 2 else CLUSTER
        return observe(t, away if 5 <= t < 10 else ROAD)

    assert first(run(script, 12), AlertLevel.WARNING) == pytest.approx(8.0, abs=0.05)


def test_blinks_do_not_interrupt_a_glance_away():
    def script(t):
        lids = 0.0 if 0.4 <= t % 1.0 < 0.55 else 1.0
        return observe(t, PHONE if 5 <= t < 10 else ROAD, lids)

    states = run(script, 12)
    assert first(states, AlertLevel.WARNING) == pytest.approx(8.0, abs=0.05)
    assert states[-1].blink_count >= 11


def test_short_looks_add_up_to_cumulative_distraction():
    # 2.2 s away, 0.8 s back: 8.8 s in four looks, the rest 1.2 s into the fifth at 17 s.
    def script(t):
        return observe(t, RADIO if t >= 5 and (t - 5) % 3 < 2.2 else ROAD)

    states = run(script, 40)
    cumulative = AlertReason.CUMULATIVE_DISTRACTION
    assert first(states, AlertLevel.WARNING) == pytest.approx(18.2, abs=0.05)
    assert first(states, AlertLevel.WARNING, cumulative) == pytest.approx(18.2, abs=0.05)
    assert any(s.distraction is Distraction.CUMULATIVE for s in states)


def test_two_seconds_on_the_road_start_the_cumulation_afresh():
    def script(t):
        return observe(t, PHONE if t >= 5 and (t - 5) % 4.5 < 2 else ROAD)

    states = run(script, 60)
    assert first(states, AlertLevel.WARNING) is None
    # What the message reports is the plain window, without that rule.
    assert max(s.cumulative_off_road_30s for s in states[1:]) > 12.0


@pytest.mark.parametrize("rate", RATES)
def test_microsleep_at_1_s_and_sleep_at_3_s(rate):
    states = run(lambda t: observe(t, openness=0.0 if 5 <= t < 9 else 1.0), 14, rate)
    warned = first(states, AlertLevel.WARNING, AlertReason.MICROSLEEP)
    assert warned == pytest.approx(6.0, abs=tolerance(rate))
    slept = first(states, AlertLevel.CRITICAL, AlertReason.SLEEP)
    assert slept == pytest.approx(8.0, abs=tolerance(rate))
    levels = [s.drowsiness for s in states if 5.0 < at(s) < 9.0]
    assert Drowsiness.MICROSLEEP in levels
    assert levels[-1] is Drowsiness.SLEEP
    recovered = next(at(s) for s in states if at(s) > 9 and s.alert_level is AlertLevel.NONE)
    assert recovered == pytest.approx(11.0, abs=tolerance(rate))


def test_closed_eyes_do_not_rest_on_the_road_and_are_no_glance():
    states = run(lambda t: observe(t, openness=0.0 if t >= 5 else 1.0), 8)
    last = states[-1]
    assert last.eyes_on_road is TriState.NO
    assert math.isnan(last.off_road_duration)
    assert last.distraction is Distraction.UNKNOWN
    assert last.attention_buffer == 0.0


def test_blinking_is_neither_microsleep_nor_drowsiness():
    states = run(lambda t: observe(t, openness=0.0 if t % 2.5 < 0.2 else 1.0), 70)
    assert first(states, AlertLevel.WARNING) is None
    assert states[-1].drowsiness is Drowsiness.ALERT
    assert states[-1].perclos == 0.0
    assert states[-1].blink_count == 27
    assert sum(s.blink for s in states) == 27


def test_eyes_never_seen_say_nothing_about_drowsiness_but_that_is_told():
    states = run(lambda t: observe(t, openness=None), 20)
    assert all(s.eyes_state is EyesState.UNKNOWN for s in states)
    assert all(s.drowsiness is Drowsiness.UNKNOWN for s in states)
    assert all(math.isnan(s.perclos) and math.isnan(s.eye_closure_duration) for s in states)
    assert first(states, AlertLevel.INFO, AlertReason.DEGRADED) == pytest.approx(8.0, abs=0.05)
    assert first(states, AlertLevel.WARNING) is None


def test_an_empty_seat_is_no_driver_and_nothing_else():
    states = run(lambda t: observe(t) if t < 5 else nobody(t), 20)
    assert first(states, AlertLevel.INFO, AlertReason.NO_DRIVER) == pytest.approx(8.0, abs=0.05)
    after = [s for s in states if at(s) >= 5.0]
    assert all(s.eyes_state is EyesState.UNKNOWN for s in after)
    assert all(s.eyes_on_road is TriState.UNKNOWN for s in after)
    assert all(s.availability is Availability.UNAVAILABLE for s in after)
    assert after[-1].no_face_duration == pytest.approx(15.0, abs=0.05)
    assert AlertReason.DEGRADED not in after[-1].alert_reasons


def test_nobody_since_the_start_is_told_too():
    states = run(nobody, 10)
    assert states[0].alert_level is AlertLevel.UNKNOWN
    assert first(states, AlertLevel.INFO, AlertReason.NO_DRIVER) == pytest.approx(3.0, abs=0.06)
    assert math.isnan(states[-1].no_face_duration)


def test_a_covered_camera_is_degraded_and_not_an_empty_seat():
    def script(t):
        return observe(t) if t < 5 else nobody(t, Reason.NO_FACE, Reason.CAMERA_COVERED)

    states = run(script, 20)
    assert first(states, AlertLevel.INFO, AlertReason.DEGRADED) == pytest.approx(13.0, abs=0.05)
    assert all(AlertReason.NO_DRIVER not in s.alert_reasons for s in states)


def test_unusable_pictures_enter_no_statistic():
    def script(t):
        return observe(t, PHONE) if 5 <= t < 6 else nobody(t) if 6 <= t < 16 else observe(t)

    last = run(script, 20)[-1]
    assert last.cumulative_off_road_30s == pytest.approx(1.0, abs=0.1)
    assert last.perclos_window == pytest.approx(10.0, abs=0.3)


def test_a_warning_outlasts_a_moment_without_a_face():
    def script(t):
        return nobody(t) if 9 <= t < 11 else observe(t, PHONE if t >= 5 else ROAD)

    states = run(script, 12)
    levels = {s.alert_level for s in states if 8.1 < at(s) < 12}
    assert levels == {AlertLevel.WARNING}


def test_dropped_pictures_are_bridged_shortly_and_then_said():
    watching = monitor()
    times = [t for t in stamps(10, 30) if not 4.0 <= t < 4.2 and not 7.0 <= t < 9.0]
    states = [watching.step(observe(t, PHONE)) for t in times]
    assert first(states, AlertLevel.WARNING) == pytest.approx(3.0, abs=0.05)
    told = [at(s) for s in states if Reason.LOW_FRAME_RATE in s.degradation_reasons]
    assert told == [pytest.approx(9.0)]
    after = [s for s in states if at(s) >= 9.0]
    assert after[0].off_road_duration == 0.0
    assert after[-1].off_road_duration == pytest.approx(29 / 30, abs=0.01)


def test_one_picture_per_second_gives_no_durations_but_says_so():
    states = run(lambda t: observe(t, PHONE, openness=0.0), 30, rate=1.0)
    assert all(s.eye_closure_duration == 0.0 for s in states[1:])
    assert all(Reason.LOW_FRAME_RATE in s.degradation_reasons for s in states[1:])
    assert all(s.availability is not Availability.AVAILABLE for s in states[1:])
    assert first(states, AlertLevel.WARNING) is None
    assert first(states, AlertLevel.INFO, AlertReason.DEGRADED) is not None
    assert all(s.perclos_window == 0.0 for s in states)


def test_120_pictures_per_second_change_nothing():
    states = run(look_away(PHONE, 5.0, 9.0), 12, 120.0)
    assert first(states, AlertLevel.WARNING) == pytest.approx(8.0, abs=0.05)


def test_a_stamp_that_runs_backwards_changes_nothing_and_is_named():
    watching = monitor()
    for t in stamps(2, 30):
        good = watching.step(observe(t, PHONE))
    for late in (1.5, 59 / 30):
        odd = watching.step(observe(late, ROAD, openness=0.0))
        assert odd.stamp_ns == good.stamp_ns
        assert odd.off_road_duration == good.off_road_duration
        assert odd.eyes_state is EyesState.OPEN
        assert odd.degradation_reasons == (Reason.STAMP_BACKWARDS,)
        assert odd.availability is Availability.DEGRADED
    after = watching.step(observe(2.0, PHONE))
    assert after.degradation_reasons == ()
    assert after.off_road_duration == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_stamp_that_jumps_an_hour_starts_afresh(jump):
    watching = monitor()
    for t in stamps(4, 30, 5000.0):
        warned = watching.step(observe(t, PHONE))
    assert warned.alert_level is AlertLevel.WARNING
    jumped = watching.step(observe(5004.0 + jump, PHONE))
    assert Reason.STAMP_JUMP in jumped.degradation_reasons
    assert jumped.off_road_duration == 0.0
    assert jumped.alert_level is AlertLevel.NONE
    assert jumped.perclos_window == 0.0
    for t in stamps(4, 30, 5004.1 + jump):
        later = watching.step(observe(t, PHONE))
    assert later.alert_level is AlertLevel.WARNING


def test_no_frame_is_told_and_keeps_the_last_stamp():
    watching = monitor()
    for t in stamps(2, 30):
        last = watching.step(observe(t))
    states = [watching.no_frame(NoFrame(round(t * 1e9))) for t in stamps(12, 2, 2.5)]
    assert all(s.stamp_ns == last.stamp_ns for s in states)
    assert all(s.degradation_reasons == (Reason.NO_FRAME,) for s in states)
    assert all(s.availability is Availability.UNAVAILABLE for s in states)
    assert states[-1].alert_level is AlertLevel.INFO
    assert states[-1].alert_reasons == (AlertReason.DEGRADED,)
    assert AlertReason.NO_DRIVER not in states[-1].alert_reasons
    # The watchdog's clock runs ahead of the stamps: the next picture still counts.
    again = watching.step(observe(14.0))
    assert again.eyes_on_road is TriState.YES
    assert again.no_face_duration == 0.0


def test_no_frame_ever_is_a_state_too():
    state = monitor().no_frame(NoFrame(7))
    assert state.stamp_ns == 7
    assert state.alert_level is AlertLevel.UNKNOWN


def test_a_watchdog_before_the_first_picture_may_have_any_clock():
    watching = monitor()
    watching.no_frame(NoFrame(0))
    state = watching.step(nobody(1_700_000_000.0))
    assert state.alert_level is AlertLevel.UNKNOWN
    assert math.isnan(state.no_face_duration)


def test_at_standstill_nobody_is_warned_but_what_is_seen_is_said():
    watching = monitor()
    for t in stamps(10, 30):
        watching.observe_vehicle(VehicleState(round(t * 1e9), 0.0))
        state = watching.step(observe(t, PHONE))
    assert state.alert_level is AlertLevel.NONE
    assert state.distraction is Distraction.LONG
    watching.observe_vehicle(VehicleState(round(10e9), 8.0))
    assert watching.step(observe(10.0, PHONE)).alert_level is AlertLevel.WARNING


def test_another_face_does_not_continue_the_glance_of_the_first():
    def script(t):
        return observe(t, PHONE, track_id=1 if t < 2 else 2)

    states = run(script, 4)
    assert first(states, AlertLevel.WARNING) is None
    assert states[-1].off_road_duration == pytest.approx(2.0, abs=0.05)


def test_an_unsure_gaze_says_nothing_about_the_road():
    states = run(lambda t: observe(t, PHONE), 4, gaze_std_max=0.05)
    assert states[-1].eyes_on_road is TriState.NO
    states = run(lambda t: replace(observe(t, PHONE), gaze=None), 4)
    assert states[-1].eyes_on_road is TriState.UNKNOWN


def test_an_alert_level_above_none_always_has_a_reason():
    def script(t):
        return nobody(t) if t < 5 else observe(t, None, None)

    states = run(script, 8)
    assert first(states, AlertLevel.INFO, AlertReason.NO_DRIVER) is not None
    assert all(s.alert_reasons for s in states if s.alert_level > AlertLevel.NONE)
    assert states[-1].alert_level is AlertLevel.NONE
