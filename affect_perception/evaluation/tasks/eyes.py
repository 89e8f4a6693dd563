"""Open and closed eyes on single pictures, and whether groups of people are served alike.

A single picture has no driver's own open eye to compare with, so this is the state before any
calibration, the hardest case; in a car the first seconds of open eyes are learnt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from affect_perception.core.enums import Reason
from affect_perception.evaluation import metrics
from affect_perception.evaluation.datasets.faces import FaceSample, read_faces
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools, read_picture


@dataclass(frozen=True)
class EyesRow:
    """One picture.

    Attributes:
        sample: The label.
        found: Whether a face was found.
        closed: Whether the eyes were taken as closed, or None if no eye could be judged.
        openness: Mean openness of the usable eyes, NaN without one.
    """

    sample: FaceSample
    found: bool
    closed: bool | None
    openness: float


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Runs the task; see the module."""
    samples = read_faces(request.data, request.split)
    rows = [observe(s, tools) for s in tools.track(samples, "eyes")]
    return Evaluation(
        task="eyes",
        data=str(request.data),
        split=request.split or "all",
        n=len(rows),
        subjects=None,
        metrics=score(rows),
        baselines={},
        model=tools.model,
        command=request.command,
        notes=[
            "Eyes count as closed when every eye that can be judged is below the threshold of the "
            "closed state; without a face or a usable eye nothing is said (judged_rate).",
            "worst_group_gap_*: largest minus smallest rate among the groups of one attribute. "
            "Groups are apparent values, partly set by an algorithm; they serve to compare "
            "services, not to describe people. Open eyes were not verified picture by picture.",
        ],
        rows=[
            {
                "file": r.sample.path.name,
                "found": int(r.found),
                "closed": "" if r.closed is None else int(r.closed),
                "openness": round(r.openness, 3),
                **r.sample.groups,
            }
            for r in rows
        ],
    )


def observe(sample: FaceSample, tools: Tools) -> EyesRow:
    """Runs the face path on one picture."""
    observation = tools.observe(read_picture(sample.path))
    eyes = [e for e in (observation.left_eye, observation.right_eye) if e.usable]
    known = [e.openness for e in eyes if math.isfinite(e.openness)]
    closed = Reason.EYES_CLOSED in observation.reasons if known else None
    openness = float(np.mean(known)) if known else math.nan
    return EyesRow(sample, observation.landmarks is not None, closed, openness)


def score(rows: Sequence[EyesRow]) -> dict[str, float]:
    """Rates of all, and of each group; see `evaluate`."""
    values = _rates(rows)
    shut = [r.closed for r in rows if r.sample.closed and r.closed is not None]
    if shut:
        values["recall_closed"] = metrics.share(shut)
    for attribute in sorted({a for r in rows for a in r.sample.groups}):
        names = sorted({r.sample.groups[attribute] for r in rows})
        groups = [[r for r in rows if r.sample.groups[attribute] == name] for name in names]
        rates = [_rates(group) for group in groups]
        for name, group, of_group in zip(names, groups, rates, strict=True):
            values |= {f"{k}_{attribute}_{name}": v for k, v in of_group.items()}
            values[f"n_{attribute}_{name}"] = len(group)
        for key in ("found_rate", "false_closed_rate"):
            known = [r[key] for r in rates if key in r and math.isfinite(r[key])]
            if known:
                values[f"worst_group_gap_{key}_{attribute}"] = max(known) - min(known)
    return values


def _rates(rows: Sequence[EyesRow]) -> dict[str, float]:
    values = {
        "found_rate": metrics.share([r.found for r in rows]),
        "judged_rate": metrics.share([r.closed is not None for r in rows]),
    }
    known = [r.openness for r in rows if math.isfinite(r.openness)]
    values["openness_median"] = float(np.median(known)) if known else math.nan
    judged = [r.closed for r in rows if r.closed is not None and not r.sample.closed]
    if judged:
        values["false_closed_rate"] = metrics.share(judged)
    return values


TASK = Task(
    name="eyes",
    summary="open and closed eyes on single pictures, by groups of people",
    folders=("vision/cew_closed_faces", "vision/utkface_adults"),
    run=evaluate,
)
