"""Puts chunks in a row: one rate, one channel, and what to do about holes in the stamps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.enums import VoiceReason
from affect_perception.core.types.inputs import AudioChunk

_NS = 1_000_000_000
# Share of a stamp's deviation by which the clock of the row follows: drivers' clocks drift by some
# 100 parts per million, single stamps jitter.
_FOLLOW = 50


@dataclass(frozen=True)
class SoundPiece:
    """What a chunk added to the row.

    Attributes:
        samples: (n,) mono samples that were not heard before, full scale at -1..1.
        end_ns: Time just after the newest input sample.
        restarted: The row began anew with this piece; what came before is not connected.
        reasons: What was wrong with the stamps.
    """

    samples: npt.NDArray[np.float32]
    end_ns: int
    restarted: bool
    reasons: tuple[VoiceReason, ...] = ()


class SoundStream:
    """Puts chunks in a row.

    Args:
        config: Limits of the stamps.
    """

    def __init__(self, config: VoiceConfig) -> None:
        self._tolerance = round(config.stamp_tolerance * _NS)
        self._jump = round(config.stamp_jump * _NS)
        self._rate = 0
        self._start = 0  # stamp of the first sample of the row
        self._heard = 0  # input samples of the row

    def push(self, chunk: AudioChunk) -> SoundPiece | None:
        """Takes the next chunk.

        Returns:
            What it adds, or None if all of it was heard before (an older chunk).
        """
        samples = chunk.mono()
        if self._rate != chunk.rate:
            # The first chunk, or another device.
            return self._restart(chunk, samples, ())
        end = self._stamp_of(self._heard)
        late = chunk.stamp_ns - end
        if late > self._tolerance:
            return self._restart(chunk, samples, (VoiceReason.SOUND_GAP,))
        if late < -self._jump:
            return self._restart(chunk, samples, (VoiceReason.STAMP_JUMP,))
        if late < -self._tolerance:
            again = (-late * self._rate + _NS // 2) // _NS
            if again >= len(samples):
                return None
            return self._append(samples[again:], (VoiceReason.SOUND_OVERLAP,))
        # Truncates to zero: stamps that are exact up to rounding change nothing.
        self._start += int(late / _FOLLOW)
        return self._append(samples, ())

    def _restart(
        self, chunk: AudioChunk, samples: npt.NDArray[np.float32], reasons: tuple[VoiceReason, ...]
    ) -> SoundPiece:
        self._rate, self._start, self._heard = chunk.rate, chunk.stamp_ns, 0
        return self._append(samples, reasons, restarted=True)

    def _append(
        self,
        samples: npt.NDArray[np.float32],
        reasons: tuple[VoiceReason, ...],
        *,
        restarted: bool = False,
    ) -> SoundPiece:
        self._heard += len(samples)
        return SoundPiece(samples, self._stamp_of(self._heard), restarted, reasons)

    def _stamp_of(self, index: int) -> int:
        return self._start + index * _NS // self._rate
