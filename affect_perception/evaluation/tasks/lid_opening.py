"""How far lids are open, against lid contours drawn by people (68-point mark-up)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from affect_perception.core.types import FaceObservation
from affect_perception.evaluation import metrics
from affect_perception.evaluation.datasets.landmarks68 import LandmarkSample, read_landmarks68
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Tools, read_picture, with_border

Array = npt.NDArray[np.float64]

# Points of the mark-up: outer to inner corner, then the two pairs of upper and lower lid. The eye
# on the image left is the person's right one.
_EYES = {"right": (36, 39, (37, 41), (38, 40)), "left": (42, 45, (43, 47), (44, 46))}


@dataclass(frozen=True)
class LidRow:
    """One eye: drawn opening over eye width, estimate and the landmarks' alone (NaN unknown)."""

    sample: LandmarkSample
    side: str
    truth: float
    openness: float
    lids_alone: float


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Runs the task; see the module."""
    samples = read_landmarks68(request.data, request.split)
    rows = [row for s in tools.track(samples, "eyes") for row in observe(s, tools)]
    return request.result(
        "eyes",
        n=len(rows),
        metrics=score(rows, [r.openness for r in rows]),
        baselines={"lid_gap_alone": score(rows, [r.lids_alone for r in rows])},
        model=tools.model,
        notes=[
            "corr_lid: correlation of the openness with the drawn lid distance over the drawn eye "
            "width. The width shrinks as a head turns and the estimate corrects for that, so 1 is "
            "out of reach. Lids drawn by many hands; the network was trained on part of them.",
        ],
        rows=[
            {
                "file": r.sample.path.name,
                "eye": r.side,
                "truth": round(r.truth, 4),
                "openness": round(r.openness, 4),
            }
            for r in rows
        ],
    )


def observe(sample: LandmarkSample, tools: Tools) -> list[LidRow]:
    """Both eyes of one picture."""
    image = with_border(read_picture(sample.path))
    seen = tools.observe(image)
    plain = tools.observe(image, replace(tools.networks, eyes=None))
    return [
        LidRow(sample, side, drawn_opening(sample.points, side), *_openness(side, seen, plain))
        for side in _EYES
    ]


def _openness(side: str, *observations: FaceObservation) -> tuple[float, float]:
    first, second = (getattr(o, f"{side}_eye").openness for o in observations)
    return float(first), float(second)


def drawn_opening(points: Array, side: str) -> float:
    """Mean distance of the lids over the distance of the corners (eye aspect ratio).

    Soukupova and Cech, "Real-time eye blink detection using facial landmarks", CVWW 2016.
    """
    a, b, *lids = _EYES[side]
    gap = np.mean([np.linalg.norm(points[u] - points[v]) for u, v in lids])
    return float(gap / max(float(np.linalg.norm(points[a] - points[b])), 1e-6))


def score(rows: Sequence[LidRow], estimates: Sequence[float]) -> dict[str, float]:
    """Correlation over all eyes that can be judged, and how many can."""
    truth = [r.truth for r in rows]
    values = {
        "corr_lid": metrics.correlation(estimates, truth),
        "judged_rate": metrics.share(np.isfinite(estimates)),
    }
    for part in sorted({r.sample.part for r in rows}):
        members = [i for i, r in enumerate(rows) if r.sample.part == part]
        values[f"corr_lid_{part}"] = metrics.correlation(
            [estimates[i] for i in members], [truth[i] for i in members]
        )
    return values
