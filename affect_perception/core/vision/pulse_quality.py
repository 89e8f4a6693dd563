"""How far a rate read from the skin can be trusted: a logistic regression on two numbers."""

from __future__ import annotations

import math

from affect_perception.core.vision.pulse_rate import RateEstimate

NAMES = ("explained", "certain")
"""What the quality rests on: the fields of `RateEstimate`."""
BIAS, WEIGHTS = 0.85, (0.68, 2.63)
"""From `affect_perception/training/pulse_quality.py`: made colours of random pulse, motion, light
and noise, one in six without a pulse (docs/pulse.md)."""
NARROW, WIDE_BPM = 0.5, 50.0
"""Of the same made colours: the error of right rates over the tracker's spread (0.48), and the root
mean square error of wrong ones, beats per minute (51)."""


def clues(found: RateEstimate) -> tuple[float, float]:
    """The numbers in `NAMES`, as log odds.

    Motion and changes of light tell nothing beyond these two, which fall with them: they were
    tried and left out.
    """
    return _log_odds(found.explained), 0.5 * _log_odds(found.certain)


def pulse_quality(found: RateEstimate) -> float:
    """Probability that a rate is right within 5 beats per minute, 0..1."""
    score = BIAS + sum(w * n for w, n in zip(WEIGHTS, clues(found), strict=True))
    return 1.0 / (1.0 + math.exp(-min(max(score, -30.0), 30.0)))


def rate_std(found: RateEstimate, quality: float) -> float:
    """One sigma of the rate, beats per minute: of a right one, or of a wrong one, as it may be."""
    right = (NARROW * found.std) ** 2
    return math.sqrt(quality * right + (1.0 - quality) * WIDE_BPM**2)


def _log_odds(share: float) -> float:
    inside = min(max(share, 1e-3), 1.0 - 1e-3)
    return math.log(inside / (1.0 - inside))
