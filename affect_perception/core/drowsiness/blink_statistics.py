"""Statistics over a driver's blinks relative to the driver's own alert ones.

A blink is described as in Ghoddoosian, Galib, Athitsos, "A realistic dataset and baseline temporal
model for early drowsiness detection", CVPR workshops 2019 (UTA-RLDD, arXiv 1904.07312): frequency,
amplitude, duration and eye-opening velocity, each as a z-score against blinks of the same person
when alert. Where a baseline hardly varies z-scores grow without limit, so their inverse hyperbolic
sine is taken (linear near 0, logarithmic far out) and clipped.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from affect_perception.core.errors import InputError

BLINK_NUMBERS = ("frequency", "amplitude", "duration", "velocity")
"""The numbers of a blink, in order, as z-scores."""

LOWEST, HIGHEST = -4.0, 6.0
_QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
_ABOVE, _BELOW = (1.0, 2.0, 4.0), (-1.0, -2.0)

FEWEST_BLINKS = 5
"""With fewer, the statistics mean nothing; docs/drowsiness.md tells how many say something."""

RUN = 10
"""Blinks in a row over which the running means and spreads are taken; of 5, 8, 10, 12, 15, 20 and
30 the differences lie within one deviation (rldd_blink_features, people apart)."""

_RUN_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)

# Running statistics leave out the first number, the frequency: in the training data it counts from
# the beginning of a video, so that its course tells where in the recording the blinks lie.
_RUN_COLUMNS = slice(1, None)

_COLUMNS = len(BLINK_NUMBERS)
STATISTICS = (
    _COLUMNS * (5 + len(_QUANTILES) + len(_ABOVE) + len(_BELOW))
    + _COLUMNS * (_COLUMNS - 1) // 2
    + (_COLUMNS - 1) * (1 + 2 * len(_RUN_QUANTILES))
)
"""How many statistics there are."""

Float64Array = npt.NDArray[np.float64]


def statistics_of(blinks: npt.ArrayLike) -> Float64Array:
    """The statistics of a sequence of blinks.

    None of them counts the blinks or the time they took. Those of the runs scatter more the fewer
    blinks there are, which is why training takes equally long sequences of all states.

    Args:
        blinks: (n, 4) z-scores in the order of `BLINK_NUMBERS`, oldest first.

    Returns:
        (`STATISTICS`,): per number mean, spread, mean size, size of the mean, mean step from blink
        to blink, seven quantiles, shares beyond 1, 2 and 4 and below -1 and -2; then the six
        correlations between the numbers (0 where one does not vary); then, of amplitude, duration
        and velocity over every `RUN` blinks in a row (all blinks if fewer), how much the running
        mean varies, and five quantiles each of the running mean and the running spread.

    Raises:
        InputError: If there are fewer than `FEWEST_BLINKS`, or a number is not finite.
    """
    scores = np.asarray(blinks, np.float64)
    if scores.ndim != 2 or scores.shape[1] != _COLUMNS or len(scores) < FEWEST_BLINKS:
        raise InputError(
            f"blink statistics need at least {FEWEST_BLINKS} blinks of {_COLUMNS} numbers, got an "
            f"array of shape {scores.shape}"
        )
    if not np.isfinite(scores).all():
        raise InputError("blink statistics: a number of a blink is not finite")
    bent = np.clip(np.arcsinh(scores), LOWEST, HIGHEST)
    mean = bent.mean(axis=0)
    return np.concatenate(
        [
            mean,
            bent.std(axis=0),
            np.abs(bent).mean(axis=0),
            np.abs(mean),
            np.abs(np.diff(bent, axis=0)).mean(axis=0),
            np.quantile(bent, _QUANTILES, axis=0).ravel(),
            *[(scores > limit).mean(axis=0) for limit in _ABOVE],
            *[(scores < limit).mean(axis=0) for limit in _BELOW],
            _correlations(bent),
            _run_statistics(bent[:, _RUN_COLUMNS]),
        ]
    )


def _run_statistics(columns: Float64Array) -> Float64Array:
    """How the mean and the spread over a few blinks change in the course of the sequence."""
    runs = sliding_window_view(columns, min(RUN, len(columns)), axis=0)
    means, spreads = runs.mean(axis=-1), runs.std(axis=-1)
    return np.concatenate(
        [
            means.std(axis=0),
            np.quantile(means, _RUN_QUANTILES, axis=0).ravel(),
            np.quantile(spreads, _RUN_QUANTILES, axis=0).ravel(),
        ]
    )


def _correlations(columns: Float64Array) -> Float64Array:
    centred = columns - columns.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    # A column that does not vary has no direction; its correlations are 0.
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=length > 1e-9)
    return np.asarray((unit.T @ unit)[np.triu_indices(_COLUMNS, 1)], np.float64)
