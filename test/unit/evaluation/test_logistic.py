"""Logistic regression of two states: weights of people, leaving one out, unknown features.

How well the fit finds a known line is in test/train/test_train_load.py.
"""

from __future__ import annotations

import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.evaluation.logistic import balanced_weights, left_out

pytestmark = pytest.mark.unit


def person(seed: int, count: int, sign: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    states = np.arange(count) % 2.0
    noise = np.random.default_rng(seed).normal(0.0, 0.3, (count, 2))
    return np.column_stack([sign * (states - 0.5), np.zeros(count)]) + noise, states


def test_both_states_weigh_a_half_however_rare() -> None:
    weights = balanced_weights(np.array([0.0, 0.0, 0.0, 1.0]))
    assert weights == pytest.approx([1 / 6, 1 / 6, 1 / 6, 0.5])


def test_what_is_said_of_a_person_comes_from_the_others() -> None:
    # The last person's body does the opposite; who had learned from it would be less wrong there.
    people = [person(1, 40), person(2, 60), person(3, 40), person(4, 40, sign=-1.0)]
    said = left_out(people, penalty=1.0)
    right = [
        ((p >= 0.5) == (states == 1.0)).mean() for p, (_, states) in zip(said, people, strict=True)
    ]
    assert min(right[:3]) > 0.8
    assert right[3] < 0.2
    changed = [*people[:3], (people[3][0], 1.0 - people[3][1])]
    np.testing.assert_array_equal(left_out(changed, penalty=1.0)[3], said[3])


def test_unknown_features_count_as_the_mean_of_the_others() -> None:
    people = [person(1, 40), person(2, 40)]
    usual = people[0][0][:, 1].mean()
    features = people[1][0].copy()
    features[3, 1] = np.nan
    unknown = left_out([people[0], (features, people[1][1])], penalty=1.0)[1]
    features[3, 1] = usual
    filled = left_out([people[0], (features, people[1][1])], penalty=1.0)[1]
    assert unknown[3] == pytest.approx(filled[3])


def test_a_feature_that_nobody_else_has_does_not_matter() -> None:
    people = [person(1, 40), person(2, 40)]
    features = people[0][0].copy()
    features[:, 1] = np.nan
    said = left_out([(features, people[0][1]), people[1]], penalty=1.0)[1]
    other = people[1][0].copy()
    other[:, 1] = 5.0
    again = left_out([(features, people[0][1]), (other, people[1][1])], penalty=1.0)[1]
    np.testing.assert_allclose(said, again)


def test_nobody_else_to_learn_from_is_refused() -> None:
    with pytest.raises(InputError, match="two people"):
        left_out([person(1, 10)], penalty=1.0)
