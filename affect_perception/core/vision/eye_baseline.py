"""The driver's own open eye, learned while driving."""

from __future__ import annotations

import math

import numpy as np

from affect_perception.core.config import EyeConfig

BINS = 80
BIN_WIDTH = 0.02
# Blinks and glances down narrow the eye for a part of the time; what it is most of the time when
# wide is found above the middle of the distribution.
OPEN_QUANTILE = 0.75
# The seed counts as much as this many seconds of observation.
SEED_WEIGHT = 3.0
# Spread of the seed around the population value: that of lid gaps within one alert person.
SEED_SPREAD = 0.06
# Distance of the 0.75 quantile of a normal distribution from its mean, in standard deviations.
QUANTILE_OFFSET = 0.674
# Longer steps add no more than this: a gap in the pictures says nothing about the eye.
LONGEST_STEP = 0.2


class OpenEyeBaseline:
    """Running upper quartile of the lid gap of one eye, seeded with a population value.

    A histogram over the lid gap whose old entries fade; each picture counts by its duration, so the
    result does not depend on the frame rate.
    """

    def __init__(self, config: EyeConfig) -> None:
        self._config = config
        self._centres = (np.arange(BINS) + 0.5) * BIN_WIDTH
        self.reset()

    def reset(self) -> None:
        """Starts afresh, for a new driver."""
        mean = self._config.open_gap - QUANTILE_OFFSET * SEED_SPREAD
        seed = np.exp(-0.5 * ((self._centres - mean) / SEED_SPREAD) ** 2)
        self._weights = seed * (SEED_WEIGHT / seed.sum())
        self._seconds = 0.0
        self._open_gap = self._config.open_gap

    @property
    def open_gap(self) -> float:
        """Lid gap of the open eye, in iris diameters."""
        return self._open_gap

    @property
    def progress(self) -> float:
        """0 at the start, 1 after `baseline_time` of usable pictures."""
        return min(1.0, self._seconds / self._config.baseline_time)

    def learn(self, lid_gap: float, elapsed: float) -> None:
        """Adds the lid gap seen during the last `elapsed` seconds."""
        step = min(max(elapsed, 0.0), LONGEST_STEP)
        if step == 0.0 or not math.isfinite(lid_gap):
            return
        self._seconds += step
        self._weights *= math.exp(-step / self._config.baseline_memory)
        index = int(min(max(lid_gap / BIN_WIDTH, 0.0), BINS - 1.0))
        self._weights[index] += step
        total = np.cumsum(self._weights)
        position = int(np.searchsorted(total, OPEN_QUANTILE * total[-1]))
        self._open_gap = max(
            float(self._centres[min(position, BINS - 1)]), self._config.min_open_gap
        )


class LowerLidLevel:
    """Where the lower lid of the open eye stands below the eye corners, m (negative).

    A plain mean at first, then one that fades; seeded with the median of the clips.
    """

    SEED = -0.0027
    MEMORY = 60.0
    KNOWN_AFTER = 1.0

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Starts afresh, for a new driver."""
        self.level = self.SEED
        self._seconds = SEED_WEIGHT

    @property
    def known(self) -> bool:
        """Whether it is the driver's own rather than the seed."""
        return self._seconds >= SEED_WEIGHT + self.KNOWN_AFTER

    def learn(self, height: float, elapsed: float) -> None:
        """Adds the height of the lower lid seen during the last `elapsed` seconds."""
        step = min(max(elapsed, 0.0), LONGEST_STEP)
        if step == 0.0 or not math.isfinite(height):
            return
        self._seconds = min(self._seconds + step, self.MEMORY)
        self.level += (height - self.level) * step / self._seconds
