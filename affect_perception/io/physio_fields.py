"""Body signals and what was read from them <-> fields of the messages of the same name, no ROS."""

from __future__ import annotations

from typing import Any

import numpy as np

from affect_perception.core.enums import Availability, BiosignalChannel, LoadReason, PhysioReason
from affect_perception.core.errors import InputError
from affect_perception.core.types.face import NAN
from affect_perception.core.types.load import LoadEstimate
from affect_perception.core.types.physio import (
    BiosignalChunk,
    HeartState,
    PhysioObservation,
    RespirationState,
    SignalState,
    SkinState,
)
from affect_perception.io.message_fields import Fields, header_fields, stamp_fields, stamp_to_ns

BIOSIGNAL_CHUNK = "affect_perception/msg/BiosignalChunk"
PHYSIO_OBSERVATION = "affect_perception/msg/PhysioObservation"

PLAIN_LOAD = {
    "cognitive_load": "load",
    "cognitive_load_std": "load_std",
    "stress": "stress",
    "stress_std": "stress_std",
    "age": "age_s",
    "baseline_duration": "baseline_s",
}
"""Numbers of LoadObservation: name in the message, name in the core type."""

PLAIN_HEART = {
    "heart_rate": "rate_bpm",
    "heart_rate_std": "rate_std_bpm",
    "hrv_beats": "beats",
    "hrv_rejected": "rejected",
    "rmssd": "rmssd",
    "sdnn": "sdnn",
    "pnn50": "pnn50",
    "lf": "lf",
    "hf": "hf",
    "hrv_quality": "quality",
}
"""Likewise: PhysioObservation, `HeartState`."""

PLAIN_SKIN = {
    "skin_conductance_tonic": "tonic_us",
    "skin_conductance_phasic": "phasic_us",
    "skin_response_rate": "responses_per_min",
    "skin_response_amplitude": "response_us",
    "skin_temperature": "temperature_c",
}
"""Likewise: PhysioObservation, `SkinState`."""

PLAIN_RESPIRATION = {"respiration_rate": "rate_bpm", "respiration_quality": "quality"}
"""Likewise: PhysioObservation, `RespirationState`."""

PLAIN_SIGNAL = ("quality", "rate", "age")
"""Numbers of SignalState, of the same name in the message."""

_AXES = 3


def chunk_fields(chunk: BiosignalChunk) -> Fields:
    """Fields of `BiosignalChunk.msg`; samples become 32-bit floats."""
    return {
        "header": header_fields(chunk.stamp_ns, chunk.frame_id),
        "channel": int(chunk.channel),
        "unit": chunk.unit,
        "rate": float(chunk.rate),
        "contact_quality": float(chunk.contact),
        "samples": np.asarray(chunk.samples, np.float32).ravel(),
    }


def chunk_of_message(message: Any) -> BiosignalChunk:
    """Reads a BiosignalChunk message, whatever it was read with.

    Raises:
        InputError: If it has no stamp, an unknown channel, or the core refuses it.
    """
    stamp = stamp_to_ns(message.header.stamp)
    if stamp == 0:
        raise InputError("a body signal has no acquisition stamp (header.stamp is 0)")
    channel = _channel(message.channel, "BiosignalChunk.channel")
    samples = np.array(message.samples, np.float32)
    if channel == BiosignalChannel.ACCELERATION:
        if len(samples) % _AXES:
            raise InputError(f"{len(samples)} samples of acceleration are no whole number of x y z")
        samples = samples.reshape(-1, _AXES)
    return BiosignalChunk(
        stamp_ns=stamp,
        channel=channel,
        rate=float(message.rate),
        samples=samples,
        unit=str(message.unit),
        contact=float(message.contact_quality),
        frame_id=message.header.frame_id,
    )


def load_fields(load: LoadEstimate) -> Fields:
    """Fields of `LoadObservation.msg`."""
    return {
        "availability": int(load.availability),
        "reasons": [reason.value for reason in load.reasons],
        **{name: getattr(load, core) for name, core in PLAIN_LOAD.items()},
    }


def load_of_message(message: Any, stamp_ns: int) -> LoadEstimate:
    """Reads a LoadObservation message; `stamp_ns` is that of the message it is part of.

    Raises:
        InputError: If a reason is not one of the documented words.
    """
    return LoadEstimate(
        stamp_ns=stamp_ns,
        availability=Availability(message.availability),
        reasons=tuple(_word(LoadReason, word) for word in message.reasons),
        **{core: getattr(message, name) for name, core in PLAIN_LOAD.items()},
    )


def physio_fields(physio: PhysioObservation, latency: float = NAN) -> Fields:
    """Fields of `PhysioObservation.msg`.

    Args:
        physio: The observation.
        latency: Seconds from the newest sample to publishing; NaN in replay.
    """
    heart, skin, breath = physio.heart, physio.skin, physio.respiration
    return {
        "header": header_fields(physio.stamp_ns, physio.frame_id),
        "availability": int(physio.availability),
        "degradation_reasons": [reason.value for reason in physio.reasons],
        "channels": [_signal_fields(kind, state) for kind, state in physio.channels.items()],
        "heart_source": int(heart.source),
        **{name: getattr(heart, core) for name, core in PLAIN_HEART.items()},
        "beats": [stamp_fields(stamp) for stamp in physio.beat_stamps_ns],
        **{name: getattr(skin, core) for name, core in PLAIN_SKIN.items()},
        "respiration_source": int(breath.source),
        **{name: getattr(breath, core) for name, core in PLAIN_RESPIRATION.items()},
        "load": load_fields(physio.load),
        "latency": latency,
    }


def physio_of_message(message: Any) -> PhysioObservation:
    """Reads a PhysioObservation message, whatever it was read with.

    Raises:
        InputError: If a reason is not one of the documented words, or a value is out of range.
    """
    stamp = stamp_to_ns(message.header.stamp)
    return PhysioObservation(
        stamp_ns=stamp,
        availability=Availability(message.availability),
        reasons=_reasons(message.degradation_reasons),
        channels=dict(_signal(state) for state in message.channels),
        heart=HeartState(
            source=_channel(message.heart_source, "heart_source"),
            **{core: getattr(message, name) for name, core in PLAIN_HEART.items()},
        ),
        skin=SkinState(**{core: getattr(message, name) for name, core in PLAIN_SKIN.items()}),
        respiration=RespirationState(
            source=_channel(message.respiration_source, "respiration_source"),
            **{core: getattr(message, name) for name, core in PLAIN_RESPIRATION.items()},
        ),
        beat_stamps_ns=tuple(map(stamp_to_ns, message.beats)),
        frame_id=message.header.frame_id,
        load=load_of_message(message.load, stamp),
    )


def _signal_fields(channel: BiosignalChannel, state: SignalState) -> Fields:
    return {
        "channel": int(channel),
        "availability": int(state.availability),
        "reasons": [reason.value for reason in state.reasons],
        **{name: getattr(state, name) for name in PLAIN_SIGNAL},
    }


def _signal(message: Any) -> tuple[BiosignalChannel, SignalState]:
    channel = _channel(message.channel, "SignalState.channel")
    return channel, SignalState(
        availability=Availability(message.availability),
        reasons=_reasons(message.reasons),
        **{name: getattr(message, name) for name in PLAIN_SIGNAL},
    )


def _reasons(words: Any) -> tuple[PhysioReason, ...]:
    return tuple(_word(PhysioReason, word) for word in words)


def _word(vocabulary: type[Any], word: str) -> Any:
    try:
        return vocabulary(word)
    except ValueError as error:
        raise InputError(f"{word!r} is not a documented {vocabulary.__name__}") from error


def _channel(number: int, field: str) -> BiosignalChannel:
    try:
        return BiosignalChannel(number)
    except ValueError as error:
        known = ", ".join(f"{int(c)} {c.name}" for c in BiosignalChannel if c)
        raise InputError(f"{field} is {number} (known: {known})") from error
