"""What sensors on the scripted body measure: samples with noise and faults, in stamped chunks."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.types.physio import BiosignalChunk
from affect_perception.sim.body.faults import contact, faulty_chunks, faulty_samples
from affect_perception.sim.body.parts import SENSORS, SensorSetup
from affect_perception.sim.body.script import BodyScript

Array = npt.NDArray[np.float64]
_NS = 1_000_000_000

# White noise at `noise: 1`, in the default unit.
_NOISE = {"ecg": 0.015, "ppg": 0.01, "eda": 0.002, "respiration": 0.02, "temperature": 0.01}
# What breathing does to the electrocardiogram (its level, mV; its height, share) and to the pulse
# (level, height).
_ECG_BREATH, _PPG_BREATH = (0.06, 0.06), (0.15, 0.05)
# Noise is made in blocks of so many samples, each with a seed of its own, and signals in pieces of
# so many seconds: memory does not grow with the length of the scenario.
_BLOCK, _PIECE_S = 1024, 30.0
# From the default unit of a sensor to the others.
_FACTORS = {"V": 1e-3, "uV": 1e3, "S": 1e-6, "nS": 1e3}


class BodySensors:
    """The sensors of a scripted body.

    Equal scenarios and seeds give equal samples, however they are asked for.

    Args:
        script: The body.
    """

    def __init__(self, script: BodyScript) -> None:
        self._script = script
        self._setups = {n: s for n, s in script.setup.sensors.items() if s.rate_hz > 0.0}
        self._faults = {n: [f for f in script.faults if n in f.sensors] for n in self._setups}
        self._made: dict[str, Callable[[Array], Array]] = {
            "ecg": self._ecg,
            "ppg": self._ppg,
            "eda": lambda times: script.tonic(times) + script.phasic(times),
            "respiration": script.chest,
            "temperature": script.skin_temperature,
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The sensors that are worn."""
        return tuple(self._setups)

    def setup(self, name: str) -> SensorSetup:
        """How a sensor is set up."""
        return self._setups[name]

    def count(self, name: str) -> int:
        """Samples that a sensor takes in the scenario."""
        return math.floor(self._script.duration_s * self._setups[name].true_rate + 1e-9)

    def samples(self, name: str, first: int, count: int) -> Array:
        """Samples of a sensor, with noise and faults, in its unit.

        Args:
            name: Of a worn sensor.
            first: Number of the first sample; sample 0 is at time 0.
            count: How many.

        Raises:
            InputError: If the sensor is not worn.
        """
        if name not in self._setups:
            raise InputError(f"no sensor '{name}' is worn (worn: {', '.join(self._setups)})")
        setup = self._setups[name]
        times = (first + np.arange(count)) / setup.true_rate
        clean = self._made[name](times) + setup.noise * _NOISE[name] * self._noise(
            name, first, count
        )
        found = faulty_samples(name, times, clean, self._faults[name], self._script.seed)
        return _in_unit(found, setup.unit)

    def chunks(self, start_ns: int = 0) -> Iterator[BiosignalChunk]:
        """All chunks of all sensors in the order in which they arrive.

        Args:
            start_ns: Stamp of time 0.
        """
        return (chunk for _, chunk in self.arrivals(start_ns))

    def arrivals(self, start_ns: int = 0) -> Iterator[tuple[int, BiosignalChunk]]:
        """As `chunks`, each with the time at which it is complete by a right clock, ns."""
        streams = [
            ((at, number, chunk) for at, chunk in self._arriving(name, start_ns))
            for number, name in enumerate(self._setups)
        ]
        for at, _, chunk in heapq.merge(*streams, key=lambda item: item[:2]):
            yield start_ns + round(at * _NS), chunk

    def _arriving(self, name: str, start_ns: int) -> Iterator[tuple[float, BiosignalChunk]]:
        """Chunks of one sensor with the time at which each is complete, s."""
        length = self._size(name) / self._setups[name].true_rate
        for at, chunk in faulty_chunks(self._sent(name, start_ns), self._faults[name]):
            yield at + length, chunk

    def _size(self, name: str) -> int:
        return max(1, round(self._script.setup.chunk_s * self._setups[name].rate_hz))

    def _sent(self, name: str, start_ns: int) -> Iterator[tuple[float, BiosignalChunk]]:
        setup, size, total = self._setups[name], self._size(name), self.count(name)
        piece = size * max(1, round(_PIECE_S * setup.true_rate / size))
        number = list(SENSORS).index(name)
        shifts = np.random.default_rng([self._script.seed, 0x31, number])
        for begin in range(0, total, piece):
            samples = self.samples(name, begin, min(piece, total - begin))
            for first in range(0, len(samples), size):
                at = (begin + first) / setup.true_rate
                part = samples[first : first + size]
                shift = setup.offset_s + setup.jitter_s * float(shifts.standard_normal())
                yield (
                    at,
                    BiosignalChunk(
                        stamp_ns=start_ns + round((at + shift) * _NS),
                        channel=SENSORS[name],
                        rate=setup.rate_hz,
                        samples=part,
                        unit=setup.unit,
                        contact=contact(self._faults[name], at, at + len(part) / setup.true_rate),
                        frame_id=f"body_{name}",
                    ),
                )

    def _ecg(self, times: Array) -> Array:
        level, height = _ECG_BREATH
        chest = self._script.chest(times)
        return self._script.cardiogram(times) * (1.0 + height * chest) + level * chest

    def _ppg(self, times: Array) -> Array:
        level, height = _PPG_BREATH
        chest = self._script.chest(times)
        return self._script.pulse(times) * (1.0 - height * chest) + level * chest

    def _noise(self, name: str, first: int, count: int) -> Array:
        """White noise by the number of the sample."""
        number = list(SENSORS).index(name)
        low, high = first // _BLOCK, (first + count - 1) // _BLOCK
        blocks = [
            np.random.default_rng([self._script.seed, 0x32, number, b]).standard_normal(_BLOCK)
            for b in range(low, high + 1)
        ]
        return np.concatenate(blocks)[first - low * _BLOCK :][:count]


def _in_unit(samples: Array, unit: str) -> Array:
    """From the default unit of its sensor to the one it states; "" keeps the default."""
    if unit == "kOhm":
        with np.errstate(divide="ignore"):
            return 1000.0 / samples
    if unit == "K":
        return samples + 273.15
    if unit == "degF":
        return samples * 1.8 + 32.0
    return samples * _FACTORS.get(unit, 1.0)
