"""Where the iris is in tiles with gaze labels, found from how it moves with the label.

A dark disc beside bright surroundings answers to a template; lashes and brows answer too, but stay
where they are while the iris travels with the gaze. For each person, camera and eye the one path of
the iris is sought that collects the strongest answers over all targets.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.types import ByteArray

Array = npt.NDArray[np.float64]

RADIUS = 8.0
# Share of the mean answer of a place that is taken off: what does not move is no iris.
STILL = 0.85
# Travel of the iris centre per unit of sin(angle), px: about 10.4 mm at 1.6 px/mm, less as seen
# from the side.
TRAVELS_ACROSS, TRAVELS_DOWN = (13.0, 15.5, 18.0), (9.0, 12.0, 15.0)
FIRST = (30.0, 17.0)


def iris_places(patches: ByteArray, gaze: Array, groups: npt.NDArray[np.int64]) -> Array:
    """Iris centres (n, 2) px of patches (n, 36, 60) with labels (n, 2) rad.

    Args:
        patches: Equalised patches.
        gaze: Yaw to the right, pitch up; any constant offset within a group does no harm.
        groups: (n,) number of the person, camera and eye together.
    """
    kernel = _template()
    answers = np.stack(
        [
            cv2.filter2D(p.astype(np.float32), -1, kernel, borderType=cv2.BORDER_REPLICATE)
            for p in patches
        ]
    )
    places = np.zeros((len(patches), 2))
    for group in np.unique(groups):
        rows = np.nonzero(groups == group)[0]
        places[rows] = _path(answers[rows] - STILL * answers[rows].mean(axis=0), gaze[rows])
    return places


def _template() -> npt.NDArray[np.float32]:
    half = int(1.8 * RADIUS)
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    r = np.hypot(x, y)
    disc = (r < 0.95 * RADIUS).astype(np.float32)
    beside = (r > 1.1 * RADIUS) & (r < 1.7 * RADIUS) & (np.abs(y) < 0.5 * RADIUS)
    return np.asarray(beside / beside.sum() - disc / disc.sum(), np.float32)


def _path(answers: npt.NDArray[np.float32], gaze: Array) -> Array:
    """The path (n, 2) through the answers (n, H, W) of one person, camera and eye."""
    height, width = answers.shape[1:]
    x0, y0 = np.meshgrid(np.arange(14, width - 14), np.arange(8, height - 9))
    prior = 0.02 * ((x0 - FIRST[0]) ** 2 / 4.0 + (y0 - FIRST[1]) ** 2)
    rows = np.arange(len(answers))
    best, path = -np.inf, np.zeros((len(answers), 2))
    for across in TRAVELS_ACROSS:
        for down in TRAVELS_DOWN:
            dx, dy = across * np.sin(gaze[:, 0]), -down * np.sin(gaze[:, 1])
            px = np.clip(np.rint(x0[..., None] + dx).astype(int), 0, width - 1)
            py = np.clip(np.rint(y0[..., None] + dy).astype(int), 0, height - 1)
            score = answers[rows, py, px].mean(axis=-1) - prior
            k = np.unravel_index(int(score.argmax()), score.shape)
            if score[k] > best:
                best = float(score[k])
                path = np.column_stack([x0[k] + dx, y0[k] + dy])
    return path
