"""Covers what a face becomes in ROS4HRI: box, 70 points, expression, frames, and the unknown.

Leaves publishing to test/unit/ros_free/test_rep155.py and test/ros/test_ros4hri.py.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hri_doubles import FACING_CAMERA, seen_face
from scipy.spatial.transform import Rotation

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.enums import GazeSource
from affect_perception.core.types import EyeObservation
from affect_perception.core.vision.ibug68 import to_ibug68
from affect_perception.io.hri_fields import (
    expression_fields,
    gaze_axes,
    has_face,
    landmark_points,
    roi_fields,
    transform_fields,
)

pytestmark = pytest.mark.unit


def matrix(transform: dict) -> np.ndarray:
    q = transform["transform"]["rotation"]
    return Rotation.from_quat([q["x"], q["y"], q["z"], q["w"]]).as_matrix()


def test_box_in_shares_of_the_picture() -> None:
    roi = roi_fields(seen_face())
    assert [roi[name] for name in ("xmin", "ymin", "xmax", "ymax", "c")] == pytest.approx(
        [0.25, 0.25, 0.75, 0.75, 0.9]
    )
    assert roi["header"] == {"stamp": {"sec": 5, "nanosec": 0}, "frame_id": "camera_optical"}


def test_box_beyond_the_picture_ends_at_its_edge() -> None:
    roi = roi_fields(seen_face(box=(-8.0, 40.0, 32.0, 24.0), presence=math.nan))
    assert [roi[name] for name in ("xmin", "ymin", "xmax", "ymax", "c")] == pytest.approx(
        [0.0, 40 / 48, 0.375, 1.0, 0.0]
    )


def test_seventy_points_in_the_order_of_the_message() -> None:
    face = seen_face()
    points = np.array(landmark_points(face))
    assert points.shape == (70, 3)
    size = np.array([64, 48])
    assert points[:68, :2] * size == pytest.approx(to_ibug68(face.landmarks), abs=1e-4)
    assert points[68, :2] * size == pytest.approx(face.landmarks[468, :2], abs=1e-4)
    assert points[69, :2] * size == pytest.approx(face.landmarks[473, :2], abs=1e-4)
    assert points[:68, 2] == pytest.approx(0.9)
    assert points[68:, 2] == pytest.approx(0.8)


def test_what_is_outside_or_guessed_has_no_confidence() -> None:
    face = seen_face(left_eye=EyeObservation.unusable("glare"))
    mesh = face.landmarks.copy()
    mesh[152] = (30.0, 60.0, 0.0)  # the chin below the picture
    points = landmark_points(replace(face, landmarks=mesh))
    assert points[8] == (pytest.approx(30 / 64), 1.0, 0.0)
    assert points[68][2] == pytest.approx(0.8)
    assert points[69][2] == 0.0


def test_points_of_no_mesh_are_an_error() -> None:
    with pytest.raises(ValueError, match="no landmarks"):
        landmark_points(seen_face(landmarks=None))


def test_expression_is_given_where_it_was_read() -> None:
    face = seen_face()
    fields = expression_fields(face)
    assert fields is not None
    assert (fields["expression"], fields["confidence"]) == ("happy", pytest.approx(0.6))
    assert (fields["valence"], fields["arousal"]) == (0.5, 0.4)
    held = replace(face.expression, age_s=0.1)
    assert expression_fields(replace(face, expression=held)) is None
    assert expression_fields(seen_face(expression=type(held)())) is None


def test_contempt_has_no_word() -> None:
    face = seen_face()
    odds = tuple(0.6 if name == "contempt" else 0.4 / 7 for name in AFFECT_CLASSES)
    fields = expression_fields(
        replace(face, expression=replace(face.expression, probabilities=odds))
    )
    assert fields is not None
    assert (fields["expression"], fields["confidence"]) == ("", 0.0)
    assert fields["valence"] == 0.5


def test_frames_of_face_and_gaze() -> None:
    face_frame, gaze_frame = transform_fields(seen_face(), "abcde")
    assert face_frame["header"]["frame_id"] == "camera_optical"
    assert face_frame["child_frame_id"] == "face_abcde"
    assert face_frame["transform"]["translation"] == {"x": 0.01, "y": -0.02, "z": 0.7}
    assert matrix(face_frame) == pytest.approx(FACING_CAMERA, abs=1e-9)
    assert gaze_frame["header"]["frame_id"] == "face_abcde"
    assert gaze_frame["child_frame_id"] == "gaze_abcde"
    assert set(gaze_frame["transform"]["translation"].values()) == {0.0}
    right, down, along = matrix(gaze_frame).T
    assert along == pytest.approx(seen_face().gaze.direction, abs=1e-9)
    assert right[1] < -0.9  # the person's right is -y of the head
    assert right[2] == pytest.approx(0.0, abs=1e-9)
    assert down[2] < -0.9


def test_gaze_turns_with_the_head_in_the_cabin() -> None:
    face = seen_face()
    turned = Rotation.from_euler("z", 0.2).as_matrix()
    head = replace(face.head, in_cabin=replace(face.head.in_cabin, rotation=turned))
    _, gaze_frame = transform_fields(replace(face, head=head), "a")
    # The head is turned to where the eyes look: on the head they look straight, and down.
    assert matrix(gaze_frame)[:, 2] == pytest.approx([math.cos(0.1), 0.0, -math.sin(0.1)], abs=1e-9)


@pytest.mark.parametrize("gaze", [None, GazeSource.HEAD])
def test_without_eyes_the_gaze_is_the_head(gaze: GazeSource | None) -> None:
    face = seen_face()
    face = replace(face, gaze=None if gaze is None else replace(face.gaze, source=gaze))
    assert matrix(transform_fields(face, "a")[1])[:, 2] == pytest.approx([1.0, 0.0, 0.0])


def test_no_pose_no_frames() -> None:
    assert transform_fields(seen_face(head=None), "a") == []


@pytest.mark.parametrize("direction", [(0.0, 0.0, 1.0), (0.0, 0.0, -1.0), (-1.0, 0.0, 0.0)])
def test_axes_of_every_gaze_are_a_rotation(direction: tuple[float, float, float]) -> None:
    axes = gaze_axes(np.array(direction))
    assert axes @ axes.T == pytest.approx(np.eye(3))
    assert np.linalg.det(axes) == pytest.approx(1.0)
    assert axes[:, 2] == pytest.approx(direction)


def test_a_face_is_tracked_and_has_a_place() -> None:
    assert has_face(seen_face())
    assert not has_face(seen_face(track_id=0))
    assert not has_face(seen_face(box=(math.nan,) * 4))
