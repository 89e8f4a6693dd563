"""Whatever comes in, the vision gives finite values or says that it does not know.

Pictures are noise and drawn squares, networks are fakes; the values of real faces are tested
elsewhere.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from face_fakes import (
    CAMERA,
    FACING,
    NS,
    head_points,
    head_rotation,
    project,
    square_networks,
    squares,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from observations import CABIN

from affect_perception.core.config import BaselineConfig, HeadPoseConfig, PipelineConfig
from affect_perception.core.driver_baseline.open_eyes import OpenEyeBaseline
from affect_perception.core.enums import Availability, GazeSource, Reason
from affect_perception.core.filters import OneEuroFilter
from affect_perception.core.types import CameraFrame, FaceObservation, RigidTransform
from affect_perception.core.vision.face_perception import FacePerception
from affect_perception.core.vision.head_pose import HeadPoseEstimator

pytestmark = pytest.mark.property

MOUNT = RigidTransform(FACING.T, np.zeros(3))
finite = st.floats(-1e6, 1e6)


def check(seen: FaceObservation) -> None:
    """The promises of FaceObservation."""
    assert (seen.availability is Availability.AVAILABLE) == (not seen.reasons)
    assert len(set(seen.reasons)) == len(seen.reasons)
    if seen.availability is Availability.UNAVAILABLE:
        assert Reason.NO_FACE in seen.reasons
        assert Reason.EYES_CLOSED not in seen.reasons
        assert seen.head is None
        assert seen.gaze is None
        assert math.isnan(seen.left_eye.openness)
        return
    assert seen.track_id > 0
    assert np.isfinite(seen.landmarks).all()
    assert np.isfinite(seen.box).all()
    for eye in (seen.left_eye, seen.right_eye):
        assert eye.usable == (not eye.reason)
        assert eye.usable == math.isfinite(eye.openness)
        assert 0.0 <= eye.quality <= 1.0
    if seen.head is not None:
        rotation = seen.head.in_cabin.rotation
        assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-6)
        assert all(0.0 < std < math.inf for std in seen.head.std)
        assert abs(np.linalg.norm(seen.gaze.direction) - 1.0) < 1e-6
        assert all(0.0 < std < math.inf for std in seen.gaze.std)
        assert (Reason.GAZE_FROM_HEAD in seen.reasons) == (seen.gaze.source is GazeSource.HEAD)


@settings(max_examples=20, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(
                [1, NS // 120, NS // 30, NS, 20 * NS, 3600 * NS, 0, -NS // 10, -7200 * NS]
            ),
            st.tuples(st.floats(-50, 700), st.floats(-50, 530), st.floats(5, 600)),
            st.booleans(),
            st.booleans(),
        ),
        min_size=1,
        max_size=12,
    )
)
@example(steps=[(NS, (0.0, 0.0, 79.0), True, False), (-7200 * NS, (0.0, 0.0, 98.0), True, False)])
def test_any_stamps_and_any_squares(steps):
    path = FacePerception(PipelineConfig(), CABIN, square_networks())
    stamp = 10_000 * NS
    for step, square, present, grey in steps:
        stamp = max(0, stamp + step)
        image = squares(*([square] if present else []), grey=grey)
        seen = path.step(CameraFrame(stamp, image, "camera", CAMERA))
        assert seen.stamp_ns == stamp
        check(seen)


@settings(max_examples=15, deadline=None)
@given(
    width=st.integers(1, 90), height=st.integers(1, 90), seed=st.integers(0, 99), grey=st.booleans()
)
def test_any_picture_size(width, height, seed, grey):
    shape = (height, width) if grey else (height, width, 3)
    image = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    path = FacePerception(PipelineConfig(), CABIN, square_networks())
    for index in range(2):
        check(path.step(CameraFrame(index * NS // 30, image)))


@settings(max_examples=60, deadline=None)
@given(
    yaw=st.floats(-60, 60),
    pitch=st.floats(-30, 30),
    roll=st.floats(-30, 30),
    distance=st.floats(0.4, 2.0),
    aside=st.floats(-0.2, 0.2),
)
def test_the_pose_of_a_mean_face_is_recovered(yaw, pitch, roll, distance, aside):
    rotation = head_rotation(*np.radians([yaw, pitch, roll]))
    landmarks = project(head_points(), rotation, np.array([aside * distance, 0.0, distance]))
    config = dataclasses.replace(HeadPoseConfig(), depth_gain=1.0)
    pose = HeadPoseEstimator(config).estimate(landmarks, CAMERA, MOUNT)
    error = rotation.T @ pose.in_camera.rotation
    # Nearer than half a metre the perspective within the face costs a few degrees.
    assert math.degrees(math.acos(min(1.0, (np.trace(error) - 1.0) / 2.0))) < 6.0


@given(
    samples=st.lists(
        st.tuples(finite | st.just(math.nan), st.floats(-1.0, 100.0)), min_size=1, max_size=30
    )
)
def test_the_filter_stays_between_what_it_was_given(samples):
    smooth = OneEuroFilter(1.0, 0.5)
    known = []
    for value, elapsed in samples:
        (out,) = smooth.step((value,), elapsed)
        if math.isnan(value):
            assert math.isnan(out)
            continue
        known.append(value)
        assert min(known) - 1e-6 <= out <= max(known) + 1e-6


@given(st.lists(st.tuples(st.floats(allow_nan=True), st.floats(-1.0, 1e4)), max_size=60))
def test_the_baseline_stays_in_its_bounds(samples):
    config = BaselineConfig()
    baseline = OpenEyeBaseline(config)
    last = 0.0
    for gap, elapsed in samples:
        baseline.learn(gap, elapsed)
        assert config.min_open_gap <= baseline.open_gap <= 1.6
        assert last <= baseline.progress <= 1.0
        last = baseline.progress
