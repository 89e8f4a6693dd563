"""The plan of a drive as a scenario that can be rendered."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from affect_perception.sim.attentive_drive import EYE_REACH_DEG, OVER_SHOULDER_DEG
from affect_perception.sim.attentive_driver import Plan, Point
from affect_perception.sim.scenario import Scenario

HEAD_SHARE = 0.5
HEAD_S = 0.4


@dataclass(frozen=True)
class Look:
    """What the camera makes of it: light, infrared, glasses, pictures per second.

    Attributes:
        level: Brightness, 1 is daylight.
        side: Light from one side, -1..1.
        infrared: Grey picture, lit by the camera's own lamp.
        glasses: The driver wears some.
        rate_hz: Pictures per second.
    """

    level: float = 1.0
    side: float = 0.0
    infrared: bool = False
    glasses: bool = False
    rate_hz: float = 15.0


LOOKS: Sequence[Look] = (
    Look(),
    Look(level=0.6, side=0.6),
    Look(level=0.35, rate_hz=20.0),
    Look(level=0.2, infrared=True),
    Look(glasses=True, side=-0.4),
    Look(level=1.3, side=-0.7, rate_hz=30.0),
)


def scenario_of(plan: Plan, targets: Mapping[str, Point], look: Look, seed: int) -> Scenario:
    """The scenario of a drive; drop-outs and glare of the plan are left to the renderer's light.

    Args:
        plan: What happens.
        targets: Centres of the zones that the plan names, m.
        look: Light and camera.
        seed: Of sway, jitter and blinks.
    """
    entries = [_at(0.0, **_beginning(look))]
    for glance in plan.glances:
        yaw, pitch = _direction(targets[glance.target])
        if glance.over_shoulder:
            yaw, pitch = math.copysign(OVER_SHOULDER_DEG, yaw), 0.0
            gaze: dict[str, Any] = {"yaw_deg": yaw, "pitch_deg": pitch}
        else:
            gaze = {"target": glance.target}
        turned = math.copysign(max(HEAD_SHARE * abs(yaw), abs(yaw) - EYE_REACH_DEG), yaw)
        entries.append(_at(glance.at, gaze=gaze, head=_head(turned, HEAD_SHARE * pitch)))
        entries.append(_at(glance.at + glance.length, gaze=_ROAD, head=_head(0.0, 0.0)))
    for talk in plan.talks:
        entries.append(_at(talk.at, talk={"duration_s": talk.length}))
    for yawn in plan.yawns:
        entries.append(_at(yawn.at, yawn={"duration_s": yawn.length, "strength": yawn.strength}))
    for laugh in plan.laughs:
        wide, narrow = {"opening": 0.2 * laugh.strength, "smile": 1.0}, {"opening": 0.65}
        entries.append(_at(laugh.at, mouth=wide, lids=narrow))
        entries.append(_at(laugh.end, mouth={"opening": 0, "smile": 0}, lids={"opening": 1}))
    for squint in plan.squints:
        entries.append(_at(squint.at, lids={"opening": squint.strength}))
        entries.append(_at(squint.end, lids={"opening": 1.0}))
    content = {
        "name": "attentive",
        "duration_s": plan.duration_s,
        "seed": seed,
        "camera": {"rate_hz": look.rate_hz, "jitter_s": 0.1 / look.rate_hz},
        "behaviour": {"sway": 1.0, "fixation_jitter_deg": 0.3, "blink_rate_per_min": 15.0},
        "targets": {"road": {"yaw_deg": 0.0, "pitch_deg": -1.0}},
        "timeline": sorted(entries, key=lambda e: float(e["at_s"])),
    }
    # JSON is YAML, and the reader of scenarios checks everything once more.
    return Scenario.parse(json.dumps(content, indent=1), "attentive")


_ROAD = {"target": "road", "scan_deg": 4.0}


def _beginning(look: Look) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "label": "attentive",
        "gaze": _ROAD,
        "light": {"level": look.level, "side": look.side, "over_s": 0.0},
    }
    if look.infrared:
        parts["sensor"] = {"infrared": True, "noise": 2.5}
    if look.glasses:
        parts["eyewear"] = {"kind": "glasses"}
    return parts


def _at(time: float, **parts: Any) -> dict[str, Any]:
    return {"at_s": round(time, 3), **parts}


def _head(yaw_deg: float, pitch_deg: float) -> dict[str, float]:
    return {"yaw_deg": round(yaw_deg, 2), "pitch_deg": round(pitch_deg, 2), "over_s": HEAD_S}


def _direction(point: Point) -> tuple[float, float]:
    x, y, z = point
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))
