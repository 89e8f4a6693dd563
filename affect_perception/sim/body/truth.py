"""Ground truth of the scripted body."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

NAN = math.nan


@dataclass(frozen=True)
class BodyTruth:
    """What is true at one time.

    Attributes:
        stamp_ns: When.
        heart_rate_bpm: Scripted heart rate at this time, beats per minute.
        counted_rate_bpm: Beats of the last 10 s over their time; it follows a change later.
        rmssd: Of the beats of the last 60 s, s; NaN before.
        stress: Scripted, 0..1.
        respiration_rate_bpm: Breaths per minute.
        breath_phase: 0..1; 0 begins to breathe in.
        beat_phase: 0..1; 0 is the R-peak.
        tonic_us: Level of skin conductance, uS.
        phasic_us: What responses add, uS.
        responses_per_min: Responses of 0.02 uS and more whose peak lies in the last minute; NaN
            before.
        skin_temperature_c: Degrees Celsius.
        faults: `sensor:kind` of everything that is wrong with a sensor now.
    """

    stamp_ns: int
    heart_rate_bpm: float
    counted_rate_bpm: float
    rmssd: float
    stress: float
    respiration_rate_bpm: float
    breath_phase: float
    beat_phase: float
    tonic_us: float
    phasic_us: float
    responses_per_min: float
    skin_temperature_c: float
    faults: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """All fields as JSON values; NaN becomes None."""
        values = asdict(self)
        values["faults"] = list(self.faults)
        return {
            name: None if isinstance(v, float) and math.isnan(v) else v
            for name, v in values.items()
        }
