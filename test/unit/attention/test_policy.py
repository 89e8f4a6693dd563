"""Alert machine, checks of states, attention buffer, area timer and speed gate, each alone.

Leaves profile files to test_profile_file.py, the profiles' instants to test_profiles.py, and their
play together to test_monitor.py.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from monitored import monitor
from observations import observe
from profiles import profile

from affect_perception.core.attention.alert_check import check_transition
from affect_perception.core.attention.alert_machine import (
    TRANSITIONS,
    AlertMachine,
    Circumstances,
)
from affect_perception.core.attention.area_timer import AreaTimer
from affect_perception.core.attention.attention_buffer import AttentionBuffer
from affect_perception.core.attention.measures import MEASURES
from affect_perception.core.attention.speed_gate import SpeedGate
from affect_perception.core.enums import AddwArea, AlertLevel, AlertReason, Reason
from affect_perception.core.types import VehicleState

pytestmark = pytest.mark.unit

OWN = {"unanswered", "critical_alerts", "critical_time"}
UP = {"on_road", "eyes_back", "eyes_open", "not_area_3", "not_drowsy", "face_seen", "healthy"}
QUIET = {name: 10.0 if name in UP else 0.0 for name in MEASURES if name not in OWN}
NOTHING = {
    **dict.fromkeys(QUIET, math.nan),
    "face_seen": 0.0,
    "degraded": 0.0,
    "healthy": 0.0,
}
AWAY = {"on_road": 0.0, "eyes_back": 0.0}


class Played:
    """An alert machine whose clock runs by itself unless told."""

    def __init__(self, name="euro_ncap_2026"):
        self.machine = AlertMachine(profile(name))
        self.now = 100.0

    def __call__(self, known=True, speed=math.nan, standing=False, at=None, nothing=False, **says):
        self.now = self.now + 1 / 30 if at is None else at
        measures = {**(NOTHING if nothing else QUIET), **says}
        if says.get("off_road"):
            measures.setdefault("eyes_away", says["off_road"])
            measures["eyes_away"] = measures["eyes_away"] or says["off_road"]

        def ahead(measure, limit):
            return limit - measures[measure] if measures[measure] > 0.0 else math.nan

        where = Circumstances(known, speed, standing)
        return self.machine.update(round(self.now * 1e9), measures, where, ahead)


@pytest.fixture
def alert():
    played = Played()
    played()
    return played


def test_nothing_known_is_unknown_and_knowing_makes_it_none():
    alert = Played()
    assert alert(known=False, nothing=True).level is AlertLevel.UNKNOWN
    assert alert().level is AlertLevel.NONE
    assert alert(known=False, nothing=True).level is AlertLevel.NONE


@pytest.mark.parametrize(
    ("measures", "level", "reason"),
    [
        ({"off_road": 3.0}, AlertLevel.WARNING, AlertReason.LONG_DISTRACTION),
        ({"cumulative_off_road": 10.0}, AlertLevel.WARNING, AlertReason.CUMULATIVE_DISTRACTION),
        ({"phone_use": 10.0}, AlertLevel.WARNING, AlertReason.PHONE_USE),
        ({"eye_closure": 1.0, "eyes_open": 0.0}, AlertLevel.WARNING, AlertReason.MICROSLEEP),
        ({"drowsy": 1.0, "not_drowsy": 0.0}, AlertLevel.WARNING, AlertReason.DROWSINESS),
        ({"no_face": 3.0, "face_seen": 0.0}, AlertLevel.INFO, AlertReason.NO_DRIVER),
        ({"degraded": 8.0, "healthy": 0.0}, AlertLevel.INFO, AlertReason.DEGRADED),
    ],
)
def test_each_rule_starts_at_its_limit_and_not_before(alert, measures, level, reason):
    name = next(iter(measures))
    away = AWAY if MEASURES[name].of_gaze else {}
    before = alert(**{**away, **measures, name: measures[name] - 0.01})
    assert before.level is AlertLevel.NONE
    assert before.reasons == ()
    after = alert(**{**away, **measures})
    assert after.level is level
    assert after.reasons == (reason,)


def test_an_alert_stays_until_its_recovery(alert):
    alert(off_road=3.0, **AWAY)
    assert alert(on_road=0.9).level is AlertLevel.WARNING
    assert alert(on_road=1.0).level is AlertLevel.NONE


def test_no_return_after_the_warning_is_critical(alert):
    alert(off_road=3.0, **AWAY, at=200.0)
    assert alert(off_road=5.9, **AWAY, at=202.9).level is AlertLevel.WARNING
    answer = alert(off_road=6.0, **AWAY, at=203.0)
    assert answer.level is AlertLevel.CRITICAL
    assert answer.reasons == (AlertReason.LONG_DISTRACTION, AlertReason.UNRESPONSIVE)


def test_a_cumulated_warning_can_be_left_unanswered_too(alert):
    says = {**AWAY, "cumulative_off_road": 10.0}
    assert alert(**says, off_road=0.5, at=200.0).time_to_next_level == pytest.approx(3.0)
    assert alert(**says, off_road=2.9, at=202.4).level is AlertLevel.WARNING
    assert AlertReason.UNRESPONSIVE in alert(**says, off_road=3.5, at=203.0).reasons


def test_who_looks_back_has_answered(alert):
    says = {"cumulative_off_road": 10.0}
    alert(**says, **AWAY, off_road=0.5, at=200.0)
    alert(**says, on_road=0.3, at=201.0)
    assert alert(**says, **AWAY, off_road=2.9, at=204.0).level is AlertLevel.WARNING


def test_a_warning_nobody_is_seen_to_ignore_does_not_become_critical(alert):
    alert(off_road=3.0, **AWAY, at=200.0)
    assert alert(nothing=True, at=205.0).level is AlertLevel.WARNING


def test_critical_is_reached_through_warning_only(alert):
    asleep = {"eye_closure": 4.0, "eyes_open": 0.0}
    assert alert(**asleep).level is AlertLevel.WARNING
    second = alert(**asleep)
    assert second.level is AlertLevel.CRITICAL
    assert second.reasons == (AlertReason.MICROSLEEP, AlertReason.SLEEP)


def test_unknown_measures_neither_start_nor_end_an_alert(alert):
    alert(off_road=3.0, **AWAY)
    assert alert(known=False, nothing=True).level is AlertLevel.WARNING


def test_a_warning_ends_once_its_measure_has_been_unknown_for_long(alert):
    alert(off_road=3.0, **AWAY, at=200.0)
    assert alert(known=False, nothing=True, at=209.9).level is AlertLevel.WARNING
    released = alert(known=False, nothing=True, at=210.0, no_face=10.0)
    assert released.level is AlertLevel.INFO
    assert released.reasons == (AlertReason.NO_DRIVER,)


def test_a_warning_whose_measure_is_known_survives_unreadable_eyes(alert):
    for second in range(15):
        state = alert(**AWAY, off_road=3.0 + second, degraded=3.0 + second, at=200.0 + second)
    assert state.level is AlertLevel.CRITICAL


def test_slow_vehicles_start_no_alerts_and_slower_ones_end_them(alert):
    assert alert(off_road=3.0, **AWAY, speed=5.5).level is AlertLevel.NONE
    assert alert(off_road=3.1, **AWAY, speed=5.6).level is AlertLevel.WARNING
    assert alert(off_road=3.2, **AWAY, speed=2.8).level is AlertLevel.WARNING
    assert alert(off_road=3.3, **AWAY, speed=2.7).level is AlertLevel.NONE
    assert alert(speed=0.0, no_face=5.0, face_seen=0.0).level is AlertLevel.INFO


def test_drowsiness_is_told_from_50_km_h(alert):
    sleepy = {"drowsy": 5.0, "not_drowsy": 0.0}
    assert alert(**sleepy, speed=13.8).level is AlertLevel.NONE
    assert alert(**sleepy, speed=13.9).reasons == (AlertReason.DROWSINESS,)
    assert alert(**sleepy, speed=11.2).reasons == (AlertReason.DROWSINESS,)
    assert alert(**sleepy, speed=11.0).level is AlertLevel.NONE


def test_limits_follow_the_speed():
    alert = Played("eu_addw")
    alert()
    low = {"not_area_3": 0.0}
    assert alert(**low, area_3=3.6, speed=13.8).time_to_next_level == pytest.approx(2.4)
    assert alert(**low, area_3=3.6, speed=13.9).level is AlertLevel.WARNING
    unknown = Played("eu_addw")
    unknown()
    assert unknown(**low, area_3=3.6).level is AlertLevel.WARNING


def test_time_to_the_next_level(alert):
    assert math.isnan(alert().time_to_next_level)
    assert alert(off_road=1.2, **AWAY).time_to_next_level == pytest.approx(1.8)
    both = alert(off_road=1.2, **AWAY, cumulative_off_road=9.5)
    assert both.time_to_next_level == pytest.approx(0.5)
    assert math.isnan(alert(off_road=1.2, **AWAY, speed=0.0).time_to_next_level)
    asleep = {"eye_closure": 4.0, "eyes_open": 0.0}
    assert alert(**asleep).time_to_next_level == 0.0


def test_lockout_comes_after_three_critical_alerts_and_ends_with_a_stop():
    alert = Played("un_r171")
    alert()
    for number in range(3):
        at = 200.0 + 20 * number
        alert(eyes_away=5.0, **AWAY, at=at)
        assert alert(eyes_away=8.0, **AWAY, at=at + 3).level is AlertLevel.CRITICAL
        assert alert(at=at + 4).reasons == (() if number < 2 else (AlertReason.LOCKOUT,))
    assert alert(speed=0.0, standing=True, standstill=9.0).reasons == (AlertReason.LOCKOUT,)
    assert alert(speed=0.0, standing=True, standstill=10.0).reasons == ()
    assert alert(speed=20.0).level is AlertLevel.NONE


def test_lockout_comes_after_30_s_of_critical_alert_as_well():
    alert = Played("un_r171")
    alert()
    for second in range(60):
        state = alert(eyes_away=5.0 + second, **AWAY, at=200.0 + second)
        locked = AlertReason.LOCKOUT in state.reasons
        assert locked == (second >= 33), second


def test_nothing_loud_is_said_at_a_standstill():
    rules = tuple(replace(r, while_driving=False) for r in profile().rules if r.from_speed is None)
    alert = Played()
    alert.machine = AlertMachine(replace(profile(), rules=rules))
    alert()
    standing = alert(off_road=4.0, **AWAY, speed=0.0, standing=True)
    assert standing.level is AlertLevel.INFO
    assert math.isnan(standing.time_to_next_level)
    assert alert(off_road=4.1, **AWAY, speed=20.0).level is AlertLevel.WARNING


def test_the_table_knows_every_level_and_never_skips_upwards():
    assert set(TRANSITIONS) == set(AlertLevel)
    for level, following in TRANSITIONS.items():
        assert level in following
        assert AlertLevel.CRITICAL not in following or level >= AlertLevel.WARNING
        assert AlertLevel.UNKNOWN not in following or level is AlertLevel.UNKNOWN


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"alert_level": AlertLevel.CRITICAL}, "must not follow NONE"),
        ({"alert_level": AlertLevel.INFO}, "with 0 reasons"),
        ({"alert_reasons": (AlertReason.SLEEP,)}, "level NONE with 1 reasons"),
        (
            {
                "alert_level": AlertLevel.WARNING,
                "alert_reasons": (AlertReason.TOTAL_GLANCE_TIME,),
            },
            "does not have: total_glance_time",
        ),
        (
            {"alert_level": AlertLevel.WARNING, "alert_reasons": (AlertReason.NO_DRIVER,)},
            "above that of its reasons",
        ),
        (
            {
                "alert_level": AlertLevel.INFO,
                "alert_reasons": (AlertReason.DEGRADED, AlertReason.NO_DRIVER),
            },
            "out of order",
        ),
        ({"time_to_next_level": -0.1}, "is not a time"),
        ({"lockout": True}, "lockout"),
        ({"profile": "attend"}, "profile 'attend'"),
        ({"stamp_ns": 1}, "stamp went back"),
    ],
)
def test_every_illegal_state_is_found(change, complaint):
    watching = monitor()
    first, second = watching.step(observe(1.0)), watching.step(observe(1.1))
    assert check_transition(None, first, profile()) == []
    assert check_transition(first, second, profile()) == []
    wrong = check_transition(first, replace(second, **change), profile())
    assert any(complaint in text for text in wrong), wrong


def test_after_a_jump_of_the_clock_everything_may_start_afresh():
    watching = monitor()
    before = replace(watching.step(observe(5.0)), alert_level=AlertLevel.CRITICAL)
    after = replace(before, stamp_ns=1, alert_level=AlertLevel.UNKNOWN)
    assert check_transition(before, after, profile())
    jumped = replace(after, degradation_reasons=(Reason.STAMP_JUMP,))
    assert check_transition(before, jumped, profile()) == []


def test_buffer_empties_in_two_seconds_and_refills_after_a_delay():
    buffer = AttentionBuffer()
    assert math.isnan(buffer.level)
    buffer.fill(1.0)
    assert buffer.level == 2.0
    buffer.spend(1.5)
    assert buffer.level == pytest.approx(0.5)
    buffer.spend(5.0)
    assert buffer.level == 0.0
    buffer.fill(0.05)
    assert buffer.level == 0.0
    buffer.fill(0.55)
    assert buffer.level == pytest.approx(0.5)


def area_timer(script):
    """The timer after a script of (seconds, area) at 50 pictures/s, and its last instant."""
    timer, now = AreaTimer(0.25, 0.12, 0.5, 10.0), 0
    for seconds, area in script:
        for _ in range(round(seconds * 50)):
            now += 20_000_000
            timer.update(now, area)
    return timer, now


INSIDE, OUTSIDE, UNSEEN = AddwArea.AREA_3, AddwArea.AREA_2, AddwArea.UNKNOWN


@pytest.mark.parametrize(
    ("script", "inside"),
    [
        ([(1.0, OUTSIDE), (2.0, INSIDE)], 2.0),
        ([(1.0, AddwArea.AREA_1), (2.0, OUTSIDE)], 0.0),
        # A flick does not restart the timer, and its time counts; a real look out does.
        ([(1.0, OUTSIDE), (2.0, INSIDE), (0.4, OUTSIDE), (1.0, INSIDE)], 3.4),
        ([(1.0, OUTSIDE), (2.0, INSIDE), (0.6, OUTSIDE), (1.0, INSIDE)], 1.0),
        # It waits while nothing is seen, but not for ever.
        ([(1.0, OUTSIDE), (2.0, INSIDE), (3.0, UNSEEN), (1.0, INSIDE)], 3.0),
        ([(1.0, OUTSIDE), (2.0, INSIDE), (11.0, UNSEEN), (1.0, INSIDE)], 1.0),
    ],
)
def test_area_timer(script, inside):
    timer, now = area_timer(script)
    assert timer.inside(now) == pytest.approx(inside, abs=0.041)
    assert (timer.outside(now) > 0.0) == (inside == 0.0)


def test_area_timer_says_nothing_while_nothing_is_seen():
    timer, now = area_timer([(1.0, INSIDE), (1.0, UNSEEN)])
    assert math.isnan(timer.inside(now))
    assert math.isnan(timer.outside(now))


def test_speed_is_forgotten_and_standing_is_timed():
    gate = SpeedGate(timeout_s=2.0)
    assert math.isnan(gate.speed(0))
    assert not gate.stands(0)
    assert math.isnan(gate.standstill(0))
    for second, speed in enumerate([8.0, 0.0, 0.1, 0.0]):
        gate.observe(VehicleState(second * 1_000_000_000, speed))
    assert gate.standstill(3_000_000_000) == pytest.approx(2.0)
    assert gate.stands(3_000_000_000)
    gate.observe(VehicleState(4_000_000_000, -8.0))
    assert gate.speed(4_000_000_000) == -8.0
    assert gate.standstill(4_000_000_000) == 0.0
    assert math.isnan(gate.speed(6_100_000_000))
