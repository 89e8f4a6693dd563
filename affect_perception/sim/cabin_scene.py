"""The drawn cabin behind the driver, and the driver's upper body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.sim.geometry import Camera

Array = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

NEAR_M = 0.08

_SKY, _FIELD = (206, 216, 226), (122, 134, 118)
_ROOF, _PILLAR, _DOOR = (150, 147, 142), (74, 72, 72), (62, 60, 60)
_SEAT, _BENCH, _FLOOR = (58, 58, 62), (50, 50, 54), (38, 36, 36)


@dataclass(frozen=True)
class Face3D:
    """A flat, convex, coloured piece of the cabin: corners (N, 3) in the cabin frame, m."""

    corners: Array
    colour: Colour


def draw_cabin(camera: Camera, driver_side: str) -> Bytes:
    """The empty cabin as the camera sees it: uint8 RGB. Slow; do it once per camera.

    Drawing-board dimensions of a mid-size car, mirrored for a driver on the right.
    """
    k = camera.intrinsics
    picture = np.full((k.height, k.width, 3), _FLOOR, np.uint8)
    flip = 1.0 if driver_side == "left" else -1.0
    distance = []
    faces = _faces(flip)
    for face in faces:
        distance.append(float(np.linalg.norm(face.corners.mean(axis=0) - camera.position)))
    for index in np.argsort(-np.array(distance), kind="stable"):
        _fill(picture, camera, faces[int(index)])
    scale = k.height / 480.0
    soft = cv2.GaussianBlur(picture, (0, 0), 2.6 * scale)
    return _with_texture(soft)


def _faces(flip: float) -> list[Face3D]:
    """All pieces; y is given for a driver on the left."""

    def box(x: tuple[float, float], y: tuple[float, float], z: tuple[float, float],
            colour: Colour) -> Face3D:  # fmt: skip
        """A rectangle: one of x, y, z must be a single value."""
        (x0, x1), (y0, y1), (z0, z1) = x, y, z
        if x0 == x1:
            corners = [(x0, y0, z0), (x0, y1, z0), (x0, y1, z1), (x0, y0, z1)]
        elif y0 == y1:
            corners = [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)]
        else:
            corners = [(x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0)]
        return Face3D(np.array(corners) * np.array([1.0, flip, 1.0]), colour)

    left, right, rear = 0.52, -1.22, -2.1
    faces = [
        box((rear, rear), (right, left), (-0.9, 0.08), _BENCH),
        box((rear, rear), (right + 0.2, left - 0.2), (0.08, 0.30), _SKY),
        box((rear, rear), (right + 0.2, left - 0.2), (0.02, 0.12), _FIELD),
        box((rear, rear), (right, left), (0.30, 0.48), _ROOF),
    ]
    for side in (left, right):
        faces += [
            box((rear, -0.30), (side, side), (-0.9, -0.14), _DOOR),
            box((-0.18, 0.60), (side, side), (-0.9, -0.14), _DOOR),
            box((-1.5, -0.34), (side, side), (-0.14, 0.30), _SKY),
            box((-1.5, -0.34), (side, side), (-0.14, -0.02), _FIELD),
            box((rear, -1.5), (side, side), (-0.14, 0.30), _PILLAR),
            box((-0.34, -0.18), (side, side), (-0.9, 0.30), _PILLAR),
            box((-0.18, 0.55), (side, side), (-0.14, 0.30), _SKY),
            box((-0.18, 0.55), (side, side), (-0.14, -0.03), _FIELD),
            box((rear, 0.6), (side, side), (0.30, 0.48), _PILLAR),
        ]
    faces.append(box((rear, 0.5), (right, left), (0.48, 0.48), _ROOF))
    faces += _seat(-1.25, -0.35, 1.5, -0.12, _BENCH, flip)
    faces += _seat(-0.32, -0.72, 0.50, -0.06, _SEAT, flip)
    faces += _seat(-0.26, 0.0, 0.52, -0.06, _SEAT, flip)
    return faces


def _seat(
    x: float, y: float, width: float, top: float, colour: Colour, flip: float
) -> list[Face3D]:
    """Backrest and headrest, rounded by cutting their corners."""
    half, neck = width / 2.0, width * 0.24
    back = [(-half, -0.9), (half, -0.9), (half, top - 0.1), (half * 0.75, top),
            (-half * 0.75, top), (-half, top - 0.1)]  # fmt: skip
    head = [(-neck, top + 0.05), (neck, top + 0.05), (neck * 1.1, top + 0.16),
            (neck * 0.8, top + 0.24), (-neck * 0.8, top + 0.24),
            (-neck * 1.1, top + 0.16)]  # fmt: skip
    shapes = []
    for shape in (back, head):
        corners = [(x, (y + dy) * flip, z) for dy, z in shape]
        shapes.append(Face3D(np.array(corners), colour))
    return shapes


def _fill(picture: Bytes, camera: Camera, face: Face3D) -> None:
    optical = _in_front(camera.optical_from_cabin.apply(face.corners))
    if len(optical) < 3:
        return
    k = camera.intrinsics
    pixels = optical[:, :2] / optical[:, 2:] * (k.fx, k.fy) + (k.cx, k.cy)
    points = np.round(np.clip(pixels, -2e4, 2e4) * 16).astype(np.int32)
    cv2.fillPoly(picture, [points], face.colour, cv2.LINE_AA, 4)


def _in_front(points: Array) -> Array:
    """Cuts off the part of a polygon (optical frame) nearer than NEAR_M (Sutherland-Hodgman)."""
    kept: list[Array] = []
    for a, b in zip(points, np.roll(points, -1, axis=0), strict=True):
        if a[2] >= NEAR_M:
            kept.append(a)
        if (a[2] >= NEAR_M) != (b[2] >= NEAR_M):
            kept.append(a + (b - a) * (NEAR_M - a[2]) / (b[2] - a[2]))
    return np.array(kept).reshape(-1, 3)


def _with_texture(picture: Bytes) -> Bytes:
    """Uneven light: darker towards the bottom, with faint large blotches (seeded, always equal)."""
    height, width = picture.shape[:2]
    rng = np.random.default_rng(11)
    blotch = cv2.resize(
        rng.normal(0.0, 1.0, (12, 16)).astype(np.float32),
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )
    fall = np.linspace(1.06, 0.82, height, dtype=np.float32)[:, None]
    lit = picture.astype(np.float32) * (fall * (1.0 + 0.03 * blotch))[..., None]
    return np.clip(lit, 0.0, 255.0).astype(np.uint8)


class Torso:
    """Shoulders, collar and seat belt: a flat cut-out behind the face, moved with the head.

    The drawn cut-out is kept per (rounded) place, which changes nothing but speed.
    """

    MM_PER_PX = 2.0
    LEFT_M, RIGHT_M, TOP_M, BOTTOM_M = 0.36, -0.36, -0.068, -0.76
    BEHIND_M = -0.11
    STEP_M = 0.0005

    def __init__(self, camera: Camera, cloth: Colour, belt_from: str) -> None:
        self._camera = camera
        self._image, self._alpha = _draw_torso(cloth, belt_from)
        self._kept: dict[tuple[int, ...], tuple[slice, slice, Bytes, Bytes]] = {}

    def draw(self, picture: Bytes, shift: Array) -> None:
        """Draws the body with the eyes' midpoint at `shift` (3), cabin frame, m."""
        key = tuple(int(v) for v in np.round(shift / self.STEP_M))
        if key not in self._kept:
            if len(self._kept) > 64:
                self._kept.clear()
            self._kept[key] = self._warp(np.array(key) * self.STEP_M)
        rows, columns, colour, alpha = self._kept[key]
        if colour.size == 0:
            return
        under = picture[rows, columns]
        cv2.copyTo(colour, (alpha > 254).astype(np.uint8), under)
        edge = (alpha > 0) & (alpha < 255)
        share = alpha[edge].astype(np.float32)[:, None] / 255.0
        below = under[edge].astype(np.float32)
        under[edge] = (below + (colour[edge] - below) * share).astype(np.uint8)

    def _warp(self, shift: Array) -> tuple[slice, slice, Bytes, Bytes]:
        """Projects the cut-out; returns the rows and columns it covers."""
        height, width = self._alpha.shape
        corners = np.array(
            [
                (self.BEHIND_M, y, z)
                for y, z in (
                    (self.RIGHT_M, self.TOP_M),
                    (self.LEFT_M, self.TOP_M),
                    (self.LEFT_M, self.BOTTOM_M),
                    (self.RIGHT_M, self.BOTTOM_M),
                )
            ]
        )
        pixels, depth = self._camera.project(corners + shift)
        k = self._camera.intrinsics
        low = np.clip(np.floor(pixels.min(axis=0)), 0, (k.width, k.height)).astype(int)
        high = np.clip(np.ceil(pixels.max(axis=0)) + 1, 0, (k.width, k.height)).astype(int)
        rows, columns = slice(low[1], high[1]), slice(low[0], high[0])
        size = (int(high[0] - low[0]), int(high[1] - low[1]))
        if depth.min() < NEAR_M or min(size) < 2:
            empty = np.zeros((0, 0), np.uint8)
            return slice(0), slice(0), empty, empty
        source = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
        matrix = cv2.getPerspectiveTransform(source, (pixels - low).astype(np.float32))
        colour = cv2.warpPerspective(self._image, matrix, size, flags=cv2.INTER_LINEAR)
        alpha = cv2.warpPerspective(self._alpha, matrix, size, flags=cv2.INTER_LINEAR)
        return rows, columns, np.asarray(colour, np.uint8), np.asarray(alpha, np.uint8)


def _draw_torso(cloth: Colour, belt_from: str) -> tuple[Bytes, Bytes]:
    """Colour and coverage of the cut-out; image right is the person's left."""
    mm = Torso.MM_PER_PX
    width = round((Torso.LEFT_M - Torso.RIGHT_M) * 1000 / mm)
    height = round((Torso.TOP_M - Torso.BOTTOM_M) * 1000 / mm)
    middle = width / 2.0

    def place(points: Sequence[tuple[float, float]]) -> npt.NDArray[np.int32]:
        """Millimetres (right of the middle, below the top) to pixels with 4 bits of fraction."""
        xy = np.array(points) / mm + (middle, 0.0)
        return np.round(xy * 16).astype(np.int32)

    half = [(54, 76), (75, 84), (115, 98), (165, 118), (198, 150), (216, 210), (228, 300),
            (240, 420), (250, 690)]  # fmt: skip
    outline = [(-x, y) for x, y in reversed(half)] + [(-30, 98), (0, 104), (30, 98)] + list(half)
    image = np.full((height, width, 3), cloth, np.uint8)
    alpha = np.zeros((height, width), np.uint8)
    cv2.fillPoly(alpha, [place(outline)], 255, cv2.LINE_AA, 4)
    x = (np.arange(width) - middle) * mm
    y = np.arange(height) * mm
    round_body = 1.08 - 0.42 * (np.abs(x) / 245.0) ** 2.2
    rng = np.random.default_rng(5)
    folds = cv2.resize(rng.normal(0, 1, (14, 9)).astype(np.float32), (width, height),
                       interpolation=cv2.INTER_CUBIC)  # fmt: skip
    shade = round_body[None, :] * (1.04 - 0.0004 * y[:, None]) * (1.0 + 0.05 * folds)
    weave = 1.0 + 0.02 * rng.standard_normal((height, width))
    lit = np.clip(image * (shade * weave)[..., None], 0, 255).astype(np.uint8)
    collar = [(-58, 74), (-32, 100), (0, 108), (32, 100), (58, 74), (54, 84), (30, 110),
              (0, 119), (-30, 110), (-54, 84)]  # fmt: skip
    dark = tuple(int(v * 0.72) for v in cloth)
    cv2.fillPoly(lit, [place(collar)], dark, cv2.LINE_AA, 4)
    if belt_from != "none":
        sign = 1.0 if belt_from == "left" else -1.0
        belt = [(sign * a, b) for a, b in [(150, 108), (178, 126), (-60, 690), (-110, 690)]]
        cv2.fillPoly(lit, [place(belt)], (44, 44, 46), cv2.LINE_AA, 4)
    return lit, alpha
