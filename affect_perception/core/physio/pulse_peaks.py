"""Pulse waves of a photoplethysmogram as samples come."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.physio.beat_rule import BeatRule, BeatRuleSettings, FoundBeat
from affect_perception.core.physio.kernels import slope_kernel
from affect_perception.core.physio.peak_candidates import CandidateFinder

# Smoothing of the slope, s: half the time in which a pulse rises.
_SIGMA = 0.04
_REACH, _STEP = 0.15, 0.03

RULE = BeatRuleSettings(
    noise=0.4, shape=0.5, rhythm=2.0, cap=1.2, pause=1.2, limit=1.4, margin=0.3, highest=0.5,
    refractory=0.25, horizon=0.24, first=1.2,
)  # fmt: skip
"""The weights of the R-peaks; refractory time and horizon for the slower wave."""
LOWEST_RATE = 16.0
"""Below this rate, Hz, the rise of a pulse is not in the signal."""


class PulseFinder:
    """Finds pulses by their steepest rise, sharper than the peak; gain and offset do not matter.

    The signal must rise with the volume of blood, as sensors give it.

    Args:
        rate: Samples per second, Hz, at least `LOWEST_RATE`.
    """

    def __init__(self, rate: float) -> None:
        kernel = slope_kernel(rate, _SIGMA)
        self._finder = CandidateFinder(rate, kernel, reach=_REACH, step=_STEP)
        self._rule = BeatRule(rate, RULE)

    def push(self, start: int, samples: npt.NDArray[np.float64]) -> list[FoundBeat]:
        """Takes measured samples from number `start` of the row on; a jump of it is a hole.

        Returns:
            Pulses that are certain now. `index` is the steepest rise.
        """
        beats = []
        for scan in self._finder.push(start, samples):
            beats.extend(self._rule.push(scan))
        return beats

    def interrupt(self) -> None:
        """The signal has been dead: the next beat does not follow the one before."""
        self._rule.interrupt()
