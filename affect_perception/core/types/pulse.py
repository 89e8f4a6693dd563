"""The driver's pulse as the colour of the skin shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.enums import Availability, PulseReason
from affect_perception.core.errors import InputError


@dataclass(frozen=True)
class PulseObservation:
    """Heart rate from the camera, as far as it can be told. No medical measurement.

    Attributes:
        availability: UNAVAILABLE without a rate; UNKNOWN where nobody looks.
        reasons: Why there is no rate, or less trust in it.
        heart_rate: Beats per minute; NaN if unknown.
        heart_rate_std: One sigma of it.
        quality: How clearly one rhythm stands out, 0..1; NaN while too little was seen.
        window: Length of skin colour that it rests on, s.
    """

    availability: Availability = Availability.UNKNOWN
    reasons: tuple[PulseReason, ...] = ()
    heart_rate: float = math.nan
    heart_rate_std: float = math.nan
    quality: float = math.nan
    window: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isnan(self.quality) or 0.0 <= self.quality <= 1.0):
            raise InputError(f"pulse quality must be 0..1 or NaN, got {self.quality:g}")
