"""The face path on adults in apparent groups: found, taken for closed-eyed, landmarks.

There are no landmark labels, so the quality of the landmarks is taken from two things that need
none: how far the face found in the mirrored picture differs from the face found in the picture
itself (a good one is the same), and how well the rigid face fits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.types import ByteArray, FaceObservation
from affect_perception.core.vision.ibug68 import to_ibug68
from affect_perception.evaluation import group_gaps, metrics
from affect_perception.evaluation.datasets.faces import FaceSample, read_faces
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tasks.eyes import judge
from affect_perception.evaluation.tools import Request, Task, Tools, read_picture, with_border

Array = npt.NDArray[np.float64]
NAN = math.nan
CELLS = "cell"

# Which of the 68 points becomes which in a mirror (order of 300-W: jaw, brows, nose, eyes, lips).
MIRRORED_68 = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
    *(64, 63, 62, 61, 60, 67, 66, 65),
)
_INNER = slice(17, 68)
_OUTER_EYE_CORNERS = (36, 45)


@dataclass(frozen=True)
class FairnessRow:
    """One picture.

    Attributes:
        sample: The label.
        found: Whether a face was found.
        closed: 1 if the eyes were taken as closed, 0 if not, NaN if no eye could be judged.
        mirror_difference: Mean distance of the 51 inner points from those of the mirrored picture
            over the distance of the outer eye corners; NaN without both faces.
        fit_error: Error of the rigid face fit over the eye distance; NaN without a head pose.
    """

    sample: FaceSample
    found: bool
    closed: float = NAN
    mirror_difference: float = NAN
    fit_error: float = NAN


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Runs the task; see the module.

    Raises:
        InputError: If the folder holds no pictures with group labels.
    """
    samples = read_faces(request.data, request.split)
    if not any(s.groups for s in samples):
        raise InputError(f"{request.data}: fairness needs labels.csv with age, gender and race")
    rows = [observe(s, tools) for s in tools.track(samples, "fairness")]
    values, baselines = score(rows)
    return request.result(
        "fairness",
        n=len(rows),
        metrics=values,
        baselines=baselines,
        model=tools.model,
        notes=[
            "Groups are apparent values, partly set by an algorithm, of people who were not "
            "asked: they serve to compare how well groups are served, not to describe anybody. "
            "Small gaps say nothing about groups, lights and cameras that the set does not hold.",
            "false_closed: open eyes taken for closed, of the pictures in which an eye could be "
            "judged (judged). The set has no label of the eyes: a few are truly closed or "
            "nearly so, more of them in some groups than in others.",
            "landmarks (mirror_difference): mean distance between the 51 inner points found in a "
            "picture and in its mirror image, over the distance of the outer eye corners. There "
            "are no landmark labels; an error that is the same in the mirror does not show. "
            "fit_error: residual of the rigid face over the eye distance; it holds expression too.",
            f"worst_group_gap_*: largest minus smallest mean among the groups of one attribute "
            f"(age, gender, race) with at least {group_gaps.SMALLEST_GROUP} pictures, the worst "
            "of the three; *_cells: among race x gender x age. shuffled_labels: what the same "
            "pictures give with the labels shuffled, mean of 1000 shuffles; *_p95: 95 % of them "
            "stay below; *_share_larger: share of shuffles with at least the gap measured.",
            "Intervals are 95 %: Wilson for shares, bootstrap over pictures for landmarks.",
        ],
        rows=[_record(r) for r in rows],
    )


def observe(sample: FaceSample, tools: Tools) -> FairnessRow:
    """Runs the face path on one picture and on its mirror image."""
    image = with_border(read_picture(sample.path))
    seen = tools.observe(image)
    if seen.landmarks is None:
        return FairnessRow(sample, False)
    mirrored: ByteArray = np.ascontiguousarray(image[:, ::-1])
    closed = judge(seen)
    return FairnessRow(
        sample,
        True,
        NAN if closed is None else float(closed),
        mirror_difference(seen, tools.observe(mirrored)),
        seen.head.reprojection_error if seen.head is not None else NAN,
    )


def mirror_difference(seen: FaceObservation, in_mirror: FaceObservation) -> float:
    """Mean distance of the inner points over the eye distance; see `FairnessRow`."""
    if seen.landmarks is None or in_mirror.landmarks is None:
        return NAN
    points = to_ibug68(seen.landmarks)
    other = to_ibug68(in_mirror.landmarks)[list(MIRRORED_68)]
    other[:, 0] = in_mirror.image_size[0] - 1 - other[:, 0]
    a, b = (points[i] for i in _OUTER_EYE_CORNERS)
    return metrics.normalised_mean_error(
        other[_INNER], points[_INNER], max(float(np.linalg.norm(a - b)), 1e-6)
    )


# Name of a measure in the gaps, and its value in a picture.
MEASURES: dict[str, Callable[[FairnessRow], float]] = {
    "detection": lambda r: float(r.found),
    "false_closed": lambda r: r.closed,
    "landmarks": lambda r: r.mirror_difference,
}


def score(rows: Sequence[FairnessRow]) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Figures of all, gaps, figures of each group; and the gaps of shuffled labels."""
    attributes = _attributes(rows)
    cells = {CELLS: attributes.pop(CELLS)}
    values = _of_group(rows)
    chance: dict[str, float] = {}
    for name, of in MEASURES.items():
        data = [of(r) for r in rows]
        for key, among in ((name, attributes), (f"{name}_cells", cells)):
            metric = f"worst_group_gap_{key}"
            values[metric] = group_gaps.worst_gap(data, among)
            chance |= _chance(metric, values[metric], group_gaps.shuffled_gaps(data, among))
    for attribute, groups in attributes.items():
        for name, of in MEASURES.items():
            values[f"group_gap_{name}_{attribute}"] = group_gaps.gap([of(r) for r in rows], groups)
    for attribute, groups in {**attributes, **cells}.items():
        for group in sorted(set(groups)):
            members = [r for r, g in zip(rows, groups, strict=True) if g == group]
            values |= {f"{k}_{attribute}_{group}": v for k, v in _of_group(members).items()}
    return values, {"shuffled_labels": chance}


def _attributes(rows: Sequence[FairnessRow]) -> dict[str, list[str]]:
    names = sorted({name for r in rows for name in r.sample.groups})
    found = {name: [r.sample.groups[name] for r in rows] for name in names}
    found[CELLS] = ["_".join(r.sample.groups[name] for name in reversed(names)) for r in rows]
    return found


def _chance(metric: str, measured: float, gaps: Array) -> dict[str, float]:
    known = gaps[np.isfinite(gaps)]
    if not known.size or not math.isfinite(measured):
        return {metric: NAN}
    return {
        metric: float(known.mean()),
        f"{metric}_p95": float(np.percentile(known, 95.0)),
        f"{metric}_share_larger": float(np.mean(known >= measured - 1e-12)),
    }


def _of_group(rows: Sequence[FairnessRow]) -> dict[str, float]:
    found = [r.found for r in rows]
    closed = [r.closed for r in rows if math.isfinite(r.closed)]
    mirror = [r.mirror_difference for r in rows if math.isfinite(r.mirror_difference)]
    fits = [r.fit_error for r in rows if math.isfinite(r.fit_error)]
    values = {"n": float(len(rows)), **_share("detection", found)}
    values["judged"] = len(closed) / len(rows) if rows else NAN
    values |= _share("false_closed", closed)
    values["landmarks"] = metrics.mean_absolute(mirror)
    # A picture is a group of its own here: the set does not say which show the same person.
    low, high = metrics.bootstrap_interval(mirror, [f"{i:06d}" for i in range(len(mirror))])
    values |= {"landmarks_ci95_low": low, "landmarks_ci95_high": high}
    values["fit_error"] = metrics.mean_absolute(fits)
    return values


def _share(name: str, flags: Sequence[float | bool]) -> dict[str, float]:
    hits = int(sum(flags))
    low, high = group_gaps.wilson_interval(hits, len(flags))
    rate = hits / len(flags) if flags else NAN
    return {name: rate, f"{name}_ci95_low": low, f"{name}_ci95_high": high}


def _record(row: FairnessRow) -> dict[str, object]:
    return {
        "file": row.sample.path.name,
        **row.sample.groups,
        "found": int(row.found),
        "closed": "" if math.isnan(row.closed) else int(row.closed),
        "mirror_difference": round(row.mirror_difference, 5),
        "fit_error": round(row.fit_error, 5),
    }


TASK = Task(
    name="fairness",
    summary="faces found, open eyes taken for closed and landmarks, by apparent group",
    folders=("vision/utkface_adults",),
    run=evaluate,
)
