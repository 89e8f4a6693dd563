"""Body signals as they come in, and what was read from them up to one instant."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import Availability, BiosignalChannel, PhysioReason
from affect_perception.core.errors import InputError
from affect_perception.core.types.load import LoadEstimate

BIOSIGNAL_RATES = (4.0, 1000.0)
"""Lowest and highest sampling rate that a chunk may have, Hz."""
LONGEST_CHUNK = 3600.0
"""Longest chunk, s: more is a recording, which a reader cuts."""

UNITS: Mapping[BiosignalChannel, tuple[str, ...]] = MappingProxyType(
    {
        BiosignalChannel.ECG: ("mV", "V", "uV"),
        BiosignalChannel.PPG: ("1",),
        BiosignalChannel.EDA: ("uS", "S", "nS", "kOhm"),
        BiosignalChannel.RESPIRATION: ("1", "mV", "V"),
        BiosignalChannel.SKIN_TEMPERATURE: ("degC", "K", "degF"),
        BiosignalChannel.ACCELERATION: ("m/s^2", "g"),
    }
)
"""Units by channel; "1" is a pure number (counts, arbitrary units). "" is always allowed: not told,
which is a reason of its own where the unit matters."""


@dataclass(frozen=True)
class BiosignalChunk:
    """A piece of one body signal.

    Attributes:
        stamp_ns: Acquisition time of the first sample, nanoseconds.
        channel: What was measured; not UNKNOWN.
        rate: Samples per second as the sender states it, Hz, within `BIOSIGNAL_RATES`. The true
            rate is learned from the stamps.
        samples: (n,) numbers; acceleration (n, 3). A sample that is not finite was not measured.
        unit: One of `UNITS` of the channel, or "" if not told.
        contact: Quality of the contact as the sender states it, 0 (lead off) to 1, NaN if not told.
        frame_id: The sensor.
    """

    stamp_ns: int
    channel: BiosignalChannel
    rate: float
    samples: npt.NDArray[Any]
    unit: str = ""
    contact: float = math.nan
    frame_id: str = "body_sensor"

    def __post_init__(self) -> None:
        if self.channel not in UNITS:
            raise InputError(
                f"unknown biosignal channel {self.channel!r} "
                f"(known: {', '.join(c.name for c in UNITS)})"
            )
        if not BIOSIGNAL_RATES[0] <= self.rate <= BIOSIGNAL_RATES[1]:
            raise InputError(
                f"the rate of a biosignal must be {BIOSIGNAL_RATES[0]:g} to "
                f"{BIOSIGNAL_RATES[1]:g} Hz, got {self.rate:g}"
            )
        if self.unit and self.unit not in UNITS[self.channel]:
            raise InputError(
                f"unit {self.unit!r} does not belong to {self.channel.name} "
                f"(known: {', '.join(UNITS[self.channel])})"
            )
        self._check_samples()
        if not (math.isnan(self.contact) or 0.0 <= self.contact <= 1.0):
            raise InputError(f"contact quality must be 0..1 or NaN, got {self.contact:g}")

    @property
    def end_ns(self) -> int:
        """Time just after the last sample at the stated rate, nanoseconds."""
        return self.stamp_ns + round(len(self.samples) / self.rate * 1e9)

    def _check_samples(self) -> None:
        samples = self.samples
        if not np.issubdtype(samples.dtype, np.number) or np.iscomplexobj(samples):
            raise InputError(f"biosignal samples must be real numbers, got {samples.dtype}")
        wide = self.channel == BiosignalChannel.ACCELERATION
        expected = "(n, 3)" if wide else "(n,)"
        fits = samples.ndim == 2 and samples.shape[1] == 3 if wide else samples.ndim == 1
        if not fits or len(samples) == 0:
            raise InputError(
                f"a chunk of {self.channel.name} needs samples of shape {expected}, n above 0, "
                f"got {samples.shape}"
            )
        if len(samples) > LONGEST_CHUNK * self.rate:
            raise InputError(f"a biosignal chunk lasts at most {LONGEST_CHUNK:g} s")


@dataclass(frozen=True)
class NoSignal:
    """Says that no body signal has arrived up to `stamp_ns`; comes from whoever watches them."""

    stamp_ns: int


PhysioEvent = BiosignalChunk | NoSignal


@dataclass(frozen=True)
class SignalState:
    """How well one channel can be used.

    Attributes:
        availability: UNAVAILABLE without a usable signal.
        quality: 0 useless to 1; how it was fitted stands in docs/physio.md; NaN if unknown.
        rate: Sampling rate as learned from the stamps, Hz.
        age: Time from its newest sample to the stamp of the observation, s.
        reasons: What is missing or wrong.
    """

    availability: Availability
    quality: float = math.nan
    rate: float = math.nan
    age: float = math.nan
    reasons: tuple[PhysioReason, ...] = ()

    def __post_init__(self) -> None:
        if not (math.isnan(self.quality) or 0.0 <= self.quality <= 1.0):
            raise InputError(f"signal quality must be 0..1 or NaN, got {self.quality:g}")


@dataclass(frozen=True)
class HeartState:
    """Heart rate and its variability over the windows of `PhysioConfig`.

    Attributes:
        source: Channel that the beats come from (ECG before PPG); UNKNOWN without beats.
        rate_bpm: Heart rate, beats per minute.
        rate_std_bpm: Its standard error from the spread of the intervals.
        beats: Beats in the window of the variability.
        rejected: Share of its intervals that were ectopic, artefacts or gaps, 0..1.
        rmssd: Root mean square of successive differences, s.
        sdnn: Standard deviation of the intervals, s.
        pnn50: Share of successive differences above 50 ms, 0..1.
        lf: Power 0.04 to 0.15 Hz, s^2.
        hf: Power 0.15 to 0.4 Hz, s^2.
        quality: Of the variability, 0..1.
    """

    source: BiosignalChannel = BiosignalChannel.UNKNOWN
    rate_bpm: float = math.nan
    rate_std_bpm: float = math.nan
    beats: int = 0
    rejected: float = math.nan
    rmssd: float = math.nan
    sdnn: float = math.nan
    pnn50: float = math.nan
    lf: float = math.nan
    hf: float = math.nan
    quality: float = math.nan

    @property
    def lf_hf(self) -> float:
        """Ratio of the two powers; NaN where one of them is unknown."""
        return self.lf / self.hf if self.hf > 0.0 else math.nan


@dataclass(frozen=True)
class SkinState:
    """Skin conductance.

    Attributes:
        tonic_us: Slow level, microsiemens.
        phasic_us: Fast part at the newest instant, microsiemens; the sum of both is the signal.
        responses_per_min: Skin-conductance responses in the last minute, 1/min.
        response_us: Mean amplitude of these responses; NaN without any.
        temperature_c: Skin temperature, degrees Celsius.
    """

    tonic_us: float = math.nan
    phasic_us: float = math.nan
    responses_per_min: float = math.nan
    response_us: float = math.nan
    temperature_c: float = math.nan


@dataclass(frozen=True)
class RespirationState:
    """Breathing.

    Attributes:
        source: RESPIRATION for a belt, else the channel it was derived from; UNKNOWN without any.
        rate_bpm: Breaths per minute.
        quality: How clearly the signal repeats itself, 0..1.
    """

    source: BiosignalChannel = BiosignalChannel.UNKNOWN
    rate_bpm: float = math.nan
    quality: float = math.nan


@dataclass(frozen=True)
class PhysioObservation:
    """What the body sensors tell up to the newest sample.

    Attributes:
        stamp_ns: Time just after the newest sample of any channel, nanoseconds.
        availability: Of the heart rate; UNAVAILABLE without beats.
        reasons: What is missing or wrong, of all channels.
        channels: State of each channel that has been seen.
        heart: Heart rate and variability.
        skin: Skin conductance and temperature.
        respiration: Breathing.
        beat_stamps_ns: Beats that were decided since the last observation, oldest first.
        frame_id: The sensor that the newest sample came from.
        load: Cognitive load and stress.
    """

    stamp_ns: int
    availability: Availability
    reasons: tuple[PhysioReason, ...] = ()
    channels: Mapping[BiosignalChannel, SignalState] = field(default_factory=dict)
    heart: HeartState = HeartState()
    skin: SkinState = SkinState()
    respiration: RespirationState = RespirationState()
    beat_stamps_ns: tuple[int, ...] = ()
    frame_id: str = ""
    load: LoadEstimate = field(default_factory=LoadEstimate)

    def __post_init__(self) -> None:
        if BiosignalChannel.UNKNOWN in self.channels:
            raise InputError("a physio observation names the state of an unknown channel")
        object.__setattr__(self, "channels", MappingProxyType(dict(self.channels)))
