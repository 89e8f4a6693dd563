"""Faces without pictures of people: a posed mesh from the mean face, and networks that see squares.

A "face" in a drawn picture is a grey square. The fake detector finds squares in its input, the fake
mesh network puts a mesh over the square nearest to the middle of its crop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.config import ImageQualityConfig
from affect_perception.core.network import FaceNetworks
from affect_perception.core.types import CameraIntrinsics
from affect_perception.core.vision.face_detector import (
    FULL_RANGE_GRIDS,
    FULL_RANGE_SIZE,
    SHORT_RANGE_GRIDS,
    SHORT_RANGE_SIZE,
    anchor_centres,
)
from affect_perception.core.vision.face_mesh import (
    LEFT_EYE_REGION,
    LEFT_IRIS,
    LIPS,
    RIGHT_EYE_REGION,
    RIGHT_IRIS,
)
from affect_perception.core.vision.face_shape import FACE_SHAPE
from affect_perception.core.vision.geometry import unit_direction

Array = npt.NDArray[np.float64]

NS = 1_000_000_000
CAMERA = CameraIntrinsics(640, 480, 600.0, 600.0, 319.5, 239.5)
# Head (x forward, y left, z up) in the optical frame of a camera that it faces.
FACING = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]])
GREY_FACE = 180
EYEBALL_DEPTH, PUPIL_RADIUS, HALF_PUPILS = 0.0095, 0.0104, 0.0315
_ORDER = ((33, 246, 161, 160, 159, 158, 157, 173, 133), (7, 163, 144, 145, 153, 154, 155))
_ORDER_LEFT = ((263, 466, 388, 387, 386, 385, 384, 398, 362), (249, 390, 373, 374, 380, 381, 382))


def head_rotation(yaw: float, pitch: float, roll: float = 0.0) -> Array:
    """Head to optical frame for direction angles as seen by a camera that the head faces at 0."""
    forward = np.array(unit_direction(yaw, pitch))
    left = np.array([-math.sin(yaw), math.cos(yaw), 0.0])
    up = np.cross(forward, left)
    c, s = math.cos(roll), math.sin(roll)
    return FACING @ np.column_stack([forward, c * left + s * up, c * up - s * left])


def head_points(
    lid_gap: float = 0.65,
    gaze: tuple[float, float] = (0.0, 0.0),
    mouth: float = 0.0,
    lid_line: float = 0.0,
) -> Array:
    """A face of 478 points in the head frame, m.

    Args:
        lid_gap: Distance of the lids over the iris diameter of 11.7 mm.
        gaze: Turn of both eyes in the head, yaw and pitch, rad.
        mouth: Inner lip distance, m.
        lid_line: Middle of the lids above the line of the eye corners, m.
    """
    points = _skull().copy()
    direction = np.array(unit_direction(*gaze))
    for side, order, iris in ((-1, _ORDER, RIGHT_IRIS), (1, _ORDER_LEFT, LEFT_IRIS)):
        _set_lids(points, order, 0.0117 * lid_gap, lid_line)
        centre = np.array([-EYEBALL_DEPTH, side * HALF_PUPILS, 0.0])
        pupil = centre + PUPIL_RADIUS * direction
        points[iris[0]] = pupil
        for index, (left, up) in zip(iris[1:], ((1, 0), (0, 1), (-1, 0), (0, -1)), strict=True):
            points[index] = pupil + 0.00585 * np.array([0.0, left, up])
    points[13, 2] = points[14, 2] + mouth
    return points


def _set_lids(points: Array, order: tuple[tuple[int, ...], ...], gap: float, line: float) -> None:
    outer, inner = points[order[0][0]], points[order[0][-1]]
    for lid, sign in ((order[0][1:-1], 0.5), (order[1], -0.5)):
        for position, index in enumerate(lid):
            share = (position + 1) / (len(lid) + 1)
            points[index] = outer + share * (inner - outer)
            # The three middle points of a lid carry the whole gap, as the estimator reads them.
            middle = abs(position - (len(lid) - 1) / 2) <= 1
            points[index, 2] += line + sign * gap * (1.0 if middle else 0.6)


@lru_cache(maxsize=1)
def _skull() -> Array:
    points = np.empty((478, 3))
    angle = np.arange(478) * 2.399963
    height = np.linspace(0.045, -0.10, 478)
    points[:, 1] = 0.06 * np.cos(angle)
    points[:, 2] = height
    points[:, 0] = -0.05 * np.abs(np.cos(angle))
    for index, x, y, z, _ in FACE_SHAPE:
        points[index] = (x * 1e-3, y * 1e-3, z * 1e-3)
    points[[61, 291]] = [[0.02, -0.025, -0.068], [0.02, 0.025, -0.068]]
    points[[13, 14]] = [0.025, 0.0, -0.068]
    return points


def project(
    points: Array, rotation: Array, translation: Array, camera: CameraIntrinsics = CAMERA
) -> npt.NDArray[np.float32]:
    """Landmarks in px as an ideal mesh network would give them: z in px, weak perspective."""
    placed = points @ rotation.T
    shown = placed + translation
    pixels = shown[:, :2] / shown[:, 2:] * [camera.fx, camera.fy] + [camera.cx, camera.cy]
    sight = translation / np.linalg.norm(translation)
    depth = placed @ sight * camera.fx / translation[2]
    return np.column_stack([pixels, depth]).astype(np.float32)


@lru_cache
def _stripes(shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    return np.asarray(np.indices(shape).sum(axis=0) // 6 % 2 == 0)


def squares(
    *faces: tuple[float, float, float], size: tuple[int, int] = (640, 480), grey: bool = False
) -> npt.NDArray[np.uint8]:
    """A picture with faces given as (centre x, centre y, side) in px."""
    image = np.full((size[1], size[0]), 80, np.uint8)
    for x, y, side in faces:
        half = side / 2.0
        cv2.rectangle(
            image,
            (round(x - half), round(y - half)),
            (round(x + half), round(y + half)),
            GREY_FACE,
            -1,
        )
    # Texture, so that the picture looks neither like a covered lens nor blurred.
    image[::7] += 20
    face = image >= GREY_FACE
    image[face & _stripes(image.shape)] += 50
    return image if grey else np.ascontiguousarray(np.repeat(image[:, :, None], 3, axis=2))


STILL = ImageQualityConfig(frozen=0.0)
"""For tests that show the same drawn picture for longer than a living camera would."""


def _find(image: npt.NDArray[np.uint8]) -> list[tuple[float, float, float]]:
    mask = (image[:, :, 1] > 120).astype(np.uint8)
    count, _, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return [
        (float(centres[i][0]), float(centres[i][1]), math.sqrt(stats[i, cv2.CC_STAT_AREA]))
        for i in range(1, count)
        if stats[i, cv2.CC_STAT_AREA] >= 9
    ]


@lru_cache
def _anchors(grids: tuple[tuple[int, int], ...], size: int) -> Array:
    return anchor_centres(grids) * size


@lru_cache
def _seen_head(lid_gap: float) -> Array:
    """The mean face as the mesh network sees it: x to the right, y down, z away, m."""
    head = head_points(lid_gap)
    return np.column_stack([head[:, 1], -head[:, 2], -head[:, 0]])


@dataclass
class SquareDetector:
    """Detector network that sees squares of at least `smallest` input px; counts its runs."""

    name: str
    size: int
    grids: tuple[tuple[int, int], ...]
    smallest: float
    runs: int = 0

    def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """Rows and logits as the real network gives them."""
        assert inputs[0].shape == (1, self.size, self.size, 3)
        assert inputs[0].dtype == np.uint8
        self.runs += 1
        anchors = _anchors(self.grids, self.size)
        rows = np.zeros((len(anchors), 16), np.float32)
        logits = np.full(len(anchors), -20.0, np.float32)
        for x, y, side in _find(inputs[0][0]):
            if side < self.smallest:
                continue
            best = int(((anchors - (x, y)) ** 2).sum(axis=1).argmin())
            dx, dy = (x, y) - anchors[best]
            eyes = [dx - side / 4, dy - side / 8, dx + side / 4, dy - side / 8]
            rows[best] = [dx, dy, side, side, *eyes, *([dx, dy] * 4)]
            logits[best] = 3.0
        return rows, logits


@dataclass
class SquareMesh:
    """Mesh network that lays the mean face over the square nearest to the middle of the crop."""

    name: str = "mesh"
    runs: int = 0
    lid_gap: float = 0.65

    def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """The seven outputs of the real network."""
        crop = inputs[0][0]
        assert crop.shape == (192, 192, 3)
        self.runs += 1
        found = [f for f in _find(crop) if math.hypot(f[0] - 96, f[1] - 96) < 60]
        x, y, side = min(found, key=lambda f: math.hypot(f[0] - 96, f[1] - 96), default=(96, 96, 1))
        scale = side / 0.15
        local = _seen_head(self.lid_gap) * scale
        local += np.array([x, y, 0.0]) - local.mean(axis=0) * [1.0, 1.0, 0.0]
        points = local.astype(np.float32)
        flag = np.array([8.0 if found and side > 20 else -8.0], np.float32)
        parts = (LIPS, RIGHT_EYE_REGION, LEFT_EYE_REGION, RIGHT_IRIS, LEFT_IRIS)
        return (points[:468], *(points[list(part), :2] for part in parts), flag)


def square_networks() -> FaceNetworks:
    """Fake networks: the short range sees squares from 20 of 128 px, the full range from 8."""
    return FaceNetworks(
        SquareDetector("short", SHORT_RANGE_SIZE, SHORT_RANGE_GRIDS, 20.0),
        SquareDetector("full", FULL_RANGE_SIZE, FULL_RANGE_GRIDS, 8.0),
        SquareMesh(),
    )


@dataclass
class FakeEyes:
    """Eye network that says the same of every patch; logits of closed and usable."""

    yaw: float = 0.0
    pitch: float = 0.0
    std: float = 0.05
    opening: float = 0.65
    opening_std: float = 0.1
    closed: float = -6.0
    usable: float = 6.0
    name: str = "eyes"
    runs: int = 0

    def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """Gaze (n, 4), lid (n, 2) and state (n, 2) as the real network gives them."""
        assert inputs[0].dtype == np.uint8
        assert inputs[0].shape[1:] == (1, 36, 60)
        self.runs += 1
        spread = math.log(self.std)
        rows = (
            [self.yaw, self.pitch, spread, spread],
            [self.opening, math.log(self.opening_std)],
            [self.closed, self.usable],
        )
        return tuple(np.tile(np.array(row, np.float32), (len(inputs[0]), 1)) for row in rows)
