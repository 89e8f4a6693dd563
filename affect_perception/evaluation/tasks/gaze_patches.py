"""Gaze on single normalised eye patches with known targets (folders like UT Multi-view)."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from affect_perception.core.errors import InputError
from affect_perception.core.types import ByteArray
from affect_perception.core.vision.eye_network import PITCH, YAW, EyeNetwork
from affect_perception.evaluation.datasets.ut_multiview import UtMultiview, read_ut_multiview
from affect_perception.evaluation.eyes.frames import (
    CROSS_VALIDATION_FILE,
    FRAMES_FILE,
    Array,
    EyeFrames,
    calibrated_views,
    gaze_scores,
    read_cross_validation,
    read_frames,
)
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Tools
from affect_perception.inference import load_manifest
from affect_perception.share import share_path

# Ridge regression on pixels: patches of 15 x 9, and the penalty, in squared grey levels of 1.
RIDGE_SIZE, RIDGE_PENALTY = (15, 9), 30.0
_PIECE = 256


def evaluate_patches(request: Request, tools: Tools) -> Evaluation:
    """Runs the shipped eye network on all tiles of a folder.

    `--split s00,s03` chooses subjects.

    Raises:
        InputError: If the folder is not in that format, or no eye network is loaded.
    """
    chosen = None if request.split is None else tuple(request.split.split(","))
    data = read_ut_multiview(request.data, chosen)
    network = tools.networks.eyes
    if network is None:
        raise InputError("no eye network is loaded")
    frames = read_frames(share_path(FRAMES_FILE))
    gaze = read_gaze(EyeNetwork(network), data.patches)
    placed = frames.to_labels(gaze, data.views)
    unknown = ~np.isfinite(placed[:, 0])
    values = gaze_scores(placed, data)
    left_out, seen = _seen(frames, data)
    notes = [_definitions(), *seen]
    if unknown.any():
        values |= {k: v for k, v in _without_frames(gaze, data).items() if "uncal" not in k}
        notes.append(
            "Some cameras of this folder are not among those of the training set: their patches "
            "are missing from the uncalibrated figure."
        )
    baselines, more = _baselines(data)
    entry = load_manifest().model(network.name)
    return request.result(
        "gaze",
        n=len(data.patches),
        subjects=len(data.names),
        metrics=values | left_out,
        baselines=baselines,
        model=f"{entry.name} {entry.version} ({entry.sha256[:8]})",
        notes=[*notes, *more],
        rows=_rows(data, placed),
    )


def read_gaze(network: EyeNetwork, patches: ByteArray) -> Array:
    """Yaw and pitch (n, 2) in the patches, rad; tiles are equalised as at run time."""
    pieces = []
    for start in range(0, len(patches), _PIECE):
        part = np.stack([cv2.equalizeHist(p) for p in patches[start : start + _PIECE]])
        pieces.append(network.outputs(part)[0][:, [YAW, PITCH]].astype(np.float64))
    return np.concatenate(pieces)


def _without_frames(gaze: Array, data: UtMultiview) -> Mapping[str, float]:
    """Figures after one offset per subject, camera and eye need no frames."""
    return gaze_scores(calibrated_views(gaze, data), data)


def _definitions() -> str:
    return (
        "mean_angular_error_uncalibrated_deg: frames per camera and eye from the training subjects "
        "only. mean_angular_error_deg, corr_*: after one constant offset per subject, camera and "
        "eye, fitted on the same patches, as a calibration of the driver gives. Blinks among the "
        "tiles are scored like all others."
    )


def _seen(frames: EyeFrames, data: UtMultiview) -> tuple[dict[str, float], list[str]]:
    """For subjects that the weights were trained on: the stored, fair figures, and words."""
    seen = sorted(set(frames.subjects) & set(data.names))
    if not seen:
        return {}, []
    mean = read_cross_validation(share_path(CROSS_VALIDATION_FILE))
    values = {f"{name}_cross_validated": value for name, value in mean.items() if name != "known"}
    return values, [
        f"The shipped weights were trained on the set's subjects {', '.join(frames.subjects)}: for "
        f"people of those names ({', '.join(seen)}) the figures without a suffix are on training "
        "data. *_cross_validated were stored when the weights were made: each subject left out "
        "once (`affect-perception train eyes --cross-validate`), mean over subjects."
    ]


def _baselines(data: UtMultiview) -> tuple[dict[str, dict[str, float]], list[str]]:
    centre = np.zeros((len(data.patches), 2))
    result = {"centre_of_targets": gaze_scores(centre, data)}
    result["centre_of_targets"].pop("corr_yaw")
    result["centre_of_targets"].pop("corr_pitch")
    if len(data.names) < 2:
        return result, ["The ridge baseline needs at least two subjects: left out."]
    result["ridge_on_pixels_leave_subject_out"] = gaze_scores(ridge(data), data)
    return result, []


def ridge(data: UtMultiview) -> Array:
    """Gaze (n, 2) by ridge regression on small pictures, one model per camera and eye.

    Each subject is estimated from the others of the folder.
    """
    pixels = np.stack(
        [cv2.resize(p, RIDGE_SIZE, interpolation=cv2.INTER_AREA).reshape(-1) for p in data.patches]
    )
    pixels = (pixels.astype(np.float64) - 127.5) / 73.6
    result = np.zeros((len(pixels), 2))
    for view in np.unique(data.views):
        for subject in range(len(data.names)):
            rows = data.views == view
            others, own = rows & (data.subjects != subject), rows & (data.subjects == subject)
            if not others.any() or not own.any():
                continue
            x, y = pixels[others], data.gaze[others]
            mean, level = x.mean(axis=0), y.mean(axis=0)
            square = (x - mean).T @ (x - mean) + RIDGE_PENALTY * np.eye(x.shape[1])
            weights = np.linalg.solve(square, (x - mean).T @ (y - level))
            result[own] = (pixels[own] - mean) @ weights + level
    return result


def _rows(data: UtMultiview, placed: Array) -> list[dict[str, object]]:
    label, found = np.degrees(data.gaze), np.degrees(placed)
    return [
        {
            "subject": data.names[data.subjects[i]],
            "camera": int(data.cameras[i]),
            "eye": "left" if data.left[i] else "right",
            "target": int(data.targets[i]),
            "yaw_label": round(float(label[i, 0]), 2),
            "pitch_label": round(float(label[i, 1]), 2),
            "yaw": round(float(found[i, 0]), 2),
            "pitch": round(float(found[i, 1]), 2),
        }
        for i in range(len(label))
    ]
