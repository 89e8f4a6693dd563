"""Landmarks on single pictures: the mesh against the 68 points of 300-W."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from affect_perception.core.vision.ibug68 import to_ibug68
from affect_perception.evaluation import metrics
from affect_perception.evaluation.datasets.landmarks68 import (
    INNER,
    JAW,
    LandmarkSample,
    read_landmarks68,
)
from affect_perception.evaluation.mesh.face_points import mean_shape_in_box
from affect_perception.evaluation.mesh.unrefined import RememberingNetwork, unrefined_points
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools, read_picture

Array = npt.NDArray[np.float64]

REGIONS = {
    "jaw": JAW,
    "brows": slice(17, 27),
    "nose": slice(27, 36),
    "eyes": slice(36, 48),
    "mouth": slice(48, 68),
}
# 300-W counts a face as failed beyond this (Sagonas et al. 2013 use 0.08 of the outer eye corners).
FAILURE = 0.08


@dataclass(frozen=True)
class LandmarkRow:
    """One picture; estimates are (68, 2) px, or None without a face."""

    sample: LandmarkSample
    estimate: Array | None
    unrefined: Array | None


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Runs the task; see the module."""
    samples = read_landmarks68(request.data, request.split)
    rows = [observe(s, tools) for s in tools.track(samples, "landmarks")]
    values, baselines = score(rows)
    return request.result(
        "landmarks",
        n=len(rows),
        metrics=values,
        baselines=baselines,
        model=tools.model,
        notes=[
            "NME: mean distance of the points over the distance of the outer eye corners, of the "
            "faces that were found; *_51 leaves out the jaw, which the two mark-ups define "
            "differently (visible outline in the picture against the skull); "
            "core/vision/ibug68.py lists the chosen vertices.",
            "A face counts as wrongly placed above 0.08; the area under the error curve counts "
            "faces that were not found as failed.",
            "*_definition_offset_removed: after one constant shift per point, in units of the "
            "face, is learnt from every other picture and removed from the rest: what differs by "
            "meaning and not by error.",
            "Web photographs of posed faces, children among them; people are not named.",
        ],
        rows=[_record(r) for r in rows],
    )


def observe(sample: LandmarkSample, tools: Tools) -> LandmarkRow:
    """Runs the face path on one picture."""
    mesh = RememberingNetwork(tools.networks.mesh)
    observation = tools.observe(read_picture(sample.path), replace(tools.networks, mesh=mesh))
    if observation.landmarks is None:
        return LandmarkRow(sample, None, None)
    plain = unrefined_points(mesh.last[0], observation.landmarks)
    return LandmarkRow(sample, to_ibug68(observation.landmarks), to_ibug68(plain))


def score(rows: Sequence[LandmarkRow]) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Metrics and baselines; see `evaluate` for what they mean."""
    found = [r for r in rows if r.estimate is not None]
    values = {"found_rate": metrics.share([r.estimate is not None for r in rows])}
    distance = _distances(found, [r.estimate for r in found])
    values |= region_metrics(distance)
    per_face = distance.mean(axis=1)
    values["nme_median"] = float(np.median(per_face)) if len(per_face) else math.nan
    low, high = metrics.bootstrap_interval(per_face, [r.sample.path.name for r in found])
    values["nme_ci95_low"], values["nme_ci95_high"] = low, high
    missed = [math.inf] * (len(rows) - len(found))
    inner = distance[:, INNER].mean(axis=1)
    values["failure_rate_51"] = metrics.share([*(inner > FAILURE), *(m > FAILURE for m in missed)])
    values["auc_008_51"] = metrics.area_under_error_curve([*inner, *missed], FAILURE)
    for part in sorted({r.sample.part for r in rows}):
        members = [i for i, r in enumerate(found) if r.sample.part == part]
        of_part = region_metrics(distance[members])
        values[f"nme_{part}"], values[f"nme_51_{part}"] = of_part["nme"], of_part["nme_51"]
        values[f"found_rate_{part}"] = metrics.share(
            [r.estimate is not None for r in rows if r.sample.part == part]
        )
    values |= definition_offset_metrics(found)
    truth = np.stack([r.sample.points for r in rows])
    baselines = {
        "mesh_without_refinement": region_metrics(_distances(found, [r.unrefined for r in found])),
        "mean_shape_in_true_box": region_metrics(_distances(rows, list(mean_shape_in_box(truth)))),
    }
    return values, baselines


def region_metrics(distance: Array) -> dict[str, float]:
    """NME of all points, of the 51 inner ones and of each region, from (N, 68) distances."""
    if not len(distance):
        return {"nme": math.nan, "nme_51": math.nan} | {f"nme_{k}": math.nan for k in REGIONS}
    values = {"nme": float(distance.mean()), "nme_51": float(distance[:, INNER].mean())}
    return values | {f"nme_{k}": float(distance[:, part].mean()) for k, part in REGIONS.items()}


def definition_offset_metrics(found: Sequence[LandmarkRow]) -> dict[str, float]:
    """NME after removing the mean shift per point learnt on the other half of the pictures.

    Shifts are taken in axes of the face (along and across the eye line, over the eye distance), so
    that they do not depend on size or tilt.
    """
    if len(found) < 2:
        return {f"nme{k}_definition_offset_removed": math.nan for k in ("", "_51", "_jaw")}
    shift = np.stack([_in_face_axes(r) for r in found])
    rest = np.empty_like(shift)
    rest[0::2] = shift[0::2] - shift[1::2].mean(axis=0)
    rest[1::2] = shift[1::2] - shift[0::2].mean(axis=0)
    distance = np.linalg.norm(rest, axis=2)
    parts = {"": slice(None), "_51": INNER, "_jaw": JAW}
    return {
        f"nme{k}_definition_offset_removed": float(distance[:, part].mean())
        for k, part in parts.items()
    }


def _in_face_axes(row: LandmarkRow) -> Array:
    assert row.estimate is not None
    left, right = row.sample.points[36], row.sample.points[45]
    axis = (right - left) / row.sample.eye_distance
    turn = np.array([[axis[0], -axis[1]], [axis[1], axis[0]]])
    return np.asarray((row.estimate - row.sample.points) @ turn / row.sample.eye_distance)


def _distances(rows: Sequence[LandmarkRow], estimates: Sequence[Array | None]) -> Array:
    """(N, 68) distances over the eye distance."""
    if not rows:
        return np.empty((0, 68))
    return np.stack(
        [
            np.linalg.norm(estimate - row.sample.points, axis=1) / row.sample.eye_distance
            for row, estimate in zip(rows, estimates, strict=True)
            if estimate is not None
        ]
    )


def _record(row: LandmarkRow) -> dict[str, object]:
    record: dict[str, object] = {"file": row.sample.path.name, "found": row.estimate is not None}
    if row.estimate is not None:
        distance = _distances([row], [row.estimate])[0]
        record |= {k: round(v, 4) for k, v in region_metrics(distance[None]).items()}
    return record


TASK = Task(
    name="landmarks",
    summary="the mesh against 68 labelled points (300-W mark-up)",
    folders=("vision/helen_afw_landmarks",),
    run=evaluate,
)
