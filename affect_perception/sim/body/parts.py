"""What a scenario says about the body, once it has been read and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from affect_perception.core.enums import BiosignalChannel

SENSORS: Mapping[str, BiosignalChannel] = MappingProxyType(
    {
        "ecg": BiosignalChannel.ECG,
        "ppg": BiosignalChannel.PPG,
        "eda": BiosignalChannel.EDA,
        "respiration": BiosignalChannel.RESPIRATION,
        "temperature": BiosignalChannel.SKIN_TEMPERATURE,
    }
)
"""Names of the sensors in scenario files."""

LASTING_FAULTS = ("lead_off", "motion", "saturation", "mains_hum", "drift", "gap", "not_a_number")
CHUNK_FAULTS = ("reordered", "duplicated", "clock_offset")
FAULTS = (*LASTING_FAULTS, *CHUNK_FAULTS)
"""What can go wrong with a sensor; docs/simulation.md says what each one does."""


@dataclass(frozen=True)
class SensorSetup:
    """One sensor on the body.

    Attributes:
        rate_hz: Samples per second as the sensor states it; 0 for no such sensor.
        unit: As the sensor states it, "" if it does not.
        noise: One sigma of white noise as a multiple of the default of the channel.
        rate_error: True over stated rate less one; 0.02 is what cheap sensors are off.
        jitter_s: One sigma of the stamps.
        offset_s: How much later than the others its clock runs.
    """

    rate_hz: float
    unit: str
    noise: float = 1.0
    rate_error: float = 0.0
    jitter_s: float = 0.0
    offset_s: float = 0.0

    @property
    def true_rate(self) -> float:
        """Samples per second that are really taken, Hz."""
        return self.rate_hz * (1.0 + self.rate_error)


def default_sensors() -> Mapping[str, SensorSetup]:
    """The sensors of a body whose scenario does not say otherwise."""
    return MappingProxyType(
        {
            "ecg": SensorSetup(250.0, "mV"),
            "ppg": SensorSetup(100.0, "1"),
            "eda": SensorSetup(8.0, "uS"),
            "respiration": SensorSetup(50.0, "1"),
            "temperature": SensorSetup(4.0, "degC"),
        }
    )


@dataclass(frozen=True)
class BodySetup:
    """The body at the beginning of a scenario, and its sensors.

    Attributes:
        heart_rate_bpm: Heart rate.
        respiration_rate_bpm: Breaths per minute.
        stress: 0 calm to 1. It makes the heart beat more evenly and the skin respond more often;
            the heart rate is scripted by itself.
        rmssd_ms: Root mean square of successive differences of the intervals, calm and at that
            heart rate.
        skin_conductance_us: Level of a calm skin.
        skin_temperature_c: Skin temperature.
        skin_pulse: How much each beat darkens the green of the face in the pictures, share.
        chunk_s: Length of the chunks that sensors send.
        shapes: Where the form of the heartbeat comes from: "built_in" or "neurokit2".
        sensors: By name.
    """

    heart_rate_bpm: float = 68.0
    respiration_rate_bpm: float = 14.0
    stress: float = 0.0
    rmssd_ms: float = 42.0
    skin_conductance_us: float = 4.0
    skin_temperature_c: float = 33.0
    skin_pulse: float = 0.006
    chunk_s: float = 0.2
    shapes: str = "built_in"
    sensors: Mapping[str, SensorSetup] = field(default_factory=default_sensors)


@dataclass(frozen=True)
class ScriptedResponse:
    """A skin-conductance response that begins at `at`, s; amplitude in microsiemens."""

    at: float
    amplitude_us: float


@dataclass(frozen=True)
class SensorFault:
    """Something wrong with a sensor.

    Attributes:
        kind: One of `FAULTS`.
        sensors: Names of the sensors.
        at: Begin, s.
        duration: Length, s; a step of the clock stays.
        strength: 1 is usual; of `clock_offset` the step in s.
        frequency_hz: Of mains hum.
        told: Whether a sensor without contact says so.
    """

    kind: str
    sensors: tuple[str, ...]
    at: float
    duration: float
    strength: float = 1.0
    frequency_hz: float = math.nan
    told: bool = True

    @property
    def end(self) -> float:
        """End, s."""
        return self.at + self.duration
