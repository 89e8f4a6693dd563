"""Signs and projections of the synthetic driver's camera and head."""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.core.types import CameraIntrinsics
from affect_perception.sim.geometry import (
    Camera,
    direction,
    direction_angles,
    head_rotation,
    look_at,
    minimum_jerk,
)

pytestmark = pytest.mark.unit

CAMERA = Camera(
    CameraIntrinsics(640, 480, 600.0, 600.0, 319.5, 239.5),
    look_at(np.array([0.65, 0.0, 0.0]), np.zeros(3)),
)
NOSE = np.array([[0.1, 0.0, 0.0]])


def nose(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    angles = (math.radians(a) for a in (yaw, pitch, roll))
    return CAMERA.project(NOSE @ head_rotation(*angles).T)[0][0]


def test_the_person_s_left_is_right_in_the_picture() -> None:
    pixels, depth = CAMERA.project(np.array([[0.0, 0.1, 0.0], [0.0, 0.0, 0.1], [0.0, 0.0, 0.0]]))
    assert pixels[0][0] > 320.0
    assert pixels[1][1] < 240.0
    assert pixels[2] == pytest.approx([319.5, 239.5])
    assert depth[2] == pytest.approx(0.65)


def test_positive_yaw_turns_to_the_left_and_positive_pitch_up() -> None:
    assert nose(yaw=20.0)[0] > 350.0
    assert nose(pitch=20.0)[1] < 210.0


def test_positive_roll_tilts_to_the_right_shoulder() -> None:
    left_ear = np.array([[0.0, 0.07, 0.0]]) @ head_rotation(0.0, 0.0, math.radians(20.0)).T
    assert left_ear[0, 2] > 0.02


@pytest.mark.parametrize(("yaw", "pitch"), [(0.5, 0.3), (-1.0, -0.4), (0.0, 0.0)])
def test_angles_and_directions_are_inverse(yaw: float, pitch: float) -> None:
    assert direction_angles(direction(yaw, pitch)) == pytest.approx((yaw, pitch))
    forward = head_rotation(yaw, pitch, 0.7)[:, 0]
    assert direction_angles(forward) == pytest.approx((yaw, pitch))


def test_camera_roll_turns_the_picture_the_other_way() -> None:
    rolled = Camera(CAMERA.intrinsics, look_at(np.array([0.65, 0, 0]), np.zeros(3), 0.3))
    up = rolled.project(np.array([[0.0, 0.0, 0.1]]))[0][0]
    assert up[0] < 319.5
    assert rolled.position == pytest.approx([0.65, 0.0, 0.0])


def test_rotations_are_proper() -> None:
    for rotation in (head_rotation(0.4, -0.2, 0.1), CAMERA.optical_from_cabin.rotation):
        assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-12)
        assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_minimum_jerk_is_symmetric_and_stays_within() -> None:
    assert minimum_jerk(-1.0) == 0.0
    assert minimum_jerk(2.0) == 1.0
    assert minimum_jerk(0.3) + minimum_jerk(0.7) == pytest.approx(1.0)
