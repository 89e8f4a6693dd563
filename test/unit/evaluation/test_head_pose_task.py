"""Covers what the head pose task makes of labels and estimates: ranges, groups, classes, baselines.

Pictures and networks are left to test/data; here the rows are made by hand.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from affect_perception.core.types import CameraIntrinsics
from affect_perception.evaluation.datasets.head_pose import HeadPoseSample
from affect_perception.evaluation.mesh.face_points import (
    angles_of,
    mean_shape_in_box,
    six_point_pose,
)
from affect_perception.evaluation.tasks.head_pose import (
    UNKNOWN_POSE,
    PoseRow,
    score_aflw2000,
    score_drivface,
    score_pointing04,
)

pytestmark = pytest.mark.unit


def row(
    yaw: float,
    pitch: float | None = 0.0,
    error: float = 0.0,
    *,
    subject: str = "p1",
    glasses: bool | None = False,
    found: bool = True,
) -> PoseRow:
    """A picture whose estimates are all off by `error` degrees."""
    sample = HeadPoseSample(Path("a.jpg"), subject, yaw, pitch, glasses=glasses)
    estimate = (yaw + error, (pitch or 0.0) - error, 0.0)
    return PoseRow(
        sample,
        found,
        estimate if found else UNKNOWN_POSE,
        estimate if found else UNKNOWN_POSE,
        assumed_fov=(yaw + 2 * error, 0.0, 0.0),
    )


def test_errors_are_of_the_promised_range_only() -> None:
    rows = [row(45, 30, 2.0), row(-45, -30, 4.0), row(60, 0, 50.0), row(0, 60, 50.0)]
    values, baselines, _ = score_pointing04(rows)
    assert values["n_in_range"] == 2
    assert values["mae_deg_yaw"] == pytest.approx(3.0)
    assert values["mae_deg_pitch"] == pytest.approx(3.0)
    assert values["mae_deg_yaw_beyond_45"] == pytest.approx(50.0)
    assert values["mae_deg_yaw_assumed_fov"] == pytest.approx(6.0)
    assert baselines["median_label"]["mae_deg_yaw"] == pytest.approx(45.0)


def test_groups_with_and_without_glasses_are_apart() -> None:
    rows = [row(0, error=1.0), row(15, error=1.0), row(0, error=6.0, glasses=True)]
    values, _, _ = score_pointing04(rows)
    assert values["mae_deg_yaw_no_glasses"] == pytest.approx(1.0)
    assert values["mae_deg_yaw_glasses"] == pytest.approx(6.0)
    assert (values["n_glasses"], values["n_no_glasses"]) == (1, 2)


def test_a_missed_face_counts_as_not_found_and_not_as_an_error_of_zero() -> None:
    rows = [row(0, error=4.0), row(30, found=False), row(90, found=False), row(90)]
    values, _, _ = score_pointing04(rows)
    assert values["mae_deg_yaw"] == pytest.approx(4.0)
    assert values["found_rate"] == pytest.approx(0.5)
    assert values["found_rate_yaw_90"] == pytest.approx(0.5)
    assert math.isnan(values["found_rate_yaw_60"])


def test_one_constant_per_person_is_removed_only_where_it_says_so() -> None:
    rows = [row(y, error=e, subject=s) for s, e in (("a", 5.0), ("b", -3.0)) for y in (-15, 0, 15)]
    values, _, _ = score_pointing04(rows)
    assert values["mae_deg_yaw"] == pytest.approx(4.0)
    assert values["mae_deg_yaw_offset_removed"] == pytest.approx(0.0, abs=1e-9)
    assert values["bias_deg_yaw"] == pytest.approx(1.0)
    assert values["gain_yaw"] == pytest.approx(1.0)


def drive_row(yaw: float, looking: int, estimate: float) -> PoseRow:
    """A DrivFace picture; the points are exact."""
    points = np.array([[0.0, 0], [40, 0], [20, 25], [5, 45], [35, 45]])
    sample = HeadPoseSample(Path("a.jpg"), "1", yaw, looking=looking, points=points)
    return PoseRow(sample, True, (estimate, 0.0, 0.0), (estimate, 0.0, 0.0), points + [4.0, 0.0])


def test_drivface_classes_by_thresholds_halfway() -> None:
    rows = [
        drive_row(-45, 1, -37.6),
        drive_row(0, 2, 7.4),
        drive_row(0, 2, 7.6),
        drive_row(30, 3, 22),
    ]
    values, baselines, _ = score_drivface(rows)
    assert values["accuracy"] == pytest.approx(0.5)
    assert values["accuracy_within_one_class"] == pytest.approx(1.0)
    assert values["accuracy_looking"] == pytest.approx(0.75)
    assert values["uar_looking"] == pytest.approx((1 + 1 + 0) / 3)
    assert values["nme"] == pytest.approx(0.1)
    assert values["nme_nose_tip"] == pytest.approx(0.1)
    assert baselines["most_common_class"]["accuracy"] == pytest.approx(0.5)
    assert baselines["mean_shape_in_true_box"]["nme"] == pytest.approx(0.0, abs=1e-9)


def test_aflw2000_signs() -> None:
    right, wrong = row(30, 0.0, 1.0), row(-30, 0.0, 70.0)
    values, _, _ = score_aflw2000([right, wrong, row(5)])
    assert values["yaw_sign_agreement"] == pytest.approx(0.5)


@pytest.mark.parametrize("yaw", [-30.0, 0.0, 25.0])
@pytest.mark.parametrize("pitch", [-15.0, 10.0])
def test_six_point_baseline_recovers_the_pose_of_its_own_head(yaw: float, pitch: float) -> None:
    from affect_perception.evaluation.mesh import face_points

    intrinsics = CameraIntrinsics.from_fov(640, 480, math.radians(40.0))
    # Turn in camera axes: yaw to the person's left is to the image right, about the axis down.
    turn_yaw, _ = cv2.Rodrigues(np.array([0.0, -math.radians(yaw), 0.0]))
    turn_pitch, _ = cv2.Rodrigues(np.array([-math.radians(pitch), 0.0, 0.0]))
    points = face_points._SIX_POINTS @ (turn_yaw @ turn_pitch).T + [0.0, 0.0, 4000.0]
    mesh = np.zeros((478, 3))
    pixels = points[:, :2] / points[:, 2:] * intrinsics.fx + [intrinsics.cx, intrinsics.cy]
    mesh[list(face_points._SIX_VERTICES), :2] = pixels
    estimate = six_point_pose(mesh, intrinsics)
    assert estimate[:2] == pytest.approx((yaw, pitch), abs=0.1)


def test_angles_of_follow_the_frames_page() -> None:
    assert angles_of(np.eye(3)) == pytest.approx((0.0, 0.0, 0.0))
    quarter = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    assert angles_of(quarter) == pytest.approx((90.0, 0.0, 0.0))
    # Rotation about x by +30 degrees lifts the left side: towards the right shoulder.
    c, s = math.cos(math.radians(30)), math.sin(math.radians(30))
    assert angles_of([[1, 0, 0], [0, c, -s], [0, s, c]]) == pytest.approx((0.0, 0.0, 30.0))


def test_mean_shape_keeps_the_box_of_each_face() -> None:
    faces = np.array([[[0.0, 0], [10, 10], [5, 2]], [[100.0, 0], [120, 20], [110, 12]]])
    shapes = mean_shape_in_box(faces)
    assert shapes[0, :2].tolist() == [[0.0, 0.0], [10.0, 10.0]]
    # The third point lies at (0.5, 0.2) and (0.5, 0.6) of the boxes.
    assert shapes[1, 2] == pytest.approx([110.0, 8.0])
