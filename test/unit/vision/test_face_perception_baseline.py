"""How the driver's baseline shows in the face observations, on drawn squares.

Covers the wiring in FacePerception: progress, driver number, corrected gaze, drowsiness. What the
baseline learns from what is tested in test/unit/driver_baseline.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import math

import numpy as np
import pytest
from face_fakes import CAMERA, NS, STILL, square_networks, squares
from observations import CABIN, observe

from affect_perception.core.config import BaselineConfig, PipelineConfig
from affect_perception.core.driver_baseline.snapshot import BaselineSnapshot
from affect_perception.core.enums import Availability, Drowsiness, Reason
from affect_perception.core.types import AttentionState, CameraFrame, VehicleState
from affect_perception.core.vision.face_perception import FacePerception

pytestmark = pytest.mark.unit

DRIVER = squares((320, 240, 130))
# A seat has a texture; a flat picture is a covered lens, which says nothing about the seat.
EMPTY = np.random.default_rng(0).integers(20, 110, (480, 640, 3), np.uint8)
FLAT = squares()
QUICK = BaselineConfig(eyes_time=2.0, ahead_time=5.0, ahead_start=1.0, ahead_limit_deg=40.0)


class Seat:
    """Pictures at 10 per second, of a driver or of an empty seat."""

    def __init__(self, config: BaselineConfig = QUICK) -> None:
        config_of_all = dataclasses.replace(PipelineConfig(), baseline=config, image_quality=STILL)
        self.path = FacePerception(config_of_all, CABIN, square_networks())
        self.index = 0

    def show(self, seconds: float, image=DRIVER, speed: float | None = None):
        for _ in range(round(seconds * 10)):
            self.index += 1
            stamp = self.index * NS // 10
            if speed is not None:
                self.path.observe_vehicle(VehicleState(stamp, speed))
            seen = self.path.step(CameraFrame(stamp, image, "camera", CAMERA))
        return seen


@functools.cache
def _known() -> Seat:
    seat = Seat()
    seat.show(10.0)
    return seat


def known_seat() -> Seat:
    """A seat whose driver has been seen for 10 s."""
    return copy.deepcopy(_known())


def test_progress_rises_and_the_gaze_is_corrected_by_what_was_learned():
    seat = Seat()
    first = seat.show(0.2)
    assert first.calibration.driver_number == 1
    assert first.calibration.gaze_offset == (0.0, 0.0)
    half = seat.show(3.0)
    assert 0.0 < half.calibration.gaze < 1.0
    assert half.calibration.eyes == 1.0
    last = seat.show(15.0)
    assert last.calibration.progress == 1.0
    away = (first.gaze.yaw, first.gaze.pitch - math.radians(-1.0))
    assert last.calibration.gaze_offset == pytest.approx(away, abs=0.02)
    # The square looks at one place: that place is the road now.
    assert last.gaze.yaw == pytest.approx(0.0, abs=0.01)
    assert last.gaze.pitch == pytest.approx(math.radians(-1.0), abs=0.01)
    assert last.head.yaw == pytest.approx(first.head.yaw, abs=0.01)
    rest = last.calibration.head_rest
    assert rest == pytest.approx((last.head.yaw, last.head.pitch, last.head.roll), abs=0.02)


def test_a_standing_vehicle_teaches_eyes_only():
    seen = Seat().show(10.0, speed=0.0)
    assert seen.calibration.eyes == 1.0
    assert seen.calibration.gaze == seen.calibration.head == 0.0
    assert seen.calibration.gaze_offset == (0.0, 0.0)


@pytest.mark.parametrize(("speed", "number"), [(None, 2), (0.0, 2), (15.0, 1)])
def test_an_empty_seat_means_another_driver_unless_the_vehicle_moves(speed, number):
    seat = Seat()
    seat.show(10.0, speed=speed)
    empty = seat.show(8.0, EMPTY, speed=speed)
    assert empty.calibration.driver_number == 1
    assert math.isnan(empty.calibration.progress)
    back = seat.show(0.3, speed=speed)
    assert back.calibration.driver_number == number
    assert (back.calibration.eyes == 1.0) is (number == 1)


def test_a_covered_lens_is_no_empty_seat():
    seat = known_seat()
    assert Reason.CAMERA_COVERED in seat.show(8.0, FLAT).reasons
    assert seat.show(0.3).calibration.driver_number == 1


def test_a_short_absence_changes_nothing():
    seat = known_seat()
    known = seat.show(0.1).calibration
    seat.show(0.8, EMPTY)
    again = seat.show(0.3).calibration
    assert again.driver_number == 1
    assert again.eyes == 1.0
    assert again.gaze_offset == pytest.approx(known.gaze_offset, abs=0.01)


def test_a_drowsy_driver_teaches_no_open_eyes():
    seat = Seat()
    state = AttentionState(0, Availability.AVAILABLE, (), observe(0.0), "profile")
    seat.show(0.5)
    seat.path.observe_attention(dataclasses.replace(state, drowsiness=Drowsiness.DROWSY))
    before = seat.show(0.1).calibration.eyes
    assert seat.show(5.0).calibration.eyes == before < 1.0


def test_a_reset_starts_afresh():
    seat = known_seat()
    seat.path.reset()
    seen = seat.show(0.2)
    assert seen.calibration.driver_number == 2
    assert seen.calibration.eyes < 0.2
    assert seen.calibration.gaze_offset == (0.0, 0.0)


def test_a_snapshot_goes_from_one_drive_to_the_next():
    seat = known_seat()
    kept = seat.path.snapshot()
    assert kept.road_ahead is not None
    later = Seat()
    later.path.restore(kept)
    seen = later.show(0.1)
    assert seen.calibration.gaze == 1.0
    assert seen.gaze.yaw == pytest.approx(0.0, abs=0.01)
    assert Seat().path.snapshot() == BaselineSnapshot()
