"""Gaze from irises on a posed mean face, the stand-in by the head, and the lid as a witness."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from face_fakes import CAMERA, FACING, head_points, head_rotation, project

from affect_perception.core.config import EyeConfig, GazeConfig, HeadPoseConfig
from affect_perception.core.enums import GazeSource
from affect_perception.core.types import EyeObservation, RigidTransform
from affect_perception.core.vision.eye_network import EyeReading
from affect_perception.core.vision.eye_reader import EyeLook
from affect_perception.core.vision.eye_turns import KAPPA, EyeTurn, combined
from affect_perception.core.vision.eyes import FaceRays, views_of
from affect_perception.core.vision.gaze import GazeEstimator
from affect_perception.core.vision.geometry import HeadFrame, unit_direction
from affect_perception.core.vision.head_pose import HeadPoseEstimator
from affect_perception.core.vision.lid_follow import LidFollow

pytestmark = pytest.mark.unit

MOUNT = RigidTransform(FACING.T, np.zeros(3))
PLACE = np.array([0.0, 0.0, 0.6])
OPEN = EyeObservation(True, "", 0.65, 1.0, 0.1, (300.0, 200.0), 6.0, 0.7)
PLAIN = GazeConfig(horizontal_gain=1.0, vertical_gain=1.0, vertical_zero_deg=0.0)


def scene_of(landmarks, pose):
    """What the gaze is read from: rays, head and how the eyes are seen."""
    rays, frame = FaceRays(landmarks, CAMERA), HeadFrame(pose.in_camera)
    return rays, pose, frame, views_of(rays, frame, CAMERA.fx)


def look(gaze, head=(0.0, 0.0), left=OPEN, right=OPEN, config=PLAIN, place=PLACE):
    landmarks = project(head_points(gaze=gaze), head_rotation(*head), np.asarray(place))
    pose = HeadPoseEstimator(HeadPoseConfig(depth_gain=1.0)).estimate(landmarks, CAMERA, MOUNT)
    scene = scene_of(landmarks, pose)
    return GazeEstimator(config, EyeConfig()).estimate(*scene, left, right, 0.0), pose


@pytest.mark.parametrize("yaw", [-30, -10, 0, 15, 30])
@pytest.mark.parametrize("pitch", [-15, 0, 15])
def test_the_eyes_turn_in_a_resting_head(yaw, pitch):
    found, _ = look((math.radians(yaw), math.radians(pitch)))
    assert found.source is GazeSource.EYES
    assert np.degrees([found.yaw, found.pitch]) == pytest.approx([yaw, pitch], abs=2.5)


@pytest.mark.parametrize(("yaw", "pitch"), [(25, 0), (-25, 10), (0, -15)])
def test_eyes_that_stay_on_a_target_while_the_head_turns(yaw, pitch):
    head = (math.radians(yaw), math.radians(pitch))
    found, pose = look((-head[0], -head[1]), head)
    assert np.degrees([found.yaw, found.pitch]) == pytest.approx([0.0, 0.0], abs=4.0)
    assert abs(pose.yaw - head[0]) < 0.06


def test_direction_and_angles_agree_and_the_vector_is_a_unit_vector():
    found, pose = look((0.3, -0.1))
    assert np.linalg.norm(found.direction) == pytest.approx(1.0)
    assert math.atan2(found.direction[1], found.direction[0]) == pytest.approx(found.yaw)
    assert math.asin(found.direction[2]) == pytest.approx(found.pitch)
    assert found.origin == pytest.approx(tuple(pose.in_cabin.translation))


def test_one_eye_serves_with_more_uncertainty():
    both, _ = look((0.2, 0.0))
    one, _ = look((0.2, 0.0), right=EyeObservation.unusable("glare"))
    assert one.source is GazeSource.EYES
    assert one.std[0] > both.std[0]
    # Each eye points outwards by kappa; with both it cancels, and alone it is taken off.
    assert one.yaw == pytest.approx(0.2 - KAPPA, abs=0.03)


@pytest.mark.parametrize(
    "eye",
    [EyeObservation.unusable("turned_away"), replace(OPEN, openness=0.1)],
    ids=["unusable", "closed"],
)
def test_the_head_stands_in_and_says_so(eye):
    found, pose = look((0.4, 0.0), (0.2, 0.1), left=eye, right=eye)
    assert found.source is GazeSource.HEAD
    assert (found.yaw, found.pitch) == pytest.approx((pose.yaw, pose.pitch))
    assert found.std[0] >= math.radians(GazeConfig().head_yaw_std_deg)


def test_an_iris_beyond_the_eyeball_is_not_believed():
    landmarks = project(head_points(), head_rotation(0.0, 0.0), PLACE)
    landmarks[[468, 473], 0] += 40.0
    pose = HeadPoseEstimator(HeadPoseConfig()).estimate(landmarks, CAMERA, MOUNT)
    found = GazeEstimator(PLAIN, EyeConfig()).estimate(*scene_of(landmarks, pose), OPEN, OPEN, 0.0)
    assert found.source is GazeSource.HEAD


def estimator_at(gaze=(0.2, 0.0)):
    """A gaze estimator and what it needs of one posed face."""
    landmarks = project(head_points(gaze=gaze), head_rotation(0.0, 0.0), PLACE)
    pose = HeadPoseEstimator(HeadPoseConfig(depth_gain=1.0)).estimate(landmarks, CAMERA, MOUNT)
    return GazeEstimator(PLAIN, EyeConfig()), scene_of(landmarks, pose)


@pytest.mark.parametrize("rate", [10, 30, 60])
def test_the_gaze_is_held_through_a_blink_and_not_for_ever(rate):
    estimator, scene = estimator_at()
    before = estimator.estimate(*scene, OPEN, OPEN, 0.0)
    shut = replace(OPEN, openness=0.05)
    steps = round(0.6 * rate)
    seen = [estimator.estimate(*scene, shut, shut, 1 / rate) for _ in range(steps)]
    held = [s for s in seen if s.source is GazeSource.EYES]
    assert all(s.yaw == pytest.approx(before.yaw) for s in held)
    assert len(held) / rate == pytest.approx(PLAIN.hold_time, abs=1.5 / rate)
    assert seen[-1].source is GazeSource.HEAD


def test_a_falling_lid_does_not_pull_the_gaze_down():
    estimator, scene = estimator_at()
    before = estimator.estimate(*scene, OPEN, OPEN, 0.0)
    _, looking_down = estimator_at((0.2, -0.3))
    falling = replace(OPEN, openness=0.4)
    assert estimator.estimate(*looking_down, falling, falling, 1 / 30).pitch == before.pitch


def test_lids_lowered_for_a_look_down_look_down():
    estimator, scene = estimator_at()
    lowered = EyeObservation.unusable("lowered")
    found = estimator.estimate(*scene, lowered, lowered, 1 / 30)
    assert found.source is GazeSource.EYES
    assert math.degrees(found.pitch) == pytest.approx(-25.0, abs=3.0)
    assert found.std[1] > math.radians(8.0)


def looks_at(yaw, pitch, std=0.02):
    """Both eyes as a network reads them that says this direction of a head facing the camera."""
    reading = EyeReading(0.0, 0.0, std, std, 0.65, 0.1, 0.01, 0.99)
    direction = head_rotation(0.0, 0.0) @ np.array(unit_direction(yaw, pitch))
    look = EyeLook(reading, tuple(float(v) for v in direction))
    return look, look


def test_the_network_and_the_irises_are_weighed_by_their_spread():
    estimator, scene = estimator_at((0.0, 0.0))
    sure = estimator.estimate(*scene, OPEN, OPEN, 0.0, looks_at(0.2, 0.0))
    estimator, scene = estimator_at((0.0, 0.0))
    unsure = estimator.estimate(*scene, OPEN, OPEN, 0.0, looks_at(0.2, 0.0, std=0.5))
    estimator, scene = estimator_at((0.0, 0.0))
    alone = estimator.estimate(*scene, OPEN, OPEN, 0.0)
    assert 0.08 < sure.yaw < 0.2
    assert abs(unsure.yaw) < 0.03
    assert sure.std[0] < alone.std[0]


def test_estimates_that_contradict_each_other_are_trusted_less():
    turns = [EyeTurn(0.0, 0.0, 1e-4, 1e-4), EyeTurn(0.3, 0.0, 1e-4, 1e-4)]
    both = combined(turns)
    assert both.yaw == pytest.approx(0.15)
    assert both.yaw_variance > 0.01
    assert both.pitch_variance == pytest.approx(5e-5)


def test_uncertainty_grows_with_distance():
    near, _ = look((0.0, 0.0), left=replace(OPEN, iris_radius_px=8.0))
    far, _ = look((0.0, 0.0), left=replace(OPEN, iris_radius_px=1.0), right=OPEN)
    assert far.std[0] > near.std[0]


def rested_lid(height: float = 0.004) -> LidFollow:
    lid = LidFollow()
    for _ in range(300):
        lid.turn(height, 1.0, 1 / 30)
    return lid


def test_the_lid_adds_nothing_before_its_place_is_known():
    assert LidFollow().turn(0.006, 1.0, 0.0) == 0.0


def test_a_lifted_lid_lifts_the_gaze_within_limits():
    assert rested_lid().turn(0.005, 1.0, 0.0) == pytest.approx(math.radians(3.0), abs=1e-3)
    assert rested_lid().turn(0.003, 1.0, 0.0) == pytest.approx(math.radians(-3.0), abs=1e-3)
    assert rested_lid().turn(0.1, 1.0, 0.0) == pytest.approx(math.radians(8.0))


def test_a_closing_lid_is_no_look_down():
    assert rested_lid().turn(0.0, 0.3, 1 / 30) == 0.0
