"""Classes, valence and arousal, entropy. Leaves: whether the values suit people."""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.core.affect_classes import (
    AFFECT_CLASSES,
    RAVDESS_CLASSES,
    VALENCE_AROUSAL,
    relative_entropy,
    shared_from_ravdess,
    valence_arousal,
)
from affect_perception.core.errors import InputError

pytestmark = pytest.mark.unit


def one(classes, name):
    return [1.0 if c == name else 0.0 for c in classes]


def test_every_class_has_a_place_within_bounds():
    assert set(VALENCE_AROUSAL) == set(AFFECT_CLASSES) | set(RAVDESS_CLASSES)
    assert all(abs(v) <= 1.0 for pair in VALENCE_AROUSAL.values() for v in pair)


@pytest.mark.parametrize(
    ("name", "pleasant", "aroused"),
    [("happiness", 1, 1), ("anger", -1, 1), ("sadness", -1, -1), ("calm", 1, -1)],
)
def test_a_sure_class_lies_in_its_quadrant(name, pleasant, aroused):
    found = valence_arousal(one(RAVDESS_CLASSES, name), RAVDESS_CLASSES)
    assert math.copysign(1, found.valence) == pleasant
    assert math.copysign(1, found.arousal) == aroused
    assert found.valence_std == pytest.approx(0.0, abs=1e-6)


def test_a_doubt_between_two_classes_lies_between_them_with_a_spread():
    shares = [0.5 if c in ("happiness", "anger") else 0.0 for c in AFFECT_CLASSES]
    found = valence_arousal(shares, AFFECT_CLASSES)
    assert found.valence == pytest.approx((0.81 - 0.51) / 2)
    assert found.valence_std == pytest.approx((0.81 + 0.51) / 2)


def test_calm_counts_as_neutral_and_contempt_is_not_judged():
    shared = shared_from_ravdess([0.1, 0.2, 0.3, 0.0, 0.4, 0.0, 0.0, 0.0])
    by_name = dict(zip(AFFECT_CLASSES, shared, strict=True))
    assert by_name["neutral"] == pytest.approx(0.3)
    assert by_name["happiness"] == pytest.approx(0.3)
    assert by_name["anger"] == pytest.approx(0.4)
    assert math.isnan(by_name["contempt"])
    assert np.nansum(shared) == pytest.approx(1.0)


def test_entropy_runs_from_sure_to_no_idea_over_what_is_judged():
    assert relative_entropy(one(AFFECT_CLASSES, "fear")) == 0.0
    assert relative_entropy(np.full(8, 0.125)) == pytest.approx(1.0)
    assert relative_entropy([*np.full(7, 1 / 7), math.nan]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "wrong", [[0.5, 0.5], np.full(8, 0.2), np.full(8, math.nan), [-0.5, 1.5] * 4]
)
def test_what_is_no_distribution_is_refused(wrong):
    with pytest.raises(InputError):
        valence_arousal(wrong, AFFECT_CLASSES)
