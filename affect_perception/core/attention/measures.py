"""The measures that the rules of a profile may name: what each means, and its unit.

One list for the check of profile files, for the documentation and for whoever computes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Measure:
    """A number that is known after every picture; NaN while unknown.

    Attributes:
        unit: "s", or "" for a count or a figure without unit.
        meaning: What it is.
        of_gaze: Whether it is about where the driver looks: "no return after the warning" counts
            from warnings about such measures.
        of_context: Whether other modalities tell it (parameter `context.enabled`). It can stay
            unknown for good, so a rule about it ends then, also one that always applies.
    """

    unit: str
    meaning: str
    of_gaze: bool = False
    of_context: bool = False


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "off_road": Measure(
            "s", "Length of the present glance away from the road, without exempt time.", True
        ),
        "on_road": Measure("s", "Length of the present glance at the road."),
        "cumulative_off_road": Measure(
            "s",
            "Time of glances away within the profile's window, since the last glance at the road "
            "that was long enough to start afresh; without exempt time.",
            True,
        ),
        "phone_use": Measure(
            "s",
            "The part of cumulative_off_road that rested on phone positions or looked down as at "
            "a phone, once there were several such looks; 0 before.",
            True,
        ),
        "task_off_road": Measure(
            "s",
            "Time of all glances away that belong to one task, without exempt time; a task ends "
            "with a glance at the road of the profile's task_end.",
            True,
        ),
        "buffer_spent": Measure(
            "s", "What the attention buffer (AttenD) has lost of its 2 s.", True
        ),
        "attention_buffer": Measure("s", "What the attention buffer still holds."),
        "area_3": Measure(
            "s",
            "Length of the present look into area 3 of (EU) 2023/2590; flicks do not end it.",
            True,
        ),
        "not_area_3": Measure("s", "Time the gaze has been outside area 3."),
        "eyes_away": Measure(
            "s", "Time since the eyes last rested on the road: looking elsewhere, or closed.", True
        ),
        "eyes_back": Measure("s", "Time the eyes have rested on the road again, open."),
        "unanswered": Measure(
            "s",
            "Time since the first warning about the gaze in the present time of eyes away; 0 "
            "without such a warning.",
        ),
        "eye_closure": Measure("s", "Length of the present closure, without the time of a yawn."),
        "eyes_open": Measure("s", "Time the eyes have been open."),
        "drowsy": Measure("s", "Time the driver has counted as drowsy."),
        "not_drowsy": Measure("s", "Time the driver has been known not to be drowsy."),
        "kss": Measure("", "Estimate on the Karolinska Sleepiness Scale, 1 to 9."),
        "cognitive_load": Measure(
            "",
            "Cognitive load by AffectState, 0 to 1; unknown without the parameter context.enabled.",
            of_context=True,
        ),
        "cognitive_ease": Measure("", "1 - cognitive_load.", of_context=True),
        "stress": Measure("", "Stress by AffectState, 0 to 1; likewise.", of_context=True),
        "calm": Measure("", "1 - stress.", of_context=True),
        "no_face": Measure("s", "Time without a face in pictures that are good enough to show it."),
        "face_seen": Measure("s", "Time a face has been seen without a break."),
        "degraded": Measure("s", "Time without knowledge of eyes and gaze, with a driver there."),
        "healthy": Measure("s", "Time with full knowledge of eyes and gaze."),
        "standstill": Measure("s", "Time the vehicle has been known to stand."),
        "critical_alerts": Measure("", "Number of CRITICAL alerts since the last lockout ended."),
        "critical_time": Measure("s", "Time at CRITICAL since the last lockout ended."),
    }
)
