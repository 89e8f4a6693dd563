"""The form of a heartbeat by name: made here, or taken from NeuroKit2's simulators."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.sim.body.waves import BeatShape, BeatShapes

Array = npt.NDArray[np.float64]
# NeuroKit2's signals are made at this rate and heart rate (intervals of 1 s), for so long; its
# generators are seeded, so that the form is the same each time.
_RATE, _BPM, _SECONDS, _SEED = 1000, 60, 20, 1
# A beat reaches from so long before its R-peak (or steepest rise) to so long after it, s.
_BEFORE, _AFTER = 0.35, 0.65
_FADE_S = 0.05


def load_shapes(name: str) -> BeatShapes:
    """The forms of that name.

    Args:
        name: "built_in" or "neurokit2".

    Raises:
        InputError: If NeuroKit2 is wanted and not installed, or the name is unknown.
    """
    if name == "built_in":
        return BeatShapes()
    if name != "neurokit2":
        raise InputError(f"no shapes of heartbeats are called {name!r} (built_in, neurokit2)")
    try:
        import neurokit2 as nk
    except ImportError as error:
        raise InputError(
            "the scenario wants heartbeats of NeuroKit2, which is not installed: "
            "pip install 'affect_perception[neurokit]', or write shapes: built_in"
        ) from error
    common = {"duration": _SECONDS, "sampling_rate": _RATE, "heart_rate": _BPM}
    ecg = nk.ecg_simulate(
        **common, noise=0.0, heart_rate_std=0.0, method="ecgsyn", random_state=_SEED
    )
    ppg = nk.ppg_simulate(
        **common,
        frequency_modulation=0.0,
        ibi_randomness=0.0,
        drift=0.0,
        motion_amplitude=0.0,
        powerline_amplitude=0.0,
        burst_number=0,
        random_state=_SEED,
    )
    return BeatShapes(
        ecg=_stretched(_mean_beat(np.asarray(ecg), np.asarray(ecg)), moves_all=False),
        pulse=_stretched(_mean_beat(np.asarray(ppg), np.gradient(np.asarray(ppg))), moves_all=True),
    )


def _mean_beat(signal: Array, marker: Array) -> Array:
    """One beat, aligned at the highest points of `marker`, from 0 to 1 and fading at both ends."""
    before, after = round(_BEFORE * _RATE), round(_AFTER * _RATE)
    period = round(60.0 / _BPM * _RATE)
    first = period + int(np.argmax(marker[period : 2 * period]))
    beats = []
    while first + after + 50 < len(signal):
        at = first - 50 + int(np.argmax(marker[first - 50 : first + 50]))
        beats.append(signal[at - before : at + after])
        first = at + period
    beat = np.mean(beats, axis=0)
    beat = beat - np.linspace(beat[0], beat[-1], len(beat))
    fade = np.minimum(1.0, np.arange(len(beat)) / (_FADE_S * _RATE))
    beat = beat * fade * fade[::-1]
    return np.asarray(beat / beat.max())


def _stretched(beat: Array, moves_all: bool) -> BeatShape:
    """The form as a function: time goes slower with the square root of the interval.

    Args:
        beat: (n,) one beat at an interval of 1 s.
        moves_all: Whether the middle, where the QRS complex is, is stretched too.
    """
    place = np.arange(len(beat)) / _RATE - _BEFORE
    keeps = 0.0 if moves_all else 0.06

    def shape(since: Array, interval: Array) -> Array:
        stretch = np.sqrt(interval)
        outside = np.sign(since) * np.maximum(0.0, np.abs(since) - keeps) / stretch
        inside = np.clip(since, -keeps, keeps)
        return np.interp(inside + outside, place, beat, left=0.0, right=0.0)

    return shape
