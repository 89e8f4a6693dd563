"""Covers every measure of evaluation/metrics.py against values computed by hand.

Leaves the tasks that use them to test_head_pose_task.py and its neighbours.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.evaluation import metrics

pytestmark = pytest.mark.unit


def test_difference_wraps_over_the_half_turn() -> None:
    difference = metrics.wrapped_difference_deg([179.0, -170.0, 10.0], [-179.0, 170.0, 15.0])
    assert difference == pytest.approx([-2.0, 20.0, -5.0])


def test_mean_absolute_and_share() -> None:
    assert metrics.mean_absolute([3.0, -1.0, -2.0]) == pytest.approx(2.0)
    assert metrics.share([True, False, False, True]) == pytest.approx(0.5)
    assert math.isnan(metrics.mean_absolute([]))
    assert math.isnan(metrics.share([]))


def test_correlation_by_hand() -> None:
    # Deviations (-1, 0, 1) and (-1, 1, 0): 1 / sqrt(2 * 2).
    assert metrics.correlation([1, 2, 3], [1, 3, 2]) == pytest.approx(0.5)
    assert metrics.correlation([1, 2, 3], [-2, -4, -6]) == pytest.approx(-1.0)


def test_correlation_leaves_out_unknown_pairs_and_refuses_constants() -> None:
    assert metrics.correlation([1, 2, 3, math.nan], [1, 3, 2, 99]) == pytest.approx(0.5)
    assert math.isnan(metrics.correlation([1, 1, 1], [1, 2, 3]))
    assert math.isnan(metrics.correlation([1, 2], [1, 2]))


def test_concordance_by_hand() -> None:
    # Variances 2/3 each, covariance 1/3, the same mean: 2 * 1/3 over 4/3.
    assert metrics.concordance([1, 2, 3], [1, 3, 2]) == pytest.approx(0.5)
    # The right order one too high: 4/3 over 4/3 + 1.
    assert metrics.concordance([1, 2, 3, math.nan], [2, 3, 4, 0]) == pytest.approx(4 / 7)
    assert metrics.concordance([1, 1, 1], [1, 2, 3]) == 0.0
    assert math.isnan(metrics.concordance([1, 1, 1], [1, 1, 1]))
    assert math.isnan(metrics.concordance([1, 2], [1, 2]))


def test_slope_is_the_gain_of_the_estimate() -> None:
    assert metrics.slope([-10, 0, 10], [-7, 1, 9]) == pytest.approx(0.8)
    assert math.isnan(metrics.slope([5, 5, 5], [1, 2, 3]))


def test_accuracy_and_unweighted_average_recall() -> None:
    truth = ["a", "a", "a", "b"]
    predicted = ["a", "a", "a", "a"]
    assert metrics.accuracy(predicted, truth) == pytest.approx(0.75)
    assert metrics.unweighted_average_recall(predicted, truth) == pytest.approx(0.5)


def test_angular_error() -> None:
    error = metrics.angular_error_deg(
        [[1, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 1, 0], [1, 1, 0], [1, 0, 0]]
    )
    assert error == pytest.approx([90.0, 45.0, 0.0])


def test_direction_follows_the_frames_page() -> None:
    assert metrics.direction(90.0, 0.0) == pytest.approx([0.0, 1.0, 0.0], abs=1e-12)
    assert metrics.direction(0.0, 90.0) == pytest.approx([0.0, 0.0, 1.0], abs=1e-12)


def test_normalised_mean_error() -> None:
    truth = np.array([[0.0, 0.0], [10.0, 0.0]])
    estimate = np.array([[3.0, 4.0], [10.0, 1.0]])
    assert metrics.normalised_mean_error(estimate, truth, 10.0) == pytest.approx((0.5 + 0.1) / 2)


def test_normalised_mean_error_refuses_bad_input() -> None:
    with pytest.raises(InputError, match="shapes"):
        metrics.normalised_mean_error(np.zeros((2, 2)), np.zeros((3, 2)), 1.0)
    with pytest.raises(InputError, match="above 0"):
        metrics.normalised_mean_error(np.zeros((2, 2)), np.zeros((2, 2)), 0.0)


def test_area_under_the_error_curve_counts_misses_as_nothing() -> None:
    assert metrics.area_under_error_curve([0.0, 0.05, math.inf, 0.2], 0.1) == pytest.approx(
        (1.0 + 0.5 + 0.0 + 0.0) / 4
    )


def test_offset_is_taken_off_per_group() -> None:
    residual = metrics.without_offset_per_group([1.0, 3.0, -4.0, -6.0], ["a", "a", "b", "b"])
    assert residual == pytest.approx([-1.0, 1.0, 1.0, -1.0])


def test_bootstrap_draws_groups_not_values() -> None:
    # Two persons without spread inside: the mean of a draw is 0, 0.5 or 1, nothing between.
    values = [0.0] * 50 + [1.0] * 50
    groups = ["a"] * 50 + ["b"] * 50
    assert metrics.bootstrap_interval(values, groups) == (0.0, 1.0)


def test_bootstrap_repeats_and_is_unknown_for_one_group() -> None:
    values, groups = [1.0, 2.0, 3.0, 5.0], ["a", "b", "c", "d"]
    first = metrics.bootstrap_interval(values, groups)
    assert first == metrics.bootstrap_interval(values, groups)
    assert 1.0 <= first[0] < np.mean(values) < first[1] <= 5.0
    assert all(math.isnan(v) for v in metrics.bootstrap_interval(values, ["a"] * 4))


def test_series_of_different_length_are_refused() -> None:
    with pytest.raises(InputError, match="length"):
        metrics.accuracy(["a"], ["a", "b"])


def test_the_middle_share_of_draws() -> None:
    assert metrics.percentile_interval(np.arange(101.0), 0.9) == pytest.approx((5.0, 95.0))
    assert all(math.isnan(end) for end in metrics.percentile_interval([1.0, math.nan]))
