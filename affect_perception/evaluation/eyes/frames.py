"""The frames of gaze labels that belong to the eye network, and scores of gaze on single patches.

The labels of a data set with several cameras stand in one frame (a screen's), what the network
gives stands in each patch's own. `models/eye_network_frames.json` holds, for each camera and eye of
the training set, the rotation and the offset between them, learned on the training subjects.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.evaluation import metrics
from affect_perception.evaluation.datasets.ut_multiview import UtMultiview

Array = npt.NDArray[np.float64]
FRAMES_FILE = "models/eye_network_frames.json"
# Written by `affect-perception train eyes --cross-validate`.
CROSS_VALIDATION_FILE = "models/eye_network_cross_validation.json"


@dataclass(frozen=True)
class EyeFrames:
    """Frames of labels by view.

    Attributes:
        turns: View (2 x camera + 1 if left) to (3, 3) rotation from labels to patch.
        offsets: View to (yaw, pitch), rad, added to the labels before the rotation.
        subjects: People the network was trained on.
    """

    turns: Mapping[int, Array]
    offsets: Mapping[int, tuple[float, float]]
    subjects: tuple[str, ...]

    def to_labels(self, gaze: Array, views: npt.NDArray[np.int64]) -> Array:
        """Angles (n, 2) of patches, rad, in the frame of the labels; NaN for unknown views."""
        result = np.full((len(gaze), 2), np.nan)
        for view in np.unique(views):
            if int(view) in self.turns:
                rows = views == view
                turned = vectors(gaze[rows]) @ self.turns[int(view)]
                result[rows] = angles_of(turned) - self.offsets[int(view)]
        return result


def read_frames(path: Path) -> EyeFrames:
    """Reads the file that `affect-perception train eyes` writes.

    Raises:
        InputError: If it is none.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        views = {2 * int(v["camera"]) + (v["eye"] == "left"): v for v in content["views"]}
        return EyeFrames(
            turns={k: rotation(v["turn_rad"]) for k, v in views.items()},
            offsets={
                k: (float(v["offset_rad"][0]), float(v["offset_rad"][1])) for k, v in views.items()
            },
            subjects=tuple(content["subjects"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a file of label frames: {error}") from error


def read_cross_validation(path: Path) -> dict[str, float]:
    """Mean figures with one subject left out, as written by the training.

    Raises:
        InputError: If it is no such file.
    """
    try:
        mean = json.loads(path.read_text(encoding="utf-8"))["mean"]
        return {str(name): float(value) for name, value in mean.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a file of cross-validation figures: {error}") from error


def rotation(vector: npt.ArrayLike) -> Array:
    """Rotation matrix of a rotation vector (axes x right, y up, z to the camera)."""
    matrix, _ = cv2.Rodrigues(np.asarray(vector, np.float64))
    return np.asarray(matrix, np.float64)


def vectors(gaze: Array) -> Array:
    """Unit vectors (n, 3), x right, y up, z to the camera, of yaw and pitch (n, 2), rad."""
    yaw, pitch = gaze[:, 0], gaze[:, 1]
    flat = np.cos(pitch)
    return np.stack([flat * np.sin(yaw), np.sin(pitch), flat * np.cos(yaw)], axis=1)


def angles_of(directions: Array) -> Array:
    """Yaw and pitch (n, 2), rad, of unit vectors (n, 3)."""
    x, y, z = directions.T
    return np.stack([np.arctan2(x, z), np.arcsin(np.clip(y, -1.0, 1.0))], axis=1)


def gaze_scores(gaze: Array, data: UtMultiview) -> dict[str, float]:
    """The fixed metrics for gaze in the frame of the labels.

    `mean_angular_error_uncalibrated_deg` takes the angles as they are; `mean_angular_error_deg`,
    the correlations and the worst subject are after one constant offset per subject, camera and
    eye, fitted on the same patches. Unknown gaze (NaN) is left out and `known` says how much.

    Args:
        gaze: (n, 2) rad.
        data: The labels.
    """
    known = np.isfinite(gaze).all(axis=1)
    values = {"known": float(known.mean())}
    values["mean_angular_error_uncalibrated_deg"] = _mean(_errors(gaze[known], data.gaze[known]))
    calibrated = np.array(gaze)
    for group in np.unique(_groups(data)):
        rows = (_groups(data) == group) & known
        calibrated[rows] -= (gaze[rows] - data.gaze[rows]).mean(axis=0) if rows.any() else 0.0
    errors = _errors(calibrated[known], data.gaze[known])
    values["mean_angular_error_deg"] = _mean(errors)
    for axis, name in enumerate(("yaw", "pitch")):
        values[f"corr_{name}"] = metrics.correlation(
            calibrated[known, axis], data.gaze[known, axis]
        )
    each = [_mean(errors[data.subjects[known] == s]) for s in range(len(data.names))]
    values["mean_angular_error_deg_worst_subject"] = max(each, default=math.nan)
    return values


def calibrated_views(gaze: Array, data: UtMultiview) -> Array:
    """Gaze in the patches with one rotation-free offset per view: for views without a frame."""
    result = np.array(gaze)
    for group in np.unique(_groups(data)):
        rows = _groups(data) == group
        result[rows] -= (gaze[rows] - data.gaze[rows]).mean(axis=0)
    return result


def _groups(data: UtMultiview) -> npt.NDArray[np.int64]:
    return data.subjects * 1000 + data.views


def _errors(estimate: Array, truth: Array) -> Array:
    cosine = np.clip((vectors(estimate) * vectors(truth)).sum(axis=1), -1.0, 1.0)
    return np.degrees(np.arccos(cosine))


def _mean(values: Array) -> float:
    return float(values.mean()) if values.size else math.nan
