"""Respiration rate of the last half minute, from a belt or from beats.

Of a belt it is place and height of the first high peak of the autocorrelation. From beats come up
to three signals that breathing moves (Charlton et al., "An assessment of algorithms to estimate
respiratory rate from the electrocardiogram and photoplethysmogram", Physiol. Meas. 37, 2016; from
memory, verified against the primary text: no): the intervals (sinus arrhythmia), the heights of the
beats, and their slow level. Their spectra are fused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.summit import summit

Array = npt.NDArray[np.float64]
RATES = (6.0, 40.0)
"""Breaths per minute that are looked for; slower ones do not come three times in half a minute."""
GRID = 5.0
"""Samples per second that signals are brought to before."""
# Least height of the autocorrelation that counts as breathing.
_CLEAR = 0.3
# A peak at a multiple of the period is as high; the first within this share of the highest counts.
_FIRST = 0.75
SLOWEST_OF_BEATS = 8.0
"""Slower than this, breaths per minute, the rhythm of vessels (0.1 Hz) moves beats more than
breathing does."""
# Samples of a spectrum with zeros added, so that its lines lie 0.15 breaths per minute apart.
_LINES = 2048
_ALL_RATES = 60.0 * np.fft.rfftfreq(_LINES, 1.0 / GRID)
_WANTED = (_ALL_RATES >= SLOWEST_OF_BEATS) & (RATES[1] >= _ALL_RATES)
_RATES: Array = _ALL_RATES[_WANTED].astype(np.float64)
# Of the mean power, added to each line, so that a signal without a share has no veto.
_FLOOR = 0.01
# Breaths per minute around the rate in which its power lies: the width of a window of 30 s.
_NEAR = 3.0


@dataclass(frozen=True)
class Breathing:
    """Breaths per minute, NaN if none are clear, and the height of the autocorrelation, 0..1."""

    rate_bpm: float = math.nan
    quality: float = math.nan


def breathing(signal: Array) -> Breathing:
    """Rate of breathing of a belt: how often it repeats itself.

    Args:
        signal: (n,) at `GRID` samples per second, half a minute or so.
    """
    curve = _repetition(signal)
    if curve is None:
        return Breathing()
    lags = _lags(len(signal))
    inner = curve[lags]
    tops = np.flatnonzero((inner >= curve[lags - 1]) & (inner > curve[lags + 1]))
    best = float(inner[tops].max()) if len(tops) else 0.0
    if best <= 0.0:
        return Breathing(quality=0.0)
    first = int(tops[np.flatnonzero(inner[tops] >= _FIRST * best)[0]])
    quality = min(1.0, best)
    if quality < _CLEAR:
        return Breathing(quality=quality)
    return Breathing(60.0 * GRID / summit(curve, int(lags[first])), quality)


def breathing_of_beats(signals: Sequence[Array]) -> Breathing:
    """Rate of breathing that moves several signals of a heart together.

    Each is moved by other things, too, and rarely by the same ones: the geometric mean of their
    power spectra keeps what they share. An autocorrelation of their mean instead gave half the
    rate for much of the time (docs/physio.md).

    Args:
        signals: Each (n,) at `GRID` samples per second, of equal length, half a minute or so.

    Returns:
        The rate; quality is the share of the power within `_NEAR` breaths per minute of it.
    """
    powers = [p for s in signals if (p := _power(s)) is not None]
    if not powers:
        return Breathing()
    shared = np.exp(np.mean([np.log(p + _FLOOR * p.mean()) for p in powers], axis=0))
    shared /= shared.sum()
    top = int(shared.argmax())
    rate = float(_RATES[0] + (_RATES[1] - _RATES[0]) * summit(shared, top))
    return Breathing(rate, float(shared[np.abs(_RATES - rate) < _NEAR].sum()))


def _power(signal: Array) -> Array | None:
    """Power at `_RATES`; None of a constant."""
    flat = _flat(signal, SLOWEST_OF_BEATS, 1)
    if flat is None:
        return None
    power = np.abs(np.fft.rfft(flat * np.hanning(len(flat)), _LINES)) ** 2
    return np.asarray(power[_WANTED])


def _lags(length: int) -> npt.NDArray[np.int64]:
    shortest = round(60.0 / RATES[1] * GRID)
    longest = min(round(60.0 / RATES[0] * GRID), length // 2)
    return np.arange(shortest, longest + 1)


def _flat(signal: Array, slowest: float, smooth: int) -> Array | None:
    """Without what is slower than a breath (posture); None of a constant.

    Args:
        signal: (n,) at `GRID` samples per second.
        slowest: Breaths per minute.
        smooth: Samples of a moving mean: what is quicker than any breath is noise.
    """
    x = np.arange(len(signal))
    flat = signal - np.polyval(np.polyfit(x, signal, 2), x)
    flat = moving_mean(flat, smooth) - moving_mean(flat, round(60.0 / slowest * GRID))
    power = float(flat @ flat)
    return flat if power > 1e-12 * max(1.0, float(signal @ signal)) else None


def _repetition(signal: Array) -> Array | None:
    """Autocorrelation by lag, each lag over the part that overlaps; None of a constant."""
    n = len(signal)
    flat = _flat(signal, RATES[0], max(1, round(0.6 * GRID)))
    if flat is None:
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
        return breathing(self.kept) if self.full else Breathing()
