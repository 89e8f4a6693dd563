"""Scores of load and stress: are the states told apart, and does the uncertainty say when not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.evaluation.logistic import balanced_weights
from affect_perception.evaluation.metrics import area_under_roc

Float64Array = npt.NDArray[np.float64]

BINS = 10


@dataclass(frozen=True)
class Judged:
    """Probabilities of one output for one person's windows.

    Attributes:
        person: Whose.
        probabilities: (n,), NaN where nothing could be said.
        states: (n,) 0 or 1.
        phases: (n,) names.
    """

    person: str
    probabilities: Float64Array
    states: Float64Array
    phases: npt.NDArray[np.str_]


def scores(judged: Sequence[Judged]) -> dict[str, float]:
    """All figures over the windows of all persons.

    Windows that could not be judged count as wrong in `balanced_accuracy` (as half right in
    `auroc`, as probability .5 elsewhere) and are counted in `unjudged`.
    """
    said = np.concatenate([one.probabilities for one in judged])
    states = np.concatenate([one.states for one in judged])
    if not len(states):
        return {}
    silent = np.isnan(said)
    filled = np.where(silent, 0.5, said)
    right = np.where(silent, False, (said >= 0.5) == (states == 1.0))
    std = np.sqrt(filled * (1.0 - filled))
    error = np.abs(filled - states)
    weights = balanced_weights(states)
    return {
        "balanced_accuracy": float(np.mean([right[states == s].mean() for s in np.unique(states)])),
        "accuracy": float(right.mean()),
        "auroc": area_under_roc(filled, states == 1.0),
        "ece": calibration_error(filled, states, weights),
        "ece_as_recorded": calibration_error(filled, states, np.full(len(states), 1 / len(states))),
        "rmse": math.sqrt(float((weights * error**2).sum())),
        "mean_std": float((weights * std).sum()),
        "std_over_error": math.sqrt(float((weights * std**2).sum() / (weights * error**2).sum())),
        "auroc_std_finds_errors": area_under_roc(std, ~right),
        "worst_person": min(_person(one) for one in judged),
        "unjudged": float(silent.mean()),
    }


def _person(one: Judged) -> float:
    right = (one.probabilities >= 0.5) == (one.states == 1.0)
    shares = [right[one.states == s].mean() for s in np.unique(one.states)]
    return float(np.mean(shares)) if shares else 1.0


def recall_of_phases(judged: Sequence[Judged]) -> dict[str, float]:
    """Share of the windows judged right, by the name of the phase."""
    said = np.concatenate([one.probabilities for one in judged])
    right = (said >= 0.5) == (np.concatenate([one.states for one in judged]) == 1.0)
    names = np.concatenate([one.phases for one in judged])
    return {str(name): float(right[names == name].mean()) for name in np.unique(names)}


@dataclass(frozen=True)
class Reliability:
    """Bins of equal width: what was said on average, how often it was so, weight of the bin."""

    said: Float64Array
    found: Float64Array
    weight: Float64Array


def reliability(
    probabilities: Float64Array, states: Float64Array, weights: Float64Array
) -> Reliability:
    """Sorts probabilities into `BINS` bins; empty ones are NaN with weight 0."""
    place = np.clip((probabilities * BINS).astype(np.int64), 0, BINS - 1)
    weight = np.bincount(place, weights, BINS)
    divisor = np.where(weight > 0.0, weight, np.nan)
    said = np.bincount(place, weights * probabilities, BINS) / divisor
    found = np.bincount(place, weights * states, BINS) / divisor
    return Reliability(said, found, weight / weight.sum())


def calibration_error(
    probabilities: Float64Array, states: Float64Array, weights: Float64Array
) -> float:
    """Mean distance of what was said from how often it was so, over the bins.

    Of the probability of the state, not of the more probable state as in Guo et al., ICML 2017.
    """
    bins = reliability(probabilities, states, weights)
    there = bins.weight > 0.0
    return float((bins.weight[there] * np.abs(bins.said - bins.found)[there]).sum())
