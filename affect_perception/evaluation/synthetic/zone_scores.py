"""Gaze zones against the truth: accuracy, recall of each zone, the road, and simpler methods.

The simpler methods get the same gaze: the zone whose centre is nearest in angle, and the plain
share of the directions spread over the uncertainty (no prior where people look).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.enums import AddwArea, GazeSource, TriState
from affect_perception.core.types import FaceObservation, GazeObservation, ZoneEstimate
from affect_perception.core.vision.addw_areas import areas_of
from affect_perception.core.vision.zones import locate
from affect_perception.evaluation import metrics
from affect_perception.evaluation.synthetic.truth import true_zone
from affect_perception.sim.truth import DriverTruth

REST_S = 0.4
"""A zone must have been looked at this long to count as a look: saccade and smoothing are over."""

UNKNOWN = "unknown"
METHODS = ("nearest_centre", "ray_share")


@dataclass(frozen=True)
class ZoneLook:
    """One picture in which the driver's gaze rests somewhere.

    Attributes:
        truth: Name of the zone that the true gaze meets.
        area: ADDW area of the true gaze.
        found: What the face path said.
        others: What the simpler methods said, by their name.
    """

    truth: str
    area: AddwArea
    found: ZoneEstimate
    others: Mapping[str, ZoneEstimate]


def looks(
    pairs: Iterable[tuple[FaceObservation, DriverTruth]], cabin: CabinGeometry
) -> list[ZoneLook]:
    """The pictures that count: open eyes, no blink, the same true zone for `REST_S`."""
    kept, since, before = [], 0, UNKNOWN
    for face, truth in pairs:
        zone = true_zone(truth.plain(), cabin)
        if zone != before:
            since, before = truth.stamp_ns, zone
        resting = truth.stamp_ns - since >= round(REST_S * 1e9)
        if zone == UNKNOWN or truth.blink or not resting:
            continue
        others = {
            "nearest_centre": _nearest_centre(face.gaze, cabin),
            "ray_share": locate(face.gaze, cabin, habits=False),
        }
        area = locate(_true_gaze(truth), cabin, habits=False).addw_area
        kept.append(ZoneLook(zone, area, face.zone, others))
    return kept


def zone_metrics(
    found: Sequence[ZoneLook], cabin: CabinGeometry, method: str | None = None
) -> dict[str, float]:
    """Accuracy over zones and roles, and precision and recall of the road.

    Args:
        found: What `looks` gave.
        cabin: The cabin.
        method: One of `METHODS`, or None for the face path.

    Returns:
        accuracy, balanced_accuracy (mean recall of the zones that were looked at), the same for
        roles, precision_on_road, recall_on_road, precision_area_3, recall_area_3 (of ADDW), and
        known_rate: share of the looks with any answer; without one a look counts as wrong, and as
        neither on the road nor in area 3.
    """
    answers = [look.found if method is None else look.others[method] for look in found]
    truth, names = [look.truth for look in found], [answer.name for answer in answers]
    roles = {**{name: role.value for name, role in cabin.roles.items()}, UNKNOWN: UNKNOWN}
    true_roles, found_roles = [roles[name] for name in truth], [roles[name] for name in names]
    on_road = np.array([name in cabin.on_road_names for name in truth], dtype=bool)
    said = np.array([answer.on_road is TriState.YES for answer in answers], dtype=bool)
    down = np.array([look.area is AddwArea.AREA_3 for look in found], dtype=bool)
    said_down = np.array([answer.addw_area is AddwArea.AREA_3 for answer in answers], dtype=bool)
    return {
        "accuracy": metrics.accuracy(names, truth),
        "balanced_accuracy": metrics.unweighted_average_recall(names, truth),
        "accuracy_role": metrics.accuracy(found_roles, true_roles),
        "balanced_accuracy_role": metrics.unweighted_average_recall(found_roles, true_roles),
        "precision_on_road": metrics.share(on_road[said]),
        "recall_on_road": metrics.share(said[on_road]),
        "precision_area_3": metrics.share(down[said_down]),
        "recall_area_3": metrics.share(said_down[down]),
        "known_rate": metrics.share([name != UNKNOWN for name in names]),
    }


def zone_recalls(found: Sequence[ZoneLook]) -> dict[str, float]:
    """Share of the looks at each zone that were found, by the name of the zone."""
    zones = sorted({look.truth for look in found})
    return {
        zone: metrics.share([look.found.name == zone for look in found if look.truth == zone])
        for zone in zones
    }


def confusions(found: Sequence[ZoneLook]) -> dict[str, dict[str, int]]:
    """True zone to found zone to number of pictures, the commonest first; no empty cells."""
    counts: dict[str, dict[str, int]] = {}
    for look in found:
        row = counts.setdefault(look.truth, {})
        row[look.found.name] = row.get(look.found.name, 0) + 1
    return {
        truth: dict(sorted(row.items(), key=lambda item: (-item[1], item[0])))
        for truth, row in sorted(counts.items())
    }


def confusion_text(found: Sequence[ZoneLook]) -> str:
    """The confusions as one sentence for a page: only zones that were taken for others."""
    parts = []
    for truth, row in confusions(found).items():
        wrong = [f"{name} {count}" for name, count in row.items() if name != truth]
        if wrong:
            total = sum(row.values())
            parts.append(f"{truth} ({row.get(truth, 0)} of {total} right): {', '.join(wrong)}")
    return "; ".join(parts) or "none"


def _true_gaze(truth: DriverTruth) -> GazeObservation:
    """The true gaze as if it had been seen without error."""
    yaw, pitch = truth.gaze_yaw, truth.gaze_pitch
    flat = math.cos(pitch)
    direction = (flat * math.cos(yaw), flat * math.sin(yaw), math.sin(pitch))
    return GazeObservation(GazeSource.EYES, truth.head_position, direction, yaw, pitch, (0.0, 0.0))


def _nearest_centre(gaze: GazeObservation | None, cabin: CabinGeometry) -> ZoneEstimate:
    """The zone whose centre lies nearest to the gaze in angle."""
    if gaze is None or gaze.source is GazeSource.UNKNOWN:
        return locate(None, cabin)
    centres = np.array([zone.centre for zone in cabin.zones]) - np.array(gaze.origin)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    zone = cabin.zones[int(np.argmax(centres @ np.array(gaze.direction)))]
    area = AddwArea(int(areas_of(cabin, np.array([zone.centre]))[0]))
    on_road = TriState.YES if zone.on_road else TriState.NO
    return ZoneEstimate(zone.name, 1.0, on_road, addw_area=area)
