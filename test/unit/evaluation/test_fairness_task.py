"""Covers gaps between groups, Wilson's interval, shuffled labels and the table of a fairness run.

Leaves the pictures themselves to test/data.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from affect_perception.core.enums import Availability
from affect_perception.core.errors import InputError
from affect_perception.core.types import FaceObservation, ImageQuality
from affect_perception.core.vision.ibug68 import to_ibug68
from affect_perception.evaluation import group_gaps
from affect_perception.evaluation.datasets.faces import FaceSample
from affect_perception.evaluation.tasks import fairness
from affect_perception.evaluation.tasks.fairness import FairnessRow

pytestmark = pytest.mark.unit


def test_wilson_interval_is_that_of_a_table() -> None:
    # 81 of 263, from Newcombe, "Two-sided confidence intervals for the single proportion",
    # Statistics in Medicine 17 (1998), table I: 0.2553 to 0.3662.
    low, high = group_gaps.wilson_interval(81, 263)
    assert (low, high) == pytest.approx((0.2553, 0.3662), abs=1e-4)


@pytest.mark.parametrize(("hits", "low"), [(0, 0.0), (20, 0.8389)])
def test_wilson_interval_has_a_width_at_the_ends(hits: int, low: float) -> None:
    interval = group_gaps.wilson_interval(hits, 20)
    assert interval[0] == pytest.approx(low, abs=1e-4)
    assert interval[1] - interval[0] == pytest.approx(0.1611, abs=1e-4)


def test_wilson_interval_refuses_more_hits_than_tries() -> None:
    with pytest.raises(InputError, match="21 of 20"):
        group_gaps.wilson_interval(21, 20)
    assert all(math.isnan(v) for v in group_gaps.wilson_interval(0, 0))


def test_gap_leaves_out_unknown_values_and_small_groups() -> None:
    groups = ["a"] * 30 + ["b"] * 30 + ["c"] * 5
    values = [1.0] * 30 + [0.5] * 20 + [math.nan] * 10 + [0.0] * 5
    assert group_gaps.gap(values, groups) == pytest.approx(0.5)
    assert group_gaps.gap(values, groups, smallest=5) == pytest.approx(1.0)
    assert math.isnan(group_gaps.gap(values, groups, smallest=25))


def test_shuffled_labels_give_smaller_gaps_than_a_true_difference() -> None:
    groups = {"x": ["a"] * 100 + ["b"] * 100, "y": ["a", "b"] * 100}
    values = np.r_[np.ones(100), np.zeros(100)]
    measured = group_gaps.worst_gap(values, groups)
    chance = group_gaps.shuffled_gaps(values, groups, draws=200)
    assert measured == pytest.approx(1.0)
    assert 0.02 < float(chance.mean()) < 0.2
    assert float(np.mean(chance >= measured)) == 0.0


def test_shuffles_are_the_same_every_time() -> None:
    groups = {"x": ["a", "b"] * 40}
    values = np.arange(80.0)
    first, second = (group_gaps.shuffled_gaps(values, groups, draws=5, seed=3) for _ in range(2))
    assert first.tolist() == second.tolist()


def sample(race: str, gender: str = "male") -> FaceSample:
    """A label without a picture."""
    return FaceSample(Path("p.jpg"), False, {"age": "18-35", "gender": gender, "race": race})


def rows() -> list[FairnessRow]:
    """Twenty-five people of each of two groups; one group is found less often and worse."""
    seen = FairnessRow(sample("white"), True, 0.0, 0.01, 0.04)
    return (
        [seen] * 25
        + [replace(seen, sample=sample("black"), mirror_difference=0.03)] * 20
        + [FairnessRow(sample("black"), False)] * 5
    )


def test_gaps_and_groups_of_a_run() -> None:
    values, baselines = fairness.score(rows())
    assert values["detection"] == pytest.approx(0.9)
    assert values["worst_group_gap_detection"] == pytest.approx(0.2)
    assert values["worst_group_gap_landmarks"] == pytest.approx(0.02)
    assert values["worst_group_gap_false_closed"] == 0.0
    assert math.isnan(values["group_gap_detection_gender"])
    assert values["n_race_black"] == 25
    assert values["n_cell_black_male_18-35"] == 25
    chance = baselines["shuffled_labels"]
    assert 0.0 < chance["worst_group_gap_detection"] < 0.2
    assert chance["worst_group_gap_landmarks_share_larger"] < 0.05


def seen_with(points: np.ndarray) -> FaceObservation:
    """An observation 100 px wide with this mesh."""
    quality = ImageQuality(0.5, 0.2, 0.0, 100.0)
    return FaceObservation(
        0, "camera", Availability.AVAILABLE, (), (100, 100), quality, landmarks=points
    )


def test_every_point_has_its_partner_in_the_mirror() -> None:
    table = list(fairness.MIRRORED_68)
    assert sorted(table) == list(range(68))
    assert [table[i] for i in table] == list(range(68))


def test_the_mirrored_face_itself_differs_by_nothing_and_a_shift_by_its_share() -> None:
    rng = np.random.default_rng(0)
    mesh = rng.uniform(10.0, 90.0, (478, 3)).astype(np.float32)
    other = mesh.copy()
    # Exchange what the mirror exchanges, by the places of the 51 inner points in the mesh.
    from affect_perception.core.vision.ibug68 import INNER_POINTS

    for point, partner in zip(range(17, 68), fairness.MIRRORED_68[17:], strict=True):
        other[INNER_POINTS[partner - 17]] = mesh[INNER_POINTS[point - 17]]
    other[:, 0] = 99 - other[:, 0]
    assert fairness.mirror_difference(seen_with(mesh), seen_with(other)) == pytest.approx(
        0.0, abs=1e-6
    )
    eyes = to_ibug68(mesh)[[36, 45]]
    other[:, 1] += 2.0
    wanted = 2.0 / float(np.linalg.norm(eyes[0] - eyes[1]))
    assert fairness.mirror_difference(seen_with(mesh), seen_with(other)) == pytest.approx(
        wanted, rel=1e-4
    )
