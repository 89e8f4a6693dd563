"""Syllable nuclei: peaks of loudness with dips between them.

After de Jong and Wempe, "Praat script to detect syllable nuclei and measure speech rate
automatically", Behavior Research Methods 41, 2009: peaks of the intensity above a threshold below
the maximum, with a dip of at least 2 dB before, voiced (limits from memory, verified against the
primary text: no). The loudness here is that of the bands from 300 to 3000 Hz, where vowels are, and
"voiced" means that most power lies below 3000 Hz.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import scipy.ndimage
import scipy.signal

from affect_perception.core.voice.log_mel import HOP, RATE, band_edges_hz

_DIP_DB = 2.0
_BELOW_MAXIMUM_DB = 25.0
# Two nuclei are at least this far apart; ten syllables a second are the limit of articulation.
_APART_S = 0.08
# Frames (16 ms) of the smoothing, one sigma.
_SMOOTH = 1.5
_DECIBEL = 10.0 / math.log(10.0)
_CENTRES = band_edges_hz()[1:-1]
_VOWELS = (_CENTRES > 300.0) & (_CENTRES < 3000.0)
_HISS = _CENTRES >= 3000.0


def syllable_nuclei(frames: npt.NDArray[np.floating]) -> npt.NDArray[np.intp]:
    """Frames at which syllable nuclei were found.

    Args:
        frames: (k, BANDS) log-mel of a piece of speech.
    """
    if len(frames) < 3:
        return np.zeros(0, np.intp)
    power = np.exp(frames.astype(np.float64))
    vowels = power[:, _VOWELS].sum(axis=1)
    loud = _DECIBEL * np.log(vowels + 1e-12)
    loud = scipy.ndimage.gaussian_filter1d(loud, _SMOOTH)
    apart = max(1, round(_APART_S * RATE / HOP))
    peaks, _ = scipy.signal.find_peaks(
        loud, height=float(loud.max()) - _BELOW_MAXIMUM_DB, prominence=_DIP_DB, distance=apart
    )
    voiced = vowels[peaks] > power[peaks][:, _HISS].sum(axis=1)
    return np.asarray(peaks[voiced], np.intp)


def speech_rate(frames: npt.NDArray[np.floating]) -> float:
    """Syllables per second of a piece of speech; NaN if it is shorter than half a second."""
    seconds = len(frames) * HOP / RATE
    return len(syllable_nuclei(frames)) / seconds if seconds >= 0.5 else math.nan
