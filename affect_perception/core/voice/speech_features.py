"""What the speech-emotion path is made of, frame by frame: log-mel bands, pitch, periodicity."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.voice.log_mel import (
    BANDS,
    RATE,
    TRANSFORM,
    WINDOW_SHAPE,
    Array,
    FrameStream,
    band_powers,
    log_powers,
    power_spectrum,
)
from affect_perception.core.voice.pitch import PitchFinder

WIDTH = BANDS + 2
"""Numbers per frame: the bands, pitch in octaves above 100 Hz, periodicity (about 0 to 1)."""
PITCH, PERIODICITY = BANDS, BANDS + 1

_FINDER = PitchFinder(WINDOW_SHAPE, TRANSFORM, RATE)


def speech_feature_stream() -> FrameStream:
    """A stream of frames (k, WIDTH)."""
    return FrameStream(WIDTH, _of_frame)


def speech_features(samples: npt.NDArray[np.floating]) -> Array:
    """(k, WIDTH) features of a whole sound at 16 kHz; a short one is filled up with silence.

    Raises:
        InputError: If the samples are not one row of finite numbers.
    """
    return speech_feature_stream().whole(samples)


def _of_frame(frame: Array) -> Array:
    power = power_spectrum(frame)
    return np.concatenate([log_powers(band_powers(power)), _FINDER.find(power)], dtype=np.float32)
