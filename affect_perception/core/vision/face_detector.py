"""Faces in a picture: decoding of the two single-shot detectors and what counts as one face.

The networks are the short- and full-range detectors of BlazeFace (Bazarevsky et al., "BlazeFace:
Sub-millisecond neural face detection on mobile GPUs", CVPR workshops 2019). Each output row belongs
to one anchor: a point of a regular grid. A row holds the box centre relative to the anchor, the box
size, and six keypoints relative to the anchor, all in input pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.network import Network
from affect_perception.core.types import ByteArray
from affect_perception.core.vision.picture import Letterbox, Rectangle

KEYPOINTS = 6
RIGHT_EYE, LEFT_EYE, NOSE_TIP, MOUTH, RIGHT_EAR, LEFT_EAR = range(KEYPOINTS)

SHORT_RANGE_SIZE = 128
FULL_RANGE_SIZE = 192
# (cells per side, anchors per cell). Short range: the layers of stride 8, 16, 16, 16 carry two
# anchors each, and layers of one stride share their cells: 2 at stride 8 and 6 at stride 16.
SHORT_RANGE_GRIDS = ((16, 2), (8, 6))
FULL_RANGE_GRIDS = ((48, 1),)

# Overlap from which two boxes are one face (published setting of the detector).
SAME_FACE_OVERLAP = 0.3
# The published graphs clip the raw score here before the sigmoid.
MAX_LOGIT = 100.0


@dataclass(frozen=True)
class FaceDetection:
    """One face.

    Attributes:
        box: (x, y, width, height) in picture px, from forehead to chin.
        keypoints: (6, 2) picture px: right eye, left eye (the person's own), nose tip, mouth
            centre, right ear, left ear.
        score: 0..1.
    """

    box: tuple[float, float, float, float]
    keypoints: npt.NDArray[np.float64]
    score: float

    @property
    def centre(self) -> tuple[float, float]:
        """Centre of the box, px."""
        x, y, width, height = self.box
        return x + width / 2.0, y + height / 2.0


def anchor_centres(grids: Sequence[tuple[int, int]]) -> npt.NDArray[np.float64]:
    """Anchor centres in 0..1, row by row: shape (anchors, 2) as (x, y)."""
    layers = []
    for cells, per_cell in grids:
        steps = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(steps, steps, indexing="ij")
        layers.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), per_cell, axis=0))
    return np.concatenate(layers)


def overlap(
    box: npt.NDArray[np.float64], boxes: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Intersection over union of one box with many; boxes are (x0, y0, x1, y1)."""
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.clip(high - low, 0.0, None), axis=1)
    area = float(np.prod(box[2:] - box[:2]))
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    union = area + areas - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0.0))


def merge_overlapping(
    rows: npt.NDArray[np.float64], scores: npt.NDArray[np.float64]
) -> list[tuple[npt.NDArray[np.float64], float]]:
    """Joins rows that show one face into their score-weighted mean.

    Averaging instead of keeping the best row steadies box and keypoints (Bazarevsky et al. 2019,
    section 3.4).

    Args:
        rows: (n, 4 + k) with the box corners (x0, y0, x1, y1) first.
        scores: (n,).

    Returns:
        Merged rows with the score of their best member, best first.
    """
    remaining = np.argsort(-scores, kind="stable")
    merged = []
    while remaining.size:
        best = remaining[0]
        near = overlap(rows[best, :4], rows[remaining, :4]) > SAME_FACE_OVERLAP
        near[0] = True
        group = remaining[near]
        weights = scores[group] / scores[group].sum()
        merged.append((weights @ rows[group], float(scores[best])))
        remaining = remaining[~near]
    return merged


class FaceDetector:
    """One detector network with its anchors.

    Args:
        network: Takes uint8 (1, size, size, 3); gives rows (anchors, 16) and logits (anchors,).
        size: Side of the input, px.
        grids: Anchor grids.
        threshold: Smallest score of a face, 0..1.
    """

    def __init__(
        self,
        network: Network,
        size: int,
        grids: Sequence[tuple[int, int]],
        threshold: float,
    ) -> None:
        self._network = network
        self._letterbox = Letterbox(size)
        self._anchors = anchor_centres(grids) * size
        self._min_logit = math.log(threshold / (1.0 - threshold))

    @classmethod
    def short_range(cls, network: Network, threshold: float) -> FaceDetector:
        """The 128 px detector, for faces higher than about a fifth of the region."""
        return cls(network, SHORT_RANGE_SIZE, SHORT_RANGE_GRIDS, threshold)

    @classmethod
    def full_range(cls, network: Network, threshold: float) -> FaceDetector:
        """The 192 px detector, for smaller faces."""
        return cls(network, FULL_RANGE_SIZE, FULL_RANGE_GRIDS, threshold)

    def detect(self, image: ByteArray, region: Rectangle) -> list[FaceDetection]:
        """All faces in a region of the picture, best first."""
        rows, logits = self._network.run(self._letterbox.fill(image, region))
        logits = logits.reshape(-1)
        candidates = np.flatnonzero(logits > self._min_logit)
        if candidates.size == 0:
            return []
        scores = 1.0 / (1.0 + np.exp(-np.minimum(logits[candidates].astype(np.float64), MAX_LOGIT)))
        decoded = self._decode(rows.reshape(len(self._anchors), -1)[candidates], candidates)
        return [self._detection(row, score) for row, score in merge_overlapping(decoded, scores)]

    def _decode(
        self, rows: npt.NDArray[np.float32], candidates: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.float64]:
        anchors = self._anchors[candidates]
        centres = rows[:, :2] + anchors
        half = rows[:, 2:4] / 2.0
        keypoints = rows[:, 4 : 4 + 2 * KEYPOINTS] + np.tile(anchors, KEYPOINTS)
        return np.concatenate([centres - half, centres + half, keypoints], axis=1)

    def _detection(self, row: npt.NDArray[np.float64], score: float) -> FaceDetection:
        points = self._letterbox.to_picture(row.reshape(-1, 2))
        (x0, y0), (x1, y1) = points[:2]
        return FaceDetection(
            (float(x0), float(y0), float(x1 - x0), float(y1 - y0)), points[2:], score
        )
