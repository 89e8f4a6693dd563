"""What faults do to the samples of a sensor, and to the chunks it sends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from affect_perception.core.types.physio import BiosignalChunk
from affect_perception.sim.body.parts import SensorFault

Array = npt.NDArray[np.float64]
_NS = 1_000_000_000

# What strength 1 means, in the default unit of each sensor: amplitude of motion, of mains hum, of a
# drifting baseline; height at which a saturated signal is cut (a heartbeat reaches 1.1 mV, a pulse
# and the chest 1); what is there without contact. Choices that a person would see at once.
_MOTION: Mapping[str, float] = MappingProxyType(
    {"ecg": 0.7, "ppg": 0.8, "eda": 0.6, "respiration": 0.8, "temperature": 0.0}
)
_HUM: Mapping[str, float] = MappingProxyType(
    {"ecg": 0.3, "ppg": 0.1, "eda": 0.05, "respiration": 0.05, "temperature": 0.0}
)
_DRIFT: Mapping[str, float] = MappingProxyType(
    {"ecg": 1.5, "ppg": 1.5, "eda": 1.0, "respiration": 1.5, "temperature": 1.0}
)
_CUT: Mapping[str, float] = MappingProxyType(
    {"ecg": 0.15, "ppg": 0.5, "eda": 3.0, "respiration": 0.3, "temperature": 30.0}
)
_NO_CONTACT: Mapping[str, float] = MappingProxyType(
    {"ecg": 0.0, "ppg": 0.0, "eda": 0.0, "respiration": 0.0, "temperature": 22.0}
)
# Motion is anything between these frequencies, of so many waves; drift has this period, s.
_MOTION_HZ, _WAVES = (0.4, 7.0), 9
_DRIFT_S = 7.0
# Hum at the sampling rate becomes a level, of this phase.
_HUM_PHASE = 1.0


def faulty_samples(
    name: str, times: Array, samples: Array, faults: Sequence[SensorFault], seed: int
) -> Array:
    """The samples as the sensor gives them.

    Args:
        name: Of the sensor.
        times: (n,) s.
        samples: (n,) what a sensor without faults would give.
        faults: Those of this sensor.
        seed: Of motion.
    """
    result = samples.copy()
    for number, fault in enumerate(faults):
        hit = (times >= fault.at) & (times < fault.end)
        if not hit.any():
            continue
        since = times[hit] - fault.at
        if fault.kind == "motion":
            result[hit] += fault.strength * _MOTION[name] * _motion(since, seed + number)
        elif fault.kind == "mains_hum":
            turn = 2.0 * math.pi * fault.frequency_hz
            result[hit] += fault.strength * _HUM[name] * np.sin(turn * since + _HUM_PHASE)
        elif fault.kind == "drift":
            wander = since / fault.duration + 0.5 * np.sin(2.0 * math.pi * since / _DRIFT_S)
            result[hit] += fault.strength * _DRIFT[name] * wander
    # A cut, a lost lead or nothing at all comes after whatever else is wrong.
    for fault in faults:
        hit = (times >= fault.at) & (times < fault.end)
        if fault.kind == "saturation" and fault.strength > 0.0:
            result[hit] = np.minimum(result[hit], _CUT[name] / fault.strength)
        elif fault.kind == "lead_off":
            result[hit] = _NO_CONTACT[name]
        elif fault.kind == "not_a_number":
            result[hit] = math.nan
    return result


def _motion(since: Array, seed: int) -> Array:
    """Band-limited movement of standard deviation 1, with a step at each end of it."""
    rng = np.random.default_rng([seed, 0x30])
    hz = rng.uniform(*_MOTION_HZ, _WAVES)
    phase = rng.uniform(0.0, 2.0 * math.pi, _WAVES)
    waves = np.sin(2.0 * math.pi * hz[:, None] * since[None, :] + phase[:, None])
    return np.asarray(waves.sum(axis=0) * math.sqrt(2.0 / _WAVES))


def contact(faults: Sequence[SensorFault], begin: float, end: float) -> float:
    """What the sensor says about its contact during a chunk: 0 without, NaN if it does not say."""
    off = [f for f in faults if f.kind == "lead_off" and f.at < end and begin < f.end]
    if not off:
        return 1.0
    return 0.0 if all(f.told for f in off) else math.nan


def faulty_chunks(
    chunks: Iterable[tuple[float, BiosignalChunk]], faults: Sequence[SensorFault]
) -> Iterator[tuple[float, BiosignalChunk]]:
    """The chunks as they arrive: some lost, late, twice, or with the stamps of another clock.

    Args:
        chunks: Time of the first sample, s, and chunk, in order.
        faults: Those of this sensor.
    """
    held: tuple[float, BiosignalChunk] | None = None
    for at, chunk in chunks:
        if _active(faults, "gap", at):
            continue
        step = sum(f.strength for f in faults if f.kind == "clock_offset" and f.at <= at)
        sent = at, replace(chunk, stamp_ns=chunk.stamp_ns + round(step * _NS))
        if held is None and _active(faults, "reordered", at):
            held = sent
            continue
        yield sent
        if held is not None:
            # It arrives just after the one that it should have come before.
            yield at, held[1]
            held = None
        if _active(faults, "duplicated", at):
            yield sent
    if held is not None:
        yield held


def _active(faults: Sequence[SensorFault], kind: str, time: float) -> bool:
    return any(f.kind == kind and f.at <= time < f.end for f in faults)
