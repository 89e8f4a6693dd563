"""Valence and arousal as states in time: a filter that weighs measurements by their precision.

Each follows an Ornstein-Uhlenbeck process: it is drawn to rest (0, neutral) with a time constant T
and has, when nothing is known, mean 0 and standard deviation S (Uhlenbeck and Ornstein, "On the
theory of the Brownian motion", Physical Review 36, 1930; as a model of core affect: Kuppens,
Oravecz, Tuerlinckx, "Feelings change", JPSP 99, 2010). Over a step t

    mean <- a mean,  variance <- a^2 variance + (1 - a^2) S^2,  a = exp(-t / T),

and a measurement z with variance R (Kalman, "A new approach to linear filtering and prediction
problems", 1960)

    k = variance / (variance + R),  mean <- mean + k (z - mean),  variance <- (1 - k) variance.

The errors of one modality last: thirty looks a second at one expression are not thirty times the
evidence. An error of variance R and correlation time c acts on slower states as white noise of
density 2 R c (Gelb, "Applied optimal estimation", 1974, section 4.5), so a measurement that comes d
seconds after the one before of its modality counts with R max(1, 2 c / d). That makes the result
independent of the rate at which a sensor repeats itself.

The estimate is linear in the measurements: the filter carries along how much of the present mean
each modality has brought. What is left to 1 is the state of rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from affect_perception.core.buffers import to_s
from affect_perception.core.enums import Modality
from affect_perception.core.fusion.evidence import Evidence
from affect_perception.core.fusion.rest import REST_STD
from affect_perception.core.types import MODALITIES

ERROR_TIME = {Modality.FACE: 1.0, Modality.VOICE: 3.0, Modality.PHYSIO: 30.0}
"""Correlation time of the errors of each modality, s: an expression, a sentence, half the minute
that load and stress are read from. Chosen from what each reading rests on, not measured."""


@dataclass(frozen=True)
class Quantity:
    """One estimated number.

    Attributes:
        mean: Estimate.
        variance: Of its error.
        shares: Part of the mean that each of `MODALITIES` has brought, 0..1.
    """

    mean: float
    variance: float
    shares: tuple[float, ...] = (0.0,) * len(MODALITIES)

    def later(self, keep: float, rest_variance: float) -> Quantity:
        """After a step over which `keep` of the mean is kept."""
        return Quantity(
            keep * self.mean,
            keep * keep * self.variance + (1.0 - keep * keep) * rest_variance,
            tuple(keep * share for share in self.shares),
        )

    def corrected(self, value: float, variance: float, place: int) -> Quantity:
        """After a measurement by one modality."""
        gain = self.variance / (self.variance + variance)
        shares = [(1.0 - gain) * share for share in self.shares]
        shares[place] += gain
        return Quantity(
            self.mean + gain * (value - self.mean), (1.0 - gain) * self.variance, tuple(shares)
        )

    @property
    def std(self) -> float:
        """One sigma."""
        return math.sqrt(self.variance)


@dataclass(frozen=True)
class Belief:
    """What is believed at one instant.

    Attributes:
        stamp_ns: The instant.
        valence: Estimate.
        arousal: Estimate.
        measured_ns: When each of `MODALITIES` was last measured; None if never.
    """

    stamp_ns: int
    valence: Quantity
    arousal: Quantity
    measured_ns: tuple[int | None, ...] = (None,) * len(MODALITIES)

    @classmethod
    def at_rest(cls, stamp_ns: int) -> Belief:
        """Nothing is known."""
        valence, arousal = (Quantity(0.0, std * std) for std in REST_STD)
        return cls(stamp_ns, valence, arousal)


class AffectFilter:
    """The rules by which beliefs change; keeps nothing itself.

    Args:
        rest_time: Time constant of the way back to rest, s.
    """

    def __init__(self, rest_time: float) -> None:
        self._rest_time = rest_time

    def advanced(self, belief: Belief, stamp_ns: int) -> Belief:
        """The belief at a later time."""
        if stamp_ns <= belief.stamp_ns:
            return belief
        keep = math.exp(-to_s(stamp_ns - belief.stamp_ns) / self._rest_time)
        return replace(
            belief,
            stamp_ns=stamp_ns,
            valence=belief.valence.later(keep, REST_STD[0] ** 2),
            arousal=belief.arousal.later(keep, REST_STD[1] ** 2),
        )

    def taken(self, belief: Belief, evidence: Evidence) -> Belief:
        """The belief after a measurement; one that is older counts with its age."""
        affect = evidence.affect
        if affect is None:
            return belief
        belief = self.advanced(belief, evidence.stamp_ns)
        place = MODALITIES.index(evidence.modality)
        before = belief.measured_ns[place]
        repeated = 1.0
        if before is not None:
            elapsed = max(to_s(belief.stamp_ns - before), 1e-3)
            repeated = max(1.0, 2.0 * ERROR_TIME[evidence.modality] / elapsed)
        age = evidence.affect_age + to_s(belief.stamp_ns - evidence.stamp_ns)
        moved = 1.0 - math.exp(-2.0 * age / self._rest_time)
        measured = list(belief.measured_ns)
        measured[place] = belief.stamp_ns
        return Belief(
            belief.stamp_ns,
            belief.valence.corrected(
                affect.valence, repeated * (affect.valence_var + moved * REST_STD[0] ** 2), place
            ),
            belief.arousal.corrected(
                affect.arousal, repeated * (affect.arousal_var + moved * REST_STD[1] ** 2), place
            ),
            tuple(measured),
        )

    def after(self, belief: Belief, row: Iterable[Evidence], stamp_ns: int) -> Belief:
        """The belief at `stamp_ns`, after a row of measurements in the order of their stamps."""
        for evidence in row:
            belief = self.taken(belief, evidence)
        return self.advanced(belief, stamp_ns)
