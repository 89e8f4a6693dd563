"""Real faces in short clips: found, followed, lost, turned, blinking. The full table is the
evaluation's (`affect-perception evaluate videos`)."""

from __future__ import annotations

import dataclasses
import math
import pathlib
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from observations import CABIN as SMALL_CABIN

from affect_perception.core.config import PipelineConfig
from affect_perception.core.enums import Availability, Reason
from affect_perception.core.types import CameraFrame, FaceObservation
from affect_perception.core.vision.face_perception import FacePerception
from affect_perception.evaluation.tools import FACING_CAMERA

pytestmark = pytest.mark.data

# Nobody knows how the cameras of the clips stood; the people look into them.
CABIN = dataclasses.replace(SMALL_CABIN, camera=FACING_CAMERA)


@pytest.fixture(scope="module")
def networks(face_models):
    from affect_perception.inference import load_face_networks

    return load_face_networks()


@pytest.fixture(scope="module")
def clips(data_root) -> pathlib.Path:
    folder = data_root / "vision" / "videos"
    if not folder.is_dir():
        pytest.skip(f"no clips under {folder}")
    return folder


def frames(path: pathlib.Path, start: float, end: float) -> Iterator[CameraFrame]:
    video = cv2.VideoCapture(str(path))
    rate = video.get(cv2.CAP_PROP_FPS)
    index = 0
    while True:
        ok, picture = video.read()
        if not ok or index / rate >= end:
            return
        if index / rate >= start:
            image = np.ascontiguousarray(picture[:, :, ::-1])
            yield CameraFrame(round(index / rate * 1e9), image)
        index += 1


def watch(networks, path, start=0.0, end=1e9) -> list[tuple[float, FaceObservation]]:
    perception = FacePerception(PipelineConfig(), CABIN, networks)
    return [(f.stamp_ns * 1e-9, perception.step(f)) for f in frames(path, start, end)]


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("yawdd_01_man_glasses_yawn", 4.0),
        ("yawdd_04_woman_talking", 4.0),
        ("lp_d0_man_expressions", 3.0),
        ("lp_d13_man_glasses_office", 3.0),
        ("clm_franck_talking_face_120s", 4.0),
    ],
)
def test_the_face_is_followed(networks, clips, name, end):
    seen = watch(networks, clips / f"{name}.mp4", end=end)
    followed = [s for _, s in seen if s.availability is not Availability.UNAVAILABLE]
    assert len(followed) >= 0.99 * len(seen)
    assert {s.track_id for s in followed} == {1}


def test_a_face_that_leaves_is_gone_within_a_third_of_a_second(networks, clips):
    seen = watch(networks, clips / "pyfeat_man_face_then_none.mp4")
    after = [s for time, s in seen if time > 2.5 + 0.3]
    assert after
    assert all(s.availability is Availability.UNAVAILABLE for s in after)
    late = [s for time, s in seen if time > 2.3]
    assert not any(Reason.EYES_CLOSED in s.reasons for s in late)


def test_a_look_to_the_image_left_is_a_yaw_to_the_persons_right(networks, clips):
    seen = watch(networks, clips / "yawdd_03_man_yawn_lookaway.mp4", 8.6, 11.0)
    before = np.median([s.head.yaw for time, s in seen if time < 9.1])
    away = np.median([s.head.yaw for time, s in seen if 9.7 < time < 10.7])
    assert away < before - math.radians(25)


def test_a_long_closure_with_blinks_before_and_open_eyes_after(networks, clips):
    seen = watch(networks, clips / "lp_d14_woman_gaze_blinks.mp4", end=8.6)
    openness = {t: max(s.left_eye.openness, s.right_eye.openness) for t, s in seen}
    closed = np.array([o for t, o in openness.items() if 4.95 < t < 6.8])
    closed = closed[np.isfinite(closed)]
    opened = np.array([o for t, o in openness.items() if 7.3 < t < 8.5])
    assert len(closed) > 45
    blink = min(o for t, o in openness.items() if 2.1 < t < 2.35)
    assert np.median(closed) < 0.2
    assert np.median(opened) > 0.8
    assert blink < 0.3


def test_eye_only_gaze_moves_the_gaze_and_not_the_head(networks, clips):
    seen = watch(networks, clips / "lp_d14_woman_gaze_blinks.mp4", end=3.6)

    def median(start, end):
        part = [s for t, s in seen if start < t < end]
        return np.degrees(
            [np.median([s.gaze.yaw for s in part]), np.median([s.head.yaw for s in part])]
        )

    right, left = median(2.78, 3.0), median(3.22, 3.48)
    assert right[0] > left[0] + 20
    assert abs(right[1] - left[1]) < 8
