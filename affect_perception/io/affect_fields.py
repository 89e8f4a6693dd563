"""Turns an affect state into the fields of `AffectState.msg`: plain values, no ROS."""

from __future__ import annotations

import numpy as np

from affect_perception.core.types import NAN, AffectState, ModalityState
from affect_perception.core.types.affect import WEIGHTS
from affect_perception.io.message_fields import Fields, header_fields

AFFECT_STATE = "affect_perception/msg/AffectState"

PLAIN_AFFECT = (
    "valence",
    "valence_std",
    "arousal",
    "arousal_std",
    "cognitive_load",
    "cognitive_load_std",
    "stress",
    "stress_std",
    "heart_rate",
    "heart_rate_std",
    "heart_rate_quality",
    "rmssd",
    "hrv_quality",
    "respiration_rate",
    "respiration_quality",
    "incongruence",
    "method",
    "driver_number",
)
"""Fields of AffectState that are the same in the core type and in the message."""

PLAIN_MODALITY = ("age", "rate", *WEIGHTS, "surprise", "disagrees")
"""Fields of ModalityState that are the same in the core type and in the message."""


def affect_fields(state: AffectState, latency: float = NAN) -> Fields:
    """Fields of `AffectState.msg`.

    Args:
        state: The state.
        latency: Seconds from the newest observation to publishing; NaN in replay.
    """
    return {
        "header": header_fields(state.stamp_ns, ""),
        "availability": int(state.availability),
        "degradation_reasons": [reason.value for reason in state.degradation_reasons],
        "modalities": [modality_fields(modality) for modality in state.modalities],
        "class_probabilities": np.array(state.probabilities, np.float32),
        "class_entropy": state.entropy,
        "disagreeing": [modality.word for modality in state.disagreeing],
        "talking": int(state.talking),
        **{name: getattr(state, name) for name in PLAIN_AFFECT},
        "latency": latency,
    }


def modality_fields(state: ModalityState) -> Fields:
    """Fields of `ModalityState.msg`."""
    return {
        "modality": int(state.modality),
        "availability": int(state.availability),
        "reasons": [reason.value for reason in state.reasons],
        **{name: getattr(state, name) for name in PLAIN_MODALITY},
    }
