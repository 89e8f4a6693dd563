"""What the driver's face shows at one instant."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.enums import Availability, ExpressionReason
from affect_perception.core.errors import InputError

_UNKNOWN_CLASSES = (math.nan,) * len(AFFECT_CLASSES)


@dataclass(frozen=True)
class ExpressionObservation:
    """What the face shows, as far as it could be read. An expression is not a feeling.

    Attributes:
        availability: AVAILABLE if the newest look gave something, DEGRADED if what an earlier one
            gave is held, UNAVAILABLE if nothing is known; UNKNOWN where nobody looks at faces.
        reasons: Why the newest look gave nothing; empty if AVAILABLE.
        probabilities: (8,) over `AFFECT_CLASSES`, smoothed in time, the driver's usual look taken
            off; all NaN if unknown.
        entropy: Of these, 0 sure, 1 no idea; NaN if unknown.
        valence: -1..1, mean over the classes (`core.affect_classes` has the source of their
            values), or what a network says that learned it from labels; NaN if unknown.
        valence_std: One sigma over the classes, or that network's error on faces held out.
        arousal: -1..1, likewise.
        arousal_std: One sigma, likewise.
        age_s: Time since the newest picture that was read, s; NaN if unknown.
        usual_progress: How far the driver's usual look is known, 0..1.
    """

    availability: Availability = Availability.UNKNOWN
    reasons: tuple[ExpressionReason, ...] = ()
    probabilities: tuple[float, ...] = _UNKNOWN_CLASSES
    entropy: float = math.nan
    valence: float = math.nan
    valence_std: float = math.nan
    arousal: float = math.nan
    arousal_std: float = math.nan
    age_s: float = math.nan
    usual_progress: float = 0.0

    def __post_init__(self) -> None:
        if len(self.probabilities) != len(AFFECT_CLASSES):
            raise InputError(
                f"an expression needs {len(AFFECT_CLASSES)} probabilities, "
                f"got {len(self.probabilities)}"
            )
