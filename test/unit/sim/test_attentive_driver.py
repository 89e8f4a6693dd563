"""Covers the attentive driver: the same seed the same drive, glances within what attentive people
do, lapses where they were put, what is seen of it, and the scenario for the renderer.

Leaves what the policy makes of it to the evaluation.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from affect_perception.core.enums import Availability, GazeSource, Reason
from affect_perception.core.errors import InputError
from affect_perception.core.types import FaceObservation, VehicleState
from affect_perception.io.cabin_file import load_cabin
from affect_perception.sim.attentive_drive import Drive, Lapse, drive, without_looks
from affect_perception.sim.attentive_driver import HABITS, Plan, Spell, plan_drive
from affect_perception.sim.attentive_scenario import LOOKS, scenario_of
from affect_perception.sim.attentive_seen import MEASURED, seen

pytestmark = pytest.mark.unit

CABIN = load_cabin("sedan_lhd")
TARGETS = {zone.name: zone.centre for zone in CABIN.zones}


def times(made: Drive) -> np.ndarray:
    """Stamps in seconds."""
    return np.asarray(made.stamps_ns * 1e-9)


def test_the_same_seed_is_the_same_drive_and_another_is_not() -> None:
    first, second, other = (plan_drive(seed, 300.0) for seed in (5, 5, 6))
    assert first == second
    assert first != other
    made = [drive(plan, TARGETS, 5, 15.0) for plan in (first, second)]
    for name in ("stamps_ns", "gaze", "head", "lids", "mouth", "speed"):
        assert np.array_equal(getattr(made[0], name), getattr(made[1], name)), name


def test_every_habit_is_a_zone_of_the_cabin() -> None:
    assert set(HABITS) <= set(TARGETS)


def test_glances_of_hours_stay_within_what_attentive_drivers_do() -> None:
    plan = plan_drive(1, 4 * 3600.0)
    stands = [
        (a[0], b[0]) for a, b in zip(plan.speed, plan.speed[1:], strict=False) if a[1] == b[1] == 0
    ]
    moving = [g for g in plan.glances if not any(a <= g.at <= b for a, b in stands)]
    assert stands
    assert max(g.length for g in moving) < 2.0
    per_minute = len(moving) / (plan.duration_s / 60.0)
    assert 2.0 < per_minute < 12.0
    ends = [g.at + g.length for g in plan.glances]
    starts = [g.at for g in plan.glances]
    assert all(b > a for a, b in zip(ends, starts[1:], strict=False)), "glances do not overlap"
    # A look around while standing is over when the car goes; the last two are left and right.
    for halt, go in stands:
        long = [g for g in plan.glances if halt <= g.at <= go and g.length > 2.0]
        assert all(g.at + g.length <= go - 1.9 for g in long)


def test_blinks_are_as_many_and_as_long_as_those_of_awake_people() -> None:
    plan = plan_drive(2, 3600.0)
    lengths = [b.length for b in plan.blinks]
    assert 8.0 < len(lengths) / 60.0 < 28.0
    assert 0.1 < float(np.median(lengths)) < 0.2


def quiet(seconds: float = 60.0) -> Plan:
    """A plan in which nothing happens."""
    return Plan(seconds, ((0.0, 20.0), (seconds, 20.0)), (), ())


@pytest.mark.parametrize("rate", [10.0, 30.0, 60.0])
def test_a_long_look_is_where_it_was_put(rate: float) -> None:
    made = drive(quiet(), TARGETS, 1, rate, [Lapse("long_glance", 20.0, 5.0, "infotainment")])
    at = times(made)
    x, y, z = TARGETS["infotainment"]
    yaw, pitch = math.atan2(y, x), math.atan2(z, math.hypot(x, y))
    inside = (at > 20.2) & (at < 24.8)
    assert np.allclose(made.gaze[inside], (yaw, pitch), atol=1e-6)
    assert abs(made.gaze[(at < 19.8) | (at > 25.2)][:, 0]).max() < math.radians(20)
    assert abs(np.degrees(made.head[inside][-1, 0])) < abs(math.degrees(yaw))


def test_closed_eyes_are_closed_for_as_long_as_asked() -> None:
    made = drive(quiet(), TARGETS, 1, 60.0, [Lapse("microsleep", 20.0, 1.6)])
    shut = times(made)[made.lids < 0.2]
    assert shut[0] == pytest.approx(20.0, abs=0.08)
    assert shut[-1] == pytest.approx(21.6, abs=0.08)


def test_short_looks_leave_the_road_in_between() -> None:
    lapse = Lapse("short_glances", 20.0, 12.0, "lap_phone", off_s=2.0, on_s=1.0)
    made = drive(quiet(), TARGETS, 1, 30.0, [lapse])
    at, down = times(made), made.gaze[:, 1] < math.radians(-40)
    assert down[(at > 20.2) & (at < 21.8)].all()
    assert not down[(at > 22.3) & (at < 22.8)].any()
    assert float(np.mean(down[(at >= 20.0) & (at < 32.0)])) == pytest.approx(2 / 3, abs=0.05)


def test_a_blink_is_as_wide_at_half_depth_as_planned() -> None:
    plan = Plan(60.0, ((0.0, 20.0), (60.0, 20.0)), (), (Spell(30.0, 0.15),))
    made = drive(plan, TARGETS, 1, 100.0)
    at = times(made)
    low = at[(made.lids < 0.5) & (at > 29.0) & (at < 31.0)]
    assert low[-1] - low[0] == pytest.approx(0.15, abs=0.03)


def test_nothing_else_happens_near_a_lapse() -> None:
    lapses = [Lapse("sleep", 100.0, 5.0)]
    plan = without_looks(plan_drive(3, 300.0, stops=False), lapses)
    near = [g for g in plan.glances if g.at + g.length > 96.0 and g.at < 109.0]
    assert near == []
    assert plan.glances


def test_stamps_rise_and_keep_the_rate() -> None:
    made = drive(plan_drive(4, 600.0), TARGETS, 4, 30.0)
    steps = np.diff(times(made))
    assert steps.min() > 0.0
    assert float(np.median(steps)) == pytest.approx(1 / 30, rel=0.05)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rate_hz": 2.0}, "5 to 120"),
        ({"lapses": [Lapse("phone", 1.0, 5.0, "moon")]}, "moon"),
    ],
)
def test_wrong_drives_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        drive(quiet(), TARGETS, 1, **arguments)
    with pytest.raises(InputError, match="at least 30 s"):
        plan_drive(1, 5.0)


def test_what_is_seen_is_the_truth_with_the_stated_errors() -> None:
    errors = replace(MEASURED, noise_spread=0.0, gain=(1.0, 1.0), gain_spread=(0.0, 0.0))
    made = drive(quiet(300.0), TARGETS, 1, 10.0)
    events = list(seen(made, CABIN, 1, errors))
    faces = [e for e in events if isinstance(e, FaceObservation)]
    assert len(faces) == len(made.stamps_ns)
    assert [f.stamp_ns for f in faces] == made.stamps_ns.tolist()
    assert sum(isinstance(e, VehicleState) for e in events) == pytest.approx(3000, rel=0.02)
    late = [i for i, s in enumerate(times(made)) if s > 4 * MEASURED.settle_s]
    error = np.array([faces[i].gaze.yaw for i in late]) - made.gaze[late, 0]
    # A bias of its own, no more than four times its spread, and drift and noise about it.
    assert abs(math.degrees(float(error.mean()))) < 4 * MEASURED.bias[0] + 1.0
    wanted = math.hypot(MEASURED.slow[0], MEASURED.noise[0])
    assert math.degrees(float(error.std())) == pytest.approx(wanted, rel=0.35)


def test_what_cannot_be_seen_is_not_seen() -> None:
    plan = Plan(
        60.0,
        ((0.0, 20.0), (60.0, 20.0)),
        (),
        (),
        lost=(Spell(20.0, 2.0),),
        blinded=(Spell(40.0, 2.0),),
    )
    made = drive(plan, TARGETS, 1, 20.0)
    faces = [e for e in seen(made, CABIN, 1) if isinstance(e, FaceObservation)]
    at = times(made)
    gone = [f for f, t in zip(faces, at, strict=True) if 20.1 < t < 21.9]
    blind = [f for f, t in zip(faces, at, strict=True) if 40.5 < t < 41.9]
    assert {f.availability for f in gone} == {Availability.UNAVAILABLE}
    assert not any(f.left_eye.usable or f.right_eye.usable for f in blind)
    assert {f.gaze.source for f in blind} == {GazeSource.HEAD}
    assert all(Reason.GLARE in f.reasons for f in blind)


@pytest.mark.parametrize("look", LOOKS)
def test_every_plan_is_a_scenario(look: object) -> None:
    plan = plan_drive(7, 120.0, stops=False)
    scenario = scenario_of(plan, TARGETS, look, 7)  # type: ignore[arg-type]
    named = [k.goal.target for k in scenario.timeline.gaze]
    assert sum(name not in ("", "road") for name in named) + named.count("") == len(plan.glances)
    assert scenario.duration_s == 120.0
