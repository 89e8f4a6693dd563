"""Beats of a recorded pulse wave, found with the whole recording at hand.

For training and evaluation; at run time beats come from the streaming detectors. Two moving means
of the squared wave mark the systolic part: Elgendi et al., "Systolic peak detection in
acceleration photoplethysmograms", PLoS ONE 8(10), 2013.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfiltfilt

Float64Array = npt.NDArray[np.float64]

BAND_HZ = (0.5, 8.0)
PEAK_S, BEAT_S = 0.111, 0.667
OFFSET_SHARE, OFFSET_S = 0.02, 10.0
"""The threshold is raised by this share of the mean energy; the paper takes the mean of the whole
signal, here it is that of some seconds around, so that one jerk does not hide every other beat."""
CLOSEST_S = 0.3


def pulse_beats(wave: npt.ArrayLike, rate_hz: float) -> Float64Array:
    """Times of the systolic peaks, s from the first sample, to a fraction of a sample.

    Args:
        wave: (n,) pulse wave, upward at systole, any unit.
        rate_hz: Samples per second, above 20.
    """
    samples = np.asarray(wave, np.float64)
    if len(samples) < 2.0 * OFFSET_S * rate_hz:
        return np.zeros(0)
    band = butter(3, BAND_HZ, "bandpass", fs=rate_hz, output="sos")
    filtered = sosfiltfilt(band, samples)
    energy = np.clip(filtered, 0.0, None) ** 2
    offset = OFFSET_SHARE * _mean(energy, OFFSET_S * rate_hz)
    inside = _mean(energy, PEAK_S * rate_hz) > _mean(energy, BEAT_S * rate_hz) + offset
    edges = np.diff(np.concatenate([[0], inside.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    peaks: list[int] = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if end - start < 0.7 * PEAK_S * rate_hz:
            continue
        peak = start + int(np.argmax(filtered[start:end]))
        if peaks and peak - peaks[-1] < CLOSEST_S * rate_hz:
            if filtered[peak] > filtered[peaks[-1]]:
                peaks[-1] = peak
            continue
        peaks.append(peak)
    at = np.array([peak for peak in peaks if 0 < peak < len(filtered) - 1], np.int64)
    return (at + _summit(filtered, at)) / rate_hz


def _mean(values: Float64Array, width: float) -> Float64Array:
    count = max(1, round(width))
    return np.convolve(values, np.ones(count) / count, "same")


def _summit(values: Float64Array, at: npt.NDArray[np.int64]) -> Float64Array:
    """Distance, in samples, from a highest sample to the top of the parabola through it."""
    before, here, after = values[at - 1], values[at], values[at + 1]
    bend = before - 2.0 * here + after
    return np.where(bend < 0.0, 0.5 * (before - after) / np.where(bend < 0.0, bend, 1.0), 0.0)
