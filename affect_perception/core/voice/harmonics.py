"""How a voice is made, from the heights of its harmonics: breathy, plain or pressed.

A breathy voice has a strong first harmonic and little above; a pressed or loud one the reverse
(Hanson, "Glottal characteristics of female speakers: acoustic correlates", JASA 101, 1997: H1-H2,
H1-A1, H1-A3; the names are kept here). Heights are read off the mel bands, at the pitch and at
twice the pitch; the two formant regions by their highest band.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.voice.log_mel import BANDS, band_edges_hz, mel_of_hz

HARMONICS = 6
"""How many numbers there are."""

_HZ = band_edges_hz()[1:-1]
_MEL = mel_of_hz(_HZ)
# Where the first formant and the third one lie, Hz.
_FIRST = (_HZ > 300.0) & (_HZ < 900.0)
_THIRD = (_HZ > 2200.0) & (_HZ < 3800.0)

Array = npt.NDArray[np.float64]


def harmonics(decibel: Array, pitch_hz: Array, loud: npt.NDArray[np.bool_]) -> Array:
    """(HARMONICS,) of the voiced frames of a sentence.

    These are medians of H1-H2, H1-A1, H1-A3 and A1-A3, dB, and of the first and the last of these
    over loud frames (0 if there are none).

    Args:
        decibel: (k, BANDS) level in the bands of voiced frames, k at least 1.
        pitch_hz: (k,) their pitch.
        loud: (k,) which of them are loud.
    """
    first, second = (_height(decibel, multiple * pitch_hz) for multiple in (1.0, 2.0))
    low, high = decibel[:, _FIRST].max(axis=1), decibel[:, _THIRD].max(axis=1)
    breath, slope = first - second, low - high
    usual = [np.median(one) for one in (breath, first - low, first - high, slope)]
    pressed = [np.median(one[loud]) if loud.any() else 0.0 for one in (breath, slope)]
    return np.array([*usual, *pressed])


def _height(decibel: Array, hz: Array) -> Array:
    """(k,) level of each frame at its frequency, between the bands' middles along a line."""
    place = np.clip((mel_of_hz(hz) - _MEL[0]) / (_MEL[1] - _MEL[0]), 0.0, BANDS - 1.0)
    below = np.minimum(place.astype(int), BANDS - 2)
    share = place - below
    rows = np.arange(len(decibel))
    return np.asarray((1.0 - share) * decibel[rows, below] + share * decibel[rows, below + 1])
