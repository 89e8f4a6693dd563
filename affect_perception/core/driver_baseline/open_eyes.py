"""The driver's own open eyes, learned while driving."""

from __future__ import annotations

import math

import numpy as np

from affect_perception.core.config import BaselineConfig

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
SECONDS_PER_HOUR = 3600.0


class OpenEyeBaseline:
    """The lid gap of one open eye: upper quartile of what it was lately, seeded with a population.

    A histogram over the lid gap whose old entries fade; each picture counts by its duration, so the
    result does not depend on the frame rate. At first the quartile is the answer. Once settled, the
    answer still follows it upwards, but downwards only by a small share per hour: lids that sink
    with tiredness must not be learned as the driver's open eyes.
    """

    def __init__(self, config: BaselineConfig) -> None:
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
        """0 at the start, 1 after `eyes_time` of usable pictures."""
        return min(1.0, self._seconds / self._config.eyes_time)

    def learn(self, lid_gap: float, elapsed: float) -> None:
        """Adds the lid gap seen during the last `elapsed` seconds.

        Whoever calls it leaves out what is not the open eye of an alert driver; an eye that is
        nearly shut is left out here, once there is something to compare it with.
        """
        step = min(max(elapsed, 0.0), self._config.longest_step)
        if step == 0.0 or not math.isfinite(lid_gap):
            return
        if self.progress >= 1.0 and lid_gap < self._config.eyes_learn_above * self._open_gap:
            return
        self._seconds += step
        self._weights *= math.exp(-step / self._config.eyes_memory)
        index = int(min(max(lid_gap / BIN_WIDTH, 0.0), BINS - 1.0))
        self._weights[index] += step
        self._follow(max(self._quartile(), self._config.min_open_gap), step)

    def _quartile(self) -> float:
        """The upper quartile, evenly spread within its bin."""
        total = self._weights.cumsum()
        wanted = OPEN_QUANTILE * float(total[-1])
        position = min(int(total.searchsorted(wanted)), BINS - 1)
        below = float(total[position]) - float(self._weights[position])
        share = (wanted - below) / float(self._weights[position])
        return (position + min(max(share, 0.0), 1.0)) * BIN_WIDTH

    def _follow(self, quartile: float, step: float) -> None:
        if quartile < self._open_gap and self._seconds > self._config.eyes_settle_time:
            fall = self._config.eyes_fall_per_hour * step / SECONDS_PER_HOUR
            quartile = max(quartile, self._open_gap * (1.0 - fall))
        self._open_gap = quartile


class LowerLidLevel:
    """Where the lower lid of the open eye stands below the eye corners, m (negative).

    A plain mean at first, then one that fades; seeded with the median of the clips.
    """

    SEED = -0.0027
    MEMORY = 60.0
    KNOWN_AFTER = 1.0

    def __init__(self, config: BaselineConfig) -> None:
        self._longest_step = config.longest_step
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
        step = min(max(elapsed, 0.0), self._longest_step)
        if step == 0.0 or not math.isfinite(height):
            return
        self._seconds = min(self._seconds + step, self.MEMORY)
        self.level += (height - self.level) * step / self._seconds
