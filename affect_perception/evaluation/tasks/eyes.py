"""Eyes: open or closed, how far, pupils, and what is told of eyes that cannot be seen.

What is measured depends on the folder: whole faces (closed ones, or adults in groups), crops of
single eyes, infrared crops with pupils, frames of a driver at night, faces with lid contours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from affect_perception.core.enums import Reason
from affect_perception.core.types import FaceObservation
from affect_perception.evaluation import metrics
from affect_perception.evaluation.datasets.eye_crops import is_eye_states
from affect_perception.evaluation.datasets.faces import FaceSample, read_faces
from affect_perception.evaluation.datasets.table import read_table
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tasks import eye_states, eyes_infrared, eyes_night, lid_opening
from affect_perception.evaluation.tools import Request, Task, Tools, read_picture, with_border


@dataclass(frozen=True)
class EyesRow:
    """One picture.

    Attributes:
        sample: The label.
        found: Whether a face was found.
        closed: Whether the eyes were taken as closed, or None if no eye could be judged.
        openness: Mean openness of the usable eyes, NaN without one.
        by_lids_alone: `closed` without the eye network, for the baseline.
    """

    sample: FaceSample
    found: bool
    closed: bool | None
    openness: float
    by_lids_alone: bool | None = None


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Runs the part of the task that fits the folder; see the module."""
    folder = request.data
    if is_eye_states(folder):
        return eye_states.evaluate(request, tools)
    if (folder / "landmarks68.csv").is_file():
        return lid_opening.evaluate(request, tools)
    columns = _columns(folder)
    if "pupil_cx" in columns:
        return eyes_infrared.evaluate(request, tools)
    if "source_frame" in columns:
        return eyes_night.evaluate(request, tools)
    return evaluate_faces(request, tools)


def _columns(folder: Path) -> tuple[str, ...]:
    table = folder / "labels.csv"
    return read_table(table).columns if table.is_file() else ()


def evaluate_faces(request: Request, tools: Tools) -> Evaluation:
    """Whole faces, one picture each, through the face path."""
    samples = read_faces(request.data, request.split)
    rows = [observe(s, tools) for s in tools.track(samples, "eyes")]
    return request.result(
        "eyes",
        n=len(rows),
        metrics=score(rows),
        baselines={
            "lid_gap_alone": _closed_rates([replace(r, closed=r.by_lids_alone) for r in rows])
        },
        model=tools.model,
        notes=[
            "Single pictures, so this is the state before any calibration, the hardest case. Each "
            "is put in a black border, since the sets cut faces closer than a camera in a car.",
            "Eyes count as closed when every eye that can be judged is; recall_closed is of all "
            "pictures, so that faces not found and eyes not judged count as missed; "
            "recall_closed_judged of those judged. false_closed_rate is of the judged pictures.",
            "Open eyes were not verified picture by picture. Groups of people are compared by the "
            "task fairness.",
            "lid_gap_alone: the landmarks without the eye network.",
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
    """Runs the face path on one picture, with the eye network and without."""
    image = with_border(read_picture(sample.path))
    observation = tools.observe(image)
    known = [e.openness for e in (observation.left_eye, observation.right_eye) if e.usable]
    openness = float(np.mean(known)) if known else math.nan
    plain = tools.observe(image, replace(tools.networks, eyes=None))
    found = observation.landmarks is not None
    return EyesRow(sample, found, judge(observation), openness, judge(plain))


def judge(observation: FaceObservation) -> bool | None:
    """Whether the path says that the eyes are closed; None if it can judge no eye."""
    if not any(e.usable for e in (observation.left_eye, observation.right_eye)):
        return None
    return Reason.EYES_CLOSED in observation.reasons


def score(rows: Sequence[EyesRow]) -> dict[str, float]:
    """Rates; groups of people are compared by the task `fairness`."""
    values = {
        "found_rate": metrics.share([r.found for r in rows]),
        "judged_rate": metrics.share([r.closed is not None for r in rows]),
    }
    known = [r.openness for r in rows if math.isfinite(r.openness)]
    values["openness_median"] = float(np.median(known)) if known else math.nan
    return values | _closed_rates(rows)


def _closed_rates(rows: Sequence[EyesRow]) -> dict[str, float]:
    """Recall of closed eyes and rate of false ones, as far as there are such pictures."""
    values = {}
    shut = [r.closed for r in rows if r.sample.closed]
    if shut:
        values["recall_closed"] = metrics.share([bool(c) for c in shut])
        values["recall_closed_judged"] = metrics.share([c for c in shut if c is not None])
    judged = [r.closed for r in rows if r.closed is not None and not r.sample.closed]
    if judged:
        values["false_closed_rate"] = metrics.share(judged)
    return values


TASK = Task(
    name="eyes",
    summary="open and closed eyes, lid opening, pupils in infrared, eyes that cannot be seen",
    folders=(
        "vision/eyes_open_closed",
        "vision/cew_closed_faces",
        "vision/utkface_adults",
        "vision/helen_afw_landmarks",
        "vision/inp_ir_eyes",
        "vision/ir_night_driver_frames",
    ),
    run=evaluate,
)
