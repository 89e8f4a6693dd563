"""Logistic regression of a state that is or is not, with a penalty on the squared weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from affect_perception.core.errors import InputError

Float64Array = npt.NDArray[np.float64]

PERSON_WEIGHT = 100.0
"""Weight of all rows of a person together, against the penalty on the weights."""
MOST_STEPS, CLOSE = 50, 1e-9
"""Newton's steps at most, and the relative gain below which it is done."""


@dataclass(frozen=True)
class Rows:
    """Examples of one output: features without NaN, states, weights."""

    features: Float64Array
    states: Float64Array
    weights: Float64Array


@dataclass(frozen=True)
class Line:
    """logit = features @ slope + offset."""

    slope: Float64Array
    offset: float

    def logits(self, features: Float64Array) -> Float64Array:
        """(n, k) to (n,)."""
        return np.asarray(features @ self.slope + self.offset)


def balanced_weights(states: Float64Array) -> Float64Array:
    """Weights that add up to 0.5 for each of the two states that occurs."""
    weights = np.zeros(len(states))
    for state in (0.0, 1.0):
        own = states == state
        if own.any():
            weights[own] = 0.5 / own.sum()
    return weights


def fit(examples: Rows, penalty: float) -> Line:
    """Fits slope and offset; the penalty is on slopes of features divided by their spread.

    Raises:
        InputError: If one of the states does not occur.
    """
    if set(examples.states.tolist()) != {0.0, 1.0}:
        raise InputError("training needs windows of both states")
    spread = examples.features.std(axis=0) + 1e-6
    mean = examples.features.mean(axis=0)
    scaled = np.column_stack([(examples.features - mean) / spread, np.ones(len(examples.states))])
    shrink = np.full(scaled.shape[1], penalty)
    shrink[-1] = 0.0
    vector = _newton(scaled, examples.states, examples.weights, shrink)
    slope = vector[:-1] / spread
    return Line(slope, float(vector[-1] - mean @ slope))


def _newton(
    features: Float64Array, states: Float64Array, weights: Float64Array, shrink: Float64Array
) -> Float64Array:
    """The minimum of the penalised likelihood (convex), by Newton steps, halved if needed."""

    def loss(at: Float64Array) -> float:
        z = features @ at
        value = float(weights @ (np.logaddexp(0.0, z) - states * z))
        return value + 0.5 * float(shrink @ at**2)

    vector = np.zeros(features.shape[1])
    value = loss(vector)
    for _ in range(MOST_STEPS):
        found = expit(features @ vector)
        slope = features.T @ (weights * (found - states)) + shrink * vector
        bend = (features.T * (weights * found * (1.0 - found))) @ features
        bend[np.diag_indices_from(bend)] += shrink + 1e-9
        step = np.linalg.solve(bend, slope)
        length = 1.0
        while loss(vector - length * step) > value and length > 1e-6:
            length *= 0.5
        vector = vector - length * step
        before, value = value, loss(vector)
        if before - value < CLOSE * (1.0 + abs(value)):
            break
    return vector


def left_out(
    people: Sequence[tuple[Float64Array, Float64Array]], penalty: float
) -> list[Float64Array]:
    """What a regression on all the others says of each person.

    Args:
        people: (n, k) features and (n,) states of each; unknown features (NaN) count as their
            mean over the others.
        penalty: See `fit`.

    Returns:
        (n,) probabilities for each person.

    Raises:
        InputError: With fewer than two people, or if one of the states does not occur.
    """
    if len(people) < 2:
        raise InputError("leaving one person out needs two people")
    found = []
    for index, (features, _) in enumerate(people):
        rest = [person for place, person in enumerate(people) if place != index]
        joined = np.concatenate([others for others, _ in rest])
        # A feature that nobody of the rest has says nothing: its value does not matter.
        known = np.isfinite(joined)
        usual = np.where(known, joined, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        examples = Rows(
            np.where(np.isfinite(joined), joined, usual),
            np.concatenate([states for _, states in rest]),
            np.concatenate([PERSON_WEIGHT * balanced_weights(states) for _, states in rest]),
        )
        line = fit(examples, penalty)
        found.append(expit(line.logits(np.where(np.isfinite(features), features, usual))))
    return found
