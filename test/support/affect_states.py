"""Affect states for tests of the ways they take."""

from __future__ import annotations

from affect_perception.core.enums import (
    Availability,
    FusionReason,
    Modality,
    ModalityReason,
    TriState,
)
from affect_perception.core.types import MODALITIES, AffectState, ModalityState

STAMP = 1_700_000_000_123_456_789


def full_affect() -> AffectState:
    """A state in which no field has the value it has when nothing is known."""
    face = ModalityState(
        Modality.FACE, Availability.AVAILABLE, (), 0.02, 30.0, 0.5, 0.4, 0.5, 0.1, 0.1, 0.2
    )
    voice = ModalityState(
        Modality.VOICE,
        Availability.DEGRADED,
        (ModalityReason.LATE, ModalityReason.HELD),
        0.7,
        10.0,
        0.25,
        0.35,
        0.25,
        0.05,
        0.01,
        0.9,
        True,
    )
    physio = ModalityState(
        Modality.PHYSIO, Availability.AVAILABLE, (), 0.3, 1.0, 0.01, 0.1, 0.02, 0.8, 0.7, 0.3
    )
    return AffectState(
        stamp_ns=STAMP,
        availability=Availability.DEGRADED,
        modalities=(face, voice, physio),
        degradation_reasons=(FusionReason.VOICE_DEGRADED,),
        valence=-0.4,
        valence_std=0.2,
        arousal=0.5,
        arousal_std=0.25,
        probabilities=(0.1, 0.05, 0.05, 0.1, 0.5, 0.1, 0.05, 0.05),
        entropy=0.8,
        cognitive_load=0.7,
        cognitive_load_std=0.1,
        stress=0.6,
        stress_std=0.15,
        heart_rate=82.0,
        heart_rate_std=1.5,
        heart_rate_quality=0.9,
        rmssd=0.031,
        hrv_quality=0.8,
        respiration_rate=15.0,
        respiration_quality=0.7,
        incongruence=0.9,
        disagreeing=(Modality.VOICE,),
        talking=TriState.YES,
        method="precision_weighted",
        driver_number=2,
    )


def unknown_affect() -> AffectState:
    """A state in which nothing is known."""
    return AffectState(
        stamp_ns=STAMP + 100_000_000,
        availability=Availability.UNAVAILABLE,
        modalities=tuple(
            ModalityState(modality, Availability.UNAVAILABLE, (ModalityReason.NO_DATA,))
            for modality in MODALITIES
        ),
        degradation_reasons=(FusionReason.NO_MODALITY,),
    )
