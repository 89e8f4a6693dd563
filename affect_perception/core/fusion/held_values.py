"""Heart rate, load and stress of the state: the newest of each modality, widened by age."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from affect_perception.core.enums import Modality
from affect_perception.core.fusion.evidence import Rate

HEART_WALK = 1.0
"""How far a heart rate wanders, 1/min per root second: variance grows by its square each second.
Chosen: three beats a minute in ten seconds, as breathing and standing up do."""
HEART_LEAST = 1.0
"""Smallest error of a heart rate, 1/min, whatever its source says: the beats themselves wander."""
BEYOND_CHANCE = 9.0
"""Chi square of two rates from which they differ beyond chance: three sigma."""
STATE_STD = 0.5
"""Standard deviation of load or stress when nothing is known: half of the range 0..1."""
STATE_TIME = 60.0
"""Time after which an old load or stress has lost most of its weight, s: each is read from a
minute of signals."""


@dataclass(frozen=True)
class HeartRate:
    """The heart rate from all that measure it.

    Attributes:
        rate: Value, one sigma, and quality.
        weights: Share of each modality.
    """

    rate: Rate
    weights: Mapping[Modality, float]


def heart_rate(found: Mapping[Modality, tuple[Rate, float]]) -> HeartRate:
    """Means weighted by precision.

    Where two differ by more than three times what their errors explain, the error is scaled up by
    the root of chi square per degree of freedom (Birge, "The calculation of errors by the method
    of least squares", Physical Review 40, 1932).

    Args:
        found: For each modality its rate and the age of that, s.
    """
    known = {name: pair for name, pair in found.items() if pair[0].known}
    if not known:
        return HeartRate(Rate(), {})
    precision = {
        name: 1.0 / (max(rate.std, HEART_LEAST) ** 2 + HEART_WALK**2 * max(age, 0.0))
        for name, (rate, age) in known.items()
    }
    whole = sum(precision.values())
    weights = {name: value / whole for name, value in precision.items()}
    mean = sum(weights[name] * rate.value for name, (rate, _) in known.items())
    chi = sum(precision[name] * (rate.value - mean) ** 2 for name, (rate, _) in known.items())
    excess = chi if len(known) > 1 and chi > BEYOND_CHANCE else 1.0
    judged = {name: rate.quality for name, (rate, _) in known.items() if rate.quality >= 0.0}
    part = sum(weights[name] for name in judged)
    quality = (
        sum(weights[name] * value for name, value in judged.items()) / part if part else math.nan
    )
    return HeartRate(Rate(mean, math.sqrt(excess / whole), quality), weights)


def aged_state(mean: float, std: float, age: float) -> tuple[float, float]:
    """Load or stress, and one sigma, `age` seconds after it was read."""
    if not (math.isfinite(mean) and math.isfinite(std)):
        return math.nan, math.nan
    moved = 1.0 - math.exp(-2.0 * max(age, 0.0) / STATE_TIME)
    variance = std * std + moved * max(STATE_STD**2 - std * std, 0.0)
    return mean, math.sqrt(variance)


def state_weight(mean: float, age: float) -> float:
    """How much of a load of this age is left, 0..1; the rest is memory."""
    return math.exp(-max(age, 0.0) / STATE_TIME) if math.isfinite(mean) else 0.0
