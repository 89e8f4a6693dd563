"""The pace of a sentence in numbers: its level over time and the pieces that are voiced."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.voice.log_mel import HOP, RATE

RHYTHM = 13
"""How many numbers of the level there are."""
PIECES = 4
"""How many numbers of the voiced pieces there are."""

# Peaks of the level, smoothed over this many frames, count within this of the top, dB.
_SMOOTH, _PEAK_DB = 5, 20.0
# Rates of change of the level, Hz: phrases, words, syllables, faster.
_RATES = ((0.5, 2.0), (2.0, 4.0), (4.0, 7.0), (7.0, 12.0))
_TRANSFORM = 512
_LITTLE = 1e-3

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def rhythm(level: Array, spoken: Mask, lowest: float) -> Array:
    """(RHYTHM,) of the level of a sentence.

    These are peaks per second, logarithm of the number of frames, lowest tenth and quartiles,
    spread in speech, mean step, share of speech, logarithms of the shares of `_RATES`.

    Args:
        level: (k,) dB against the loudest tenth, k at least 1.
        spoken: (k,) which frames are speech, at least one.
        lowest: dB below which the level counts as this when its rates of change are taken.
    """
    steps = np.abs(np.diff(level))
    return np.concatenate(
        [
            [_peaks(level) / (len(level) * HOP / RATE), np.log(len(level))],
            np.percentile(level, [10, 25, 50, 75]),
            [level[spoken].std(), steps.mean() if len(steps) else 0.0, spoken.mean()],
            _rates(np.maximum(level, lowest)),
        ]
    )


def voiced_pieces(level: Array, voiced: Mask) -> Array:
    """(PIECES,) of the voiced pieces, of which there must be one.

    These are pieces per second, logarithms of their mean and largest number of frames, mean level.
    """
    edges = np.diff(np.concatenate([[0], voiced.astype(int), [0]]))
    lengths = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
    seconds = len(voiced) * HOP / RATE
    return np.array(
        [
            len(lengths) / seconds,
            np.log(lengths.mean()),
            np.log(lengths.max()),
            level[voiced].mean(),
        ]
    )


def _peaks(level: Array) -> int:
    smooth = np.convolve(level, np.full(_SMOOTH, 1.0 / _SMOOTH), "same")
    middle = smooth[1:-1]
    peaks = (middle > smooth[:-2]) & (middle >= smooth[2:]) & (middle > -_PEAK_DB)
    return int(peaks.sum())


def _rates(level: Array) -> Array:
    length = max(_TRANSFORM, len(level))
    power = np.abs(np.fft.rfft((level - level.mean()) * np.hanning(len(level)), length)) ** 2
    hz = np.fft.rfftfreq(length, HOP / RATE)
    parts = np.array([power[(hz >= low) & (hz < high)].sum() for low, high in _RATES])
    return np.asarray(np.log(parts / max(float(parts.sum()), 1e-12) + _LITTLE))
