"""The body of a scenario over time: beats, breaths, skin, and the truth about them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.sim.body.parts import BodySetup
from affect_perception.sim.body.rhythm import beat_instants
from affect_perception.sim.body.shapes import load_shapes
from affect_perception.sim.body.truth import BodyTruth
from affect_perception.sim.body.waves import (
    RESPONSE_PEAK_S,
    RESPONSE_S,
    beats_as_signal,
    breath_wave,
    response_wave,
)
from affect_perception.sim.channels import Channel, Wander
from affect_perception.sim.scenario import Scenario
from affect_perception.sim.scenario_body import BODY_KEYS

Array = npt.NDArray[np.float64]
Times = npt.ArrayLike

PULSE_DELAY_S = 0.20
"""From the R-peak to the steepest rise of the pulse at a finger, s (about 0.2 s at rest)."""
# Time before and after the scenario in which the heart beats too, s, and the step of slow courses.
_MARGIN, _STEP = 5.0, 0.25
# Of a choice, no finding: of RMSSD, the share that full stress takes; the tonic level, by how much
# it rises; responses that nobody scripted, per minute, calm and what full stress adds (1 to 3 at
# rest, above 20 when excited; Boucsein 2012: from memory, verified against the primary text: no);
# their median amplitude, uS, spread (log), and what stress adds.
_RMSSD_LOST, _LEVEL_RISE = 0.75, 0.5
_RESPONSES, _STRESSED_RESPONSES = 2.0, 10.0
_AMPLITUDE_US, _AMPLITUDE_SPREAD = 0.15, 0.4
_SHORTEST_GAP_S = 1.5
# Shares by which the rate of breathing and the level of the skin wander (one sigma).
_BREATH_WANDERS, _LEVEL_WANDERS = 0.03, 0.02
# Windows of what is counted, s: those of the estimators' defaults.
_RATE_WINDOW, _VARIABILITY_WINDOW, _RESPONSE_WINDOW = 10.0, 60.0, 60.0
# Rises below this do not count as responses, uS.
_RESPONSE_MIN_US = 0.02


class BodyScript:
    """A scripted body. Everything is a pure function of scenario, seed and time.

    Args:
        scenario: Its section `body` says how the body is; without one the defaults hold.
        seed: Another seed than the scenario's.

    Raises:
        InputError: If the scenario wants shapes of NeuroKit2 and it is not installed.
    """

    def __init__(self, scenario: Scenario, seed: int | None = None) -> None:
        self.setup = scenario.body if scenario.body is not None else BodySetup()
        self.seed = scenario.seed if seed is None else seed
        self.duration_s = scenario.duration_s
        self.faults = tuple(scenario.timeline.faults)
        self._shapes = load_shapes(self.setup.shapes)
        streams = np.random.SeedSequence([self.seed, 0xB0]).spawn(4)
        rng = [np.random.default_rng(s) for s in streams]
        self._grid = np.arange(-_MARGIN, scenario.duration_s + _MARGIN + _STEP, _STEP)
        channel = Channel(
            tuple(getattr(self.setup, name) for name, _, _ in BODY_KEYS), scenario.timeline.body
        )
        rows = np.array([channel.at(float(t)) for t in self._grid])
        self._course = {name: rows[:, i] for i, (name, _, _) in enumerate(BODY_KEYS)}
        self._breath_hz, self._breaths = self._breathing(Wander(rng[0], 1, 0.005, 0.03))
        self.beats = self._beat(rng[1])
        """(n,) instants of the R-peaks, s, from some before the scenario to some after it."""
        self._level = self._tonic(Wander(rng[2], 1, 0.003, 0.02))
        scripted = [(r.at, r.amplitude_us) for r in scenario.timeline.responses]
        found = sorted([*scripted, *self._unscripted_responses(rng[3])])
        self.response_onsets = np.array([at for at, _ in found])
        """(m,) begin of each skin-conductance response, s."""
        self.response_amplitudes = np.array([amplitude for _, amplitude in found])
        """(m,) their amplitudes, uS."""

    def heart_rate(self, time: Times) -> Array:
        """Scripted heart rate, beats per minute; times in s, as everywhere here."""
        return self._at(self._course["heart_rate_bpm"], time)

    def stress(self, time: Times) -> Array:
        """Scripted stress, 0..1."""
        return self._at(self._course["stress"], time)

    def respiration_rate(self, time: Times) -> Array:
        """Breaths per minute as they are taken: the scripted rate, which wanders a little."""
        return 60.0 * self._at(self._breath_hz, time)

    def breath_phase(self, time: Times) -> Array:
        """Breaths since the beginning; a whole number begins to breathe in."""
        return self._at(self._breaths, time)

    def beat_phase(self, time: Times) -> Array:
        """Beats since the beginning; a whole number is an R-peak."""
        return np.interp(np.asarray(time, np.float64), self.beats, np.arange(len(self.beats)))

    def skin_temperature(self, time: Times) -> Array:
        """Scripted skin temperature, degrees Celsius."""
        return self._at(self._course["skin_temperature_c"], time)

    def tonic(self, time: Times) -> Array:
        """Level of skin conductance without responses, uS."""
        return self._at(self._level, time)

    def phasic(self, time: Times) -> Array:
        """What responses add to skin conductance, uS."""
        times = np.atleast_1d(np.asarray(time, np.float64))
        total = np.zeros_like(times)
        low = np.searchsorted(self.response_onsets, times.min() - RESPONSE_S)
        high = np.searchsorted(self.response_onsets, times.max())
        for k in range(int(low), int(high)):
            since = times - self.response_onsets[k]
            total += self.response_amplitudes[k] * response_wave(since)
        return total.reshape(np.shape(time))

    def pulse(self, time: Times, delay_s: float = PULSE_DELAY_S) -> Array:
        """Volume of blood in the skin, about 0..1: the wave of a PPG, and of the skin's colour.

        Args:
            time: s, rising.
            delay_s: From the R-peak to the steepest rise: 0.2 at a finger, less at the face.
        """
        times = np.atleast_1d(np.asarray(time, np.float64)) - delay_s
        return beats_as_signal(times, self.beats, self._shapes.pulse).reshape(np.shape(time))

    def cardiogram(self, time: Times) -> Array:
        """The electrocardiogram without anything around it, mV; times rising."""
        times = np.atleast_1d(np.asarray(time, np.float64))
        return beats_as_signal(times, self.beats, self._shapes.ecg).reshape(np.shape(time))

    def chest(self, time: Times) -> Array:
        """Width of the chest, -1..1."""
        return breath_wave(self.breath_phase(time))

    def truth(self, time: float, start_ns: int = 0) -> BodyTruth:
        """What is true at a time.

        Args:
            time: s.
            start_ns: Stamp of time 0.
        """
        recent = self._beats_within(time - _VARIABILITY_WINDOW, time)
        lately = self._beats_within(time - _RATE_WINDOW, time)
        peaks = self.response_onsets + RESPONSE_PEAK_S
        counted = (
            (peaks <= time)
            & (peaks > time - _RESPONSE_WINDOW)
            & (self.response_amplitudes >= _RESPONSE_MIN_US)
        )
        steps = np.diff(np.diff(recent))
        # Before a window is full there is nothing to compare with.
        full = time >= _VARIABILITY_WINDOW and len(steps) > 1
        return BodyTruth(
            stamp_ns=start_ns + round(time * 1e9),
            heart_rate_bpm=float(self.heart_rate(time)),
            counted_rate_bpm=60.0 / float(np.diff(lately).mean()) if len(lately) > 2 else math.nan,
            rmssd=float(np.sqrt(np.mean(steps**2))) if full else math.nan,
            stress=float(self.stress(time)),
            respiration_rate_bpm=float(self.respiration_rate(time)),
            breath_phase=float(self.breath_phase(time)) % 1.0,
            beat_phase=float(self.beat_phase(time)) % 1.0,
            tonic_us=float(self.tonic(time)),
            phasic_us=float(self.phasic(time)),
            responses_per_min=float(counted.sum()) if time >= _RESPONSE_WINDOW else math.nan,
            skin_temperature_c=float(self.skin_temperature(time)),
            faults=tuple(
                f"{sensor}:{f.kind}" for f in self.faults if f.at <= time < f.end
                for sensor in f.sensors
            ),
        )  # fmt: skip

    def _at(self, course: Array, time: Times) -> Array:
        return np.interp(np.asarray(time, np.float64), self._grid, course)

    def _beats_within(self, begin: float, end: float) -> Array:
        first, last = np.searchsorted(self.beats, (max(0.0, begin), end), side="right")
        return self.beats[first:last]

    def _breathing(self, wander: Wander) -> tuple[Array, Array]:
        """Breaths per second and breaths since the beginning, on the grid."""
        wanders = np.array([float(wander.at(float(t))[0]) for t in self._grid])
        share = 1.0 + _BREATH_WANDERS * wanders
        hz = self._course["respiration_rate_bpm"] / 60.0 * share
        return hz, np.concatenate([[0.0], np.cumsum(0.5 * (hz[1:] + hz[:-1]) * _STEP)])

    def _beat(self, rng: np.random.Generator) -> Array:
        # A faster heart varies less: in proportion to its intervals.
        calm = self.setup.rmssd_ms / 1000.0 * self.setup.heart_rate_bpm
        return beat_instants(
            -_MARGIN,
            self.duration_s + _MARGIN - 1.0,
            rate_bpm=lambda t: float(self.heart_rate(t)),
            rmssd=lambda t: (
                calm * (1.0 - _RMSSD_LOST * float(self.stress(t))) / float(self.heart_rate(t))
            ),
            breath_phase=lambda t: float(self.breath_phase(t)),
            breath_hz=lambda t: float(self._at(self._breath_hz, t)),
            rng=rng,
        )

    def _tonic(self, wander: Wander) -> Array:
        wanders = np.array([float(wander.at(float(t))[0]) for t in self._grid])
        level = self._course["skin_conductance_us"] * (1.0 + _LEVEL_RISE * self._course["stress"])
        return level * (1.0 + _LEVEL_WANDERS * wanders)

    def _unscripted_responses(self, rng: np.random.Generator) -> list[tuple[float, float]]:
        """Begin and amplitude of responses that come by themselves, more of them under stress."""
        found: list[tuple[float, float]] = []
        now = 0.0
        while True:
            per_second = (_RESPONSES + _STRESSED_RESPONSES * float(self.stress(now))) / 60.0
            now += _SHORTEST_GAP_S + float(rng.exponential(1.0 / per_second - _SHORTEST_GAP_S))
            spread = math.exp(_AMPLITUDE_SPREAD * float(rng.standard_normal()))
            if now >= self.duration_s:
                return found
            found.append((now, _AMPLITUDE_US * (0.6 + float(self.stress(now))) * spread))


def body_of(scenario: Scenario, seed: int | None = None) -> BodyScript:
    """The body of a scenario that has one.

    Raises:
        InputError: If the scenario has no section `body`.
    """
    if scenario.body is None:
        raise InputError(
            f"scenario '{scenario.name}' has no body signals: give it a section 'body'"
        )
    return BodyScript(scenario, seed)
