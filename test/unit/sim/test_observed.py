"""Scripted observations: acts in time, where looks go, what a wrong clock and a lost face give.

The policy's answers to such scripts are in test/conformance.
"""

from __future__ import annotations

import math

import pytest

from affect_perception.core.buffers import to_ns
from affect_perception.core.enums import Availability, Reason, TriState
from affect_perception.core.errors import ConfigError
from affect_perception.core.types import FaceObservation, VehicleState
from affect_perception.io.cabin_file import load_cabin
from affect_perception.sim.observed.act import UNKNOWN, Act, length, repeat
from affect_perception.sim.observed.observations import Noise, observations

pytestmark = pytest.mark.unit

CABIN = load_cabin("sedan_lhd")


def faces(acts: list[Act], rate: float = 30.0, **options: object) -> list[FaceObservation]:
    events = observations(acts, CABIN, rate, **options)  # type: ignore[arg-type]
    return [event for event in events if isinstance(event, FaceObservation)]


@pytest.mark.parametrize("rate", [10.0, 29.97, 60.0, 120.0])
def test_pictures_come_at_the_rate_and_belong_to_the_act_of_their_time(rate: float) -> None:
    seen = faces([Act(1.5), Act(0.5, lids=0.0), Act(1.0)], rate)
    assert len(seen) == math.ceil(3.0 * rate - 1e-6)
    for face in seen:
        t = face.stamp_ns * 1e-9 - 1.0
        shut = 1.5 - 1e-6 <= t < 2.0 - 1e-6
        assert face.left_eye.openness == (0.0 if shut else 1.0), t


@pytest.mark.parametrize("zone", ["mirror_interior", "cluster", "infotainment", "lap_phone"])
def test_a_look_at_a_zone_is_located_in_it(zone: str) -> None:
    (face,) = faces([Act(0.01, look=zone)])
    assert face.zone.name == zone
    assert face.zone.on_road is TriState.NO


def test_looks_at_nothing_known_have_no_gaze_and_unusable_eyes_say_so() -> None:
    unknown, covered = faces([Act(1.0, look=UNKNOWN), Act(1.0, eyes=False)], 1.0)
    assert unknown.gaze is None
    assert unknown.left_eye.usable
    assert covered.gaze is None
    assert not covered.right_eye.usable
    assert covered.availability is Availability.DEGRADED
    assert Reason.EYES_UNUSABLE in covered.reasons


def test_a_wrong_clock_shifts_stamps_of_its_act_only() -> None:
    seen = faces([Act(1.0), Act(1.0, clock=-5.0), Act(1.0)], 1.0, start=10.0)
    assert [face.stamp_ns for face in seen] == [to_ns(10.0), to_ns(6.0), to_ns(12.0)]


def test_a_camera_that_sends_nothing_leaves_a_gap() -> None:
    assert len(faces([Act(1.0), Act(2.0, pictures=False), Act(1.0)], 10.0)) == 20


def test_speed_goes_along_until_it_is_unknown() -> None:
    acts = [Act(1.0, speed=5.0), Act(1.0), Act(1.0, speed=math.nan)]
    events = list(observations(acts, CABIN, 30.0))
    speeds = [event for event in events if isinstance(event, VehicleState)]
    assert {event.speed for event in speeds} == {5.0}
    assert max(event.stamp_ns for event in speeds) < to_ns(3.0)
    stamps = [event.stamp_ns for event in events]
    assert stamps == sorted(stamps)


def test_flicker_and_noise_depend_on_the_seed_alone() -> None:
    acts = [Act(20.0, seen=0.5)]
    noise = Noise(gaze=(0.05, 0.05), openness=0.1, mouth=0.02, gaze_bias=(0.1, 0.0))
    first, again, other = (faces(acts, noise=noise, seed=seed) for seed in (1, 1, 2))
    assert [face.gaze for face in first] == [face.gaze for face in again]
    assert [face.gaze for face in first] != [face.gaze for face in other]
    found = [face.gaze for face in first if face.gaze]
    assert 0.4 < len(found) / len(first) < 0.6
    assert sum(gaze.yaw for gaze in found) / len(found) == pytest.approx(0.1, abs=0.02)


def test_scripts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ConfigError, match="zone"):
        faces([Act(1.0, look="ashtray")])
    with pytest.raises(ConfigError, match="above 0 s"):
        Act(0.0)
    with pytest.raises(ConfigError, match="share"):
        Act(1.0, seen=1.5)


def test_acts_are_repeated_and_summed() -> None:
    assert length(repeat([Act(1.0), Act(0.5)], 4)) == pytest.approx(6.0)
