"""Made colours of skin over time: pulse, motion, light and noise of random strength.

Much faster than pictures, so that thousands of seconds can be made: the weights of the quality are
fitted on them, and tests run on them. Their motion and light follow the dichromatic model (shading,
a glossy part in the colour of the lamp, a lamp whose colour changes); they know nothing of pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.sim.body.waves import BeatShapes, beats_as_signal
from affect_perception.sim.skin_pulse import BLOOD_VOLUME_RGB

Array = npt.NDArray[np.float64]

SKIN_RGB = np.array([190.0, 150.0, 125.0])
"""Colour of light skin in daylight, grey levels (by eye)."""


@dataclass(frozen=True)
class TraceSetup:
    """What a trace is made of.

    Attributes:
        seconds: Length.
        rate_hz: Pictures per second.
        bpm: Heart rate at the start and at the end.
        amplitude: Pulse in green, trough to peak, share.
        noise: One sigma of a region's mean colour, share of it, each picture on its own.
        shading: One sigma of slow brightness changes by motion, share.
        gloss: One sigma of the glossy part that comes and goes with motion, share of white.
        jerks_per_min: Quick turns of the head a minute.
        flicker: Size of a periodic change of light, share.
        flicker_hz: Its frequency.
        flicker_tint: How much more of it is red than blue, share of it.
        jitter_s: One sigma of the stamps.
        seed: Seed.
    """

    seconds: float = 40.0
    rate_hz: float = 30.0
    bpm: tuple[float, float] = (72.0, 72.0)
    amplitude: float = 0.006
    noise: float = 0.001
    shading: float = 0.0
    gloss: float = 0.0
    jerks_per_min: float = 0.0
    flicker: float = 0.0
    flicker_hz: float = 1.3
    flicker_tint: float = 0.1
    jitter_s: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class SkinTrace:
    """A made trace.

    Attributes:
        stamps_ns: (n,) stamps.
        colours: (n, 3, 3) region by red, green, blue, grey levels.
        yaw: (n,) of the head, rad.
        beats_s: Beats, from stamp 0 on.
    """

    stamps_ns: npt.NDArray[np.int64]
    colours: Array
    yaw: Array
    beats_s: Array

    def bpm(self, start_s: float, end_s: float) -> float:
        """Mean rate of the beats between two times, beats per minute."""
        return mean_rate(self.beats_s, start_s, end_s)


def mean_rate(beats_s: Array, start_s: float, end_s: float) -> float:
    """Beats per minute between two times, with the shares of the beats at both ends."""
    count = np.interp((start_s, end_s), beats_s, np.arange(len(beats_s)))
    return float(60.0 * (count[1] - count[0]) / (end_s - start_s))


def make_trace(setup: TraceSetup) -> SkinTrace:
    """Makes one trace; equal setups give equal traces."""
    rng = np.random.default_rng([setup.seed, 0x7C])
    count = round(setup.seconds * setup.rate_hz)
    jitter = rng.standard_normal(count).clip(-2.0, 2.0) * min(setup.jitter_s, 0.2 / setup.rate_hz)
    times = np.arange(count) / setup.rate_hz + jitter
    beats = beats_of_rate((0.0, setup.seconds), setup.bpm, 0.03, setup.seed)
    blood = beats_as_signal(times, beats, BeatShapes().pulse) - 0.5
    gain = 1.0 - setup.amplitude * np.outer(blood, BLOOD_VOLUME_RGB / BLOOD_VOLUME_RGB[1])
    yaw = _head(rng, times, setup.jerks_per_min)
    moved = _wander(rng, times, 0.05, 1.2) + yaw / 0.15
    regions = []
    for _ in range(3):
        own = 0.7 * moved + 0.7 * _wander(rng, times, 0.05, 1.2)
        shade = np.maximum(1.0 + setup.shading * own, 0.1)
        lamp = 1.0 + setup.flicker * np.sin(2.0 * np.pi * setup.flicker_hz * times)
        tint = np.array([0.5, 0.0, -0.5]) * setup.flicker_tint
        lit = lamp[:, None] + (lamp[:, None] - 1.0) * tint
        shine = setup.gloss * np.maximum(1.0 + own, 0.0)
        colour = SKIN_RGB * gain * shade[:, None] * lit + 255.0 * shine[:, None] * lit
        regions.append(colour * (1.0 + setup.noise * rng.standard_normal((count, 3))))
    stamps = np.round(times * 1e9).astype(np.int64) + 1_000_000_000
    return SkinTrace(stamps, np.stack(regions, axis=1), yaw, beats + 1.0)


def random_setup(seed: int) -> TraceSetup:
    """A setup drawn at random: from clear to hopeless, one in six without a pulse."""
    rng = np.random.default_rng([seed, 0x5E])
    start = float(rng.uniform(48.0, 135.0))
    still = rng.random() < 0.3
    flicker = rng.random() < 0.15
    return TraceSetup(
        rate_hz=float(rng.choice([15.0, 20.0, 25.0, 30.0, 60.0])),
        bpm=(start, float(np.clip(start + rng.normal(0.0, 14.0), 45.0, 140.0))),
        amplitude=0.0 if rng.random() < 1 / 6 else float(10.0 ** rng.uniform(-3.2, -2.0)),
        noise=float(10.0 ** rng.uniform(-3.6, -2.0)),
        shading=0.0 if still else float(10.0 ** rng.uniform(-2.5, -0.9)),
        gloss=0.0 if still else float(10.0 ** rng.uniform(-3.2, -1.5)),
        jerks_per_min=0.0 if still else float(rng.choice([0.0, 6.0, 20.0, 40.0])),
        flicker=float(10.0 ** rng.uniform(-2.5, -1.0)) if flicker else 0.0,
        flicker_hz=float(rng.uniform(0.7, 3.0)),
        flicker_tint=float(rng.uniform(0.0, 0.4)),
        jitter_s=float(rng.choice([0.0, 0.002, 0.005])),
        seed=seed,
    )


def beats_of_rate(
    times_s: npt.ArrayLike, bpm: npt.ArrayLike, variability: float, seed: int
) -> Array:
    """Times of beats whose rate follows a course, from 3 s before it to 3 s after it.

    Args:
        times_s: (n,) times of the course, rising, s.
        bpm: (n,) heart rate there; linear between.
        variability: One sigma of single intervals over their length; 0.03 is about an adult at
            rest.
        seed: Of the variability.
    """
    times, rates = np.asarray(times_s, np.float64), np.asarray(bpm, np.float64)
    rng = np.random.default_rng([seed, 0xB7])
    beats = [float(times[0]) - 3.0]
    while beats[-1] < times[-1] + 3.0:
        interval = 60.0 / float(np.interp(beats[-1], times, rates))
        beats.append(beats[-1] + interval * (1.0 + variability * rng.standard_normal()))
    return np.array(beats)


def _head(rng: np.random.Generator, times: Array, jerks_per_min: float) -> Array:
    """Yaw that goes to another place a few times a minute, within 0.4 s each, rad."""
    count = rng.poisson(jerks_per_min * (times[-1] - times[0]) / 60.0)
    yaw = np.zeros_like(times)
    for at in rng.uniform(times[0], times[-1], count):
        share = np.clip((times - at) / 0.4, 0.0, 1.0)
        step = rng.normal(0.0, 0.2) - float(np.interp(at, times, yaw))
        yaw = yaw + step * share * share * (3.0 - 2.0 * share)
    return yaw


def _wander(rng: np.random.Generator, times: Array, low_hz: float, high_hz: float) -> Array:
    """Smooth wandering of standard deviation 1."""
    turns = 2.0 * np.pi * (rng.uniform(low_hz, high_hz, 6)[:, None] * times + rng.random((6, 1)))
    return np.asarray(np.sin(turns).sum(axis=0) / np.sqrt(3.0))
