"""Gaze on single pictures of persons who look at known places on a screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import GazeSource
from affect_perception.core.types import FaceObservation
from affect_perception.evaluation import metrics
from affect_perception.evaluation.datasets.ut_multiview import is_ut_multiview
from affect_perception.evaluation.datasets.webcam_gaze import GazeSample, read_webcam_gaze
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tasks.gaze_patches import evaluate_patches
from affect_perception.evaluation.tools import Request, Task, Tools, read_picture

Array = npt.NDArray[np.float64]
UNKNOWN = (math.nan, math.nan)

# Corners and iris centre of each eye in the mesh: image-left corner, image-right corner, iris.
_EYES = ((33, 133, 468), (362, 263, 473))


@dataclass(frozen=True)
class GazeRow:
    """One picture; (yaw, pitch) in degrees, NaN if unknown.

    Attributes:
        sample: The label.
        gaze: From the eyes.
        head: Direction of the head.
        iris: Offset of the irises between the eye corners, without unit, in the signs of angles.
        geometric: From the eyes by landmarks alone, without the eye network.
    """

    sample: GazeSample
    gaze: tuple[float, float]
    head: tuple[float, float]
    iris: tuple[float, float]
    geometric: tuple[float, float] = UNKNOWN


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Runs the task; see the module, and `gaze_patches` for folders of single eyes."""
    if is_ut_multiview(request.data):
        return evaluate_patches(request, tools)
    samples = read_webcam_gaze(request.data, request.split)
    rows = [observe(s, tools) for s in tools.track(samples, "gaze")]
    values, baselines = score(rows)
    return request.result(
        "gaze",
        n=len(rows),
        subjects=len({s.subject for s in samples}),
        metrics=values,
        baselines=baselines,
        model=tools.model,
        notes=[
            "The place of the camera beside the screen is unknown: mean_angular_error_deg is after "
            "one constant offset per person, fitted on the same pictures; the uncalibrated figure "
            "is without it. *_target_mean averages the pictures of each target first.",
            "The targets cover only a few degrees, so this shows sign, resolution and jitter, not "
            "the error at large angles.",
        ],
        rows=[_record(r) for r in rows],
    )


def observe(sample: GazeSample, tools: Tools) -> GazeRow:
    """Runs the face path on one picture."""
    image = read_picture(sample.path)
    observation = tools.observe(image)
    plain = tools.observe(image, replace(tools.networks, eyes=None, driver=None))
    head = UNKNOWN
    if observation.head is not None:
        head = (math.degrees(observation.head.yaw), math.degrees(observation.head.pitch))
    iris = iris_offset(observation)
    return GazeRow(sample, eye_gaze_deg(observation), head, iris, eye_gaze_deg(plain))


def eye_gaze_deg(observation: FaceObservation) -> tuple[float, float]:
    """Yaw and pitch of the gaze from the eyes, degrees; NaN if unknown or only from the head."""
    gaze = observation.gaze
    if gaze is None or gaze.source is not GazeSource.EYES:
        return UNKNOWN
    return math.degrees(gaze.yaw), math.degrees(gaze.pitch)


def iris_offset(observation: FaceObservation) -> tuple[float, float]:
    """Mean offset of the irises from the middle of the eye corners over the corner distance.

    Positive to the image right (the person's left) and upwards; NaN without a face.
    """
    if observation.landmarks is None:
        return UNKNOWN
    offsets = []
    for left, right, iris in _EYES:
        a, b, centre = (
            observation.landmarks[i, :2].astype(np.float64) for i in (left, right, iris)
        )
        along = b - a
        square = float(along @ along)
        across = np.array([along[1], -along[0]])
        offset = centre - (a + b) / 2.0
        offsets.append((float(offset @ along) / square, float(offset @ across) / square))
    x, y = np.mean(offsets, axis=0)
    return float(x), float(y)


def score(rows: Sequence[GazeRow]) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Metrics and baselines; see `evaluate` for what they mean."""
    truth = np.array([(r.sample.yaw_deg, r.sample.pitch_deg) for r in rows])
    subjects = [r.sample.subject for r in rows]
    gaze = np.array([r.gaze for r in rows])
    values = {"gaze_rate": metrics.share(np.isfinite(gaze[:, 0]))}
    values |= _agreement(gaze, truth, [r.sample.target for r in rows])
    values |= _errors(gaze, truth, subjects)
    geometric = np.array([r.geometric for r in rows])
    head = np.array([r.head for r in rows])
    iris = np.array([r.iris for r in rows])
    centre = np.tile(truth.mean(axis=0), (len(truth), 1))
    targets = [r.sample.target for r in rows]
    baselines = {
        "geometry_alone": _agreement(geometric, truth, targets)
        | _errors(geometric, truth, subjects),
        "centre_of_targets": {"mean_angular_error_deg": _error(centre, truth)},
        "head_direction": _agreement(head, truth, targets),
        "iris_between_eye_corners": _agreement(iris, truth, targets),
    }
    return values, baselines


def _agreement(estimate: Array, truth: Array, targets: Sequence[str]) -> dict[str, float]:
    values = {}
    names = sorted(set(targets))
    members = [np.array([t == name for t in targets]) for name in names]
    for axis, name in enumerate(("yaw", "pitch")):
        series, wanted = estimate[:, axis], truth[:, axis]
        values[f"corr_{name}"] = metrics.correlation(series, wanted)
        values[f"gain_{name}"] = metrics.slope(wanted, series)
        means = [_mean(series[m]) for m in members]
        values[f"corr_{name}_target_mean"] = metrics.correlation(
            means, [_mean(wanted[m]) for m in members]
        )
    return values


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan


def _errors(estimate: Array, truth: Array, subjects: Sequence[str]) -> dict[str, float]:
    """Mean angular error as it is, and after one offset per person."""
    known = np.isfinite(estimate[:, 0])
    chosen = [s for s, k in zip(subjects, known, strict=True) if k]
    found, wanted = estimate[known], truth[known]
    return {
        "mean_angular_error_uncalibrated_deg": _error(found, wanted),
        "mean_angular_error_deg": _error(_calibrated(found, wanted, chosen), wanted),
    }


def _calibrated(estimate: Array, truth: Array, subjects: Sequence[str]) -> Array:
    difference = estimate - truth
    rest = [metrics.without_offset_per_group(difference[:, axis], subjects) for axis in (0, 1)]
    return truth + np.stack(rest, axis=1)


def _error(estimate: Array, truth: Array) -> float:
    a = metrics.direction(estimate[:, 0], estimate[:, 1])
    b = metrics.direction(truth[:, 0], truth[:, 1])
    return metrics.mean_absolute(metrics.angular_error_deg(a, b))


def _record(row: GazeRow) -> dict[str, object]:
    names = ("yaw", "pitch")
    record: dict[str, object] = {"file": row.sample.path.name, "subject": row.sample.subject}
    label = (row.sample.yaw_deg, row.sample.pitch_deg)
    for i, name in enumerate(names):
        record |= {
            f"{name}_label": label[i],
            f"{name}_gaze": round(row.gaze[i], 2),
            f"{name}_head": round(row.head[i], 2),
            f"{name}_iris": round(row.iris[i], 4),
        }
    return record


TASK = Task(
    name="gaze",
    summary="gaze direction on webcam pictures or eye patches with known targets",
    folders=("vision/webcam_gaze_faces", "vision/ut_multiview_eyes"),
    run=evaluate,
)
