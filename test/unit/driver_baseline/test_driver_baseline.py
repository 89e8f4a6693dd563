"""The baseline as a whole: what it learns from, what it takes from the gaze, when it forgets.

Scripted gaze and head, no pictures. Leaves the peak finding to test_ahead_offset.py and real faces
to the evaluation on the synthetic driver (`evaluate synthetic --split calibration`).
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from observations import CABIN, gaze, head, observe

from affect_perception.core.config import BaselineConfig
from affect_perception.core.driver_baseline.baseline import DriverBaseline
from affect_perception.core.driver_baseline.snapshot import BaselineSnapshot
from affect_perception.core.enums import Availability, Drowsiness, GazeSource, Reason, TriState
from affect_perception.core.errors import InputError
from affect_perception.core.types import AttentionState, VehicleState
from affect_perception.core.vision.geometry import direction_angles
from affect_perception.core.vision.zones import locate

pytestmark = pytest.mark.unit

NS = 1_000_000_000
RATE = 10
CONFIG = BaselineConfig()


def degrees(*angles: float) -> tuple[float, ...]:
    return tuple(math.degrees(angle) for angle in angles)


class Drive:
    """Plays pictures to a baseline."""

    def __init__(self, **changes) -> None:
        self.baseline = DriverBaseline(
            replace(CONFIG, **changes), speed_timeout=2.0, camera=CABIN.camera.translation
        )
        self.index = 0
        self.track = 1

    @property
    def stamp(self) -> int:
        return 10 * NS + self.index * NS // RATE

    def look(
        self,
        seconds: float,
        yaw_deg: float,
        pitch_deg: float,
        *,
        speed: float | None = 20.0,
        head_deg: tuple[float, float] = (2.0, -5.0),
        std: float = 0.06,
        source: GazeSource = GazeSource.EYES,
        shut: bool = False,
    ) -> None:
        measured = replace(gaze((math.radians(yaw_deg), math.radians(pitch_deg)), std))
        measured = replace(measured, source=source)
        pose = head(math.radians(head_deg[1]), math.radians(head_deg[0]))
        for _ in range(round(seconds * RATE)):
            self.index += 1
            if speed is not None:
                self.baseline.observe_vehicle(VehicleState(self.stamp, speed))
            self.baseline.seen(self.stamp, self.track)
            self.baseline.learn(self.stamp, measured, pose, 1 / RATE, shut=shut)

    def away(self, seconds: float, *, speed: float | None = 0.0, blind: bool = False) -> None:
        for _ in range(round(seconds * RATE)):
            self.index += 1
            if speed is not None:
                self.baseline.observe_vehicle(VehicleState(self.stamp, speed))
            self.baseline.nobody(self.stamp, 1 / RATE, blind=blind)

    @property
    def offset(self) -> tuple[float, ...]:
        return degrees(*self.baseline.calibration(1.0).gaze_offset)


def test_the_offset_is_taken_from_the_gaze_before_zones_are_located():
    drive = Drive()
    askew = gaze((math.radians(9.0), math.radians(-11.5)), 0.06)
    assert locate(drive.baseline.correct(askew), CABIN).on_road is TriState.YES
    drive.look(90, 5.0, 8.0)
    # Measured 9 and 9 above the road, which is -1: what shows on the road is the instruments.
    corrected = drive.baseline.correct(askew)
    assert degrees(corrected.yaw, corrected.pitch) == pytest.approx((4.0, -20.5), abs=0.5)
    assert locate(corrected, CABIN).name == "cluster"
    assert corrected.std[0] >= askew.std[0]
    # The head did not show the turn, so it is the driver's gaze and hardly the camera.
    assert math.dist(corrected.origin, askew.origin) < 0.035


def test_a_camera_that_is_taken_at_its_word_moves_no_head():
    drive = Drive(mount_std_deg=0.0)
    drive.look(90, 5.0, 8.0)
    askew = gaze((math.radians(9.0), math.radians(-11.5)), 0.06)
    assert drive.baseline.correct(askew).origin == askew.origin


def test_a_corrected_gaze_agrees_with_its_direction_and_turns_as_one():
    drive = Drive()
    drive.look(90, -6.0, 7.0)
    for yaw, pitch in ((-6.0, 7.0), (50.0, 0.0), (-70.0, -30.0)):
        raw = gaze((math.radians(yaw), math.radians(pitch)))
        turned = drive.baseline.correct(raw)
        assert math.hypot(*turned.direction) == pytest.approx(1.0)
        assert direction_angles(turned.direction) == pytest.approx((turned.yaw, turned.pitch))
        # One rotation: the angle to the road ahead stays what it was before.
        ahead = drive.baseline.correct(gaze((math.radians(-6.0), math.radians(7.0))))
        cosine = sum(a * b for a, b in zip(turned.direction, ahead.direction, strict=True))
        road = gaze((math.radians(-6.0), math.radians(7.0))).direction
        assert cosine == pytest.approx(sum(a * b for a, b in zip(raw.direction, road, strict=True)))
    assert degrees(ahead.yaw, ahead.pitch) == pytest.approx((0.0, -1.0), abs=0.2)


@pytest.mark.parametrize(
    ("changes", "how"),
    [
        ({}, {"speed": 0.0}),
        ({}, {"speed": 5.0}),
        ({"learn_without_speed": False}, {"speed": None}),
        ({}, {"std": 0.3}),
        ({}, {"shut": True}),
        ({}, {"source": GazeSource.HEAD}),
    ],
)
def test_what_teaches_no_road(changes, how):
    drive = Drive(**changes)
    drive.look(120, 6.0, 4.0, **how)
    assert drive.offset == (0.0, 0.0)
    assert drive.baseline.calibration(1.0).gaze == 0.0


def test_without_a_speed_the_road_is_learned_if_allowed():
    drive = Drive()
    drive.look(120, 6.0, 4.0, speed=None)
    assert drive.offset == pytest.approx((6.0, 5.0), abs=0.3)


def test_an_outdated_speed_is_none():
    drive = Drive(learn_without_speed=False)
    drive.look(1, 0.0, 0.0, speed=20.0)
    drive.look(120, 6.0, 4.0, speed=None)
    assert drive.offset == (0.0, 0.0)


def test_progress_is_that_of_the_least_known():
    drive = Drive()
    drive.look(30, 3.0, -1.0)
    known = drive.baseline.calibration(0.9)
    assert known.eyes == 0.9
    assert known.gaze == pytest.approx(0.5, abs=0.1)
    assert known.head == pytest.approx(known.gaze, abs=0.05)
    assert known.progress == min(known.eyes, known.gaze, known.head)
    drive.look(60, 3.0, -1.0)
    assert drive.baseline.calibration(1.0).progress == 1.0
    assert degrees(*drive.baseline.calibration(1.0).head_rest)[:2] == pytest.approx(
        (2.0, -5.0), abs=0.3
    )
    assert math.isnan(drive.baseline.nobody_seen.progress)


def test_the_head_is_learned_while_looking_ahead_only():
    drive = Drive()
    drive.look(90, 0.0, -1.0, head_deg=(2.0, -5.0))
    drive.look(300, 50.0, -10.0, head_deg=(35.0, -10.0))
    rest = drive.baseline.calibration(1.0).head_rest
    assert degrees(*rest)[:2] == pytest.approx((2.0, -5.0), abs=0.3)


def test_behind_sunglasses_the_head_at_rest_stands_in_for_the_road():
    drive = Drive()
    drive.look(120, 2.0, -9.0, source=GazeSource.HEAD, head_deg=(2.0, -9.0))
    stand_in = replace(gaze((math.radians(2.0), math.radians(-9.0))), source=GazeSource.HEAD)
    corrected = drive.baseline.correct(stand_in)
    assert degrees(corrected.yaw, corrected.pitch) == pytest.approx((0.0, -1.0), abs=0.3)
    # The road as the eyes see it has not been learned from the head.
    assert drive.offset == (0.0, 0.0)


def test_a_fixed_road_is_taken_as_given():
    drive = Drive(road_ahead="fixed", road_ahead_yaw_deg=4.0, road_ahead_pitch_deg=-6.0)
    drive.look(120, -8.0, 5.0)
    assert drive.offset == pytest.approx((4.0, -5.0))
    assert drive.baseline.calibration(1.0).gaze == 1.0
    corrected = drive.baseline.correct(gaze((math.radians(4.0), math.radians(-6.0))))
    assert degrees(corrected.yaw, corrected.pitch) == pytest.approx((0.0, -1.0))


def test_an_implausible_road_is_told_while_driving():
    drive = Drive()
    drive.look(60, 20.0, 5.0)
    assert drive.baseline.reasons(drive.stamp) == ()
    drive.look(120, 20.0, 5.0)
    assert drive.baseline.reasons(drive.stamp) == (Reason.ROAD_AHEAD_IMPLAUSIBLE,)
    assert drive.offset == (0.0, 0.0)
    drive.look(1, 20.0, 5.0, speed=0.0)
    assert drive.baseline.reasons(drive.stamp) == ()


def test_a_drowsy_driver_teaches_nothing():
    drive = Drive()
    state = AttentionState(0, Availability.AVAILABLE, (), observe(0.0), "profile")
    drive.look(1, 0.0, -1.0)
    for level in Drowsiness:
        drive.baseline.observe_attention(replace(state, drowsiness=level))
        assert drive.baseline.may_learn_eyes is (level < Drowsiness.DROWSY)
    drive.look(120, 6.0, 4.0)
    assert drive.offset == (0.0, 0.0)
    drive.baseline.observe_attention(replace(state, drowsiness=Drowsiness.ALERT))
    drive.look(120, 6.0, 4.0)
    assert drive.offset != (0.0, 0.0)


def test_eyes_are_not_learned_while_looking_down():
    drive = Drive()
    drive.look(5, 0.0, -30.0)
    # Nothing is known to be usual yet: the first looks may be the road, seen askew.
    assert drive.baseline.may_learn_eyes
    drive.look(60, 0.0, 3.0)
    drive.look(1, 0.0, -5.0)
    assert drive.baseline.may_learn_eyes
    drive.look(1, 0.0, -20.0)
    assert not drive.baseline.may_learn_eyes
    drive.look(1, 0.0, -20.0, source=GazeSource.HEAD, head_deg=(2.0, -30.0))
    assert not drive.baseline.may_learn_eyes
    drive.look(1, 0.0, 3.0)
    assert drive.baseline.may_learn_eyes


def test_another_driver_starts_afresh():
    drive = Drive()
    drive.look(120, 6.0, 4.0)
    assert drive.baseline.calibration(1.0).driver_number == 1
    drive.away(6)
    assert drive.baseline.nobody_seen.driver_number == 1
    assert drive.baseline.seen(drive.stamp, 2)
    assert drive.baseline.calibration(0.0).driver_number == 2
    assert drive.offset == (0.0, 0.0)


@pytest.mark.parametrize("how", [{"speed": 15.0}, {"blind": True}])
def test_the_same_driver_keeps_the_baseline(how):
    drive = Drive()
    drive.look(120, 6.0, 4.0)
    known = drive.offset
    drive.away(60, **how)
    assert not drive.baseline.seen(drive.stamp, 2)
    assert drive.offset == known


def test_a_jump_of_the_clock_starts_afresh():
    drive = Drive()
    drive.look(120, 6.0, 4.0)
    drive.baseline.reset()
    assert drive.offset == (0.0, 0.0)
    assert drive.baseline.seen(0, 1)
    assert drive.baseline.calibration(0.0).driver_number == 2


def test_a_snapshot_holds_what_is_known_and_starts_the_next_drive():
    drive = Drive()
    assert drive.baseline.snapshot().empty
    drive.look(40, 6.0, 4.0)
    assert drive.baseline.snapshot().empty
    drive.look(100, 6.0, 4.0)
    kept = drive.baseline.snapshot()
    assert degrees(*kept.road_ahead) == pytest.approx((6.0, 4.0), abs=0.2)
    assert degrees(*kept.head_rest) == pytest.approx((2.0, -5.0, 0.0), abs=0.2)
    assert kept.road_seconds > 60.0
    later = Drive()
    later.baseline.restore(kept)
    assert later.offset == pytest.approx((6.0 * 0.4, 5.0 * 0.4), abs=0.1)
    assert later.baseline.calibration(1.0).head == pytest.approx(0.5)
    # Whoever comes next starts from it too.
    later.look(5, 0.0, 0.0)
    later.away(10)
    later.look(0.1, 0.0, 0.0)
    assert later.baseline.calibration(1.0).driver_number == 2
    assert later.offset == pytest.approx((6.0 * 0.4, 5.0 * 0.4), abs=0.1)


@pytest.mark.parametrize(
    "bad",
    [
        {"road_ahead": (math.nan, 0.0)},
        {"head_rest": (0.0, 0.0, 2.0)},
        {"road_seconds": -1.0},
        {"head_seconds": math.inf},
    ],
)
def test_a_snapshot_of_nonsense_is_refused(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        BaselineSnapshot(**bad)
