"""What other modalities know of the driver, as the attention monitor takes it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.enums import TriState
from affect_perception.core.errors import InputError
from affect_perception.core.types.affect import AffectState

_NAN = math.nan


@dataclass(frozen=True)
class DriverContext:
    """What voice and body say about the driver, for the path from the picture to the alert.

    Attributes:
        stamp_ns: Stamp of the affect state it was taken from, nanoseconds.
        talking: Whether somebody talks: the microphone hears everybody.
        cognitive_load: 0 to 1; NaN if unknown.
        stress: 0 to 1; NaN if unknown.
    """

    stamp_ns: int
    talking: TriState = TriState.UNKNOWN
    cognitive_load: float = _NAN
    stress: float = _NAN

    def __post_init__(self) -> None:
        for name in ("cognitive_load", "stress"):
            value = getattr(self, name)
            if not (0.0 <= value <= 1.0 or math.isnan(value)):
                raise InputError(f"{name} must be 0..1 or NaN, got {value}")

    @classmethod
    def of(cls, state: AffectState) -> DriverContext:
        """What an affect state says."""
        return cls(state.stamp_ns, state.talking, state.cognitive_load, state.stress)
