"""The words of the page that shows the states: short ones to read from a metre, sentences beside.

The sentences are those of docs/messages.md. The tests fail while a word of `core.enums` that the
page shows has no words here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.enums import AlertLevel, AlertReason, Drowsiness
from affect_perception.io.message_words import (
    ALERT_MEANINGS,
    EYE_MEANINGS,
    FUSION_MEANINGS,
    LOAD_MEANINGS,
    MODALITY_MEANINGS,
    PHYSIO_MEANINGS,
    PULSE_MEANINGS,
    REASON_MEANINGS,
    VOICE_MEANINGS,
)

LEVEL_WORDS: dict[AlertLevel, str] = {
    AlertLevel.UNKNOWN: "Nothing known",
    AlertLevel.NONE: "No alert",
    AlertLevel.INFO: "Notice",
    AlertLevel.WARNING: "Warning",
    AlertLevel.CRITICAL: "Critical",
}

ALERT_HEADLINES: dict[AlertReason, str] = {
    AlertReason.UNRESPONSIVE: "Driver does not respond",
    AlertReason.SLEEP: "Asleep",
    AlertReason.MICROSLEEP: "Microsleep",
    AlertReason.PHONE_USE: "Put the phone away",
    AlertReason.LONG_DISTRACTION: "Look at the road",
    AlertReason.CUMULATIVE_DISTRACTION: "Too many glances away",
    AlertReason.ATTENTION_BUFFER_EMPTY: "Look at the road",
    AlertReason.TOTAL_GLANCE_TIME: "Too long at one task",
    AlertReason.DROWSINESS: "Drowsy: take a break",
    AlertReason.HIGH_LOAD: "High load",
    AlertReason.STRESS: "High stress",
    AlertReason.LOCKOUT: "No assisted driving",
    AlertReason.NO_DRIVER: "Nobody in the seat",
    AlertReason.DEGRADED: "Monitoring is limited",
}
"""The most urgent first: a state lists its reasons in the order of the profile's rules, and only
one can be read from a metre. The order is our own choice."""

DROWSINESS_WORDS: dict[Drowsiness, str] = {
    Drowsiness.UNKNOWN: "not known",
    Drowsiness.ALERT: "awake",
    Drowsiness.LOW_VIGILANCE: "less awake",
    Drowsiness.DROWSY: "drowsy",
    Drowsiness.MICROSLEEP: "microsleep",
    Drowsiness.SLEEP: "asleep",
}


def page_words() -> dict[str, Any]:
    """Everything that the page says about numbers and words of the messages."""
    return {
        "levels": [LEVEL_WORDS[level] for level in AlertLevel],
        "headlines": _by_word(ALERT_HEADLINES),
        "alerts": _by_word(ALERT_MEANINGS),
        "drowsiness": [DROWSINESS_WORDS[level] for level in Drowsiness],
        "classes": list(AFFECT_CLASSES),
        "attention": _by_word(REASON_MEANINGS),
        "eyes": dict(EYE_MEANINGS),
        "voice": _by_word(VOICE_MEANINGS),
        "physio": _by_word(PHYSIO_MEANINGS),
        "pulse": _by_word(PULSE_MEANINGS),
        "load": _by_word(LOAD_MEANINGS),
        "modalities": _by_word(MODALITY_MEANINGS),
        "fusion": _by_word(FUSION_MEANINGS),
    }


def _by_word(words: Mapping[Any, str]) -> dict[str, str]:
    return {key.value if isinstance(key, Enum) else key: text for key, text in words.items()}
