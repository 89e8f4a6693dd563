"""The form of a heartbeat in an electrocardiogram and in a pulse wave, of a breath, of a response.

The electrocardiogram is a sum of five bells around the R-peak, as in McSharry et al. (IEEE Trans.
Biomed. Eng. 50, 2003; from memory, verified against the primary text: no); P and T wave move and
widen with the square root of the interval, the QRS complex does not. The pulse is a steep wave and
a lower reflected one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
BeatShape = Callable[[Array, Array], Array]
"""From seconds since a beat (negative before it) and the interval before that beat, s, both (n,),
to what this beat adds to the signal."""

# Centre, s (at an interval of 1 s); height, mV; width, s; whether it moves with the interval.
_ECG_WAVES = (
    (-0.17, 0.12, 0.022, True),
    (-0.026, -0.12, 0.010, False),
    (0.0, 1.1, 0.012, False),
    (0.030, -0.22, 0.012, False),
    (0.28, 0.30, 0.050, True),
)
# Centre after the steepest rise, s; height; width, s.
_PULSE_WAVES = ((0.09, 1.0, 0.09), (0.36, 0.35, 0.12))
# Rise and recovery of a skin-conductance response, s (Benedek and Kaernbach 2010 give 0.75 and 2;
# from memory, verified against the primary text: no).
_RISE_S, _RECOVERY_S = 0.75, 2.0
# Share of a breath in which air comes in.
_INHALE = 0.4
RESPONSE_S = 20.0
"""After so long nothing is left of a response, s."""


def ecg_wave(since: Array, interval: Array) -> Array:
    """What one beat adds to the electrocardiogram, mV."""
    stretch = np.sqrt(interval)
    total = np.zeros_like(since)
    for centre, height, width, moves in _ECG_WAVES:
        scale = stretch if moves else 1.0
        total += height * np.exp(-0.5 * ((since - centre * scale) / (width * scale)) ** 2)
    return total


def pulse_wave(since: Array, interval: Array) -> Array:
    """What one beat adds to the volume of blood, about 0..1; the steepest rise lies at 0."""
    stretch = np.sqrt(interval)
    total = np.zeros_like(since)
    for centre, height, width in _PULSE_WAVES:
        total += height * np.exp(-0.5 * ((since - centre * stretch) / (width * stretch)) ** 2)
    return total


@dataclass(frozen=True)
class BeatShapes:
    """Where the two forms come from."""

    ecg: BeatShape = ecg_wave
    pulse: BeatShape = pulse_wave


def beats_as_signal(times: Array, beats: Array, shape: BeatShape) -> Array:
    """(n,) the sum of all beats at rising times.

    Args:
        times: (n,) s, within the beats.
        beats: Instants, s, with two or more before the first time and one after the last.
        shape: Of one beat.
    """
    last = np.searchsorted(beats, times, side="right") - 1
    total = np.zeros_like(times)
    for shift in (-1, 0, 1):
        beat = np.clip(last + shift, 1, len(beats) - 1)
        total += shape(times - beats[beat], beats[beat] - beats[beat - 1])
    return total


def breath_wave(phase: Array) -> Array:
    """Chest width over a breath, -1..1, from its phase in breaths: in faster than out."""
    share = phase - np.floor(phase)
    angle = np.where(share < _INHALE, share / _INHALE, 1.0 + (share - _INHALE) / (1.0 - _INHALE))
    return np.asarray(-np.cos(np.pi * angle))


def response_wave(since: Array) -> Array:
    """A skin-conductance response that begins at 0 s; its peak is 1."""
    late = np.maximum(since, 0.0)
    return (np.exp(-late / _RECOVERY_S) - np.exp(-late / _RISE_S)) / _PEAK


_PEAK_AT = np.log(_RECOVERY_S / _RISE_S) * _RECOVERY_S * _RISE_S / (_RECOVERY_S - _RISE_S)
_PEAK = float(np.exp(-_PEAK_AT / _RECOVERY_S) - np.exp(-_PEAK_AT / _RISE_S))
RESPONSE_PEAK_S = float(_PEAK_AT)
"""Time from the begin of a response to its peak, s."""
