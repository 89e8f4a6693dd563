"""Learns rules that combine what was heard and seen, and scores them with actors apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from affect_perception.core.errors import InputError
from affect_perception.evaluation.audiovisual.votes import (
    BOTH,
    FACE,
    VOICE,
    Rule,
    clear_tops,
    plain_rules,
    rule_scores,
    smoothed,
)
from affect_perception.evaluation.classification import softmax
from affect_perception.evaluation.datasets.emotion_votes import VOTED, Votes
from affect_perception.evaluation.metrics import bootstrap_interval

Array = npt.NDArray[np.float64]

FOLDS = 10
# Penalty on squared distances from the plain product, against the mean cross-entropy of a clip.
_PENALTY = 1e-4


def fit_two_weights(votes: Votes) -> Rule:
    """One weight of the voice and one of the face for all classes, no bias."""
    ones = np.ones(len(VOTED))
    return _fit(votes, 2, lambda v: Rule(v[0] * ones, v[1] * ones, 0.0 * ones), np.ones(2))


def fit_class_weights(votes: Votes) -> Rule:
    """A weight of the voice, one of the face and a bias for each class."""
    size = len(VOTED)
    start = np.concatenate([np.ones(2 * size), np.zeros(size)])
    return _fit(votes, 3 * size, lambda v: Rule(*v.reshape(3, size)), start)


def _fit(votes: Votes, size: int, rule_of: Callable[[Array], Rule], start: Array) -> Rule:
    if not len(votes.actors):
        raise InputError("no votes to learn a rule from")
    heard, seen = (np.log(smoothed(votes.counts[:, how])) for how in (VOICE, FACE))
    both = votes.counts[:, BOTH]
    target = both / both.sum(axis=1, keepdims=True)
    # What each number of the vector changes in voice, face, bias: the rule is linear in it.
    sides = [rule_of(row) for row in np.eye(size)]
    parts = [np.array([getattr(side, n) for side in sides]) for n in ("voice", "face", "bias")]

    def loss(vector: Array) -> tuple[float, Array]:
        rule = rule_of(vector)
        found = softmax(rule.bias + heard * rule.voice + seen * rule.face)
        error = (found - target) / len(target)
        value = -float((target * np.log(found + 1e-12)).sum()) / len(target)
        slopes = ((error * heard).sum(axis=0), (error * seen).sum(axis=0), error.sum(axis=0))
        slope = sum(part @ one for part, one in zip(parts, slopes, strict=True))
        away = vector - start
        return value + _PENALTY * float(away @ away), np.asarray(slope + 2.0 * _PENALTY * away)

    vector = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return rule_of(vector)


def actor_folds(votes: Votes) -> list[npt.NDArray[np.bool_]]:
    """Masks (n,) of up to `FOLDS` folds; every `FOLDS`-th actor is in one."""
    names = sorted(set(votes.actors))
    people = np.array(votes.actors)
    count = min(FOLDS, len(names))
    return [np.isin(people, names[fold::count]) for fold in range(count)]


def apart(votes: Votes) -> dict[str, Array]:
    """Shares (n, classes) by every rule; learned ones from other actors only.

    Raises:
        InputError: With fewer than two actors.
    """
    folds = actor_folds(votes)
    if len(folds) < 2:
        raise InputError("rules with actors apart need at least two actors")
    result = dict(plain_rules(votes))
    for name, fit in (
        ("product, two weights", fit_two_weights),
        ("product, weights of each class", fit_class_weights),
    ):
        shares = np.zeros((len(votes.actors), len(VOTED)))
        for fold in folds:
            shares[fold] = fit(votes.of(~fold)).shares(votes.of(fold))
        result[name] = shares
    return result


def scores_apart(votes: Votes) -> dict[str, dict[str, float]]:
    """Scores of every rule of `apart`, and how far its `accuracy` is above the plain product's.

    `gain`, `gain_ci95_low`, `gain_ci95_high`: 95 % interval, drawing actors with replacement, the
    same ones for both.
    """
    everything = apart(votes)
    top = clear_tops(votes)[:, BOTH]
    clear = top >= 0
    actors = [votes.actors[i] for i in np.flatnonzero(clear)]
    right = {
        name: (shares.argmax(axis=1) == top)[clear].astype(np.float64)
        for name, shares in everything.items()
    }
    result = {}
    for name, shares in everything.items():
        gain = right[name] - right["product"]
        low, high = bootstrap_interval(gain, actors)
        gains = {"gain": float(gain.mean()), "gain_ci95_low": low, "gain_ci95_high": high}
        result[name] = {**rule_scores(shares, votes), **gains}
    return result
