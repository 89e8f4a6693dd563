"""Whether the stated sampling rate is the one that stamps and samples speak of."""

from __future__ import annotations

from collections import deque

import numpy as np

from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.types.inputs import AudioChunk

_WINDOW_NS = 2_000_000_000
_FEWEST = 8


class RateCheck:
    """Compares the time between stamps with the length of the sound between them.

    The median over pairs a quarter of the window apart: one hole in the sound lies between a third
    of them at most, and the jitter of single stamps is small against half a second.

    Args:
        config: The allowed difference.
    """

    def __init__(self, config: VoiceConfig) -> None:
        self._allowed = config.rate_mismatch
        self._rate = 0
        self._samples = 0
        # (stamp, samples before it) of the chunks of the last two seconds.
        self._chunks: deque[tuple[int, int]] = deque()

    def agrees(self, chunk: AudioChunk) -> bool:
        """Takes the next chunk; False once two seconds of stamps and samples disagree."""
        if chunk.rate != self._rate or (self._chunks and chunk.stamp_ns < self._chunks[-1][0]):
            # Another device or another clock: nothing before it tells anything.
            self._chunks.clear()
            self._rate, self._samples = chunk.rate, 0
        self._chunks.append((chunk.stamp_ns, self._samples))
        self._samples += len(chunk.samples)
        while len(self._chunks) > 2 and chunk.stamp_ns - self._chunks[1][0] >= _WINDOW_NS:
            self._chunks.popleft()
        full = chunk.stamp_ns - self._chunks[0][0] >= _WINDOW_NS
        if not full or len(self._chunks) < _FEWEST:
            return True
        return abs(self._ratio() - 1.0) <= self._allowed

    def _ratio(self) -> float:
        """Time between stamps over the length of the sound between them."""
        stamps, samples = np.array(self._chunks, np.float64).T
        apart = len(stamps) // 4
        passed = (stamps[apart:] - stamps[:-apart]) / 1e9
        stated = (samples[apart:] - samples[:-apart]) / self._rate
        return float(np.median(passed / stated))
