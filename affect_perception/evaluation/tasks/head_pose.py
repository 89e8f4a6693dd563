"""Head pose on single pictures: Pointing'04, DrivFace and AFLW2000 formats.

Angles are compared in the axes of a person who faces the camera. How a turned head looks depends
on where in the picture it is and on the camera's field of view, and no camera of these sets is
calibrated. For Pointing'04 and AFLW2000 a narrow field is declared: at the default of 60 degrees
the eyes of Pointing'04 would have to be 0.35 m from the camera, and AFLW2000's labels come from a
model without perspective. The figures with the default field stand beside them (*_assumed_fov).
DrivFace, a camera on a dashboard, is seen with the default field.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from affect_perception.core.types import CameraIntrinsics, FaceObservation
from affect_perception.evaluation import metrics
from affect_perception.evaluation.datasets.head_pose import (
    AFLW2000,
    DRIVFACE,
    POINTING04,
    HeadPoseSample,
    read_head_pose,
)
from affect_perception.evaluation.mesh.face_points import (
    five_points,
    mean_shape_in_box,
    six_point_pose,
)
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools, read_picture

Array = npt.NDArray[np.float64]

# The range that the project promises; beyond it only how often a face is found matters.
YAW_RANGE_DEG = 45.0
PITCH_RANGE_DEG = 30.0
# Beyond about 50 degrees the labels of AFLW2000 mix roll and pitch (see its page).
AFLW_YAW_RANGE_DEG = 50.0
# Halfway between the labels: 15-degree steps, and "looking right/left" from 30 degrees on.
DRIVFACE_CLASSES = (-45, -30, -15, 0, 15, 30, 45)
DRIVFACE_LOOKING_DEG = 22.5

# Horizontal field of view declared for a format, degrees: weak perspective.
FIELD_OF_VIEW_DEG = {POINTING04: 15.0, AFLW2000: 15.0}

UNKNOWN_POSE = (math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class PoseRow:
    """One picture: label, estimate and baseline; angles (yaw, pitch, roll) in degrees.

    Attributes:
        sample: The label.
        found: Whether a face was found.
        estimate: Of the face path, NaN if unknown.
        baseline: Of PnP on six points of the same mesh, NaN if no face was found.
        five_points: (5, 2) px, or None.
        assumed_fov: The estimate with the default field of view.
    """

    sample: HeadPoseSample
    found: bool
    estimate: tuple[float, float, float]
    baseline: tuple[float, float, float]
    five_points: Array | None = None
    assumed_fov: tuple[float, float, float] = UNKNOWN_POSE


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Runs the task; see the module."""
    data = read_head_pose(request.data, request.split)
    fov = FIELD_OF_VIEW_DEG.get(data.format)
    rows = [observe(s, tools, fov) for s in tools.track(data.samples, f"head pose {data.format}")]
    score = {DRIVFACE: score_drivface, AFLW2000: score_aflw2000}.get(data.format, score_pointing04)
    values, baselines, notes = score(rows)
    return request.result(
        "head_pose",
        n=len(rows),
        subjects=len({r.sample.subject for r in rows}),
        metrics=values,
        baselines=baselines,
        model=tools.model,
        notes=notes,
        rows=[_record(r) for r in rows],
    )


def observe(sample: HeadPoseSample, tools: Tools, fov_deg: float | None = None) -> PoseRow:
    """Runs the face path on one picture, with a declared field of view or the default one."""
    image = read_picture(sample.path)
    default = tools.observe(image)
    height, width = image.shape[:2]
    declared = math.radians(fov_deg or tools.config.camera.horizontal_fov_deg)
    intrinsics = CameraIntrinsics.from_fov(width, height, declared)
    observation = default if fov_deg is None else tools.observe(image, intrinsics=intrinsics)
    if observation.landmarks is None:
        return PoseRow(sample, False, UNKNOWN_POSE, UNKNOWN_POSE)
    return PoseRow(
        sample,
        True,
        head_angles_deg(observation),
        six_point_pose(observation.landmarks, intrinsics),
        five_points(observation.landmarks),
        head_angles_deg(default),
    )


def head_angles_deg(observation: FaceObservation) -> tuple[float, float, float]:
    """Yaw, pitch, roll of the head in the cabin, degrees; NaN if unknown."""
    head = observation.head
    if head is None:
        return UNKNOWN_POSE
    return math.degrees(head.yaw), math.degrees(head.pitch), math.degrees(head.roll)


Score = tuple[dict[str, float], dict[str, dict[str, float]], list[str]]


def score_pointing04(rows: Sequence[PoseRow]) -> Score:
    """Errors within +-45 degrees of yaw and +-30 of pitch, and the share found beyond."""
    inside = [r for r in rows if _inside(r.sample)]
    values = angle_metrics(inside, ("yaw", "pitch"))
    for name, wanted in (("glasses", True), ("no_glasses", False)):
        group = [r for r in inside if r.sample.glasses is wanted]
        values |= {f"{k}_{name}": v for k, v in _errors(group, ("yaw", "pitch")).items()}
        values[f"n_{name}"] = len(group)
    values["n_in_range"] = len(inside)
    values |= assumed_fov_metrics(inside, ("yaw", "pitch"))
    beyond_yaw = [r for r in rows if abs(r.sample.yaw_deg) > YAW_RANGE_DEG]
    beyond_pitch = [r for r in rows if abs(r.sample.pitch_deg or 0.0) > PITCH_RANGE_DEG]
    values["found_rate"] = metrics.share([r.found for r in inside])
    values["found_rate_yaw_60"] = _found_at(beyond_yaw, 60.0)
    values["found_rate_yaw_90"] = _found_at(beyond_yaw, 90.0)
    values["found_rate_beyond_45_yaw"] = metrics.share([r.found for r in beyond_yaw])
    values["found_rate_beyond_30_pitch"] = metrics.share([r.found for r in beyond_pitch])
    values["mae_deg_yaw_beyond_45"] = _errors(beyond_yaw, ("yaw",))["mae_deg_yaw"]
    values["mae_deg_pitch_beyond_30"] = _errors(beyond_pitch, ("pitch",))["mae_deg_pitch"]
    baselines = pose_baselines(inside, ("yaw", "pitch"))
    notes = [
        "Errors are of pictures within +-45 degrees of yaw and +-30 of pitch where a head pose was "
        "given; found_rate is of the same range.",
        "Labels are marker directions, not measured angles, and pitch zero is the height of the "
        "camera for each person; *_offset_removed is the error after one constant per person, "
        "taken from the same pictures, is removed.",
        "No calibration is known; a narrow field of view (15 degrees) is declared, since the faces "
        "are too large for a wide one. *_assumed_fov: with the default field of 60 degrees, as an "
        "uncalibrated camera would be treated.",
    ]
    return values, baselines, notes


def score_drivface(rows: Sequence[PoseRow]) -> Score:
    """Found rate, five-point error and yaw classes."""
    values = angle_metrics(rows, ("yaw",))
    values["found_rate"] = metrics.share([r.found for r in rows])
    known = [r for r in rows if math.isfinite(r.estimate[0])]
    plain = np.array([r.estimate[0] for r in known])
    labels = [int(r.sample.yaw_deg) for r in known]
    shifted = _less_offset(known, plain)
    for suffix, yaw in (("", plain), ("_offset_removed", shifted)):
        values |= {f"{k}{suffix}": v for k, v in yaw_class_metrics(known, yaw).items()}
    values |= _five_point_errors(rows)
    truth = np.stack([r.sample.points for r in rows if r.sample.points is not None])
    nmes = [_five_point_nme(a, b) for a, b in zip(mean_shape_in_box(truth), truth, strict=True)]
    most_common = max(set(labels), key=labels.count) if labels else 0
    baselines = pose_baselines(rows, ("yaw",))
    baselines["most_common_class"] = {
        "accuracy": metrics.accuracy([most_common] * len(labels), labels),
        "uar": metrics.unweighted_average_recall([most_common] * len(labels), labels),
    }
    baselines["mean_shape_in_true_box"] = {"nme": float(np.mean(nmes))}
    notes = [
        "Classes by thresholds halfway between the labels (7 classes, 15 degrees apart); looking "
        "right, ahead or left by +-22.5 degrees. Consecutive frames of few persons: read it as few "
        "independent samples. *_offset_removed: less one constant per driver, since the label zero "
        "is the road and not the camera.",
        "nme: eye middles, nose tip and mouth corners over the distance of the eyes.",
    ]
    return values, baselines, notes


def score_aflw2000(rows: Sequence[PoseRow]) -> Score:
    """Signs and rough size; the samples are too few for more."""
    inside = [r for r in rows if abs(r.sample.yaw_deg) <= AFLW_YAW_RANGE_DEG]
    axes = ("yaw", "pitch", "roll")
    values = angle_metrics(inside, axes)
    values["n_in_range"] = len(inside)
    values |= assumed_fov_metrics(inside, axes)
    values["found_rate"] = metrics.share([r.found for r in rows])
    turned = [r for r in rows if abs(r.sample.yaw_deg) > 10.0 and math.isfinite(r.estimate[0])]
    values["yaw_sign_agreement"] = metrics.share(
        [r.estimate[0] * r.sample.yaw_deg > 0.0 for r in turned]
    )
    notes = [
        "A few pictures, for signs and rough size only. Errors are of labels within +-50 degrees "
        "of yaw; the labels come from a fitted face model."
    ]
    return values, pose_baselines(inside, axes), notes


def yaw_class_metrics(rows: Sequence[PoseRow], yaw: Array) -> dict[str, float]:
    """Accuracy and unweighted average recall of yaw classes by thresholds."""
    truth = [int(r.sample.yaw_deg) for r in rows]
    classes = [nearest_class(float(y)) for y in yaw]
    looking = [2 + int(y > DRIVFACE_LOOKING_DEG) - int(y < -DRIVFACE_LOOKING_DEG) for y in yaw]
    looking_truth = [r.sample.looking for r in rows]
    return {
        "accuracy": metrics.accuracy(classes, truth),
        "uar": metrics.unweighted_average_recall(classes, truth),
        "accuracy_within_one_class": metrics.share(
            [abs(c - t) <= 15 for c, t in zip(classes, truth, strict=True)]
        ),
        "accuracy_looking": metrics.accuracy(looking, looking_truth),
        "uar_looking": metrics.unweighted_average_recall(looking, looking_truth),
    }


def nearest_class(yaw_deg: float) -> int:
    """The yaw class of DrivFace nearest to an angle."""
    return min(DRIVFACE_CLASSES, key=lambda c: abs(c - yaw_deg))


def angle_metrics(rows: Sequence[PoseRow], axes: Sequence[str]) -> dict[str, float]:
    """Error, interval over persons, bias, gain and correlation of each angle."""
    values = _errors(rows, axes)
    for axis in axes:
        known, estimate, truth = _series(rows, axis)
        errors = metrics.wrapped_difference_deg(estimate, truth)
        subjects = [r.sample.subject for r in known]
        low, high = metrics.bootstrap_interval(np.abs(errors), subjects)
        values[f"mae_deg_{axis}_ci95_low"], values[f"mae_deg_{axis}_ci95_high"] = low, high
        rest = metrics.without_offset_per_group(errors, subjects)
        values[f"mae_deg_{axis}_offset_removed"] = metrics.mean_absolute(rest)
        values[f"bias_deg_{axis}"] = float(np.mean(errors)) if len(errors) else math.nan
        values[f"gain_{axis}"] = metrics.slope(truth, estimate)
        values[f"corr_{axis}"] = metrics.correlation(estimate, truth)
    values["pose_rate"] = metrics.share([math.isfinite(r.estimate[0]) for r in rows])
    return values


def assumed_fov_metrics(rows: Sequence[PoseRow], axes: Sequence[str]) -> dict[str, float]:
    """Errors with the field of view that the face path assumes by default."""
    with_default = [replace(r, estimate=r.assumed_fov) for r in rows]
    return {f"{k}_assumed_fov": v for k, v in _errors(with_default, axes).items()}


def pose_baselines(rows: Sequence[PoseRow], axes: Sequence[str]) -> dict[str, dict[str, float]]:
    """Always the middle label, and PnP on six points of a generic head."""
    constant: dict[str, float] = {}
    six: dict[str, float] = {}
    for axis in axes:
        index = AXES.index(axis)
        truth = np.array([label(r.sample, axis) for r in rows])
        constant[f"mae_deg_{axis}"] = metrics.mean_absolute(truth - np.median(truth))
        found = [r for r in rows if math.isfinite(r.baseline[index])]
        errors = metrics.wrapped_difference_deg(
            [r.baseline[index] for r in found], [label(r.sample, axis) for r in found]
        )
        rest = metrics.without_offset_per_group(errors, [r.sample.subject for r in found])
        six[f"mae_deg_{axis}"] = metrics.mean_absolute(errors)
        six[f"mae_deg_{axis}_offset_removed"] = metrics.mean_absolute(rest)
    return {"median_label": constant, "pnp_6_points": six}


AXES = ("yaw", "pitch", "roll")


def label(sample: HeadPoseSample, axis: str) -> float:
    """The label of an axis, degrees; NaN if there is none."""
    value = {"yaw": sample.yaw_deg, "pitch": sample.pitch_deg, "roll": sample.roll_deg}[axis]
    return math.nan if value is None else value


def _series(rows: Sequence[PoseRow], axis: str) -> tuple[list[PoseRow], Array, Array]:
    index = AXES.index(axis)
    known = [r for r in rows if math.isfinite(r.estimate[index])]
    estimate = np.array([r.estimate[index] for r in known], dtype=np.float64)
    return known, estimate, np.array([label(r.sample, axis) for r in known], dtype=np.float64)


def _errors(rows: Sequence[PoseRow], axes: Sequence[str]) -> dict[str, float]:
    values = {}
    for axis in axes:
        _, estimate, truth = _series(rows, axis)
        errors = metrics.wrapped_difference_deg(estimate, truth)
        values[f"mae_deg_{axis}"] = metrics.mean_absolute(errors)
    return values


def _less_offset(rows: Sequence[PoseRow], yaw: Array) -> Array:
    truth = np.array([r.sample.yaw_deg for r in rows])
    subjects = [r.sample.subject for r in rows]
    return truth + metrics.without_offset_per_group(yaw - truth, subjects)


def _five_point_nme(estimate: Array, truth: Array) -> float:
    return metrics.normalised_mean_error(
        estimate, truth, float(np.linalg.norm(truth[0] - truth[1]))
    )


def _five_point_errors(rows: Sequence[PoseRow]) -> dict[str, float]:
    pairs = [
        (r.five_points, r.sample.points)
        for r in rows
        if r.five_points is not None and r.sample.points is not None
    ]
    names = ("eyes", "nose_tip", "mouth_corners")
    if not pairs:
        return {"nme": math.nan} | {f"nme_{name}": math.nan for name in names}
    scale = np.array([float(np.linalg.norm(t[0] - t[1])) for _, t in pairs])
    distance = np.array([np.linalg.norm(e - t, axis=1) for e, t in pairs]) / scale[:, None]
    parts = dict(zip(names, ([0, 1], [2], [3, 4]), strict=True))
    return {"nme": float(distance.mean())} | {
        f"nme_{name}": float(distance[:, columns].mean()) for name, columns in parts.items()
    }


def _inside(sample: HeadPoseSample) -> bool:
    pitch = sample.pitch_deg or 0.0
    return abs(sample.yaw_deg) <= YAW_RANGE_DEG and abs(pitch) <= PITCH_RANGE_DEG


def _found_at(rows: Sequence[PoseRow], yaw: float) -> float:
    return metrics.share([r.found for r in rows if abs(r.sample.yaw_deg) == yaw])


def _record(row: PoseRow) -> dict[str, object]:
    record: dict[str, object] = {
        "file": row.sample.path.name,
        "subject": row.sample.subject,
        "found": int(row.found),
    }
    for axis, estimate, baseline in zip(AXES, row.estimate, row.baseline, strict=True):
        record |= {
            f"{axis}_label": round(label(row.sample, axis), 2),
            f"{axis}_estimate": round(estimate, 2),
            f"{axis}_pnp_6_points": round(baseline, 2),
        }
    return record


TASK = Task(
    name="head_pose",
    summary="head pose on labelled pictures (Pointing'04, DrivFace, AFLW2000 formats)",
    folders=("vision/pointing04", "vision/drivface", "vision/aflw2000_sample"),
    run=evaluate,
)
