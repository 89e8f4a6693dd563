"""What can hide parts of the face: glasses, sunglasses, a hand."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.types import RigidTransform
from affect_perception.sim import landmarks as lm
from affect_perception.sim.geometry import Camera
from affect_perception.sim.head_model import HeadModel

Array = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

LENS_HALF_M = (0.026, 0.020)
LENS_FORWARD_M = 0.027
_SHIFT = 4


def draw_eyewear(
    picture: Bytes,
    camera: Camera,
    pose: RigidTransform,
    model: HeadModel,
    kind: str,
    reflection: float,
) -> None:
    """Draws glasses or sunglasses, fixed to the head, into `picture` (RGB, in place)."""
    rims = [_rim(centre) for centre in model.eye_centres]
    projected = [camera.project(pose.apply(rim))[0] for rim in rims]
    if not all(np.isfinite(p).all() for p in projected):
        return
    mm_px = float(np.linalg.norm(projected[0][0] - projected[1][0])) / 63.0
    if mm_px <= 0.0:
        return
    for rim in projected:
        if kind == "sunglasses":
            _tint(picture, rim, np.array([22.0, 21.0, 24.0]), 0.93)
        _glare(picture, rim, reflection if kind == "glasses" else 0.4 * reflection)
    thickness = max(1, round(2.2 * mm_px))
    frame = (30, 26, 26)
    for rim in projected:
        _line(picture, rim, frame, thickness, closed=True)
    right, left = model.eye_centres
    nose = np.array(
        [right + (LENS_FORWARD_M, 0.021, 0.004), left + (LENS_FORWARD_M, -0.021, 0.004)]
    )
    _line(picture, camera.project(pose.apply(nose))[0], frame, thickness, closed=False)
    viewer = pose.inverse().apply(camera.position[None])[0]
    for side, ear in ((-1.0, lm.RIGHT_EAR), (1.0, lm.LEFT_EAR)):
        # A temple is seen only from its own side; the head hides the other one.
        if viewer[1] * side > -0.06:
            hinge = model.eye_centres[0 if side < 0 else 1] + (0.018, side * 0.028, 0.008)
            temple = np.array([hinge, model.vertices[ear] + (0.004, side * 0.004, 0.016)])
            _line(picture, camera.project(pose.apply(temple))[0], frame, thickness, closed=False)


def _rim(centre: Array) -> Array:
    """Outline (40, 3) of a lens in the head frame: a rounded rectangle (superellipse)."""
    angle = np.linspace(0.0, 2.0 * np.pi, 40, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    y = LENS_HALF_M[0] * np.sign(c) * np.abs(c) ** 0.6
    z = LENS_HALF_M[1] * np.sign(s) * np.abs(s) ** 0.6
    bow = -0.18 * y * np.sign(centre[1]) - 0.004 * (y / LENS_HALF_M[0]) ** 2
    return np.asarray(centre + np.column_stack([LENS_FORWARD_M + bow, y, z - 0.002]))


def _region(picture: Bytes, points: Array, margin: int) -> tuple[slice, slice] | None:
    height, width = picture.shape[:2]
    low = np.maximum(np.floor(points.min(axis=0)).astype(int) - margin, 0)
    high = np.minimum(np.ceil(points.max(axis=0)).astype(int) + margin + 1, (width, height))
    if (high <= low).any():
        return None
    return slice(low[1], high[1]), slice(low[0], high[0])


def _mix(picture: Bytes, points: Array, colour: Array, strength: float, soft: float = 0.0) -> None:
    """Mixes a colour (3,) into a polygon, with antialiased or softened edges."""
    region = _region(picture, points, 2 + int(3 * soft))
    if region is None or strength <= 0.0:
        return
    rows, columns = region
    view = picture[rows, columns]
    cover = np.zeros(view.shape[:2], np.uint8)
    local = np.round((points - (columns.start, rows.start)) * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(cover, [local], 255, cv2.LINE_AA, _SHIFT)
    if soft > 0.0:
        cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), soft), dtype=np.uint8)
    share = cover[..., None].astype(np.float32) * (strength / 255.0)
    view[:] = (view * (1.0 - share) + colour * share).astype(np.uint8)


def _tint(picture: Bytes, rim: Array, colour: Array, strength: float) -> None:
    _mix(picture, rim, colour, strength)


def _glare(picture: Bytes, rim: Array, strength: float) -> None:
    """A slanted bright band across the lens, as of a side window."""
    centre = rim.mean(axis=0)
    size = np.ptp(rim, axis=0)
    band = np.array([(-0.34, -0.42), (0.02, -0.42), (-0.14, 0.36), (-0.44, 0.30)]) * size + centre
    _mix(picture, band, np.array([235.0, 240.0, 245.0]), strength, float(size[0]) * 0.03)


def _line(
    picture: Bytes, points: Array, colour: tuple[int, ...], thickness: int, closed: bool
) -> None:
    fixed = np.round(points * (1 << _SHIFT)).astype(np.int32)
    cv2.polylines(picture, [fixed], closed, colour, thickness, cv2.LINE_AA, _SHIFT)


HAND_AT_M = {
    "mouth": (0.060, 0.0, -0.066),
    "right_eye": (0.050, -0.034, 0.000),
    "left_eye": (0.050, 0.034, 0.000),
    "eyes": (0.055, 0.0, 0.004),
}
"""Middle of the covering hand in the head frame."""


def draw_hand(
    picture: Bytes, camera: Camera, pose: RigidTransform, skin: Array, place: str, up: float
) -> None:
    """Draws a hand that covers part of the face, `up` of the way (0..1) from below the chin."""
    target = np.array(HAND_AT_M[place])
    origin = target + np.array([0.05, 0.04 * (1.0 if target[1] >= 0 else -1.0), -0.32])
    centre = origin + (target - origin) * up
    wide = 1.0 if place in ("mouth", "eyes") else 0.72
    flat = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    lean = 1.0 if target[1] >= 0.0 else -1.0

    def outline(points: Array) -> Array:
        """Metres in the plane of the hand (fingers to the person's right) to pixels."""
        p = centre + points[:, :1] * flat[0] * lean + points[:, 1:] * flat[1]
        return camera.project(pose.apply(p))[0]

    pixel = float(np.linalg.norm(np.diff(outline(np.array([[0.0, 0.0], [0.01, 0.0]])), axis=0)))
    soft = max(0.4, 0.05 * pixel)
    angle = np.linspace(0.0, 2.0 * np.pi, 32, endpoint=False)
    arm = np.array([(0.035, 0.01), (0.075, -0.02), (0.20, -0.32), (0.11, -0.34)]) * (wide, 1.0)
    _mix(picture, outline(arm), skin * 0.72, 1.0, soft)
    palm = np.column_stack([0.045 * np.cos(angle) + 0.022, 0.040 * np.sin(angle) - 0.006])
    _mix(picture, outline(palm * (wide, 1.0)), skin * 0.86, 1.0, soft)
    for index in range(4):
        z = 0.024 - 0.0165 * index
        reach = (0.066, 0.074, 0.071, 0.058)[index]
        finger = np.column_stack(
            [
                -reach * 0.5 + 0.01 + (reach * 0.5 + 0.012) * np.sign(np.cos(angle))
                * np.abs(np.cos(angle)) ** 0.4,
                z + 0.0085 * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** 0.7,
            ]
        )  # fmt: skip
        _mix(picture, outline(finger * (wide, 1.0)), skin * 0.70, 1.0, soft)
        inner = finger * (0.97, 1.0) - (0.0, z)
        _mix(
            picture, outline((inner * (1.0, 0.72) + (0.0, z)) * (wide, 1.0)), skin * 0.92, 1.0, soft
        )
