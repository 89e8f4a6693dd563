"""Filters of finite length: what a beat looks like, at any sampling rate, with a known delay."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Kernel = npt.NDArray[np.float64] | npt.NDArray[np.complex128]
# Gaussian windows are cut here, in standard deviations.
_CUT = 3.0


def wavelet(rate: float, frequency: float, sigma: float) -> npt.NDArray[np.complex128]:
    """A Morlet wavelet without response to a constant.

    Args:
        rate: Samples per second, Hz.
        frequency: Middle of its band, Hz; its magnitude there is 1 for a sine of amplitude 1.
        sigma: Standard deviation of its Gaussian window, s; the band is 1 / (2 pi sigma) wide.

    Returns:
        (2 h + 1,) numbers; the output belongs to the sample h before the newest.
    """
    half = math.ceil(_CUT * sigma * rate)
    t = np.arange(-half, half + 1) / rate
    window = np.exp(-0.5 * (t / sigma) ** 2)
    wave = np.exp(2j * np.pi * frequency * t)
    wave = window * (wave - (window * wave).sum() / window.sum())
    return np.asarray(wave * (2.0 / window.sum()), np.complex128)


def slope_kernel(rate: float, sigma: float) -> Array:
    """Derivative of a Gaussian: the slope of the smoothed signal, units per second.

    Args:
        rate: Samples per second, Hz.
        sigma: Standard deviation of the smoothing, s.
    """
    half = max(1, math.ceil(_CUT * sigma * rate))
    t = np.arange(-half, half + 1) / rate
    weights = t * np.exp(-0.5 * (t / sigma) ** 2)
    # Scaled so that a straight line of slope 1 gives 1.
    return np.asarray(weights / (weights @ t), np.float64)


class KernelFilter:
    """Filters a row block by block; before the first sample lie copies of it.

    Args:
        kernel: (2 h + 1,) weights by time, oldest first, for correlation with the signal.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.delay = len(kernel) // 2
        self._kernel = kernel[::-1]
        self._tail: Array = np.zeros(0)

    def begin(self, first: float) -> None:
        """Nothing is known of the past of the next sample, whose value this is."""
        self._tail = np.full(len(self._kernel) - 1, first)

    def push(self, samples: Array) -> npt.NDArray[np.complexfloating | np.floating]:
        """Takes (n,) samples and gives (n,) outputs, which belong `delay` samples earlier."""
        joined = np.concatenate([self._tail, samples])
        self._tail = joined[len(samples) :]
        return np.convolve(joined, self._kernel, mode="valid")
