"""What the expression reader is given in tests: a mesh, a picture around it, probabilities."""

from __future__ import annotations

import cv2
import numpy as np

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.vision.expression_face import PLACES


def shares(**named: float) -> np.ndarray:
    values = np.full(8, (1.0 - sum(named.values())) / (8 - len(named)))
    for name, value in named.items():
        values[AFFECT_CLASSES.index(name)] = value
    return values


def mesh(scale: float = 2.0, shift: float = 60.0) -> np.ndarray:
    points = np.full((478, 3), shift + scale * 24.0)
    corners = ((33, 133), (362, 263), (61, 291))
    for (first, second), place in zip(corners, PLACES, strict=True):
        for index, offset in ((first, -4.0), (second, 4.0)):
            points[index, :2] = shift + scale * (place + (offset, 0.0))
    return points


def picture(cells: int = 60) -> np.ndarray:
    """Grey clouds; few cells make a picture without detail."""
    coarse = np.random.default_rng(0).integers(30, 220, (cells, cells)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (240, 240), interpolation=cv2.INTER_CUBIC), np.uint8)
