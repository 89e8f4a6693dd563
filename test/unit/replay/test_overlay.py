"""Covers the overlay: same size, source untouched, something drawn, nothing that can crash it.

Leaves to others: how it looks (pictures in docs/img), the ROS topic (test/ros).
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from fake_replay import SECOND, START, FakePipeline

from affect_perception.core.enums import GazeSource
from affect_perception.core.types import AttentionState, CameraFrame
from affect_perception.evaluation.report.overlay import draw_overlay
from affect_perception.sim.landmarks import FACE_OVAL, LEFT_EYE, RIGHT_EYE

pytestmark = pytest.mark.unit


def face_points(width: int, height: int) -> np.ndarray:
    """478 points in a disc, the eyes and irises where eyes are."""
    rng = np.random.default_rng(0)
    points = rng.normal(0.0, 0.08, (478, 3)) + [0.5, 0.45, 0.0]
    for step, index in enumerate(FACE_OVAL):
        angle = 2 * math.pi * step / len(FACE_OVAL)
        points[index, :2] = 0.5 + 0.2 * math.sin(angle), 0.45 - 0.25 * math.cos(angle)
    for eye, x in ((RIGHT_EYE, 0.43), (LEFT_EYE, 0.57)):
        points[list(eye.iris), :2] = [
            [x, 0.4],
            [x + 0.01, 0.4],
            [x, 0.41],
            [x - 0.01, 0.4],
            [x, 0.39],
        ]
    return (points * [width, height, width]).astype(np.float32)


def state_at(t: float, width: int, height: int) -> AttentionState:
    frame = CameraFrame(START + round(t * SECOND), np.zeros((height, width), np.uint8))
    face, state = FakePipeline().step(frame)
    if face.landmarks is not None:
        box = (0.3 * width, 0.2 * height, 0.4 * width, 0.5 * height)
        face = dataclasses.replace(face, landmarks=face_points(width, height), box=box)
    return dataclasses.replace(state, face=face)


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (64, 48)])
@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("t", [1.0, 8.5, 16.0, 22.0])
def test_overlay_is_rgb_of_the_same_size_and_leaves_the_picture(
    size: tuple[int, int], colour: bool, t: float
) -> None:
    width, height = size
    image = np.full((height, width, 3) if colour else (height, width), 90, np.uint8)
    before = image.copy()
    image.flags.writeable = False  # as decoded ROS messages are
    drawn = draw_overlay(CameraFrame(0, image), state_at(t, width, height))
    assert drawn.shape == (height, width, 3)
    assert drawn.dtype == np.uint8
    np.testing.assert_array_equal(image, before)
    assert (drawn != 90).any(axis=2).mean() > 0.02


def test_face_is_drawn_where_it_is() -> None:
    image = np.full((480, 640, 3), 90, np.uint8)
    drawn = draw_overlay(CameraFrame(0, image), state_at(1.0, 640, 480))
    without = draw_overlay(CameraFrame(0, image), state_at(22.0, 640, 480))
    region = (slice(110, 320), slice(190, 450))
    assert (drawn[region] != 90).any(axis=2).mean() > 0.05
    assert (without[region] == 90).all()


def test_gaze_arrows_point_to_the_side_of_the_gaze() -> None:
    """The fake camera looks along the cabin's x axis, so the camera's x is the cabin's."""
    image = np.zeros((480, 640, 3), np.uint8)
    state = state_at(1.0, 640, 480)
    eye = dataclasses.replace(state.face.left_eye, iris_px=(320.0, 200.0))
    gaze = dataclasses.replace(state.face.gaze, direction=(1.0, 0.0, 0.0))
    face = dataclasses.replace(state.face, left_eye=eye, right_eye=eye, gaze=gaze, landmarks=None)
    drawn = draw_overlay(CameraFrame(0, image), dataclasses.replace(state, face=face))
    yellow = (drawn[..., 0] > 200) & (drawn[..., 1] > 150) & (drawn[..., 2] < 60)
    columns = np.flatnonzero(yellow.any(axis=0))
    assert columns.min() > 310
    assert columns.max() > 430


def test_unknown_values_are_no_obstacle() -> None:
    nan = math.nan
    state = state_at(1.0, 640, 480)
    eye = dataclasses.replace(state.face.left_eye, iris_px=(nan, nan))
    gaze = dataclasses.replace(
        state.face.gaze, source=GazeSource.HEAD, direction=(nan, nan, nan), yaw=nan, pitch=nan
    )
    face = dataclasses.replace(state.face, box=(nan,) * 4, left_eye=eye, gaze=gaze, right_eye=eye)
    state = dataclasses.replace(state, face=face, attention_buffer=nan, off_road_duration=nan)
    assert draw_overlay(CameraFrame(0, np.zeros((480, 640), np.uint8)), state).any()


def test_points_far_outside_are_no_obstacle() -> None:
    state = state_at(1.0, 640, 480)
    points = state.face.landmarks * 1000
    face = dataclasses.replace(state.face, landmarks=points, box=(-9e4, -9e4, 2e5, 2e5))
    frame = CameraFrame(0, np.zeros((480, 640), np.uint8))
    assert draw_overlay(frame, dataclasses.replace(state, face=face)).shape == (480, 640, 3)
