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

from affect_perception.core.errors import InputError

BLINK_NUMBERS = ("frequency", "amplitude", "duration", "velocity")
"""The numbers of a blink, in order, as z-scores."""

LOWEST, HIGHEST = -4.0, 6.0
_QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
_ABOVE, _BELOW = (1.0, 2.0, 4.0), (-1.0, -2.0)

FEWEST_BLINKS = 5
"""With fewer, the statistics mean nothing; docs/drowsiness.md tells how many say something."""

_COLUMNS = len(BLINK_NUMBERS)
STATISTICS = _COLUMNS * (5 + len(_QUANTILES) + len(_ABOVE) + len(_BELOW)) + (
    _COLUMNS * (_COLUMNS - 1) // 2
)
"""How many statistics there are."""

Float64Array = npt.NDArray[np.float64]


def statistics_of(blinks: npt.ArrayLike) -> Float64Array:
    """The statistics of a sequence of blinks.

    None of them depends on how many blinks there are, nor on the time they took.

    Args:
        blinks: (n, 4) z-scores in the order of `BLINK_NUMBERS`, oldest first.

    Returns:
        (`STATISTICS`,): per number mean, spread, mean size, size of the mean, mean step from blink
        to blink, seven quantiles, shares beyond 1, 2 and 4 and below -1 and -2; then the six
        correlations between the numbers (0 where one does not vary).

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
        ]
    )


def _correlations(columns: Float64Array) -> Float64Array:
    centred = columns - columns.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    # A column that does not vary has no direction; its correlations are 0.
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=length > 1e-9)
    return np.asarray((unit.T @ unit)[np.triu_indices(_COLUMNS, 1)], np.float64)
