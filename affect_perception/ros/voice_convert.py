"""Sound and what was heard <-> messages of this package, as `convert` does for the face."""

from __future__ import annotations

from typing import Any, TypeVar

from affect_perception.core.enums import Availability, TriState, VoiceReason
from affect_perception.core.errors import InputError
from affect_perception.core.types import AudioChunk, VoiceObservation
from affect_perception.io.audio_messages import chunk_fields
from affect_perception.io.voice_fields import PLAIN, RENAMED, voice_fields
from affect_perception.ros.convert import fill
from affect_perception.ros.stamps import stamp_to_ns

M = TypeVar("M")


def chunk_to_message(message: M, chunk: AudioChunk) -> M:
    """Fills an `AudioChunk` message; the way back is `io.audio_messages.chunk_of_message`."""
    return fill(message, chunk_fields(chunk))


def voice_to_message(message: M, voice: VoiceObservation, latency: float) -> M:
    """Fills a `VoiceObservation` message; `latency` in seconds or NaN."""
    return fill(message, voice_fields(voice, latency))


def voice_from_message(message: Any) -> VoiceObservation:
    """Reads a `VoiceObservation` message.

    Raises:
        InputError: If a reason is not one of the documented words, or a value is out of range.
    """
    try:
        reasons = tuple(VoiceReason(word) for word in message.degradation_reasons)
    except ValueError as error:
        raise InputError(f"VoiceObservation: {error}") from error
    return VoiceObservation(
        stamp_ns=stamp_to_ns(message.header.stamp),
        frame_id=message.header.frame_id,
        availability=Availability(message.availability),
        reasons=reasons,
        talking=TriState(message.talking),
        emotion=tuple(float(share) for share in message.class_probabilities),
        **{name: getattr(message, name) for name in PLAIN},
        **{core: getattr(message, name) for name, core in RENAMED.items()},
    )
