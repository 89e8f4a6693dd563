"""Head pose from landmarks of a posed mean face. Real faces: docs/vision.md and the evaluation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from face_fakes import CAMERA, FACING, head_points, head_rotation, project

from affect_perception.core.config import HeadPoseConfig
from affect_perception.core.errors import InputError
from affect_perception.core.types import CameraIntrinsics, RigidTransform
from affect_perception.core.vision.geometry import (
    check_distortion,
    rotation_from_vector,
    rotation_to_ray,
    rotation_vector,
)
from affect_perception.core.vision.head_pose import HeadPoseEstimator, turned_angle

pytestmark = pytest.mark.unit

# A camera that looks straight back at the driver: yaw and pitch of the cabin are those it sees.
FACING_CAMERA = RigidTransform(FACING.T, np.zeros(3))
PLACE = np.array([0.02, 0.01, 0.7])
EXACT = HeadPoseConfig(depth_gain=1.0)


def estimate(landmarks, camera=CAMERA, mount=FACING_CAMERA, config=EXACT):
    return HeadPoseEstimator(config).estimate(landmarks, camera, mount)


@pytest.mark.parametrize("yaw", [-60, -30, 0, 30, 60])
@pytest.mark.parametrize("pitch", [-30, 0, 30])
@pytest.mark.parametrize("roll", [-20, 0, 20])
def test_a_posed_face_is_recovered(yaw, pitch, roll):
    angles = np.radians([yaw, pitch, roll])
    pose = estimate(project(head_points(), head_rotation(*angles), PLACE))
    found = np.degrees([pose.yaw, pose.pitch, pose.roll])
    # What is left is the perspective within the face, which the fit leaves out.
    assert found == pytest.approx([yaw, pitch, roll], abs=3.0)
    assert pose.in_camera.translation == pytest.approx(PLACE, abs=0.03)


def test_signs():
    left = estimate(project(head_points(), head_rotation(0.4, 0.0), PLACE))
    assert left.yaw > 0.3
    # To the person's own left is to the right of a picture that is not mirrored.
    nose, eyes = head_points()[[19]], head_points()[[33, 263]]
    assert (
        project(nose, head_rotation(0.4, 0.0), PLACE)[0, 0]
        > project(eyes, head_rotation(0.4, 0.0), PLACE)[:, 0].mean()
    )
    assert estimate(project(head_points(), head_rotation(0.0, 0.3), PLACE)).pitch > 0.2
    assert estimate(project(head_points(), head_rotation(0.0, 0.0, 0.3), PLACE)).roll > 0.2


def test_a_face_off_the_axis_that_looks_straight_ahead_has_no_yaw():
    place = np.array([0.3, -0.1, 0.8])
    pose = estimate(project(head_points(), head_rotation(0.0, 0.0), place))
    assert np.degrees([pose.yaw, pose.pitch]) == pytest.approx([0.0, 0.0], abs=1.5)
    assert pose.in_camera.translation == pytest.approx(place, abs=0.03)


def test_the_cabin_pose_follows_the_mount_of_the_camera():
    landmarks = project(head_points(), head_rotation(0.0, 0.0), PLACE)
    turn = rotation_from_vector((0.0, 0.0, 0.5))
    mount = RigidTransform(turn @ FACING.T, np.array([0.6, 0.1, -0.2]))
    pose = estimate(landmarks, mount=mount)
    assert pose.yaw == pytest.approx(0.5, abs=0.03)
    expected = mount.apply(pose.in_camera.translation)
    assert pose.in_cabin.translation == pytest.approx(expected)
    rotation = pose.in_cabin.rotation
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_a_hand_over_the_cheek_hardly_moves_the_pose():
    landmarks = project(head_points(), head_rotation(0.2, -0.1), PLACE)
    covered = landmarks.copy()
    low_left = (landmarks[:, 0] > np.percentile(landmarks[:, 0], 75)) & (
        landmarks[:, 1] > np.percentile(landmarks[:, 1], 50)
    )
    covered[low_left, :2] += [25.0, 15.0]
    clean, odd = estimate(landmarks), estimate(covered)
    assert abs(clean.yaw - odd.yaw) < math.radians(4)
    assert abs(clean.pitch - odd.pitch) < math.radians(4)
    assert odd.reprojection_error > 2 * clean.reprojection_error
    assert odd.std[0] > clean.std[0]


def test_uncertainty_grows_as_the_face_turns_away():
    frontal = estimate(project(head_points(), head_rotation(0.0, 0.0), PLACE))
    turned = estimate(project(head_points(), head_rotation(1.0, 0.0), PLACE))
    assert turned.std[0] > frontal.std[0]
    assert turned_angle(turned.in_camera) > turned_angle(frontal.in_camera) + 0.8


def test_distortion_is_undone():
    landmarks = project(head_points(), head_rotation(0.3, 0.1), np.array([0.15, 0.1, 0.6]))
    straight = estimate(landmarks)
    bent = CameraIntrinsics(640, 480, 600.0, 600.0, 319.5, 239.5, (-0.3, 0.1, 0.001, 0.0, 0.0))
    rays = (landmarks[:, :2] - [319.5, 239.5]) / 600.0
    square = (rays**2).sum(axis=1, keepdims=True)
    moved = rays * (1 - 0.3 * square + 0.1 * square**2)
    moved[:, 0] += 2 * 0.001 * rays[:, 0] * rays[:, 1]
    moved[:, 1] += 0.001 * (square[:, 0] + 2 * rays[:, 1] ** 2)
    distorted = landmarks.copy()
    distorted[:, :2] = moved * 600.0 + [319.5, 239.5]
    pose = estimate(distorted, bent)
    assert (pose.yaw, pose.pitch) == pytest.approx((straight.yaw, straight.pitch), abs=0.01)


def test_an_unknown_distortion_is_refused_by_name():
    camera = CameraIntrinsics(640, 480, 600.0, 600.0, 320.0, 240.0, (0.0,) * 8)
    with pytest.raises(InputError, match="8 coefficients; only plumb_bob"):
        check_distortion(camera)


@pytest.mark.parametrize("value", [0.0, math.nan, math.inf])
def test_landmarks_that_are_no_face_give_no_pose(value):
    assert estimate(np.full((478, 3), value, np.float32)) is None


def test_smoothing_steadies_a_resting_head_and_follows_a_turn():
    rng = np.random.default_rng(0)
    smooth = HeadPoseEstimator(EXACT)
    resting, raw = [], []
    landmarks = project(head_points(), head_rotation(0.0, 0.0), PLACE)
    for _ in range(90):
        noisy = landmarks + rng.normal(0.0, 0.6, landmarks.shape).astype(np.float32)
        resting.append(smooth.estimate(noisy, CAMERA, FACING_CAMERA, 1 / 30).yaw)
        raw.append(estimate(noisy).yaw)
    assert np.std(resting[30:]) < 0.6 * np.std(raw[30:])
    for step in range(12):
        turned = project(head_points(), head_rotation(0.05 * step, 0.0), PLACE)
        pose = smooth.estimate(turned, CAMERA, FACING_CAMERA, 1 / 30)
    assert pose.yaw == pytest.approx(0.55, abs=0.08)


@pytest.mark.parametrize("vector", [(0.0, 0.0, 0.0), (0.5, -0.2, 1.0), (0.0, 2.0, 0.0)])
def test_rotation_vectors_go_there_and_back(vector):
    assert rotation_vector(rotation_from_vector(vector)) == pytest.approx(vector, abs=1e-9)


def test_rotation_to_ray_points_along_the_ray():
    rotation = rotation_to_ray(0.3, -0.4)
    ray = np.array([0.3, -0.4, 1.0])
    assert rotation[:, 2] == pytest.approx(ray / np.linalg.norm(ray))
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-12)
