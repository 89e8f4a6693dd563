"""R-peaks of an electrocardiogram as samples come."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.physio.beat_rule import BeatRule, BeatRuleSettings, FoundBeat
from affect_perception.core.physio.kernels import wavelet
from affect_perception.core.physio.peak_candidates import CandidateFinder

# Band of the QRS complex: around 15 Hz, 4.5 Hz to each side (one sigma). Chosen by the number of
# beats that no threshold on the height could tell from the rest, see docs/physio.md.
_FREQUENCY, _SIGMA = 15.0, 0.035
_REACH, _STEP = 0.06, 0.01
# Where the level before and after a QRS complex is taken, s from its middle.
_LEVELS = (0.05, 0.1)

RULE = BeatRuleSettings(
    noise=0.4, shape=0.5, rhythm=2.0, cap=1.2, pause=1.2, limit=1.4, margin=0.3, highest=0.5,
    refractory=0.22, horizon=0.28, first=3.0,
    most_step=0.92,
)  # fmt: skip
"""Chosen by random search on the records 100, 108, 121 and 231 of the MIT-BIH Arrhythmia Database;
docs/physio.md has the figures of these and of the other records. `most_step`: before and after a
marked beat of the eight records the levels differ by at most 0.78 of its range, motion under a beat
adds to that, and a step alone is at 0.95 or more."""
LOWEST_RATE = 60.0
"""Below this rate, Hz, the band of the QRS complex is not in the signal."""


class RPeakFinder:
    """Finds R-peaks; polarity, gain and offset of the lead do not matter.

    Args:
        rate: Samples per second, Hz, at least `LOWEST_RATE`.
    """

    def __init__(self, rate: float) -> None:
        kernel = wavelet(rate, _FREQUENCY, _SIGMA)
        self._finder = CandidateFinder(rate, kernel, reach=_REACH, step=_STEP, levels=_LEVELS)
        self._rule = BeatRule(rate, RULE)

    def push(self, start: int, samples: npt.NDArray[np.float64]) -> list[FoundBeat]:
        """Takes measured samples from number `start` of the row on; a jump of it is a hole.

        Returns:
            Beats that are certain now. `index` is the extremum of the QRS complex in the band.
        """
        beats = []
        for scan in self._finder.push(start, samples):
            beats.extend(self._rule.push(scan))
        return beats

    def interrupt(self) -> None:
        """The signal has been dead: the next beat does not follow the one before."""
        self._rule.interrupt()
