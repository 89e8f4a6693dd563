"""Ground truth of the synthetic driver."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

NAN = math.nan


@dataclass(frozen=True)
class TruthEvent:
    """Something that lasts.

    Attributes:
        kind: blink, eyes_closed, yawn, talking, nobody, second_person, hand_<place>, glasses,
            sunglasses, dark, camera_covered, frames_dropped, or `label` for a labelled stretch.
        start_ns: First moment.
        end_ns: Last moment.
        label: The label of a labelled stretch (attentive, mirror_check, phone_look, ...).
    """

    kind: str
    start_ns: int
    end_ns: int
    label: str = ""


@dataclass(frozen=True)
class DriverTruth:
    """What is true at the stamp of a frame. Angles rad, cabin frame; NaN while nobody is there.

    Attributes:
        stamp_ns: Stamp of the frame.
        present: Whether at least half of the driver's face points lie in the picture.
        head_position: Midpoint between the eye centres, m.
        head_yaw: Positive to the person's left.
        head_pitch: Positive upwards.
        head_roll: Positive to the right shoulder.
        gaze_yaw: Direction of gaze (mean of both eyes).
        gaze_pitch: Elevation of gaze.
        gaze_target: Name of the target looked at, empty if the script gives an angle or a point.
        lid_opening_right: 0 closed, 1 as in the portrait.
        lid_opening_left: The same for the person's left eye.
        blink: A blink, scripted or not, is under way.
        eyes_closed: The script holds the lids at 0.2 or less (not a blink).
        yawn: A yawn is under way.
        talking: The driver talks.
        mouth_opening: 0 lips closed, 1 widest.
        occlusion: What a hand covers: none, mouth, right_eye, left_eye, eyes.
        eyewear: none, glasses, sunglasses.
        illumination: Brightness factor; 1 is daylight.
        infrared: The picture is a grey infrared one.
        second_person: Another face is in the picture.
        label: Label of the stretch.
        landmarks: (478, 2) projected face points, px; None while nobody is there.
        second_box: (x, y, width, height) of the other face, px, or NaN.
    """

    stamp_ns: int
    present: bool
    head_position: tuple[float, float, float] = (NAN, NAN, NAN)
    head_yaw: float = NAN
    head_pitch: float = NAN
    head_roll: float = NAN
    gaze_yaw: float = NAN
    gaze_pitch: float = NAN
    gaze_target: str = ""
    lid_opening_right: float = NAN
    lid_opening_left: float = NAN
    blink: bool = False
    eyes_closed: bool = False
    yawn: bool = False
    talking: bool = False
    mouth_opening: float = NAN
    occlusion: str = "none"
    eyewear: str = "none"
    illumination: float = 1.0
    infrared: bool = False
    second_person: bool = False
    label: str = ""
    landmarks: npt.NDArray[np.float64] | None = field(default=None, repr=False, compare=False)
    second_box: tuple[float, float, float, float] = (NAN, NAN, NAN, NAN)

    def plain(self) -> dict[str, Any]:
        """All fields but the landmarks as JSON values; NaN becomes None."""
        result: dict[str, Any] = {}
        for entry in fields(self):
            if entry.name != "landmarks":
                result[entry.name] = _plain(getattr(self, entry.name))
        return result


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
