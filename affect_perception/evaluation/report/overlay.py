"""Draws what the pipeline saw onto the picture: mesh, head axes, gaze, zone, bars.

For debugging and demonstrations only: the result is a picture of the driver, so nobody gets it
unless the user asks for it (parameter `overlay`).
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import AlertLevel, Availability, GazeSource, TriState
from affect_perception.core.types import (
    AttentionState,
    CameraFrame,
    FaceObservation,
)
from affect_perception.core.vision.face_mesh import LIPS
from affect_perception.sim.landmarks import FACE_OVAL, LEFT_EYE, RIGHT_EYE

Picture = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

WHITE, SOFT, DARK = (244, 246, 248), (168, 178, 186), (18, 22, 26)
MESH, CONTOUR, IRIS = (120, 200, 190), (150, 235, 220), (255, 214, 64)
GAZE = (255, 196, 0)
AXES: tuple[Colour, Colour, Colour] = ((235, 80, 70), (90, 200, 90), (80, 140, 255))
LEVELS: dict[AlertLevel, Colour] = {
    AlertLevel.UNKNOWN: (140, 148, 156),
    AlertLevel.NONE: (80, 200, 140),
    AlertLevel.INFO: (120, 160, 210),
    AlertLevel.WARNING: (250, 180, 40),
    AlertLevel.CRITICAL: (255, 80, 60),
}

_REFERENCE_HEIGHT = 480.0
_LOWER_LIP, _UPPER_LIP = LIPS[:11], (LIPS[0], *LIPS[11:20], LIPS[10])


def draw_overlay(frame: CameraFrame, state: AttentionState) -> Picture:
    """Draws a state onto the picture it came from.

    Args:
        frame: The picture.
        state: The state with the same stamp.

    Returns:
        A new RGB picture of the same size, uint8 (H, W, 3).
    """
    image = frame.image
    canvas = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB) if image.ndim == 2 else image.copy()
    scale = max(frame.height / _REFERENCE_HEIGHT, 0.5)
    if state.face.landmarks is not None:
        _draw_mesh(canvas, state.face.landmarks, scale)
    if state.face.head is not None:
        _draw_axes(canvas, state.face, scale)
        _draw_gaze(canvas, state.face, scale)
    _draw_box(canvas, state, scale)
    _draw_panel(canvas, state, scale)
    _draw_banner(canvas, state, scale)
    return np.asarray(canvas, dtype=np.uint8)


def _draw_mesh(canvas: Picture, landmarks: npt.NDArray[np.float32], scale: float) -> None:
    points = landmarks[:, :2]
    dots = canvas.copy()
    for x, y in points[:468]:
        cv2.circle(dots, _px(x, y), max(1, round(0.7 * scale)), MESH, -1, cv2.LINE_AA)
    cv2.addWeighted(dots, 0.55, canvas, 0.45, 0.0, dst=canvas)
    closed = ((FACE_OVAL, True), (LEFT_EYE.contour, True), (RIGHT_EYE.contour, True))
    for indices, is_closed in (*closed, (_LOWER_LIP, False), (_UPPER_LIP, False)):
        line = np.rint(points[list(indices)] * 16).astype(np.int32)
        thickness = max(1, round(scale))
        cv2.polylines(canvas, [line], is_closed, CONTOUR, thickness, cv2.LINE_AA, shift=4)
    for eye in (LEFT_EYE, RIGHT_EYE):
        rim = points[list(eye.iris)]
        radius = float(np.linalg.norm(rim[1:] - rim[0], axis=1).mean())
        centre, thickness = _fine(*rim[0]), max(1, round(scale))
        cv2.circle(canvas, centre, round(radius * 16), IRIS, thickness, cv2.LINE_AA, shift=4)


def _draw_axes(canvas: Picture, face: FaceObservation, scale: float) -> None:
    """Head axes (x forward red, y left green, z up blue), drawn as a camera far away sees them."""
    assert face.head is not None
    origin = _eye_midpoint(face)
    length = 0.36 * face.box[2]
    if not np.isfinite([*origin, length]).all():
        return
    for axis, colour in sorted(
        zip(face.head.in_camera.rotation.T, AXES, strict=True), key=lambda pair: -pair[0][2]
    ):
        tip = origin + length * axis[:2]
        _arrow(canvas, origin, tip, colour, max(2, round(2 * scale)))


def _draw_gaze(canvas: Picture, face: FaceObservation, scale: float) -> None:
    assert face.head is not None
    if face.gaze is None:
        return
    camera_from_cabin = face.head.in_camera.rotation @ face.head.in_cabin.rotation.T
    direction = camera_from_cabin @ np.asarray(face.gaze.direction)
    length = 0.75 * face.box[2]
    if not np.isfinite([*direction, length]).all():
        return
    from_eyes = face.gaze.source is GazeSource.EYES
    colour = GAZE if from_eyes else SOFT
    for eye in (face.left_eye, face.right_eye):
        if eye.usable and np.isfinite(eye.iris_px).all():
            start = np.asarray(eye.iris_px)
            _arrow(canvas, start, start + length * direction[:2], colour, max(1, round(2 * scale)))
    if not (face.left_eye.usable or face.right_eye.usable):
        start = _eye_midpoint(face)
        _arrow(canvas, start, start + length * direction[:2], colour, max(1, round(2 * scale)))


def _draw_box(canvas: Picture, state: AttentionState, scale: float) -> None:
    """Corners only: a full frame would hide the outline of the face."""
    x, y, width, height = state.face.box
    if not all(map(math.isfinite, state.face.box)):
        return
    colour, arm = LEVELS[state.alert_level], 0.14 * min(width, height)
    for cx, cy, dx, dy in (
        (x, y, 1, 1),
        (x + width, y, -1, 1),
        (x, y + height, 1, -1),
        (x + width, y + height, -1, -1),
    ):
        for ex, ey in ((cx + dx * arm, cy), (cx, cy + dy * arm)):
            thickness = max(2, round(2 * scale))
            cv2.line(canvas, _px(cx, cy), _px(ex, ey), colour, thickness, cv2.LINE_AA)


def _draw_panel(canvas: Picture, state: AttentionState, scale: float) -> None:
    """Numbers and bars at the bottom left."""
    line, pad = round(17 * scale), round(9 * scale)
    width, height = round(196 * scale), 7 * line + 2 * pad
    left, top = pad, canvas.shape[0] - height - pad
    _shade(canvas, left, top, width, height)
    x, bar_x = left + pad, left + round(74 * scale)
    bar_width = width - (bar_x - left) - pad - round(34 * scale)
    head, gaze = state.face.head, state.face.gaze
    texts = (
        ("head", _angles(head.yaw, head.pitch) if head and math.isfinite(head.yaw) else "unknown"),
        ("gaze", _angles(gaze.yaw, gaze.pitch) if gaze and math.isfinite(gaze.yaw) else "unknown"),
        ("zone", _zone(state)),
    )
    for row, (name, words) in enumerate(texts):
        y = top + pad + (row + 1) * line - round(5 * scale)
        _text(canvas, name, (x, y), SOFT, scale)
        _text(canvas, words, (bar_x, y), WHITE, scale)
    bars = (
        ("left eye", state.left_eye_openness, 1.0, ""),
        ("right eye", state.right_eye_openness, 1.0, ""),
        ("buffer", state.attention_buffer, 2.0, " s"),
        ("off road", state.off_road_duration, 4.0, " s"),
    )
    for row, (name, value, full, unit) in enumerate(bars, start=len(texts)):
        y = top + pad + (row + 1) * line - round(5 * scale)
        _text(canvas, name, (x, y), SOFT, scale)
        colour = LEVELS[AlertLevel.WARNING] if name == "off road" else LEVELS[AlertLevel.NONE]
        _bar(canvas, (bar_x, y), bar_width, value / full, colour, scale)
        text = f"{value:.1f}{unit}" if math.isfinite(value) else "-"
        _text(canvas, text, (bar_x + bar_width + round(6 * scale), y), WHITE, scale)


def _draw_banner(canvas: Picture, state: AttentionState, scale: float) -> None:
    """Alert level, or why nothing can be said, at the top left."""
    level = state.alert_level
    reasons = ", ".join(r.value.replace("_", " ") for r in state.alert_reasons)
    text = level.name.lower() if level > AlertLevel.NONE else "attentive"
    if level <= AlertLevel.NONE and state.eyes_on_road is not TriState.YES:
        text = "eyes off road" if state.eyes_on_road is TriState.NO else "no statement"
    if reasons:
        text += f": {reasons}"
    if state.availability is not Availability.AVAILABLE and state.degradation_reasons:
        why = ", ".join(r.value.replace("_", " ") for r in state.degradation_reasons[:2])
        text += f"  ({why})"
    pad, size = round(9 * scale), 0.5 * scale
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    _shade(canvas, pad, pad, width + 4 * pad, height + 2 * pad)
    centre = (pad + round(1.4 * pad), pad + pad + height // 2)
    cv2.circle(canvas, centre, round(5 * scale), LEVELS[level], -1, cv2.LINE_AA)
    _text(canvas, text, (3 * pad + round(0.6 * pad), 2 * pad + height), WHITE, scale, size)


def _zone(state: AttentionState) -> str:
    zone = state.face.zone
    if not math.isfinite(zone.probability):
        return "unknown"
    return f"{zone.name.replace('_', ' ')} {zone.probability:.2f}"


def _angles(yaw: float, pitch: float) -> str:
    return f"{round(math.degrees(yaw)):+d} / {round(math.degrees(pitch)):+d} deg"


def _eye_midpoint(face: FaceObservation) -> npt.NDArray[np.float64]:
    if face.landmarks is None:
        x, y, width, height = face.box
        return np.array([x + width / 2, y + 0.4 * height])
    corners = face.landmarks[[RIGHT_EYE.outer, RIGHT_EYE.inner, LEFT_EYE.outer, LEFT_EYE.inner], :2]
    return np.asarray(corners.mean(axis=0), dtype=np.float64)


def _bar(
    canvas: Picture, at: tuple[int, int], width: int, share: float, colour: Colour, scale: float
) -> None:
    x, base = at
    height = max(4, round(7 * scale))
    corner = (x + width, base - round(1 * scale))
    top = (x, corner[1] - height)
    cv2.rectangle(canvas, top, corner, (70, 78, 86), -1)
    if math.isfinite(share):
        filled = round(width * min(max(share, 0.0), 1.0))
        if filled:
            cv2.rectangle(canvas, top, (x + filled, corner[1]), colour, -1)


def _arrow(
    canvas: Picture,
    start: npt.NDArray[np.float64],
    tip: npt.NDArray[np.float64],
    colour: Colour,
    thickness: int,
) -> None:
    length = float(np.linalg.norm(tip - start))
    if length < 4.0 * thickness:  # points at the camera
        cv2.circle(canvas, _px(*start), thickness + 2, DARK, -1, cv2.LINE_AA)
        cv2.circle(canvas, _px(*start), thickness + 1, colour, -1, cv2.LINE_AA)
        return
    head = min(0.25, 6.0 * thickness / length)
    cv2.arrowedLine(
        canvas, _px(*start), _px(*tip), DARK, thickness + 2, cv2.LINE_AA, tipLength=head
    )
    cv2.arrowedLine(canvas, _px(*start), _px(*tip), colour, thickness, cv2.LINE_AA, tipLength=head)


def _shade(canvas: Picture, left: int, top: int, width: int, height: int) -> None:
    area = canvas[max(top, 0) : top + height, max(left, 0) : left + width]
    if area.size:
        area[:] = (area * 0.32 + np.array(DARK) * 0.68).astype(np.uint8)


def _text(
    canvas: Picture,
    text: str,
    at: tuple[int, int],
    colour: Colour,
    scale: float,
    size: float | None = None,
) -> None:
    size = 0.42 * scale if size is None else size
    thickness = max(1, round(scale))
    cv2.putText(canvas, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, thickness, cv2.LINE_AA)


def _px(x: float, y: float) -> tuple[int, int]:
    limit = 30000.0  # OpenCV's drawing coordinates are 16 bit inside
    return round(min(max(float(x), -limit), limit)), round(min(max(float(y), -limit), limit))


def _fine(x: float, y: float) -> tuple[int, int]:
    """Fixed-point coordinates with 4 fractional bits."""
    return round(float(x) * 16), round(float(y) * 16)
