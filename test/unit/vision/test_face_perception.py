"""The whole face path on drawn squares: availability, reasons, stamps, and what stays unknown."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from face_fakes import CAMERA, NS, STILL, square_networks, squares
from observations import CABIN

from affect_perception.core.config import PipelineConfig
from affect_perception.core.enums import Availability, GazeSource, Reason
from affect_perception.core.errors import InputError
from affect_perception.core.types import ZONE_UNKNOWN, CameraFrame, CameraIntrinsics
from affect_perception.core.vision.face_perception import FacePerception

pytestmark = pytest.mark.unit

DRIVER = squares((320, 240, 130))
EMPTY = squares()
STEP = NS // 30


def perception(**changes):
    return FacePerception(
        dataclasses.replace(PipelineConfig(), **changes), CABIN, square_networks()
    )


def frame(stamp_ns, image=DRIVER, intrinsics=CAMERA):
    return CameraFrame(stamp_ns, image, "camera", intrinsics)


def test_a_face_is_fully_seen():
    path = perception()
    for index in range(5):
        seen = path.step(frame(index * STEP))
    assert seen.availability is Availability.AVAILABLE
    assert seen.reasons == ()
    assert seen.track_id == 1
    assert seen.landmarks.shape == (478, 3)
    assert seen.box[0] < 320 < seen.box[0] + seen.box[2]
    assert seen.gaze.source is GazeSource.EYES
    assert seen.left_eye.usable
    assert seen.right_eye.usable
    assert math.isfinite(seen.mouth_opening)
    assert seen.zone.name in {*(zone.name for zone in CABIN.zones), "elsewhere"}
    assert 0.0 <= seen.calibration.progress <= 1.0
    assert seen.frame_id == "camera"
    assert seen.image_size == (640, 480)


def test_without_a_face_nothing_is_claimed():
    seen = perception().step(frame(0, EMPTY))
    assert seen.availability is Availability.UNAVAILABLE
    assert Reason.NO_FACE in seen.reasons
    assert seen.landmarks is None
    assert seen.head is None
    assert seen.gaze is None
    assert seen.zone is ZONE_UNKNOWN
    assert not seen.left_eye.usable
    assert math.isnan(seen.left_eye.openness)
    assert math.isnan(seen.presence)
    assert math.isnan(seen.mouth_opening)
    assert seen.track_id == 0


def test_a_face_that_leaves_is_gone_at_once_and_never_closed():
    path = perception()
    for index in range(30):
        path.step(frame(index * STEP))
    for index in range(30, 60):
        seen = path.step(frame(index * STEP, EMPTY))
        assert seen.availability is Availability.UNAVAILABLE
        assert Reason.EYES_CLOSED not in seen.reasons


def test_without_camera_info_the_assumption_is_named():
    seen = perception().step(frame(0, intrinsics=None))
    assert seen.availability is Availability.DEGRADED
    assert seen.reasons == (Reason.INTRINSICS_ASSUMED,)


def test_calibration_of_another_picture_size_is_scaled():
    full = CameraIntrinsics(1280, 960, 1200.0, 1200.0, 639.5, 479.5)
    one = perception().step(frame(0))
    two = perception().step(frame(0, intrinsics=full))
    assert two.head.yaw == pytest.approx(one.head.yaw, abs=0.01)


def test_closed_eyes_are_seen_as_closed_and_give_no_gaze():
    path = perception()
    path._tracker._mesh._network.lid_gap = 0.0
    seen = path.step(frame(0))
    assert seen.left_eye.usable
    assert seen.left_eye.openness < 0.1
    assert seen.gaze.source is GazeSource.HEAD
    assert {Reason.GAZE_FROM_HEAD, Reason.EYES_CLOSED} <= set(seen.reasons)


@pytest.mark.parametrize("hours", [1, -1])
def test_after_a_reset_another_clock_is_no_fault_and_track_numbers_rise(hours):
    path = perception()
    start = 7200 * NS
    for index in range(10):
        path.step(frame(start + index * STEP))
    path.reset()
    seen = path.step(frame(start + hours * 3600 * NS))
    assert seen.reasons == ()
    assert seen.track_id == 2
    assert path.step(frame(start + hours * 3600 * NS + STEP)).reasons == ()


def test_an_equal_stamp_is_no_fault():
    path = perception()
    path.step(frame(0))
    assert path.step(frame(0)).reasons == ()


@pytest.mark.parametrize("rate", [1, 120])
def test_slow_and_fast_cameras(rate):
    path = perception(image_quality=STILL)
    seen = [path.step(frame(index * NS // rate)) for index in range(2 * rate + 1)]
    assert all(s.availability is Availability.AVAILABLE for s in seen)
    assert {s.track_id for s in seen} == {1}


def test_an_unknown_distortion_is_refused():
    camera = dataclasses.replace(CAMERA, distortion=(0.1,) * 8)
    with pytest.raises(InputError, match="plumb_bob"):
        perception().step(frame(0, intrinsics=camera))


def test_a_face_at_the_edge_and_a_small_one_are_named():
    tracking = dataclasses.replace(PipelineConfig().face_tracking, small_face=150.0)
    assert Reason.FACE_SMALL in perception(face_tracking=tracking).step(frame(0)).reasons
    edge = perception().step(frame(0, squares((320, -10, 130))))
    assert Reason.FACE_AT_EDGE in edge.reasons


def test_a_covered_camera_is_named_beside_the_missing_face():
    seen = perception().step(frame(0, np.zeros((480, 640), np.uint8)))
    assert {Reason.CAMERA_COVERED, Reason.NO_FACE} <= set(seen.reasons)


def test_grey_pictures_give_the_same_as_colour():
    colour = perception().step(frame(0))
    grey = perception().step(frame(0, squares((320, 240, 130), grey=True)))
    assert grey.landmarks == pytest.approx(colour.landmarks, abs=0.5)


def test_three_faces_give_one_driver():
    image = squares((140, 240, 90), (320, 240, 110), (500, 240, 90))
    seen = perception().step(frame(0, image))
    assert seen.faces == 3
    assert seen.box[0] + seen.box[2] / 2 == pytest.approx(320, abs=12)


def test_two_runs_are_equal():
    def run():
        path = perception()
        return [path.step(frame(i * STEP, DRIVER if i % 20 < 15 else EMPTY)) for i in range(60)]

    for one, two in zip(run(), run(), strict=True):
        assert one.reasons == two.reasons
        assert (one.head is None) == (two.head is None)
        if one.head is not None:
            assert one.head.yaw == two.head.yaw
            assert np.array_equal(one.landmarks, two.landmarks)
            assert one.gaze == two.gaze


def test_after_reset_the_driver_is_new():
    path = perception()
    path.step(frame(0))
    path.reset()
    assert path.step(frame(STEP)).track_id == 2
