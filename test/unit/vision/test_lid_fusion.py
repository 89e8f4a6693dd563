"""Covers how landmarks and network make one opening, and how sure closed eyes must look.

Leaves where they come from to test_eyes and test_eye_reader.
"""

from __future__ import annotations

import math

import pytest

from affect_perception.core.vision.eye_network import EyeReading
from affect_perception.core.vision.lid_fusion import (
    bounded_openness,
    closed_together,
    fused_gap,
    moved,
)

pytestmark = pytest.mark.unit


def reading(opening=0.6, std=0.05, closed=0.1, usable=1.0):
    return EyeReading(0.0, 0.0, 0.05, 0.05, opening, std, closed, usable)


def test_without_a_network_the_landmarks_stand():
    assert fused_gap(0.4, 0.05, None) == (0.4, 0.05)


def test_the_surer_of_two_counts_more_and_both_are_surer_than_one():
    near_network, std = fused_gap(0.4, 0.3, reading(0.6, 0.02))
    near_landmarks, _ = fused_gap(0.4, 0.01, reading(0.6, 0.5))
    assert 0.55 < near_network < 0.6
    assert 0.4 < near_landmarks < 0.45
    assert std < 0.06


def test_both_eyes_together_and_the_frontal_one_more():
    shut, open_ = reading(closed=0.99), reading(closed=0.1)
    assert closed_together([(shut, 1.0), (shut, 1.0)]) == pytest.approx(0.99)
    assert closed_together([(shut, 1.0), (open_, 0.2)]) > 0.9
    assert closed_together([(shut, 0.2), (open_, 1.0)]) < 0.3


def test_nobody_has_looked_is_no_probability():
    assert math.isnan(closed_together([]))
    assert math.isnan(closed_together([(reading(), 0.0)]))


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_a_network_that_is_all_too_sure_stays_finite(probability):
    assert 0.0 < closed_together([(reading(closed=probability), 1.0)]) < 1.0


def test_a_probability_is_moved_by_its_odds():
    assert moved(0.7, 0.7, 0.9) == pytest.approx(0.9)
    assert moved(0.2, 0.9, 0.9) == pytest.approx(0.2)
    assert math.isnan(moved(math.nan, 0.7, 0.9))
    rising = [moved(p / 20, 0.7, 0.9) for p in range(21)]
    assert rising == sorted(rising)


def test_the_bound_falls_to_the_closed_limit_where_the_look_is_sure():
    assert bounded_openness(1.0, 0.0, 0.9, 0.25) == 1.0
    assert bounded_openness(1.0, 0.9, 0.9, 0.25) == pytest.approx(0.25)
    assert bounded_openness(1.0, 1.0, 0.9, 0.25) == 0.0
    assert bounded_openness(0.1, 0.5, 0.9, 0.25) == 0.1
    assert bounded_openness(0.7, math.nan, 0.9, 0.25) == 0.7
    bounds = [bounded_openness(9.0, p / 20, 0.9, 0.25) for p in range(21)]
    assert bounds == sorted(bounds, reverse=True)
