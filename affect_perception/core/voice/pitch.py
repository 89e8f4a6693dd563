"""How high a voice is in one frame, by autocorrelation.

After Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise
ratio of a sampled sound", Proceedings of the Institute of Phonetic Sciences 17, 1993 (from memory):
the autocorrelation of the windowed frame over that of the window, its highest peak between 60 and
500 Hz. Without interpolation and without a path through the frames: what is made of it are
statistics of a sentence.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft

REFERENCE_HZ = 100.0
"""Pitch is told in octaves above this."""
_HIGHEST_HZ, _LOWEST_HZ = 500.0, 60.0
# A period of half the pitch fits as well; the shorter one is preferred by this much per octave.
_PER_OCTAVE = 0.045
# Below it there is no voice, but road and engine.
_HUM_HZ = 50.0


class PitchFinder:
    """Finds the pitch of frames from their power spectra.

    Args:
        shape: The window that the frames were multiplied with.
        size: Length of the Fourier transform, at least the window and the longest period.
        rate: Samples per second.
    """

    def __init__(self, shape: npt.NDArray[np.floating], size: int, rate: int) -> None:
        self._size = size
        self._first, self._last = int(rate / _HIGHEST_HZ), int(rate / _LOWEST_HZ)
        self._hum = int(np.ceil(_HUM_HZ * size / rate))
        own = scipy.fft.irfft(np.abs(scipy.fft.rfft(shape.astype(np.float64), size)) ** 2, size)
        lags = np.arange(self._first, self._last + 1)
        self._window = (own[lags] / own[0]).astype(np.float32)
        self._octaves = np.log2(rate / lags / REFERENCE_HZ).astype(np.float32)
        self._cost = (_PER_OCTAVE * np.log2(lags / self._first)).astype(np.float32)

    def find(self, power: npt.NDArray[np.float32]) -> tuple[float, float]:
        """Octaves above `REFERENCE_HZ` and how periodic the frame is, about 0 to 1.

        Args:
            power: (size // 2 + 1,) power spectrum of the windowed frame.
        """
        heard = power.copy()
        heard[: self._hum] = 0.0
        correlation = scipy.fft.irfft(heard, self._size)
        part = correlation[self._first : self._last + 1]
        part = part / (self._window * max(float(correlation[0]), 1e-20))
        best = int(np.argmax(part - self._cost))
        return float(self._octaves[best]), float(part[best])
