"""Near infrared eyes at the size a cabin camera sees: never "closed", and where the pupil is.

The pictures are finer than any cabin camera's and centred on the pupil. So a window of three
quarters of the picture is taken at random, which moves the pupil by up to an eighth of the width,
and scaled to 24 to 60 px.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from affect_perception.core.types import ByteArray
from affect_perception.core.vision.eye_network import EyeNetwork
from affect_perception.core.vision.eye_patch import patch_of_crop
from affect_perception.evaluation import metrics
from affect_perception.evaluation.datasets.eye_crops import InfraredEye, read_infrared_eyes
from affect_perception.evaluation.eyes.pupil import find_pupil
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tasks.eye_states import eye_network
from affect_perception.evaluation.tools import Request, Tools, read_picture

WINDOW = 0.75
SIDES = (24, 60)
SEED = 7
WINDOWS_PER_PICTURE = 3
# Width of the iris over that of the window where it is not marked: the mean of those that are.
IRIS_SHARE = 0.82
# A pupil counts as found when its centre is wrong by less than this share of the iris diameter.
FOUND_WITHIN = 0.1
CLOSED_FROM = 0.5

Place = tuple[float, float]


@dataclass(frozen=True)
class Window:
    """A scaled window: grey picture, true pupil and iris diameter, px."""

    sample: InfraredEye
    grey: ByteArray
    pupil: Place
    iris: float


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Runs the task; see the module."""
    samples = read_infrared_eyes(request.data, request.split)
    rng = np.random.default_rng(SEED)
    windows = [window_of(s, rng) for s in samples for _ in range(WINDOWS_PER_PICTURE)]
    network = eye_network(tools)
    shut = [closed_probability(w.grey, network) for w in tools.track(windows, "eyes")]
    closed = np.array(shut) >= CLOSED_FROM
    places = {name: [find(w.grey) for w in windows] for name, find in METHODS.items()}
    values = {
        "false_closed_rate": metrics.share(closed),
        "closed_probability_median": float(np.median(shut)),
        **pupil_errors(windows, places.pop("pupil")),
    }
    for subject in sorted({s.subject for s in samples}):
        flags = [c for c, w in zip(closed, windows, strict=True) if w.sample.subject == subject]
        values[f"false_closed_rate_{subject}"] = metrics.share(flags)
    return request.result(
        "eyes",
        n=len(windows),
        subjects=len({s.subject for s in samples}),
        metrics=values,
        baselines={name: pupil_errors(windows, found) for name, found in places.items()},
        model=tools.model,
        notes=[
            f"{WINDOWS_PER_PICTURE} windows per picture, seed {SEED}. pupil_error_*: distance of "
            "the centres in px of the window, and over the iris diameter (11.7 mm); "
            f"pupil_found_rate: within {FOUND_WITHIN} iris diameters. Every eye is open, a few "
            "half.",
            "The eye fills these pictures, from about corner to corner; a cabin camera's patch "
            "shows more around it. No network was trained on them.",
        ],
        rows=[
            {"file": w.sample.path.name, "side_px": w.grey.shape[1], "closed": round(c, 4)}
            for w, c in zip(windows, shut, strict=True)
        ],
    )


def window_of(sample: InfraredEye, rng: np.random.Generator) -> Window:
    """A random window of a picture at a random cabin size."""
    image = read_picture(sample.path)
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    side = round(WINDOW * min(height, width))
    x0, y0 = int(rng.integers(0, width - side + 1)), int(rng.integers(0, height - side + 1))
    size = int(rng.integers(SIDES[0], SIDES[1] + 1))
    part = np.ascontiguousarray(grey[y0 : y0 + side, x0 : x0 + side])
    small = np.asarray(cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
    scale = size / side
    x, y = ((p - low + 0.5) * scale - 0.5 for p, low in zip(sample.pupil, (x0, y0), strict=True))
    iris = IRIS_SHARE * size if sample.iris_diameter is None else sample.iris_diameter * scale
    return Window(sample, small, (x, y), iris)


def closed_probability(grey: ByteArray, network: EyeNetwork) -> float:
    """What the eye network says of a bare crop."""
    return network.read([patch_of_crop(grey)])[0].closed


def pupil_errors(windows: Sequence[Window], places: Sequence[Place | None]) -> dict[str, float]:
    """Errors of the pupil centre; a pupil that was not found counts in `pupil_found_rate` only."""
    pairs = list(zip(windows, places, strict=True))
    errors = [math.nan if p is None else math.dist(p, w.pupil) for w, p in pairs]
    pixels = np.array(errors)
    shares = pixels / np.array([w.iris for w in windows])
    known = np.isfinite(pixels)
    return {
        "pupil_error_px": metrics.mean_absolute(pixels[known]),
        "pupil_error_px_median": float(np.median(pixels[known])) if known.any() else math.nan,
        "pupil_error_over_iris": metrics.mean_absolute(shares[known]),
        "pupil_found_rate": metrics.share(known & (shares < FOUND_WITHIN)),
    }


def _by_contrast(grey: ByteArray) -> Place | None:
    pupil = find_pupil(grey, IRIS_SHARE * grey.shape[1])
    return None if pupil is None else (pupil.x, pupil.y)


def _middle(grey: ByteArray) -> Place:
    return (grey.shape[1] - 1) / 2.0, (grey.shape[0] - 1) / 2.0


def _dark_blob(grey: ByteArray) -> Place | None:
    """Middle of the largest connected part of the darkest twentieth."""
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    dark = (smooth <= np.percentile(smooth, 5)).astype(np.uint8)
    _, _, stats, centres = cv2.connectedComponentsWithStats(dark)
    if len(stats) < 2:
        return None
    x, y = centres[1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))]
    return float(x), float(y)


METHODS: dict[str, Callable[[ByteArray], Place | None]] = {
    "pupil": _by_contrast,
    "always_middle": _middle,
    "darkest_blob": _dark_blob,
}
