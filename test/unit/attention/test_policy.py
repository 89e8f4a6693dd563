"""Profiles, alert machine, attention buffer and speed gate, each alone.

Leaves their play together, and the instants of alerts, to test_monitor.py.
"""

from __future__ import annotations

import math

import pytest

from affect_perception.core.attention.alert_machine import TRANSITIONS, AlertMachine
from affect_perception.core.attention.attention_buffer import AttentionBuffer
from affect_perception.core.attention.profile import EURO_NCAP_2026, PROFILES, profile_named
from affect_perception.core.attention.speed_gate import SpeedGate
from affect_perception.core.config import AttentionConfig
from affect_perception.core.enums import AlertLevel, AlertReason
from affect_perception.core.errors import ConfigError
from affect_perception.core.parameters import describe
from affect_perception.core.types import VehicleState

pytestmark = pytest.mark.unit

QUIET = {
    "off_road": 0.0,
    "on_road": 10.0,
    "cumulative_off_road": 0.0,
    "eye_closure": 0.0,
    "eyes_open": 10.0,
    "no_face": 0.0,
    "face_seen": 10.0,
    "degraded": 0.0,
    "healthy": 10.0,
    "unseen": 0.0,
}
NOTHING = {
    **dict.fromkeys(QUIET, math.nan),
    "face_seen": 0.0,
    "degraded": 0.0,
    "healthy": 0.0,
    "unseen": 1.0,
}


def alert(machine, known=True, driving=True, **measures):
    return machine.update({**QUIET, **measures}, known=known, driving=driving)


@pytest.fixture
def machine():
    machine = AlertMachine(EURO_NCAP_2026)
    alert(machine)
    return machine


def test_every_rule_names_measures_that_exist():
    for profile in PROFILES.values():
        for rule in profile.rules:
            assert {rule.measure, rule.recovery_measure} <= set(QUIET)
            assert rule.limit.source
            assert rule.limit.unit == "s"
            assert rule.limit.value > 0


def test_the_profile_parameter_offers_exactly_the_profiles():
    declared = {p.name: p for p in describe(AttentionConfig)}["profile"]
    assert set(declared.choices) == set(PROFILES)
    with pytest.raises(ConfigError, match="unknown profile 'sporty'"):
        profile_named("sporty")


def test_numbers_of_the_norm():
    limit = EURO_NCAP_2026.limit
    assert limit(AlertReason.LONG_DISTRACTION) == 3.0
    assert limit(AlertReason.CUMULATIVE_DISTRACTION) == 10.0
    assert limit(AlertReason.MICROSLEEP) == 1.0
    assert limit(AlertReason.SLEEP) == 3.0
    assert limit(AlertReason.DEGRADED) <= 10.0
    assert not any(rule.limit.verified for rule in EURO_NCAP_2026.rules)


def test_nothing_known_is_unknown_and_knowing_makes_it_none():
    machine = AlertMachine(EURO_NCAP_2026)
    assert machine.update(NOTHING, known=False, driving=True).level is AlertLevel.UNKNOWN
    assert alert(machine).level is AlertLevel.NONE
    assert machine.update(NOTHING, known=False, driving=True).level is AlertLevel.NONE


@pytest.mark.parametrize(
    ("measures", "level", "reason"),
    [
        ({"off_road": 3.0, "on_road": 0.0}, AlertLevel.WARNING, AlertReason.LONG_DISTRACTION),
        (
            {"cumulative_off_road": 10.0, "on_road": 0.0},
            AlertLevel.WARNING,
            AlertReason.CUMULATIVE_DISTRACTION,
        ),
        ({"eye_closure": 1.0, "eyes_open": 0.0}, AlertLevel.WARNING, AlertReason.MICROSLEEP),
        ({"no_face": 3.0, "face_seen": 0.0}, AlertLevel.INFO, AlertReason.NO_DRIVER),
        ({"degraded": 8.0, "healthy": 0.0}, AlertLevel.INFO, AlertReason.DEGRADED),
    ],
)
def test_each_rule_starts_at_its_limit_and_not_before(machine, measures, level, reason):
    name = next(iter(measures))
    before = alert(machine, **{**measures, name: measures[name] - 0.01})
    assert before.level is AlertLevel.NONE
    assert before.reasons == ()
    after = alert(machine, **measures)
    assert after.level is level
    assert after.reasons == (reason,)


def test_an_alert_stays_until_its_recovery(machine):
    alert(machine, off_road=3.0, on_road=0.0)
    assert alert(machine, off_road=0.0, on_road=0.9).level is AlertLevel.WARNING
    assert alert(machine, off_road=0.0, on_road=1.0).level is AlertLevel.NONE


def test_no_return_after_the_warning_is_critical(machine):
    alert(machine, off_road=3.0, on_road=0.0)
    assert alert(machine, off_road=5.9, on_road=0.0).level is AlertLevel.WARNING
    assert alert(machine, off_road=6.0, on_road=0.0).level is AlertLevel.CRITICAL


def test_critical_is_reached_through_warning_only(machine):
    asleep = {"eye_closure": 4.0, "eyes_open": 0.0}
    assert alert(machine, **asleep).level is AlertLevel.WARNING
    second = alert(machine, **asleep)
    assert second.level is AlertLevel.CRITICAL
    assert second.reasons == (AlertReason.MICROSLEEP, AlertReason.SLEEP)


def test_unknown_measures_neither_start_nor_end_an_alert(machine):
    alert(machine, off_road=3.0, on_road=0.0)
    assert machine.update(NOTHING, known=False, driving=True).level is AlertLevel.WARNING


def test_a_warning_is_released_when_the_driver_has_been_out_of_sight_for_long(machine):
    alert(machine, off_road=3.0, on_road=0.0)
    gone = {**NOTHING, "unseen": 10.0, "no_face": 10.0}
    released = machine.update(gone, known=False, driving=True)
    assert released.level is AlertLevel.INFO
    assert released.reasons == (AlertReason.NO_DRIVER,)


def test_standstill_ends_and_prevents_alerts_about_driving_only(machine):
    alert(machine, off_road=3.0, on_road=0.0)
    assert alert(machine, driving=False, off_road=4.0, on_road=0.0).level is AlertLevel.NONE
    standing = alert(machine, driving=False, no_face=5.0, face_seen=0.0)
    assert standing.level is AlertLevel.INFO


def test_time_to_the_next_level(machine):
    assert math.isnan(alert(machine).time_to_next_level)
    assert alert(machine, off_road=1.2, on_road=0.0).time_to_next_level == pytest.approx(1.8)
    both = alert(machine, off_road=1.2, on_road=0.0, cumulative_off_road=9.5)
    assert both.time_to_next_level == pytest.approx(0.5)
    on_road = alert(machine, cumulative_off_road=9.5)
    assert math.isnan(on_road.time_to_next_level)
    warned = alert(machine, off_road=4.0, on_road=0.0)
    assert warned.time_to_next_level == pytest.approx(2.0)
    standing = alert(machine, driving=False, off_road=1.2, on_road=0.0)
    assert math.isnan(standing.time_to_next_level)


def test_the_table_knows_every_level_and_never_skips_upwards():
    assert set(TRANSITIONS) == set(AlertLevel)
    for level, following in TRANSITIONS.items():
        assert level in following
        assert AlertLevel.CRITICAL not in following or level >= AlertLevel.WARNING
        assert AlertLevel.UNKNOWN not in following or level is AlertLevel.UNKNOWN


def test_buffer_empties_in_two_seconds_and_refills_after_a_delay():
    buffer = AttentionBuffer()
    assert math.isnan(buffer.level)
    buffer.spend(1.0, True, False)
    assert buffer.level == 2.0
    buffer.spend(1.5, False, False)
    assert buffer.level == pytest.approx(0.5)
    buffer.spend(5.0, False, False)
    assert buffer.level == 0.0
    buffer.spend(0.05, True, False)
    assert buffer.level == 0.0
    buffer.spend(0.55, True, False)
    assert buffer.level == pytest.approx(0.5)


def test_mirrors_are_free_for_one_second():
    buffer = AttentionBuffer()
    buffer.spend(0.7, False, True)
    assert buffer.level == 2.0
    buffer.spend(0.7, False, True)
    assert buffer.level == pytest.approx(1.6)
    buffer.spend(0.1, False, False)
    assert buffer.level == pytest.approx(1.5)


def test_speed_gate_has_hysteresis_and_an_unknown_speed_counts_as_driving():
    gate = SpeedGate(EURO_NCAP_2026, timeout_s=2.0)
    assert gate.driving(0)
    speeds = [(0.0, False), (4.0, False), (5.6, True), (4.0, True), (2.7, False), (-8.0, False)]
    for index, (speed, driving) in enumerate(speeds):
        stamp = index * 1_000_000_000
        gate.observe(VehicleState(stamp, speed))
        assert gate.driving(stamp) is driving, speed
    assert gate.driving(8_000_000_000)
