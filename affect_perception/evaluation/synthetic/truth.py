"""The truth of a synthetic driver as columns with the names of the states they compare to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from affect_perception.core.cabin import ELSEWHERE, CabinGeometry
from affect_perception.core.vision.zone_rays import zone_indices
from affect_perception.io.table import STAMP, Columns

_NUMBERS = {
    "head_yaw": "head_yaw",
    "head_pitch": "head_pitch",
    "head_roll": "head_roll",
    "gaze_yaw": "gaze_yaw",
    "gaze_pitch": "gaze_pitch",
    "lid_opening_left": "left_eye_openness",
    "lid_opening_right": "right_eye_openness",
    "mouth_opening": "mouth_opening",
}
_FLAGS = ("present", "blink", "eyes_closed", "yawn", "talking", "second_person")
_TEXTS = ("gaze_target", "label", "occlusion", "eyewear")


def truth_columns(truths: Iterable[Mapping[str, Any]], cabin: CabinGeometry) -> Columns:
    """Columns of `DriverTruth.plain()` rows.

    Angles rad, openness 0..1, NaN while nobody is there. `gaze_zone` is the zone of the cabin that
    the true gaze meets, "unknown" while nobody is there or the script has the eyes shut.

    Args:
        truths: One row per picture.
        cabin: The zones.
    """
    rows = list(truths)
    columns: Columns = {STAMP: np.array([row["stamp_ns"] for row in rows], np.int64)}
    for name, column in _NUMBERS.items():
        values = [np.nan if row[name] is None else row[name] for row in rows]
        columns[column] = np.array(values, np.float32)
    for name in _FLAGS:
        columns[name] = np.array([row[name] for row in rows], bool)
    for name in _TEXTS:
        columns[name] = [row[name] for row in rows]
    columns["gaze_zone"] = [true_zone(row, cabin) for row in rows]
    return columns


def true_zone(row: Mapping[str, Any], cabin: CabinGeometry) -> str:
    """Name of the zone that the true gaze of a `DriverTruth.plain()` row meets."""
    yaw, pitch = row["gaze_yaw"], row["gaze_pitch"]
    if not row["present"] or row["eyes_closed"] or None in (yaw, pitch, *row["head_position"]):
        return "unknown"
    ray = np.array([[np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), np.sin(pitch)]])
    x, y, z = row["head_position"]
    index = int(zone_indices(cabin, (x, y, z), ray)[0])
    return cabin.zones[index].name if index < len(cabin.zones) else ELSEWHERE
