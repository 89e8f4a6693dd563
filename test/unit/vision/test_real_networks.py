"""The prepared networks on the public-domain portrait of an astronaut. Skipped without models."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from observations import CABIN

from affect_perception.core.config import PipelineConfig
from affect_perception.core.enums import Availability
from affect_perception.core.types import CameraFrame, CameraIntrinsics
from affect_perception.core.vision.face_detector import FaceDetector
from affect_perception.core.vision.face_perception import FacePerception
from affect_perception.core.vision.picture import whole_picture

pytestmark = pytest.mark.unit

CAMERA = CameraIntrinsics.from_fov(512, 512, math.radians(50))
# Eye centres and nose tip read off the picture by hand, px.
EYES = {"right": (204, 101), "left": (247, 103)}
NOSE = (223, 131)


@pytest.fixture(scope="module")
def networks(face_models):
    from affect_perception.inference import load_face_networks

    return load_face_networks()


@pytest.fixture(scope="module")
def portrait():
    data = pytest.importorskip("skimage.data")
    return np.ascontiguousarray(data.astronaut())


def test_both_detectors_find_the_one_face(networks, portrait):
    for detector in (
        FaceDetector.short_range(networks.detector_short_range, 0.5),
        FaceDetector.full_range(networks.detector_full_range, 0.6),
    ):
        (face,) = detector.detect(portrait, whole_picture(portrait))
        assert face.centre == pytest.approx((225, 122), abs=12)
        assert face.keypoints[0] == pytest.approx(EYES["right"], abs=6)
        assert face.keypoints[1] == pytest.approx(EYES["left"], abs=6)


@pytest.mark.parametrize("grey", [False, True])
def test_the_whole_path_on_a_portrait(networks, portrait, grey):
    image = portrait.mean(axis=2).astype(np.uint8) if grey else portrait
    path = FacePerception(PipelineConfig(), CABIN, networks)
    seen = path.step(CameraFrame(0, image, "camera", CAMERA))
    assert seen.availability is Availability.AVAILABLE
    assert seen.landmarks[468, :2] == pytest.approx(EYES["right"], abs=3)
    assert seen.landmarks[473, :2] == pytest.approx(EYES["left"], abs=3)
    assert seen.landmarks[1, :2] == pytest.approx(NOSE, abs=4)
    assert seen.left_eye.openness > 0.6
    assert seen.right_eye.openness > 0.6
    # The head is slightly tilted, the eye on the image right lower: to the person's left shoulder.
    assert -0.2 < seen.head.roll < 0.05
    assert abs(seen.head.in_camera.rotation[0, 0]) < 0.4


def test_a_mirrored_portrait_mirrors_yaw_and_roll(networks, portrait):
    def angles(image):
        path = FacePerception(PipelineConfig(), CABIN, networks)
        return path.step(CameraFrame(0, image, "camera", CAMERA)).head

    one, two = angles(portrait), angles(np.ascontiguousarray(portrait[:, ::-1]))
    assert two.yaw == pytest.approx(-one.yaw, abs=math.radians(4))
    assert two.roll == pytest.approx(-one.roll, abs=math.radians(3))
    assert two.pitch == pytest.approx(one.pitch, abs=math.radians(3))


@pytest.mark.parametrize("height", [150, 100])
def test_small_faces_are_found(networks, portrait, height):
    """A face of 0.2 and 0.14 of the height of a 1280x720 picture."""
    scale = height / 93.0
    small = cv2.resize(portrait[30:250, 100:350], None, fx=scale, fy=scale)
    image = np.full((720, 1280, 3), 80, np.uint8)
    image[60 : 60 + small.shape[0], 520 : 520 + small.shape[1]] = small
    path = FacePerception(PipelineConfig(), CABIN, networks)
    assert path.step(CameraFrame(0, image, "camera", None)).landmarks is not None


def test_a_dark_portrait_gives_nearly_the_same_landmarks(networks, portrait):
    dark = (portrait * 0.15).astype(np.uint8)
    bright, dim = (
        FacePerception(PipelineConfig(), CABIN, networks).step(CameraFrame(0, image, "c", CAMERA))
        for image in (portrait, dark)
    )
    shift = np.linalg.norm(bright.landmarks[:, :2] - dim.landmarks[:, :2], axis=1).mean()
    assert shift < 1.0


def test_noise_is_no_face(networks):
    rng = np.random.default_rng(0)
    path = FacePerception(PipelineConfig(), CABIN, networks)
    for index in range(5):
        image = rng.integers(0, 256, (480, 640, 3), np.uint8)
        seen = path.step(CameraFrame(index * 100_000_000, image))
        assert seen.availability is Availability.UNAVAILABLE
