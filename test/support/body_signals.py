"""Made body signals with known beats, for tests that need no data."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def beat_times(seconds: float, bpm: float = 70.0, spread: float = 0.03, seed: int = 1) -> Array:
    """Times of beats with a breathing and a random part, s."""
    rng = np.random.default_rng(seed)
    times, now = [], 0.5
    while now < seconds:
        times.append(now)
        breath = 1.0 + spread * np.sin(2 * np.pi * 0.25 * now)
        now += 60.0 / bpm * breath * (1.0 + 0.01 * rng.standard_normal())
    return np.array(times)


def ecg(times: Array, seconds: float, rate: float, *, noise: float = 0.02, seed: int = 2) -> Array:
    """P, QRS and T waves at these times, mV."""
    t = np.arange(round(seconds * rate)) / rate
    signal = 0.1 * np.sin(2 * np.pi * 0.25 * t)
    waves = (
        (-0.17, 0.12, 0.020),
        (-0.025, -0.12, 0.010),
        (0.0, 1.1, 0.012),
        (0.03, -0.2, 0.012),
        (0.27, 0.3, 0.050),
    )
    for at in times:
        for shift, height, width in waves:
            near = np.abs(t - at - shift) < 6 * width
            signal[near] += height * np.exp(-0.5 * ((t[near] - at - shift) / width) ** 2)
    return signal + noise * np.random.default_rng(seed).standard_normal(len(t))


def ppg(times: Array, seconds: float, rate: float, *, noise: float = 0.01, seed: int = 3) -> Array:
    """Pulse waves whose steepest rise lies at these times."""
    t = np.arange(round(seconds * rate)) / rate
    signal = 0.2 * np.sin(2 * np.pi * 0.25 * t)
    for at in times:
        for shift, height, width in ((0.09, 1.0, 0.09), (0.38, 0.35, 0.12)):
            near = np.abs(t - at - shift) < 6 * width
            signal[near] += height * np.exp(-0.5 * ((t[near] - at - shift) / width) ** 2)
    return signal + noise * np.random.default_rng(seed).standard_normal(len(t))
