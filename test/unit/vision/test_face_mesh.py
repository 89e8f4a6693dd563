"""Index tables, assembly of the 478 points and the squares around a face."""

from __future__ import annotations

import math

import numpy as np
import pytest
from face_fakes import SquareMesh, head_points, squares

from affect_perception.core.vision.face_detector import FaceDetection
from affect_perception.core.vision.face_mesh import (
    LEFT_EYE_REGION,
    LIPS,
    RIGHT_EYE_CONTOUR,
    RIGHT_EYE_REGION,
    FaceMesh,
    assemble,
    square_from_detection,
    square_from_landmarks,
)
from affect_perception.core.vision.picture import RotatedSquare

pytestmark = pytest.mark.unit


def test_tables_name_each_point_once():
    for table, count in ((LIPS, 80), (RIGHT_EYE_REGION, 71), (LEFT_EYE_REGION, 71)):
        assert len(table) == count
        assert len(set(table)) == count
        assert 0 <= min(table) <= max(table) < 468
    assert not set(RIGHT_EYE_REGION) & set(LEFT_EYE_REGION)


def test_finer_points_replace_x_and_y_and_leave_depth():
    mesh = np.full((468, 3), 7.0, np.float32)
    mesh[list(RIGHT_EYE_CONTOUR), 2] = 3.0
    parts = [np.full((n, 2), v, np.float32) for n, v in ((80, 1), (71, 2), (71, 3), (5, 4), (5, 5))]
    points = assemble(mesh, *parts)
    assert points.shape == (478, 3)
    assert points[LIPS[3]].tolist() == [1, 1, 7]
    assert points[RIGHT_EYE_REGION[0]].tolist() == [2, 2, 3]
    assert points[LEFT_EYE_REGION[70]].tolist() == [3, 3, 7]
    assert points[468].tolist() == [4, 4, 3]
    assert points[477].tolist() == [5, 5, 7]
    assert points[1].tolist() == [7, 7, 7]


def test_square_from_landmarks_is_upright_along_the_eyes():
    head = head_points()
    flat = np.column_stack([head[:, 1], -head[:, 2]]) * 1000 + 300
    upright = square_from_landmarks(flat)
    c, s = math.cos(0.5), math.sin(0.5)
    turned = square_from_landmarks(flat @ np.array([[c, s], [-s, c]]))
    assert upright.angle == pytest.approx(0.0, abs=0.02)
    assert turned.angle == pytest.approx(upright.angle + 0.5, abs=1e-6)
    assert turned.side == pytest.approx(upright.side, rel=1e-6)
    low, high = flat.min(axis=0), flat.max(axis=0)
    assert upright.side == pytest.approx(1.5 * max(high - low), rel=0.05)


def test_square_from_detection_follows_the_eye_line():
    keypoints = np.zeros((6, 2))
    keypoints[0], keypoints[1] = (10, 10), (20, 20)
    square = square_from_detection(FaceDetection((0, 10, 40, 60), keypoints, 0.9))
    assert (square.x, square.y, square.side) == (20, 40, 90)
    assert square.angle == pytest.approx(math.pi / 4)


def test_landmarks_come_back_in_picture_px():
    image = squares((400, 200, 120))
    result = FaceMesh(SquareMesh()).run(image, RotatedSquare(390, 210, 200, 0.2))
    assert result.points[:, :2].mean(axis=0) == pytest.approx([400, 200], abs=4)
    assert result.presence > 0.99
    matrix = RotatedSquare(390, 210, 200, 0.2).to_picture(192)
    mapped = result.in_crop @ matrix[:, :2].T + matrix[:, 2]
    assert mapped == pytest.approx(result.points[:, :2], abs=0.01)


def test_a_crop_without_a_face_has_no_presence():
    result = FaceMesh(SquareMesh()).run(squares(), RotatedSquare(300, 200, 200, 0.0))
    assert result.presence < 0.01
