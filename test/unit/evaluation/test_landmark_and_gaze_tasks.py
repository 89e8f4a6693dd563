"""Covers the scores of the landmark and gaze tasks on hand-made rows, and the unrefined mesh.

Leaves pictures and networks to test/data.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from affect_perception.core.vision.face_mesh import LEFT_EYE_REGION, LIPS, RIGHT_EYE_REGION
from affect_perception.evaluation.datasets.landmarks68 import LandmarkSample
from affect_perception.evaluation.datasets.webcam_gaze import GazeSample
from affect_perception.evaluation.mesh.unrefined import RememberingNetwork, unrefined_points
from affect_perception.evaluation.tasks import gaze, landmarks
from affect_perception.evaluation.tasks.gaze import GazeRow
from affect_perception.evaluation.tasks.landmarks import LandmarkRow

pytestmark = pytest.mark.unit


def face(seed: int, shift: tuple[float, float] | None, part: str = "helen") -> LandmarkRow:
    """A face with eye corners 100 px apart whose estimate is shifted."""
    points = np.random.default_rng(seed).uniform(0, 200, (68, 2))
    points[36], points[45] = (50.0, 80.0), (150.0, 80.0)
    estimate = None if shift is None else points + np.array(shift)
    return LandmarkRow(LandmarkSample(Path(f"{seed}.jpg"), part, points), estimate, estimate)


def test_landmark_error_is_over_the_eye_distance() -> None:
    values, baselines = landmarks.score([face(1, (3.0, 4.0)), face(2, (0.0, 0.0), "afw")])
    assert values["nme"] == pytest.approx(0.025)
    assert values["nme_helen"] == pytest.approx(0.05)
    assert values["nme_51_afw"] == pytest.approx(0.0)
    assert values["nme_jaw"] == pytest.approx(0.025)
    assert baselines["mesh_without_refinement"]["nme"] == pytest.approx(0.025)
    assert baselines["mean_shape_in_true_box"]["nme"] > 0.05


def test_missed_faces_fail_but_do_not_enter_the_error() -> None:
    values, _ = landmarks.score(
        [face(1, (1.0, 0.0)), face(2, None), face(3, (20.0, 0.0)), face(4, None)]
    )
    assert values["found_rate"] == pytest.approx(0.5)
    assert values["nme"] == pytest.approx((0.01 + 0.2) / 2)
    assert values["failure_rate_51"] == pytest.approx(0.75)
    assert values["auc_008_51"] == pytest.approx((1 - 0.01 / 0.08) / 4)


def test_a_constant_difference_of_definition_is_removed_where_it_says_so() -> None:
    values, _ = landmarks.score([face(i, (3.0, 0.0)) for i in range(6)])
    assert values["nme"] == pytest.approx(0.03)
    assert values["nme_definition_offset_removed"] == pytest.approx(0.0, abs=1e-9)


def test_unrefined_mesh_comes_back_from_the_points_that_refinement_leaves() -> None:
    rng = np.random.default_rng(5)
    crop = rng.uniform(20, 170, (468, 3))
    angle, scale = 0.3, 2.5
    turn = scale * np.array(
        [[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]
    )
    plain = crop[:, :2] @ turn + [40.0, 7.0]
    final = np.zeros((478, 3))
    final[:468, :2] = plain
    refined = sorted({*LIPS, *LEFT_EYE_REGION, *RIGHT_EYE_REGION})
    final[refined, :2] += rng.normal(0, 9.0, (len(refined), 2))
    assert unrefined_points(crop, final) == pytest.approx(plain, abs=1e-6)


def test_remembering_network_hands_on_and_keeps_the_answer() -> None:
    class Net:
        name = "net"

        def run(self, *inputs: np.ndarray) -> tuple[np.ndarray, ...]:
            return tuple(i + 1 for i in inputs)

    network = RememberingNetwork(Net())
    (output,) = network.run(np.zeros(2, np.float32))
    assert output.tolist() == [1.0, 1.0]
    assert network.last[0] is output
    assert network.name == "net"


def look(yaw: float, pitch: float, estimate: tuple[float, float]) -> GazeRow:
    """A picture of one person looking at a target."""
    sample = GazeSample(Path("a.jpg"), "one", f"{yaw}/{pitch}", yaw, pitch)
    return GazeRow(sample, estimate, (0.0, 0.0), (estimate[0] / 100, estimate[1] / 100))


TARGETS = [(y, p) for y in (-5.0, 0.0, 5.0) for p in (-4.0, 0.0, 4.0)]


def test_gaze_with_a_constant_offset_is_right_after_calibration() -> None:
    values, baselines = gaze.score([look(y, p, (y + 8.0, p - 3.0)) for y, p in TARGETS])
    assert values["corr_yaw"] == pytest.approx(1.0)
    assert values["gain_pitch"] == pytest.approx(1.0)
    assert values["mean_angular_error_deg"] == pytest.approx(0.0, abs=1e-6)
    assert values["mean_angular_error_uncalibrated_deg"] == pytest.approx(8.53, abs=0.05)
    assert math.isnan(baselines["head_direction"]["corr_yaw"]), "a head that does not move"
    assert baselines["iris_between_eye_corners"]["corr_yaw"] == pytest.approx(1.0)


def test_a_gaze_in_the_wrong_direction_shows() -> None:
    values, _ = gaze.score([look(y, p, (-y, p)) for y, p in TARGETS])
    assert values["corr_yaw"] == pytest.approx(-1.0)
    assert values["corr_pitch"] == pytest.approx(1.0)


def test_unknown_gaze_lowers_the_rate_and_nothing_else() -> None:
    rows = [look(y, p, (y, p)) for y, p in TARGETS]
    rows[0] = look(*TARGETS[0], (math.nan, math.nan))
    values, _ = gaze.score(rows)
    assert values["gaze_rate"] == pytest.approx(8 / 9)
    assert values["mean_angular_error_uncalibrated_deg"] == pytest.approx(0.0, abs=1e-6)
