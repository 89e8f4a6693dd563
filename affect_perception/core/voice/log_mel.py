"""Log-mel features of a sound at 16 kHz, as a stream and of a whole clip, with the same numbers.

Mel scale of O'Shaughnessy, "Speech Communication", 1987 (2595 log10(1 + f / 700), the one of HTK;
verified against the primary text: no); triangles of height 1, evenly spaced on that scale.
"""

from __future__ import annotations

from collections.abc import Callable

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
TRANSFORM = 1024
"""Length of the Fourier transform of a frame."""

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
    """(BANDS, TRANSFORM // 2 + 1) triangles."""
    edges = band_edges_hz()
    bins = np.arange(TRANSFORM // 2 + 1) * (RATE / TRANSFORM)
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rise, fall)).astype(np.float32)


_FILTERS = _filters()
WINDOW_SHAPE = np.hanning(WINDOW + 1)[:WINDOW].astype(np.float32)
"""(WINDOW,) what a frame is multiplied with."""
# Makes white noise of power p give p times the share of the spectrum that a band covers.
_SCALE = np.float32(2.0 / (float((WINDOW_SHAPE**2).sum()) * TRANSFORM))


def power_spectrum(frame: npt.NDArray[np.floating]) -> Array:
    """(TRANSFORM // 2 + 1,) of one frame of `WINDOW` samples, -1..1."""
    spectrum = scipy.fft.rfft(frame.astype(np.float32, copy=False) * WINDOW_SHAPE, TRANSFORM)
    return np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32)


def band_powers(power: Array) -> Array:
    """(BANDS,) power in the bands of one frame, from its `power_spectrum`."""
    return np.asarray(_FILTERS @ (power * _SCALE), np.float32)


def frame_powers(frame: npt.NDArray[np.floating]) -> Array:
    """(BANDS,) power in the bands of one frame of `WINDOW` samples, -1..1."""
    return band_powers(power_spectrum(frame))


def log_powers(powers: npt.NDArray[np.floating]) -> Array:
    """Natural logarithm of powers above `FLOOR`."""
    return np.log(powers + np.float32(FLOOR)).astype(np.float32)


class FrameStream:
    """Numbers of each frame as samples arrive.

    Each frame is computed by itself, so that the numbers do not depend, bit by bit, on how the
    samples were cut into chunks.

    Args:
        width: Numbers per frame.
        of_frame: Makes them of the `WINDOW` samples of a frame.
    """

    def __init__(self, width: int, of_frame: Callable[[Array], Array]) -> None:
        self._width, self._of_frame = width, of_frame
        self._rest = np.zeros(0, np.float32)

    def push(self, samples: npt.NDArray[np.floating]) -> Array:
        """Takes samples in a row with those before.

        Args:
            samples: (n,) at 16 kHz, -1..1, finite.

        Returns:
            (k, width) the frames that are complete; frame i of the stream covers the samples
            i * HOP to i * HOP + WINDOW.
        """
        joined = np.concatenate([self._rest, samples.astype(np.float32, copy=False)])
        count = max(0, (len(joined) - WINDOW) // HOP + 1)
        frames = np.empty((count, self._width), np.float32)
        for index in range(count):
            frames[index] = self._of_frame(joined[index * HOP : index * HOP + WINDOW])
        self._rest = joined[count * HOP :]
        return frames

    def whole(self, samples: npt.NDArray[np.floating]) -> Array:
        """(k, width) of a whole sound; a short one is filled up with silence.

        Raises:
            InputError: If the samples are not one row of finite numbers.
        """
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise InputError(f"features need one row of finite samples, got shape {samples.shape}")
        return self.push(np.pad(samples, (0, max(0, WINDOW - len(samples)))))


def log_mel_stream() -> FrameStream:
    """A stream of log-mel frames (k, BANDS)."""
    return FrameStream(BANDS, lambda frame: log_powers(frame_powers(frame)))


def log_mel(samples: npt.NDArray[np.floating]) -> Array:
    """(k, BANDS) features of a whole sound at 16 kHz; a short one is filled up with silence.

    Raises:
        InputError: If the samples are not one row of finite numbers.
    """
    return log_mel_stream().whole(samples)
