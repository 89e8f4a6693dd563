"""The heart rate in the wave of the pulse: how well each rate explains it, and which one it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.summit import summit_step
from affect_perception.core.vision.pulse_colour import GRID_HZ, in_band

Array = npt.NDArray[np.float64]

RATES = np.arange(40.0, 201.0)
"""Rates that are looked for, beats per minute: drivers at rest have 50 to 100."""
HARMONIC_SHARE = 0.5
"""Most that the second harmonic may add, over the first: a wave at twice a rate never makes that
rate likely by itself."""
NEAR_BPM = 5.0
"""Rates this near count as the same."""
REACH_BPM = 8.0
"""How far the peak that is told may lie from the tracked rate: what a rate changes in seconds."""


class RateSpectrum:
    """How much of a wave each rate explains."""

    def __init__(self, seconds: float) -> None:
        """Lays out the sines of all rates and their harmonics for waves of up to `seconds`."""
        time = np.arange(round(seconds * GRID_HZ) + 1) / GRID_HZ
        turns = np.outer(RATES / 60.0, time)
        self._first = np.exp(-2j * np.pi * turns)
        self._second = np.exp(-4j * np.pi * turns)

    def explained(self, wave: npt.ArrayLike) -> Array:
        """Share of the energy in the band of the pulse that each of `RATES` explains.

        Least squares of a sine and its second harmonic, weighted by a Hann window.

        Args:
            wave: (n,) on the even grid.

        Returns:
            (161,) 0..1; zeros for a wave that is flat.
        """
        values = in_band(wave)
        weight = np.hanning(len(values) + 2)[1:-1]
        energy = float(weight @ values**2) * float(weight.sum())
        if not energy > 1e-24:
            return np.zeros(len(RATES))
        weighted = weight * values
        first = np.abs(self._first[:, : len(values)] @ weighted) ** 2
        second = np.abs(self._second[:, : len(values)] @ weighted) ** 2
        both = first + np.minimum(second, HARMONIC_SHARE * first)
        return np.asarray(np.minimum(2.0 * both / energy, 0.999))


@dataclass(frozen=True)
class RateEstimate:
    """What is known of the rate.

    Attributes:
        bpm: Beats per minute.
        std: Spread of the tracked probability around it.
        certain: Probability that the rate is within `NEAR_BPM` of it, as far as the model of sines
            in noise holds, 0..1.
        explained: Share of the wave that it explains, 0..1.
    """

    bpm: float
    std: float
    certain: float
    explained: float


class RateTracker:
    """A probability of every rate, carried on from second to second.

    Between estimates it spreads as heart rates drift. Each spectrum multiplies it by the
    probability of a sine of unknown size in noise of unknown size (Bretthorst, "Bayesian spectrum
    analysis and parameter estimation", Springer 1988, eq. 3.17): (1 - explained)^(-n / 2), where n
    counts the independent values that are new. A small uniform part lets it leave a wrong rate.

    Args:
        drift: Spread of the change of rate, bpm per square root of a second.
        values_per_s: Independent values a second.
        lost: Share of the probability that is spread evenly, per second.
    """

    def __init__(self, drift: float, values_per_s: float, lost: float) -> None:
        self._drift, self._values, self._lost = drift, values_per_s, lost
        self.reset()

    def reset(self) -> None:
        """Every rate is as likely as any."""
        self.fresh = True
        self._chance = np.full(len(RATES), 1.0 / len(RATES))

    def step(self, explained: Array, elapsed: float) -> RateEstimate:
        """Takes one spectrum.

        Args:
            explained: (161,) as `RateSpectrum.explained` gives it.
            elapsed: Time since the last one, s; of the first one, the length of its wave.
        """
        self._chance = self._spread(min(elapsed, 30.0))
        bits = -0.5 * self._values * elapsed * np.log1p(-explained)
        chance = self._chance * np.exp(bits - bits.max())
        self._chance = chance / chance.sum()
        self.fresh = False
        return self._told(explained)

    def _spread(self, elapsed: float) -> Array:
        sigma = max(self._drift * math.sqrt(elapsed), 0.3)
        reach = min(math.ceil(4.0 * sigma), 40)
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
        padded = np.pad(self._chance, reach)
        spread = np.convolve(padded, kernel / kernel.sum(), mode="same")[reach:-reach]
        even = 1.0 - (1.0 - self._lost) ** elapsed
        return np.asarray((1.0 - even) * spread / spread.sum() + even / len(RATES))

    def _told(self, explained: Array) -> RateEstimate:
        """The peak of the newest spectrum that lies where the rate is most likely to be.

        The tracker says which peak it is; the peak itself says the rate without its lag.
        """
        likely = float(RATES[int(np.argmax(self._chance))])
        near = np.flatnonzero(np.abs(RATES - likely) <= REACH_BPM)
        weight = self._chance[near] / self._chance[near].sum()
        mean = float(weight @ RATES[near])
        spread = math.sqrt(float(weight @ (RATES[near] - mean) ** 2))
        peak = int(near[np.argmax(explained[near])])
        bpm = float(RATES[peak]) + summit_step(explained, peak)
        certain = float(self._chance[np.abs(RATES - bpm) <= NEAR_BPM].sum())
        return RateEstimate(bpm, spread, min(certain, 1.0), float(explained[peak]))
