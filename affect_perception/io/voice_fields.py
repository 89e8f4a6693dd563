"""Turns what was heard into the fields of `VoiceObservation.msg`: plain values, no ROS."""

from __future__ import annotations

import numpy as np

from affect_perception.core.types import NAN, VoiceObservation
from affect_perception.io.message_fields import Fields, header_fields

VOICE_OBSERVATION = "affect_perception/msg/VoiceObservation"

RENAMED = {
    "talking_duration": "since_s",
    "class_entropy": "entropy",
    "emotion_age": "emotion_age_s",
    "emotion_duration": "emotion_speech_s",
}
"""Fields of the message that have another name in the core type."""

PLAIN = (
    "level_dbfs",
    "peak_dbfs",
    "clipped_share",
    "speech_probability",
    "speech_rate",
    "valence",
    "arousal",
    "valence_std",
    "arousal_std",
    "sentences",
)
"""Fields that are the same in the core type and in the message."""


def voice_fields(voice: VoiceObservation, latency: float = NAN) -> Fields:
    """Fields of `VoiceObservation.msg`.

    Args:
        voice: The observation.
        latency: Seconds from the newest sample to publishing; NaN in replay.
    """
    return {
        "header": header_fields(voice.stamp_ns, voice.frame_id),
        "availability": int(voice.availability),
        "degradation_reasons": [reason.value for reason in voice.reasons],
        "talking": int(voice.talking),
        "class_probabilities": np.array(voice.emotion, np.float32),
        **{name: getattr(voice, name) for name in PLAIN},
        **{name: getattr(voice, core) for name, core in RENAMED.items()},
        "latency": latency,
    }
