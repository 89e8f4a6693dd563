"""Pairing of detections with reference beats, and its figures."""

from __future__ import annotations

import math

import pytest

from affect_perception.evaluation.physio.beat_matching import BeatCount, match_beats

pytestmark = pytest.mark.unit


def test_each_beat_is_paired_once_with_the_nearest_detection() -> None:
    match = match_beats([1.0, 2.0, 3.0], [0.9, 1.02, 2.1, 3.5], 0.15)
    assert match.pairs == [(0, 1), (1, 2)]
    assert match.wrong == [0, 3]
    assert match.missed == [2]


def test_figures_of_a_count() -> None:
    count = BeatCount(found=8, wrong=2, missed=4)
    assert (count.f1, count.precision, count.recall) == pytest.approx((16 / 22, 0.8, 8 / 12))
    assert math.isnan(BeatCount().f1)
