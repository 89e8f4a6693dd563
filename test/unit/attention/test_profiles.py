"""The profiles at work: scripted observations, and the instant of each rule +-50 ms.

Leaves Euro NCAP's plain cases to test_monitor.py.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from monitored import at, first, look_away, monitor
from observations import CLUSTER, PHONE, RADIO, ROAD, nobody, observe, play, stamps
from profiles import profile

from affect_perception.core.attention.alert_check import check_transition
from affect_perception.core.enums import AlertLevel, AlertReason, Distraction
from affect_perception.core.types import VehicleState

pytestmark = pytest.mark.unit

WARNING, CRITICAL = AlertLevel.WARNING, AlertLevel.CRITICAL


def run(name, script, seconds, speed=math.nan, rate=30.0):
    """The states of a script under a profile; `speed` may be a function of time."""
    watching, states, before = monitor(name), [], None
    for face in play(script, stamps(seconds, rate, 0.0137)):
        t = face.stamp_ns / 1e9
        now = speed(t) if callable(speed) else speed
        if not math.isnan(now):
            watching.observe_vehicle(VehicleState(face.stamp_ns, now))
        state = watching.step(face)
        assert check_transition(before, state, profile(name)) == []
        states.append(state)
        before = state
    return states


def away(*looks):
    """Eyes on the road but for looks (target, begin, end)."""

    def script(t):
        for target, begin, end in looks:
            if begin <= t < end:
                return observe(t, target)
        return observe(t, ROAD)

    return script


@pytest.mark.parametrize(("speed", "limit"), [(14.0, 3.5), (30.0, 3.5), (13.8, 6.0), (5.6, 6.0)])
def test_addw_warns_after_a_time_that_depends_on_the_speed(speed, limit):
    states = run("eu_addw", look_away(PHONE, 5.0, 13.0), 16, speed)
    warned = first(states, WARNING, AlertReason.LONG_DISTRACTION)
    assert warned == pytest.approx(5.0 + limit, abs=0.05)
    ended = next(at(s) for s in states if at(s) > 13 and s.alert_level is AlertLevel.NONE)
    assert ended == pytest.approx(13.5, abs=0.05)


def test_addw_does_not_warn_below_20_km_h_nor_of_high_places():
    assert first(run("eu_addw", look_away(PHONE, 2.0, 12.0), 12, 5.5), WARNING) is None
    assert first(run("eu_addw", look_away(RADIO, 2.0, 12.0), 12, 30.0), WARNING) is None


def test_addw_a_flick_out_of_the_area_does_not_restart_the_timer():
    states = run("eu_addw", away((PHONE, 5.0, 7.0), (PHONE, 7.3, 12.0)), 12, 30.0)
    assert first(states, WARNING) == pytest.approx(8.5, abs=0.05)
    states = run("eu_addw", away((PHONE, 5.0, 7.0), (PHONE, 7.7, 12.0)), 12, 30.0)
    assert first(states, WARNING) == pytest.approx(11.2, abs=0.05)


def test_nhtsa_warns_of_a_glance_of_2_s_but_never_of_mirrors_and_gauges():
    states = run("nhtsa_2013", look_away(RADIO, 5.0, 9.0), 12)
    warned = first(states, WARNING, AlertReason.LONG_DISTRACTION)
    assert warned == pytest.approx(7.0, abs=0.05)
    assert first(run("nhtsa_2013", look_away(CLUSTER, 5.0, 25.0), 26), WARNING) is None
    # The cluster in between is free, and the glance goes on after it.
    states = run("nhtsa_2013", away((RADIO, 5.0, 6.0), (CLUSTER, 6.0, 8.0), (RADIO, 8.0, 12.0)), 12)
    assert first(states, WARNING) == pytest.approx(9.0, abs=0.07)


def test_nhtsa_warns_of_12_s_in_all_for_one_task():
    def script(t):
        return observe(t, RADIO if t >= 5 and (t - 5) % 3 < 1.6 else ROAD)

    states = run("nhtsa_2013", script, 40)
    total = AlertReason.TOTAL_GLANCE_TIME
    assert first(states, WARNING, total) == pytest.approx(5 + 7 * 3 + 0.8, abs=0.05)

    def pauses(t):
        return observe(t, RADIO if t >= 5 and (t - 5) % 4 < 1.5 else ROAD)

    assert first(run("nhtsa_2013", pauses, 60), WARNING) is None


def test_attend_warns_when_the_buffer_is_empty():
    states = run("attend", look_away(RADIO, 5.0, 9.0), 12)
    empty = AlertReason.ATTENTION_BUFFER_EMPTY
    assert first(states, WARNING, empty) == pytest.approx(7.0, abs=0.05)
    ended = next(at(s) for s in states if at(s) > 9 and s.alert_level is AlertLevel.NONE)
    assert ended == pytest.approx(10.1, abs=0.05)
    # The first second at the instruments is free.
    states = run("attend", look_away(CLUSTER, 5.0, 9.0), 12)
    assert first(states, WARNING, empty) == pytest.approx(8.0, abs=0.05)


def test_r171_asks_escalates_and_gives_the_driver_up():
    states = run("un_r171", look_away(RADIO, 5.0, 30.0), 32)
    long = AlertReason.LONG_DISTRACTION
    assert first(states, WARNING, long) == pytest.approx(10.0, abs=0.05)
    assert first(states, CRITICAL, long) == pytest.approx(13.0, abs=0.05)
    gone = first(states, CRITICAL, AlertReason.UNRESPONSIVE)
    assert gone == pytest.approx(23.0, abs=0.05)
    ended = next(at(s) for s in states if at(s) > 30 and s.alert_level is AlertLevel.NONE)
    assert ended == pytest.approx(30.2, abs=0.05)


def test_r171_counts_closed_eyes_as_eyes_off_the_road():
    states = run("un_r171", lambda t: observe(t, openness=0.0 if t >= 5 else 1.0), 15)
    assert first(states, WARNING) == pytest.approx(10.0, abs=0.05)
    assert first(states, CRITICAL) == pytest.approx(13.0, abs=0.05)


def test_r171_locks_out_after_30_s_of_critical_alert_until_the_vehicle_stands():
    def speed(t):
        return 20.0 if t < 50 else 0.0

    states = run("un_r171", look_away(RADIO, 5.0, 45.0), 65, speed)
    locked = [at(s) for s in states if s.lockout]
    assert locked[0] == pytest.approx(43.0, abs=0.1)
    assert locked[-1] == pytest.approx(60.0, abs=0.1)
    assert AlertReason.LOCKOUT in states[(48 * 30)].alert_reasons


def test_ncap_short_looks_at_a_phone_are_phone_use():
    def script(t):
        return observe(t, PHONE if t >= 5 and (t - 5) % 3 < 2.2 else ROAD)

    states = run("euro_ncap_2026", script, 25)
    both = {AlertReason.CUMULATIVE_DISTRACTION, AlertReason.PHONE_USE}
    warned = next(s for s in states if s.alert_level is WARNING)
    assert at(warned) == pytest.approx(18.2, abs=0.05)
    assert both <= set(warned.alert_reasons)
    assert warned.distraction is Distraction.PHONE_USE


def test_ncap_looks_at_the_instruments_do_not_add_up_but_a_long_one_counts():
    def script(t):
        return observe(t, CLUSTER if t >= 5 and (t - 5) % 3 < 2.2 else ROAD)

    assert first(run("euro_ncap_2026", script, 40), WARNING) is None
    states = run("euro_ncap_2026", look_away(CLUSTER, 5.0, 9.0), 10)
    assert first(states, WARNING) == pytest.approx(8.0, abs=0.05)


def test_ncap_looks_around_at_a_stop_are_not_summed_up():
    def script(t):
        return observe(t, RADIO if 5 <= t < 25 and t % 3 < 2.2 else ROAD)

    states = run("euro_ncap_2026", script, 40, lambda t: 0.0 if t < 24.5 else 20.0)
    assert first(states, WARNING) is None


def test_ncap_eyes_closed_for_6_s_are_unresponsive():
    states = run("euro_ncap_2026", lambda t: observe(t, openness=0.0 if t >= 5 else 1.0), 14)
    gone = first(states, CRITICAL, AlertReason.UNRESPONSIVE)
    assert gone == pytest.approx(11.0, abs=0.05)


@pytest.mark.parametrize("name", ["euro_ncap_2026", "nhtsa_2013", "attend", "un_r171", "eu_addw"])
@pytest.mark.parametrize("target", [PHONE, RADIO, CLUSTER])
def test_the_time_to_the_next_level_comes_true(name, target):
    # Short looks before, so that sums are half full and old looks leave the window.
    def script(t):
        short = t < 21 and t >= 5 and (t - 5) % 4 < 1.4
        return observe(t, target if short or t >= 23 else ROAD)

    states = run(name, script, 50, 25.0)
    rises = [at(b) for a, b in pairwise(states) if b.alert_level > a.alert_level and at(b) > 24]
    for state in states:
        told = state.time_to_next_level
        if at(state) < 23.3 or math.isnan(told):
            continue
        due = next((rise for rise in rises if rise > at(state)), None)
        assert due == pytest.approx(at(state) + told, abs=0.07), (at(state), told)


def test_another_driver_starts_with_sums_of_their_own():
    def script(t):
        face = observe(t, RADIO if t >= 5 and (t - 5) % 3 < 2.2 else ROAD)
        number = 1 if t < 16.5 else 2
        return replace(face, calibration=replace(face.calibration, driver_number=number))

    states = run("euro_ncap_2026", script, 20)
    assert first(states, WARNING) is None


def test_lost_pictures_do_not_move_the_beginning_of_a_look():
    # Every third picture shows no face, so no two looks away are followed by a third.
    watching = monitor("euro_ncap_2026")
    states = []
    for index, t in enumerate(stamps(12, 30.0, 0.0137)):
        lost = index % 3 == 0
        states.append(watching.step(nobody(t) if lost else look_away(RADIO, 5.0, 10.0)(t)))
    assert first(states, WARNING) == pytest.approx(8.0, abs=0.05)
    unseen = [s for s in states if not s.face.faces]
    assert unseen
    assert all(math.isnan(s.off_road_duration) for s in unseen)
