"""The truth of a synthetic driver as columns with the names of the states they compare to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

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
_TEXTS = {"gaze_target": "gaze_zone", "label": "label", "occlusion": "occlusion"}


def truth_columns(truths: Iterable[Mapping[str, Any]]) -> Columns:
    """Columns of `DriverTruth.plain()` rows.

    Angles rad, openness 0..1, NaN while nobody is there; `gaze_zone` is the name of the scripted
    target, which is a zone of the cabin file where the script names one.
    """
    rows = list(truths)
    columns: Columns = {STAMP: np.array([row["stamp_ns"] for row in rows], np.int64)}
    for name, column in _NUMBERS.items():
        values = [np.nan if row[name] is None else row[name] for row in rows]
        columns[column] = np.array(values, np.float32)
    for name in _FLAGS:
        columns[name] = np.array([row[name] for row in rows], bool)
    for name, column in _TEXTS.items():
        columns[column] = [row[name] for row in rows]
    return columns
