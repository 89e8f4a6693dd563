"""Log-mel features of a sound at 16 kHz, as a stream and of a whole clip, with the same numbers.

Mel scale of O'Shaughnessy, "Speech Communication", 1987 (2595 log10(1 + f / 700), the one of HTK;
verified against the primary text: no); triangles of height 1, evenly spaced on that scale.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft

from affect_perception.core.errors import InputError

RATE = 16_000
"""Samples per second that features are made of."""
WINDOW = 640
"""Samples of one frame (40 ms): long enough to part the harmonics of a voice above 100 Hz."""
HOP = 256
"""Samples from frame to frame (16 ms)."""
BANDS = 64
LOWEST_HZ, HIGHEST_HZ = 50.0, 7600.0
FLOOR = 1e-9
"""Added to the mean power in a band: 90 dB below a full-scale square wave, about 16-bit noise."""
_FFT = 1024

Array = npt.NDArray[np.float32]


def mel_of_hz(hz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Mel of a frequency in Hz."""
    return 2595.0 * np.log10(1.0 + np.asarray(hz, np.float64) / 700.0)


def hz_of_mel(mel: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Frequency in Hz of mel."""
    return 700.0 * (10.0 ** (np.asarray(mel, np.float64) / 2595.0) - 1.0)


def band_edges_hz() -> npt.NDArray[np.float64]:
    """(BANDS + 2,) lower edge, centres and upper edge of the bands, Hz."""
    return hz_of_mel(np.linspace(mel_of_hz(LOWEST_HZ), mel_of_hz(HIGHEST_HZ), BANDS + 2))


def _filters() -> Array:
    """(BANDS, _FFT // 2 + 1) triangles."""
    edges = band_edges_hz()
    bins = np.arange(_FFT // 2 + 1) * (RATE / _FFT)
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rise, fall)).astype(np.float32)


_FILTERS = _filters()
_SHAPE = np.hanning(WINDOW + 1)[:WINDOW].astype(np.float32)
# Makes white noise of power p give p times the share of the spectrum that a band covers.
_SCALE = np.float32(2.0 / (float((_SHAPE**2).sum()) * _FFT))


def frame_powers(frame: npt.NDArray[np.floating]) -> Array:
    """(BANDS,) power in the bands of one frame of `WINDOW` samples, -1..1."""
    spectrum = scipy.fft.rfft(frame.astype(np.float32, copy=False) * _SHAPE, _FFT)
    power = spectrum.real**2 + spectrum.imag**2
    return np.asarray(_FILTERS @ (power * _SCALE), np.float32)


def log_powers(powers: npt.NDArray[np.floating]) -> Array:
    """Natural logarithm of powers above `FLOOR`."""
    return np.log(powers + np.float32(FLOOR)).astype(np.float32)


class LogMelStream:
    """Frames of features as samples arrive.

    Each frame is computed by itself, so that the numbers do not depend, bit by bit, on how the
    samples were cut into chunks.
    """

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)

    def push(self, samples: npt.NDArray[np.floating]) -> Array:
        """Takes samples in a row with those before.

        Args:
            samples: (n,) at 16 kHz, -1..1, finite.

        Returns:
            (k, BANDS) the frames that are complete; frame i of the stream covers the samples
            i * HOP to i * HOP + WINDOW.
        """
        joined = np.concatenate([self._rest, samples.astype(np.float32, copy=False)])
        count = max(0, (len(joined) - WINDOW) // HOP + 1)
        frames = np.empty((count, BANDS), np.float32)
        for index in range(count):
            frames[index] = frame_powers(joined[index * HOP : index * HOP + WINDOW])
        self._rest = joined[count * HOP :]
        return log_powers(frames)


def log_mel(samples: npt.NDArray[np.floating]) -> Array:
    """(k, BANDS) features of a whole sound at 16 kHz; a short one is filled up with silence.

    Raises:
        InputError: If the samples are not one row of finite numbers.
    """
    if samples.ndim != 1 or not np.isfinite(samples).all():
        raise InputError(f"features need one row of finite samples, got shape {samples.shape}")
    missing = max(0, WINDOW - len(samples))
    return LogMelStream().push(np.pad(samples, (0, missing)))
