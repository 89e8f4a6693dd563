"""Zones and gaze as markers for RViz: a debugging aid, off by default.

The node needs `visualization_msgs` for nothing else. Where it is missing, whoever asked for the
markers is told so in the log and in diagnostics, and everything else goes on.

Two topics, because they live differently: `zones` is sent once and kept for late comers, and holds
outlines, names, the driver's ocular reference point and the camera; `gaze_ray` follows the driver:
an arrow, and a cone of one standard deviation around it. All of it in the cabin frame.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from affect_perception.core.cabin import Box, CabinGeometry, Zone, ZoneRole
from affect_perception.core.types import AttentionState, GazeObservation
from affect_perception.ros.stamps import set_stamp

ZONES_TOPIC, GAZE_TOPIC = "zones", "gaze_ray"
PACKAGE = "visualization_msgs"
UNAVAILABLE = f"UNAVAILABLE: {PACKAGE} is not installed"

RAY_M = 0.9
"""Length of the drawn gaze: as far as the foot of a windscreen."""
LINE_M, LETTER_M = 0.006, 0.032
CONE_SIDES = 24
_ROLE_COLOURS = {
    ZoneRole.ROAD: (0.17, 0.54, 0.42),
    ZoneRole.DRIVING_TASK: (0.11, 0.37, 0.75),
    ZoneRole.GLASS: (0.55, 0.6, 0.65),
    ZoneRole.NON_DRIVING: (0.76, 0.31, 0.04),
    ZoneRole.PHONE: (0.55, 0.36, 0.8),
}
_GAZE_COLOUR = (0.95, 0.85, 0.1)

Points = Sequence[Any]


def marker_messages() -> Any | None:
    """The module with Marker and MarkerArray, or None where it is not installed."""
    try:
        return importlib.import_module(f"{PACKAGE}.msg")
    except ImportError:
        return None


class ZoneMarkers:
    """Publishes the markers of a cabin and of the gaze in it."""

    def __init__(
        self,
        messages: Any,
        point: Callable[[], Any],
        cabin: CabinGeometry,
        frame_id: str,
        publishers: tuple[Any, Any],
    ) -> None:
        """Takes what it needs of ROS as arguments, so that it can be tested without.

        Args:
            messages: Has Marker and MarkerArray, see `marker_messages`.
            point: Makes a geometry_msgs/Point.
            cabin: The cabin to draw.
            frame_id: Name of the cabin frame.
            publishers: Of MarkerArray on `ZONES_TOPIC` and on `GAZE_TOPIC`.
        """
        self._messages, self._point = messages, point
        self._cabin, self._frame_id = cabin, frame_id
        self._zones, self._gaze = publishers

    def publish_zones(self) -> None:
        """Sends the cabin; late subscribers get it too."""
        markers = [m for i, zone in enumerate(self._cabin.zones) for m in self._zone(i, zone)]
        self._zones.publish(self._array([*markers, *self._mounting()]))

    def publish_gaze(self, state: AttentionState) -> None:
        """Sends the gaze of a state, or takes the last one away if there is none."""
        if self._gaze.get_subscription_count() > 0:
            self._gaze.publish(self._array(self._gaze_markers(state)))

    def _gaze_markers(self, state: AttentionState) -> Iterable[Any]:
        gaze = state.face.gaze
        kind = self._messages.Marker
        arrow = self._marker("gaze", 0, kind.ARROW, _GAZE_COLOUR, 1.0)
        cone = self._marker("uncertainty", 0, kind.TRIANGLE_LIST, _GAZE_COLOUR, 0.25)
        for marker in (arrow, cone):
            set_stamp(marker.header.stamp, state.stamp_ns)
        if gaze is None:
            arrow.action = cone.action = kind.DELETE
            return arrow, cone
        end = np.add(gaze.origin, np.multiply(gaze.direction, RAY_M))
        arrow.points = self._points([gaze.origin, end])
        arrow.scale.x, arrow.scale.y, arrow.scale.z = 0.01, 0.025, 0.05
        cone.points = self._points(cone_triangles(gaze))
        cone.scale.x = cone.scale.y = cone.scale.z = 1.0
        return arrow, cone

    def _zone(self, index: int, zone: Zone) -> tuple[Any, Any]:
        kind, colour = self._messages.Marker, _ROLE_COLOURS[zone.role]
        outline = self._marker("zones", index, kind.LINE_LIST, colour, 1.0)
        outline.scale.x = LINE_M
        outline.points = self._points(edges(zone))
        name = self._marker("names", index, kind.TEXT_VIEW_FACING, colour, 1.0)
        name.text = zone.name.replace("_", " ")
        name.scale.z = LETTER_M
        place = name.pose.position
        place.x, place.y, place.z = zone.centre
        return outline, name

    def _mounting(self) -> tuple[Any, Any]:
        """The origin of the cabin frame, and where the camera looks."""
        kind = self._messages.Marker
        origin = self._marker("reference_point", 0, kind.SPHERE, (1.0, 1.0, 1.0), 1.0)
        origin.scale.x = origin.scale.y = origin.scale.z = 0.03
        camera = self._marker("camera", 0, kind.ARROW, (1.0, 1.0, 1.0), 1.0)
        camera.scale.x, camera.scale.y, camera.scale.z = 0.008, 0.02, 0.03
        pose = self._cabin.camera
        camera.points = self._points([pose.translation, pose.apply(np.array([0.0, 0.0, 0.15]))])
        return origin, camera

    def _marker(
        self, namespace: str, index: int, kind: int, colour: Sequence[float], opacity: float
    ) -> Any:
        marker = self._messages.Marker()
        # A stamp of zero lets RViz use the newest transform, which suits what never moves.
        marker.header.frame_id = self._frame_id
        marker.ns, marker.id, marker.type = namespace, index, kind
        marker.action = self._messages.Marker.ADD
        marker.pose.orientation.w = 1.0
        marker.color.r, marker.color.g, marker.color.b = colour
        marker.color.a = opacity
        return marker

    def _points(self, points: Points) -> list[Any]:
        made = []
        for x, y, z in points:
            point = self._point()
            point.x, point.y, point.z = float(x), float(y), float(z)
            made.append(point)
        return made

    def _array(self, markers: Iterable[Any]) -> Any:
        array = self._messages.MarkerArray()
        array.markers = list(markers)
        return array


def edges(zone: Zone) -> list[tuple[float, float, float]]:
    """Ends of the edges of a zone, two points per edge: four edges of a quad, twelve of a box."""
    corners = zone.geometry.corners
    if isinstance(zone.geometry, Box):
        # Corners that share two of their three coordinates are joined by an edge.
        pairs = [
            (a, b)
            for a, b in combinations(corners, 2)
            if sum(p == q for p, q in zip(a, b, strict=True)) == 2
        ]
    else:
        pairs = [(a, corners[(i + 1) % 4]) for i, a in enumerate(corners)]
    return [corner for pair in pairs for corner in pair]


def cone_triangles(gaze: GazeObservation) -> Points:
    """Three points per side of the cone of one standard deviation around a gaze, m."""
    turns = np.linspace(0.0, 2.0 * math.pi, CONE_SIDES + 1)
    yaw = gaze.yaw + gaze.std[0] * np.cos(turns)
    pitch = gaze.pitch + gaze.std[1] * np.sin(turns)
    flat = np.cos(pitch)
    rim = np.stack([flat * np.cos(yaw), flat * np.sin(yaw), np.sin(pitch)], axis=1)
    rim = np.array(gaze.origin) + RAY_M * rim
    return [p for a, b in pairwise(rim) for p in (gaze.origin, a, b)]
