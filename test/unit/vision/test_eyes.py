"""Lids, mouth and the open-eye baseline on a posed mean face."""

from __future__ import annotations

import math

import numpy as np
import pytest
from face_fakes import CAMERA, FACING, head_points, head_rotation, project

from affect_perception.core.config import BaselineConfig, EyeConfig, HeadPoseConfig
from affect_perception.core.driver_baseline.open_eyes import OpenEyeBaseline
from affect_perception.core.types import RigidTransform
from affect_perception.core.vision.eye_appearance import LEFT, RIGHT
from affect_perception.core.vision.eye_network import EyeReading
from affect_perception.core.vision.eye_reader import NOT_LOOKED, EyeLook
from affect_perception.core.vision.eyes import (
    EyeEstimator,
    FaceRays,
    mouth_opening,
    view_of,
    views_of,
)
from affect_perception.core.vision.face_mesh import MeshResult
from affect_perception.core.vision.geometry import HeadFrame
from affect_perception.core.vision.head_pose import HeadPoseEstimator
from affect_perception.core.vision.picture import RotatedSquare

pytestmark = pytest.mark.unit

PLACE = np.array([0.0, 0.0, 0.6])
MOUNT = RigidTransform(FACING.T, np.zeros(3))
FOCAL = 600.0


def mesh_of(landmarks, crop_value=90, contrast=60):
    crop = np.full((192, 192, 3), crop_value, np.uint8)
    crop[::2, ::2] -= np.uint8(min(contrast, crop_value))
    square = RotatedSquare(320, 240, 300, 0.0)
    in_crop = (landmarks[:, :2] - [170, 90]) * 192 / 300
    box = (170.0, 90.0, 300.0, 300.0)
    return MeshResult(landmarks, 1.0, crop, in_crop.astype(np.float32), square, box)


def look(eye, yaw=0.0, pitch=0.0, lid_gap=0.65, place=PLACE, estimator=None, **appearance):
    landmarks = project(head_points(lid_gap), head_rotation(yaw, pitch), np.asarray(place))
    pose = HeadPoseEstimator(HeadPoseConfig(depth_gain=1.0)).estimate(landmarks, CAMERA, MOUNT)
    estimator = estimator or EyeEstimator(EyeConfig(), BaselineConfig())
    mesh, rays = mesh_of(landmarks, **appearance), FaceRays(landmarks, CAMERA)
    frame = HeadFrame(pose.in_camera)
    return estimator.observe(eye, mesh, view_of(eye, rays, frame, FOCAL), 1 / 30)


@pytest.mark.parametrize("eye", [RIGHT, LEFT])
@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (35, 0), (-35, 0), (0, 20), (0, -15), (20, 15)])
@pytest.mark.parametrize("gap", [0.0, 0.3, 0.65, 0.9])
def test_lid_gap_does_not_depend_on_the_pose(eye, yaw, pitch, gap):
    seen = look(eye, math.radians(yaw), math.radians(pitch), gap)
    assert seen.usable
    assert seen.lid_gap == pytest.approx(gap, abs=0.06)


def test_openness_is_relative_to_the_population_before_the_driver_is_known():
    seen = look(LEFT, lid_gap=BaselineConfig().open_gap)
    assert seen.openness == pytest.approx(1.0, abs=0.05)
    assert look(LEFT, lid_gap=0.0).openness == pytest.approx(0.0, abs=0.05)
    assert seen.openness_std > 0.2


def test_a_wide_eyed_driver_becomes_the_measure():
    estimator = EyeEstimator(EyeConfig(), BaselineConfig())
    first = look(LEFT, lid_gap=0.9, estimator=estimator)
    for _ in range(30 * 25):
        last = look(LEFT, lid_gap=0.9, estimator=estimator)
    assert first.openness > 1.3
    assert last.openness == pytest.approx(1.0, abs=0.06)
    assert last.openness_std < 0.5 * first.openness_std
    assert estimator.progress == 1.0
    estimator.reset()
    assert estimator.progress == 0.0


@pytest.mark.parametrize(
    ("eye", "arguments", "reason"),
    [
        (LEFT, {"yaw": math.radians(65)}, "turned_away"),
        (RIGHT, {"yaw": math.radians(-65)}, "turned_away"),
        (LEFT, {"place": (0.0, 0.0, 3.0)}, "too_small"),
        (LEFT, {"crop_value": 255, "contrast": 0}, "glare"),
        (LEFT, {"contrast": 5}, "covered"),
        (LEFT, {"pitch": math.radians(-40), "lid_gap": 0.1}, "seen_from_above"),
    ],
)
def test_an_eye_that_cannot_be_seen_is_unknown_and_not_closed(eye, arguments, reason):
    seen = look(eye, **arguments)
    assert not seen.usable
    assert seen.reason == reason
    assert math.isnan(seen.openness)
    assert math.isnan(seen.lid_gap)
    assert seen.quality == 0.0


def test_a_shut_eye_without_contrast_is_shut():
    assert look(LEFT, lid_gap=0.02, contrast=5).openness < 0.1


def test_the_near_eye_of_a_turned_head_stays_usable():
    assert look(LEFT, yaw=math.radians(58)).reason == "turned_away"
    assert look(RIGHT, yaw=math.radians(58)).usable


def pair(estimator, lid_gap, lid_line):
    landmarks = project(head_points(lid_gap, lid_line=lid_line), head_rotation(0.0, 0.0), PLACE)
    pose = HeadPoseEstimator(HeadPoseConfig(depth_gain=1.0)).estimate(landmarks, CAMERA, MOUNT)
    rays, frame = FaceRays(landmarks, CAMERA), HeadFrame(pose.in_camera)
    return estimator.observe_pair(mesh_of(landmarks), views_of(rays, frame, FOCAL), 1 / 30)


def test_lowered_lids_are_unknown_and_shut_lids_closed():
    """Shut lids meet near the eye corners; lids that follow a look down meet far below them."""
    estimator = EyeEstimator(EyeConfig(), BaselineConfig())
    for _ in range(150):
        pair(estimator, 0.65, 0.0)
    # The lower lid of the open eye now rests at 3.8 mm.
    shut = pair(estimator, 0.05, -0.001)
    assert all(eye.usable and eye.openness < 0.15 for eye in shut)
    lowered = pair(estimator, 0.05, -0.003)
    assert [eye.reason for eye in lowered] == ["lowered", "lowered"]
    assert all(eye.usable for eye in pair(estimator, 0.65, 0.0))


def test_shut_lids_seen_from_below_are_closed():
    seen = look(LEFT, pitch=math.radians(20), lid_gap=0.02)
    assert seen.usable
    assert seen.openness < 0.1


def test_quality_falls_with_distance_and_turn():
    near, far = look(LEFT), look(LEFT, place=(0.0, 0.0, 1.2))
    assert 0.0 < far.quality < near.quality <= 1.0
    assert look(RIGHT, yaw=0.6).quality < near.quality
    assert far.openness_std > near.openness_std


@pytest.mark.parametrize(("yaw", "pitch"), [(0.0, 0.0), (0.5, 0.0), (0.0, -0.3)])
def test_mouth_opening_over_its_width(yaw, pitch):
    for opening in (0.0, 0.01, 0.03):
        points = head_points(mouth=opening)
        landmarks = project(points, head_rotation(yaw, pitch), PLACE)
        pose = HeadPoseEstimator(HeadPoseConfig(depth_gain=1.0)).estimate(landmarks, CAMERA, MOUNT)
        found = mouth_opening(FaceRays(landmarks, CAMERA), HeadFrame(pose.in_camera))
        assert found == pytest.approx(opening / 0.05, abs=0.06)


def test_baseline_counts_time_and_not_pictures():
    slow, fast = OpenEyeBaseline(BaselineConfig()), OpenEyeBaseline(BaselineConfig())
    for _ in range(10 * 8):
        slow.learn(0.8, 1 / 10)
    for _ in range(120 * 8):
        fast.learn(0.8, 1 / 120)
    assert slow.open_gap == pytest.approx(fast.open_gap, abs=0.02)
    assert slow.progress == pytest.approx(fast.progress, abs=0.02)


def test_blinks_do_not_pull_the_baseline_down():
    baseline = OpenEyeBaseline(BaselineConfig())
    for step in range(30 * 60):
        baseline.learn(0.02 if step % 90 < 6 else 0.7, 1 / 30)
    assert baseline.open_gap == pytest.approx(0.7, abs=0.03)


def test_sleep_from_the_start_is_not_learned_as_open():
    config = BaselineConfig()
    baseline = OpenEyeBaseline(config)
    for _ in range(30 * 120):
        baseline.learn(0.05, 1 / 30)
    assert baseline.open_gap == config.min_open_gap


@pytest.mark.parametrize("value", [math.nan, -0.5, 99.0])
def test_odd_lid_gaps_leave_the_baseline_finite(value):
    baseline = OpenEyeBaseline(BaselineConfig())
    for elapsed in (0.0, 0.1, -1.0, 1e9):
        baseline.learn(value, elapsed)
    assert 0.3 < baseline.open_gap < 2.0


def looks(closed=0.01, usable=0.99, opening=0.65):
    reading = EyeReading(0.0, 0.0, 0.05, 0.05, opening, 0.05, closed, usable)
    return EyeLook(reading, (0.0, 0.0, -1.0)), EyeLook(reading, (0.0, 0.0, -1.0))


def look_at_pair(seen, elapsed=1 / 30, lid_gap=0.65, head_pitch=0.0, lid_line=0.0):
    estimator = EyeEstimator(EyeConfig(), BaselineConfig())
    landmarks = project(head_points(lid_gap, lid_line=lid_line), head_rotation(0.0, 0.0), PLACE)
    pose = HeadPoseEstimator(HeadPoseConfig(depth_gain=1.0)).estimate(landmarks, CAMERA, MOUNT)
    rays, frame = FaceRays(landmarks, CAMERA), HeadFrame(pose.in_camera)
    mesh = mesh_of(landmarks)
    views = views_of(rays, frame, FOCAL)
    return estimator.observe_pair(mesh, views, elapsed, seen, head_pitch)


def test_a_sure_look_closes_eyes_that_the_landmarks_leave_half_open():
    for eye in look_at_pair(looks(closed=0.98, opening=0.0), lid_gap=0.4):
        assert eye.usable
        assert eye.openness < EyeConfig().closed_below
        assert eye.closed_probability == pytest.approx(0.98)


def test_only_the_first_picture_of_a_face_is_content_with_a_less_sure_look():
    config = EyeConfig()
    between = looks(closed=0.5 * (config.sure_at_first + config.sure), opening=0.5)
    for eye in look_at_pair(between, elapsed=0.0, lid_gap=0.5):
        assert eye.openness < config.closed_below
    for eye in look_at_pair(between, lid_gap=0.5):
        assert eye.openness > config.closed_below


def test_a_look_that_sees_open_eyes_leaves_them_open():
    for eye in look_at_pair(looks()):
        assert eye.openness > 0.9


def test_an_eye_that_the_network_cannot_read_is_covered_and_not_closed():
    for eye in look_at_pair(looks(closed=0.99, usable=0.05)):
        assert not eye.usable
        assert eye.reason == "covered"


def test_without_a_network_nothing_is_said_of_the_look():
    for eye in look_at_pair(NOT_LOOKED):
        assert eye.usable
        assert math.isnan(eye.closed_probability)


def test_of_a_bowed_strangers_first_picture_the_look_alone_decides():
    bowed = {"lid_gap": 0.05, "lid_line": -0.003, "head_pitch": math.radians(-28.0)}
    sure = looks(closed=0.98, opening=0.0)
    assert all(eye.usable for eye in look_at_pair(sure, elapsed=0.0, **bowed))
    assert [eye.reason for eye in look_at_pair(sure, **bowed)] == ["lowered", "lowered"]


@pytest.mark.parametrize(("shift", "reason"), [(0, "glare"), (30, "")])
def test_a_lamp_mirrored_between_the_lids_is_glare_and_beside_them_is_not(shift, reason):
    landmarks = project(head_points(), head_rotation(0.0, 0.0), PLACE)
    pose = HeadPoseEstimator(HeadPoseConfig(depth_gain=1.0)).estimate(landmarks, CAMERA, MOUNT)
    mesh = mesh_of(landmarks)
    x, y = (int(v) for v in mesh.in_crop[473])
    mesh.crop[y + shift - 1 : y + shift + 2, x - 1 : x + 2] = 255
    rays, frame = FaceRays(landmarks, CAMERA), HeadFrame(pose.in_camera)
    estimator = EyeEstimator(EyeConfig(), BaselineConfig())
    seen = estimator.observe(LEFT, mesh, view_of(LEFT, rays, frame, FOCAL), 1 / 30)
    assert seen.reason == reason
