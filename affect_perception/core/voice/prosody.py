"""How a sentence is spoken, whatever its words and the microphone: 61 statistics.

Melody (melody.py), the spectrum of all speech and of its loud parts against all of it (as cepstra
of the log-mel bands: pressed voices lose less towards high frequencies when they get loud), rhythm
and pace (rhythm.py), the heights of the harmonics (harmonics.py). Levels count relative to the
loudest tenth of the sentence, so that distance and amplification do not matter. docs/voice.md says
why these were chosen and what was left out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft

from affect_perception.core.voice.harmonics import HARMONICS, harmonics
from affect_perception.core.voice.log_mel import BANDS, FLOOR
from affect_perception.core.voice.melody import MELODY, melody
from affect_perception.core.voice.rhythm import PIECES, RHYTHM, rhythm, voiced_pieces
from affect_perception.core.voice.speech_features import PERIODICITY, PITCH

CEPSTRA = 10
VOICED = MELODY + PIECES + HARMONICS
"""The first ones, which only voiced speech has."""
STATISTICS = VOICED + 2 * CEPSTRA + RHYTHM
"""How many there are: of voiced speech, cepstra of all, of loud against all, rhythm."""

# Below the loudest tenth of the frames, dB: what still is speech, what is voiced, what is loud, and
# where all quieter things become alike, so that the room's and the recorder's noise says nothing.
_SPEECH_DB, _VOICED_DB, _LOUD_DB, _NOISE_DB = 30.0, 25.0, 10.0, 40.0
_LOUDEST = 0.9
# First band (from 190 Hz) of level and spectrum: below lies most of the noise of a car.
_LOWEST = 4
_PERIODIC = 0.45
# Stands for no power at all: 50 dB under the floor that log-mel features have.
_NOTHING = 1e-14
_DECIBEL = 10.0 / float(np.log(10.0))

Array = npt.NDArray[np.float64]


def prosody(frames: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """(STATISTICS,) of a sentence; the first `VOICED` are NaN where nothing is voiced.

    Args:
        frames: (k, WIDTH) of `speech_features`, k at least 1.
    """
    sound = frames.astype(np.float64)
    power = np.maximum(np.exp(sound[:, :BANDS]) - FLOOR, _NOTHING)
    level = _DECIBEL * np.log(power[:, _LOWEST:].mean(axis=1))
    top = float(np.sort(level)[int(_LOUDEST * (len(level) - 1))])
    spoken = np.flatnonzero(level > top - _SPEECH_DB)
    cut = slice(spoken[0], spoken[-1] + 1)
    sound, power, level = sound[cut], power[cut], level[cut] - top
    decibel = _DECIBEL * np.log(power + 10.0 ** ((top - _NOISE_DB) / 10.0))
    cepstra = scipy.fft.dct(decibel[:, _LOWEST:], norm="ortho")[:, 1 : 1 + CEPSTRA]
    speech = level > -_SPEECH_DB
    usual = cepstra[speech].mean(axis=0)
    loud = cepstra[level > -_LOUD_DB].mean(axis=0)
    parts = (
        _voiced(sound, decibel, level),
        usual,
        loud - usual,
        rhythm(level, speech, -_SPEECH_DB),
    )
    return np.concatenate(parts, dtype=np.float32)


def _voiced(sound: Array, decibel: Array, level: Array) -> Array:
    """(VOICED,) of the frames from the first to the last that is speech."""
    octaves, periodic = sound[:, PITCH], sound[:, PERIODICITY]
    voiced = (periodic > _PERIODIC) & (level > -_VOICED_DB)
    tune = melody(12.0 * octaves, periodic, voiced)
    if np.isnan(tune).any():
        return np.full(VOICED, np.nan)
    made = harmonics(decibel[voiced], 100.0 * 2.0 ** octaves[voiced], level[voiced] > -_LOUD_DB)
    return np.concatenate([tune, voiced_pieces(level, voiced), made])
