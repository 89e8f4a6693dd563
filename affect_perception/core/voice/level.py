"""Level of the sound: mean, peak, clipping, dead microphone; over the last second, in tenths."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.enums import VoiceReason

_TENTHS = 10
# One step below the largest 16-bit value; converters that clip give runs of either.
FULL_SCALE = 32766.0 / 32768.0


@dataclass(frozen=True)
class SoundLevel:
    """Level of the last second, of full tenths; NaN before the first is full.

    Attributes:
        mean_dbfs: Root mean square, dB of full scale; -inf if digitally silent.
        peak_dbfs: Largest sample.
        clipped_share: Share of samples at full scale.
        reasons: SILENT, CLIPPED, or none.
    """

    mean_dbfs: float
    peak_dbfs: float
    clipped_share: float
    reasons: tuple[VoiceReason, ...]


class LevelMeter:
    """Measures the level of a row of samples in blocks of a tenth of a second.

    Args:
        rate: Samples per second.
        config: Limits.

    Attributes:
        block: Samples in a tenth of a second.
    """

    def __init__(self, rate: int, config: VoiceConfig) -> None:
        self.block = max(1, rate // 10)
        self._config = config
        self._rest = np.zeros(0, np.float32)
        self._blocks: deque[tuple[float, float, float]] = deque(maxlen=_TENTHS)

    def push(self, samples: npt.NDArray[np.float32]) -> SoundLevel:
        """Takes samples and gives the level of the last second."""
        joined = np.concatenate([self._rest, samples])
        for start in range(0, len(joined) - self.block + 1, self.block):
            block = joined[start : start + self.block].astype(np.float64)
            size = np.abs(block)
            clipped = float((size >= FULL_SCALE).mean())
            self._blocks.append((float((block**2).mean()), float(size.max()), clipped))
        self._rest = joined[len(joined) - len(joined) % self.block :]
        return self._level()

    def _level(self) -> SoundLevel:
        if not self._blocks:
            return SoundLevel(math.nan, math.nan, math.nan, ())
        powers, peaks, shares = zip(*self._blocks, strict=True)
        mean = _decibel(math.sqrt(sum(powers) / len(powers)))
        clipped = sum(shares) / len(shares)
        reasons = []
        if mean < self._config.silent_dbfs:
            reasons.append(VoiceReason.SILENT)
        if clipped > self._config.clipped_share:
            reasons.append(VoiceReason.CLIPPED)
        return SoundLevel(mean, _decibel(max(peaks)), clipped, tuple(reasons))


def _decibel(amplitude: float) -> float:
    return 20.0 * math.log10(amplitude) if amplitude > 0.0 else -math.inf
