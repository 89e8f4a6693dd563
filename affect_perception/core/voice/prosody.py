"""How a sentence is spoken, whatever its words and the microphone: 53 statistics.

Melody (pitch in semitones: middle, ranges, slope, ends, how it moves, how much is voiced), the
spectrum of all speech and of its loud parts against all of it (as cepstra of the log-mel bands:
pressed voices lose less towards high frequencies when they get loud), and the pace. Levels count
relative to the loudest tenth of the sentence, so that distance and amplification do not matter.
docs/voice.md says why these were chosen and what was left out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft

from affect_perception.core.voice.log_mel import BANDS, FLOOR, HOP, RATE
from affect_perception.core.voice.speech_features import PERIODICITY, PITCH

CEPSTRA = 19
MELODY = 13
STATISTICS = MELODY + 2 * CEPSTRA + 2
"""How many there are: melody, cepstra of all, of loud against all, pace."""

# Below the loudest tenth of the frames, dB: what still is speech, what is voiced, what is loud, and
# where all quieter things become alike, so that the room's and the recorder's noise says nothing.
_SPEECH_DB, _VOICED_DB, _LOUD_DB, _NOISE_DB = 30.0, 25.0, 10.0, 40.0
_LOUDEST = 0.9
_VOICED = 0.45
# Fewest voiced frames (0.1 s) that have a melody.
_FEWEST = 6
# Larger steps between frames, semitones, are errors of the pitch.
_LEAP = 4.0
# Peaks of the level, smoothed over this many frames, count within this of the top, dB.
_SMOOTH, _PEAK_DB = 5, 20.0
# Stands for no power at all: 50 dB under the floor that log-mel features have.
_NOTHING = 1e-14
_DECIBEL = 10.0 / float(np.log(10.0))

Array = npt.NDArray[np.float64]


def prosody(frames: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """(STATISTICS,) of a sentence; the melody is NaN where nothing is voiced.

    Args:
        frames: (k, WIDTH) of `speech_features`, k at least 1.
    """
    sound = frames.astype(np.float64)
    power = np.maximum(np.exp(sound[:, :BANDS]) - FLOOR, _NOTHING)
    level = _DECIBEL * np.log(power.mean(axis=1))
    top = float(np.sort(level)[int(_LOUDEST * (len(level) - 1))])
    spoken = np.flatnonzero(level > top - _SPEECH_DB)
    cut = slice(spoken[0], spoken[-1] + 1)
    sound, power, level = sound[cut], power[cut], level[cut] - top
    quiet = 10.0 ** ((top - _NOISE_DB) / 10.0)
    cepstra = scipy.fft.dct(_DECIBEL * np.log(power + quiet), norm="ortho")[:, 1 : 1 + CEPSTRA]
    usual = cepstra[level > -_SPEECH_DB].mean(axis=0)
    loud = cepstra[level > -_LOUD_DB].mean(axis=0)
    voiced = (sound[:, PERIODICITY] > _VOICED) & (level > -_VOICED_DB)
    return np.concatenate(
        [_melody(12.0 * sound[:, PITCH], sound[:, PERIODICITY], voiced), usual, loud - usual,
         _pace(level)], dtype=np.float32
    )  # fmt: skip


def _melody(semitones: Array, periodic: Array, voiced: npt.NDArray[np.bool_]) -> Array:
    """Thirteen numbers of the pitch of the voiced frames, semitones above 100 Hz."""
    places = np.flatnonzero(voiced)
    if len(places) < _FEWEST:
        return np.full(MELODY, np.nan)
    heard = semitones[places]
    middle = float(np.median(heard))
    low, quarter, three, high = np.percentile(heard, [5, 25, 75, 95])
    time = (places - places[0]) / (places[-1] - places[0])
    steps = np.diff(heard)[np.diff(places) == 1]
    steps = np.abs(steps[np.abs(steps) < _LEAP])
    end = max(2, len(heard) // 4)
    return np.array(
        [
            middle,
            high - low,
            three - quarter,
            high - middle,
            middle - low,
            heard.std(),
            np.polyfit(time, heard, 1)[0],
            np.median(heard[-end:]) - middle,
            np.median(heard[:end]) - middle,
            steps.mean() if len(steps) else 0.0,
            voiced.mean(),
            periodic[places].mean(),
            np.percentile(periodic, 90),
        ]
    )


def _pace(level: Array) -> Array:
    """Peaks of the level per second, and the logarithm of the length in frames."""
    smooth = np.convolve(level, np.full(_SMOOTH, 1.0 / _SMOOTH), "same")
    middle = smooth[1:-1]
    peaks = (middle > smooth[:-2]) & (middle >= smooth[2:]) & (middle > -_PEAK_DB)
    return np.array([peaks.sum() / (len(level) * HOP / RATE), np.log(len(level))])
