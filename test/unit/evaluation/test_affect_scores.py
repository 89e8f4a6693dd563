"""Covers the scores of valence and arousal against values computed by hand.

Leaves `evaluate expression`, which uses them, to test_expression_task.py.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.core.affect_classes import AFFECT_CLASSES, VALENCE_AROUSAL
from affect_perception.core.errors import InputError
from affect_perception.evaluation.affect_scores import affect_of_classes, affect_scores

pytestmark = pytest.mark.unit


def test_each_figure_by_hand() -> None:
    labels = [[-0.5, 0.1], [0.0, 0.2], [0.5, -0.3], [math.nan, 0.9]]
    found = [[-0.2, 0.1], [0.3, 0.2], [0.8, -0.3], [0.0, 0.0]]
    scores = affect_scores(found, labels)
    assert scores["rmse_valence"] == pytest.approx(0.3)
    assert scores["corr_valence"] == pytest.approx(1.0)
    # Variances 1/6 each, means 0.3 apart.
    assert scores["ccc_valence"] == pytest.approx((2 / 6) / (2 / 6 + 0.09))
    assert scores["sign_agreement_valence"] == pytest.approx(2 / 3)
    assert scores["rmse_arousal"] == 0.0
    assert scores["ccc_arousal"] == scores["sign_agreement_arousal"] == pytest.approx(1.0)


def test_nothing_labelled_gives_nothing_and_other_shapes_are_refused() -> None:
    assert affect_scores(np.zeros((3, 2)), np.full((3, 2), np.nan)) == {}
    for found, labels in (((3, 2), (2, 2)), ((3, 4), (3, 4)), ((2,), (2,))):
        with pytest.raises(InputError, match=r"need shapes \(n, 2\)"):
            affect_scores(np.zeros(found), np.zeros(labels))


def test_classes_stand_for_their_values() -> None:
    found = affect_of_classes(np.eye(8)[:2])
    assert found.tolist() == [list(VALENCE_AROUSAL[name]) for name in AFFECT_CLASSES[:2]]
    assert affect_of_classes(np.zeros((0, 8))).shape == (0, 2)
