"""How the driver is, from all modalities: the state that is published."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.enums import (
    Availability,
    FusionReason,
    Modality,
    ModalityReason,
    TriState,
)
from affect_perception.core.errors import InputError

_NAN = math.nan
_UNKNOWN_CLASSES = (_NAN,) * len(AFFECT_CLASSES)
# Weights are rounded to float32 on their way through messages.
_TOLERANCE = 1e-4

WEIGHTS = ("weight_valence", "weight_arousal", "weight_classes", "weight_load", "weight_heart")
"""Fields of `ModalityState` that say how much it counted in each part of the state."""


@dataclass(frozen=True)
class ModalityState:
    """What one modality brought into a state; see `msg/ModalityState.msg`.

    The fields have the names, units and meaning of the message of the same name.
    """

    modality: Modality
    availability: Availability = Availability.UNKNOWN
    reasons: tuple[ModalityReason, ...] = ()
    age: float = _NAN
    rate: float = _NAN
    weight_valence: float = 0.0
    weight_arousal: float = 0.0
    weight_classes: float = 0.0
    weight_load: float = 0.0
    weight_heart: float = 0.0
    surprise: float = _NAN
    disagrees: bool = False

    def __post_init__(self) -> None:
        for name in WEIGHTS:
            if not 0.0 <= getattr(self, name) <= 1.0 + _TOLERANCE:
                raise InputError(f"{name} must be 0..1, got {getattr(self, name)}")


MODALITIES = (Modality.FACE, Modality.VOICE, Modality.PHYSIO)
"""The modalities in the order of every `AffectState`."""


@dataclass(frozen=True)
class AffectState:
    """How the driver is; see `msg/AffectState.msg`.

    The fields have the names, units and meaning of the message of the same name, which documents
    them one by one, but for `probabilities` (`class_probabilities`, over `AFFECT_CLASSES`),
    `entropy` (`class_entropy`), and latency, which is missing here because the core has no clock.
    """

    stamp_ns: int
    availability: Availability
    modalities: tuple[ModalityState, ...]
    degradation_reasons: tuple[FusionReason, ...] = ()
    valence: float = _NAN
    valence_std: float = _NAN
    arousal: float = _NAN
    arousal_std: float = _NAN
    probabilities: tuple[float, ...] = _UNKNOWN_CLASSES
    entropy: float = _NAN
    cognitive_load: float = _NAN
    cognitive_load_std: float = _NAN
    stress: float = _NAN
    stress_std: float = _NAN
    heart_rate: float = _NAN
    heart_rate_std: float = _NAN
    heart_rate_quality: float = _NAN
    rmssd: float = _NAN
    hrv_quality: float = _NAN
    respiration_rate: float = _NAN
    respiration_quality: float = _NAN
    incongruence: float = _NAN
    disagreeing: tuple[Modality, ...] = ()
    talking: TriState = TriState.UNKNOWN
    method: str = ""
    driver_number: int = 0

    def __post_init__(self) -> None:
        found = tuple(state.modality for state in self.modalities)
        if found != MODALITIES:
            raise InputError(f"an affect state needs the modalities {MODALITIES}, got {found}")
        if len(self.probabilities) != len(AFFECT_CLASSES):
            raise InputError(
                f"an affect state needs {len(AFFECT_CLASSES)} classes, "
                f"got {len(self.probabilities)}"
            )
        for name in WEIGHTS:
            together = sum(getattr(state, name) for state in self.modalities)
            if together > 1.0 + _TOLERANCE:
                raise InputError(f"{name} of all modalities is {together}, above 1")

    def of(self, modality: Modality) -> ModalityState:
        """What one modality brought."""
        return self.modalities[MODALITIES.index(modality)]
