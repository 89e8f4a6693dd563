"""When the heart beats: intervals that follow a scripted rate and vary as much as was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from affect_perception.sim.channels import Wander

Array = npt.NDArray[np.float64]
Course = Callable[[float], float]

# Of the mean square of the successive differences: what comes from breathing (respiratory sinus
# arrhythmia), from the slow rhythm of vessels, and the rest, which is random from beat to beat. A
# choice: at rest breathing leads in RMSSD (Task Force of the ESC and NASPE 1996; from memory,
# verified against the primary text: no).
_BREATH, _VESSELS, _RANDOM = 0.6, 0.1, 0.3
# The slow rhythm, Hz (Mayer waves, about 0.1 Hz).
_VESSEL_HZ = (0.08, 0.11)
# No part moves an interval by more than this share, and no interval is shorter than this, s.
_LARGEST, _SHORTEST = 0.2, 0.25


def beat_instants(
    begin: float,
    end: float,
    rate_bpm: Course,
    rmssd: Course,
    breath_phase: Course,
    breath_hz: Course,
    rng: np.random.Generator,
) -> Array:
    """Instants of the R-peaks from `begin` to beyond `end`, s.

    Args:
        begin: First possible instant, s.
        end: Time that the last beat lies after, s.
        rate_bpm: Heart rate at a time, beats per minute.
        rmssd: Root mean square of successive differences that is wanted at a time, s.
        breath_phase: Breaths since some beginning at a time; a whole number begins a breath.
        breath_hz: Breaths per second at a time.
        rng: Of what is random.
    """
    vessels = Wander(rng, 1, *_VESSEL_HZ)
    vessel_hz = 0.5 * sum(_VESSEL_HZ)
    beats = [begin]
    now = begin
    while now <= end:
        mean = 60.0 / rate_bpm(now)
        wanted = rmssd(now)
        # Intervals shorten as air comes in. Values one step d apart differ in the root mean square
        # by sqrt(2) a sin(pi f d) for a sine of amplitude a (2 s sin(pi f d) if s is its standard
        # deviation), and by sqrt(2) s for white noise of standard deviation s.
        breath = wanted * math.sqrt(_BREATH / 2.0) / _turn(breath_hz(now), mean)
        vessel = wanted * math.sqrt(_VESSELS) / (2.0 * _turn(vessel_hz, mean))
        parts = (
            -breath * math.sin(2.0 * math.pi * breath_phase(now)),
            vessel * float(vessels.at(now)[0]),
            wanted * math.sqrt(_RANDOM / 2.0) * float(rng.standard_normal()),
        )
        limit = _LARGEST * mean
        now += max(_SHORTEST, mean + sum(min(limit, max(-limit, p)) for p in parts))
        beats.append(now)
    return np.array(beats)


def _turn(hz: float, step: float) -> float:
    """Sine of half the angle by which an oscillation goes on in a step; not below a tenth."""
    return max(0.1, abs(math.sin(math.pi * hz * step)))
