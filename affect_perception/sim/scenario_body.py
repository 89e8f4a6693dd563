"""Reads what a scenario file says about the body: the section `body`, and its timeline entries."""

from __future__ import annotations

import math
from types import MappingProxyType

from affect_perception.core.types.physio import UNITS
from affect_perception.sim.body.parts import (
    CHUNK_FAULTS,
    FAULTS,
    SENSORS,
    BodySetup,
    ScriptedResponse,
    SensorFault,
    SensorSetup,
    default_sensors,
)
from affect_perception.sim.channels import Key
from affect_perception.sim.yaml_source import Section

NAN = math.nan
SHAPES = ("built_in", "neurokit2")
BODY_KEYS = (
    ("heart_rate_bpm", 30.0, 220.0),
    ("respiration_rate_bpm", 4.0, 40.0),
    ("stress", 0.0, 1.0),
    ("skin_conductance_us", 0.05, 40.0),
    ("skin_temperature_c", 15.0, 43.0),
)
"""What a body entry of the timeline may move, in the order of the values of its key, and ranges."""
_RATES = (4.0, 1000.0)
# Default length, s, of a fault, and strength of a step of the clock, s.
_FAULT_S, _CLOCK_STEP_S = 5.0, 2.0


def read_body(section: Section | None) -> BodySetup | None:
    """The section `body`; None where a file has none: then nobody wears sensors."""
    if section is None:
        return None
    default = BodySetup()
    start = {
        name: section.number(name, getattr(default, name), low, high)
        for name, low, high in BODY_KEYS
    }
    setup = BodySetup(
        **start,
        rmssd_ms=section.number("rmssd_ms", default.rmssd_ms, 2.0, 150.0),
        skin_pulse=section.number("skin_pulse", default.skin_pulse, 0.0, 0.1),
        chunk_s=section.number("chunk_s", default.chunk_s, 0.02, 60.0),
        shapes=section.text("shapes", default.shapes, SHAPES),
        sensors=MappingProxyType(
            {n: _sensor(section.section(n), n, s) for n, s in default_sensors().items()}
        ),
    )
    section.close()
    return setup


def _sensor(section: Section | None, name: str, default: SensorSetup) -> SensorSetup:
    if section is None:
        return default
    rate = section.number("rate_hz", default.rate_hz, 0.0, _RATES[1])
    if 0.0 < rate < _RATES[0]:
        raise section.source.error(f"rate_hz {rate:g} is neither 0 (no sensor) nor 4 or more")
    setup = SensorSetup(
        rate_hz=rate,
        unit=section.text("unit", default.unit, ("", *UNITS[SENSORS[name]])),
        noise=section.number("noise", default.noise, 0.0, 100.0),
        rate_error=section.number("rate_error", 0.0, -0.2, 0.2),
        jitter_s=section.number("jitter_s", 0.0, 0.0, 1.0),
        offset_s=section.number("offset_s", 0.0, -10.0, 10.0),
    )
    section.close()
    return setup


def read_body_key(section: Section, at: float) -> Key:
    """A `body` entry of the timeline."""
    values = tuple(section.number(name, NAN, low, high) for name, low, high in BODY_KEYS)
    if all(math.isnan(v) for v in values):
        raise section.source.error(f"give one of: {', '.join(n for n, _, _ in BODY_KEYS)}")
    return Key(at, section.number("over_s", 10.0, 0.0, 24 * 3600.0), values)


def read_response(section: Section, at: float) -> ScriptedResponse:
    """A `skin_response` entry of the timeline."""
    return ScriptedResponse(at, section.number("amplitude_us", 0.4, 0.001, 20.0))


def read_fault(section: Section, at: float, scenario_end: float) -> SensorFault:
    """A `sensor_fault` entry of the timeline."""
    kind = section.text("kind", None, FAULTS)
    sensor = section.text("sensor", None, (*SENSORS, "all"))
    step = kind == "clock_offset"
    duration = scenario_end - at if step else section.number("duration_s", _FAULT_S, 0.1, 3600.0)
    if at + duration > scenario_end + 1e-9:
        end = f"{at + duration:g} s"
        raise section.source.error(f"lasts until {end}, after the end of the scenario")
    if step:
        strength = section.number("offset_s", _CLOCK_STEP_S, -3600.0, 3600.0)
    elif kind in CHUNK_FAULTS or kind in ("gap", "not_a_number", "lead_off"):
        strength = 1.0
    else:
        strength = section.number("strength", 1.0, 0.0, 100.0)
    return SensorFault(
        kind=kind,
        sensors=tuple(SENSORS) if sensor == "all" else (sensor,),
        at=at,
        duration=duration,
        strength=strength,
        frequency_hz=section.number("frequency_hz", 50.0, 1.0, 500.0)
        if kind == "mains_hum"
        else NAN,
        told=section.flag("told", True) if kind == "lead_off" else True,
    )
