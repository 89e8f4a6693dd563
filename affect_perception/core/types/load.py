"""What is known of the driver's cognitive load and stress at one instant."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.enums import Availability, LoadReason


@dataclass(frozen=True)
class LoadEstimate:
    """Load and stress at one instant; NaN is unknown. The defaults say that nobody judges.

    Attributes:
        stamp_ns: Of the newest token (from `LoadMonitor.estimate`: the time that was asked for).
        availability: UNAVAILABLE without any channel, DEGRADED with a reason.
        reasons: What is missing.
        load: Cognitive load, 0..1.
        load_std: One sigma of it.
        stress: 0..1.
        stress_std: One sigma of it.
        baseline_s: Time that the driver's baseline rests on, s.
        age_s: Time since the token, s.
    """

    stamp_ns: int = 0
    availability: Availability = Availability.UNKNOWN
    reasons: tuple[LoadReason, ...] = ()
    load: float = math.nan
    load_std: float = math.nan
    stress: float = math.nan
    stress_std: float = math.nan
    baseline_s: float = 0.0
    age_s: float = math.nan
