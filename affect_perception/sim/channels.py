"""Values over time: held, and moved from one to the next with minimum jerk."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.sim.geometry import minimum_jerk

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Key:
    """From time `at` on, move within `over` seconds to `value`."""

    at: float
    over: float
    value: tuple[float, ...]


class Channel:
    """A vector over time, a pure function once built.

    Each key starts from wherever the movement before it stands, so keys may overlap.
    """

    def __init__(self, initial: tuple[float, ...], keys: list[Key]) -> None:
        self._times = [key.at for key in keys]
        self._keys = keys
        self._starts: list[Array] = []
        self._targets: list[Array] = []
        self._initial = np.array(initial, dtype=np.float64)
        for count, key in enumerate(keys):
            before = self._value(key.at, count)
            target = np.array(key.value, dtype=np.float64)
            # NaN in a key means: leave this component as it was meant to be.
            meant = self._targets[-1] if self._targets else self._initial
            self._targets.append(np.where(np.isnan(target), meant, target))
            self._starts.append(before)

    def at(self, time: float) -> Array:
        """Value at a time in seconds."""
        return self._value(time, bisect.bisect_right(self._times, time))

    def target(self, time: float) -> Array:
        """The value that is held or moved to at a time."""
        count = bisect.bisect_right(self._times, time)
        return self._targets[count - 1] if count else self._initial

    def _value(self, time: float, count: int) -> Array:
        if count == 0:
            return self._initial
        key, start, target = (
            self._keys[count - 1],
            self._starts[count - 1],
            self._targets[count - 1],
        )
        share = 1.0 if key.over <= 0.0 else (time - key.at) / key.over
        return np.asarray(start + (target - start) * minimum_jerk(share))


class Wander:
    """Smooth, endless, seeded wandering: a sum of sines (N components, standard deviation 1)."""

    def __init__(
        self, rng: np.random.Generator, components: int, low_hz: float, high_hz: float
    ) -> None:
        waves = 5
        self._omega = 2.0 * math.pi * rng.uniform(low_hz, high_hz, (components, waves))
        self._phase = rng.uniform(0.0, 2.0 * math.pi, (components, waves))
        self._gain = math.sqrt(2.0 / waves)

    def at(self, time: float) -> Array:
        """Value at a time in seconds."""
        return np.asarray(np.sin(self._omega * time + self._phase).sum(axis=1) * self._gain)


class Fixations:
    """Seeded fixations: standard normal offsets (2) that jump every `mean_s` seconds or so.

    A jump lasts 30 ms (saccades of a few degrees; Bahill et al. 1975).
    """

    def __init__(self, rng: np.random.Generator, duration: float, mean_s: float) -> None:
        count = int(duration / mean_s * 2.0) + 8
        # Fixation times are skewed; a gamma of shape 4 keeps them off zero.
        steps = rng.gamma(4.0, mean_s / 4.0, count)
        while steps.sum() < duration:
            steps = np.concatenate([steps, rng.gamma(4.0, mean_s / 4.0, count)])
        self._times = np.cumsum(steps).tolist()
        self._offsets = rng.standard_normal((len(self._times) + 1, 2)).clip(-2.0, 2.0)

    def at(self, time: float) -> Array:
        """Offset at a time in seconds."""
        index = bisect.bisect_right(self._times, time)
        now = self._offsets[min(index, len(self._offsets) - 1)]
        if index == 0:
            return np.asarray(now)
        share = minimum_jerk((time - self._times[index - 1]) / 0.03)
        before = self._offsets[index - 1]
        return np.asarray(before + (now - before) * share)
