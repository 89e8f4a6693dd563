"""What the page draws that does not change: the cabin as its driver sees it, lines of a face."""

from __future__ import annotations

from typing import Any

from affect_perception.core.cabin import CabinGeometry
from affect_perception.evaluation.report.gaze_map import PITCH_LIMITS, YAW_LIMIT, Shape, cabin_map
from affect_perception.sim import landmarks as lm


def cabin_drawing(cabin: CabinGeometry) -> dict[str, Any]:
    """Outlines of the zones, degrees of yaw (to the driver's left) and pitch (up)."""
    return {
        "name": cabin.name,
        "yaw": YAW_LIMIT,
        "pitch": list(PITCH_LIMITS),
        "zones": [_zone(shape) for shape in cabin_map(cabin).zones],
    }


def _zone(shape: Shape) -> dict[str, Any]:
    return {
        "name": shape.name,
        "role": "" if shape.role is None else shape.role.value,
        "rings": [ring.round(1).tolist() for ring in shape.rings],
        "place": [round(angle, 1) for angle in shape.place],
        "width": round(shape.width, 1),
    }


def face_lines() -> list[dict[str, Any]]:
    """Rows of mesh points that are joined: outline, lids, irises, lips."""
    outer = (*lm.LIPS_OUTER_UPPER, *reversed(lm.LIPS_OUTER_LOWER[1:-1]))
    irises = [eye.iris[1:] for eye in (lm.LEFT_EYE, lm.RIGHT_EYE)]
    closed = [lm.FACE_OVAL, outer, lm.MOUTH_INNER, lm.LEFT_EYE.contour, lm.RIGHT_EYE.contour]
    return [{"points": list(row)} for row in (*closed, *irises)]
