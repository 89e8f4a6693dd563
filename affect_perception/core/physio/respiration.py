"""Respiration rate: how often a slow signal repeats itself, from a belt or from beats.

A belt is a signal; from beats come up to three that breathing moves (Charlton et al., Physiol.
Meas. 2016; from memory, verified against the primary text: no): the intervals (sinus arrhythmia),
the heights of the beats, and their slow level. Rate and quality are place and height of the first
high peak of the autocorrelation of the last half minute.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
RATES = (6.0, 40.0)
"""Breaths per minute that are looked for; slower ones do not come three times in half a minute."""
GRID = 5.0
"""Samples per second that signals are brought to before."""
# Least height of the autocorrelation that counts as breathing.
_CLEAR = 0.3
# A peak at a multiple of the period is as high; the first within this share of the highest counts.
_FIRST = 0.75
# Weight of the quality of several signals: a clear one counts far more than an unclear one.
_SHARPEN = 4


@dataclass(frozen=True)
class Breathing:
    """Breaths per minute, NaN if none are clear, and the height of the autocorrelation, 0..1."""

    rate_bpm: float = math.nan
    quality: float = math.nan


def breathing(signals: Sequence[Array], slowest: float = RATES[0]) -> Breathing:
    """Rate of breathing that one or several signals show together.

    Args:
        signals: Each (n,) at `GRID` samples per second, of equal length, half a minute or so.
        slowest: Breaths per minute, at least those of `RATES`.
    """
    curves = [c for s in signals if (c := _repetition(s, slowest)) is not None]
    if not curves:
        return Breathing()
    lags = _lags(len(signals[0]), slowest)
    peaks = [max(0.0, float(c[lags].max())) for c in curves]
    if max(peaks) <= 0.0:
        return Breathing(quality=0.0)
    weights = np.array(peaks) ** _SHARPEN
    curve = np.average(np.stack(curves), axis=0, weights=weights)
    inner = curve[lags]
    tops = np.flatnonzero((inner >= curve[lags - 1]) & (inner > curve[lags + 1]))
    best = float(inner[tops].max()) if len(tops) else 0.0
    if best <= 0.0:
        return Breathing(quality=0.0)
    first = int(tops[np.flatnonzero(inner[tops] >= _FIRST * best)[0]])
    quality = min(1.0, best)
    if quality < _CLEAR:
        return Breathing(quality=quality)
    return Breathing(60.0 * GRID / _vertex(curve, int(lags[first])), quality)


def _lags(length: int, slowest: float) -> npt.NDArray[np.int64]:
    shortest = round(60.0 / RATES[1] * GRID)
    longest = min(round(60.0 / slowest * GRID), length // 2)
    return np.arange(shortest, longest + 1)


def _repetition(signal: Array, slowest: float) -> Array | None:
    """Autocorrelation by lag, each lag over the part that overlaps; None of a constant."""
    n = len(signal)
    x = np.arange(n)
    flat = signal - np.polyval(np.polyfit(x, signal, 2), x)
    # Quicker than any breath is noise, slower is posture.
    flat = moving_mean(flat, max(1, round(0.6 * GRID))) - moving_mean(
        flat, round(60.0 / slowest * GRID)
    )
    power = float(flat @ flat)
    if not power > 1e-12 * max(1.0, float(signal @ signal)):
        return None
    size = 2 ** math.ceil(math.log2(2 * n))
    half = np.fft.rfft(flat, size)
    curve = np.fft.irfft(np.abs(half) ** 2, size)[:n]
    squares = np.concatenate([[0.0], np.cumsum(flat**2)])
    lag = np.arange(n)
    early, late = squares[n - lag], squares[n] - squares[lag]
    return curve / np.sqrt(np.maximum(early * late, 1e-30))


def moving_mean(signal: Array, width: int) -> Array:
    """Moving mean of odd width, shorter at the ends."""
    half = width // 2
    sums = np.concatenate([[0.0], np.cumsum(signal)])
    at = np.arange(len(signal))
    first, last = np.maximum(at - half, 0), np.minimum(at + half + 1, len(signal))
    return (sums[last] - sums[first]) / (last - first)


def _vertex(curve: Array, at: int) -> float:
    a, b, c = curve[at - 1], curve[at], curve[at + 1]
    bend = a - 2.0 * b + c
    return at + (0.5 * float((a - c) / bend) if bend < 0.0 else 0.0)


class BeltSignal:
    """Brings the signal of a belt to `GRID` samples per second and keeps the last seconds.

    Args:
        rate: Samples per second of the belt, Hz.
        window: How much is kept, s.
    """

    def __init__(self, rate: float, window: float) -> None:
        self._rate = rate
        self._kept = round(window * GRID)
        self._means: list[float] = []
        self._sum = 0.0
        self._count = 0
        self._next = -1
        self._slot = -1

    def push(self, start: int, samples: Array) -> None:
        """Takes (n,) samples from number `start` of the row on; after a hole it begins anew."""
        if start != self._next:
            self._means.clear()
            self._sum, self._count, self._slot = 0.0, 0, -1
        self._next = start + len(samples)
        slots = ((start + np.arange(len(samples))) * (GRID / self._rate)).astype(np.int64)
        for slot in np.unique(slots).tolist():
            part = samples[slots == slot]
            if slot != self._slot:
                self._close(slot)
            self._sum += float(part.sum())
            self._count += len(part)
        del self._means[: -self._kept]

    def _close(self, slot: int) -> None:
        if self._count:
            mean = self._sum / self._count
            # A belt slower than the grid leaves slots empty: they repeat the last sample.
            self._means.extend([mean] * (slot - self._slot))
        self._sum, self._count, self._slot = 0.0, 0, slot

    @property
    def kept(self) -> Array:
        """(n,) what is kept, at `GRID` samples per second."""
        return np.array(self._means)

    @property
    def full(self) -> bool:
        """Whether the window is full."""
        return len(self._means) >= self._kept

    def breathing(self) -> Breathing:
        """Rate of breathing in the window; unknown while it is not full."""
        return breathing([self.kept]) if self.full else Breathing()
