"""Markers of zones and gaze, with stand-ins for visualization_msgs.

The topics and the real messages are tested in test/ros/test_zone_markers.py.
"""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from observations import CABIN, CLUSTER, gaze

from affect_perception.core.cabin import Box
from affect_perception.core.enums import Availability
from affect_perception.core.types import AttentionState, FaceObservation, ImageQuality
from affect_perception.ros.zone_markers import (
    CONE_SIDES,
    RAY_M,
    ZoneMarkers,
    cone_triangles,
    edges,
    marker_messages,
)

pytestmark = pytest.mark.unit


def xyz() -> SimpleNamespace:
    return SimpleNamespace(x=0.0, y=0.0, z=0.0)


class Marker:
    """A `visualization_msgs/Marker` with the fields that are written."""

    ARROW, SPHERE, LINE_LIST, TEXT_VIEW_FACING, TRIANGLE_LIST = 0, 2, 5, 9, 11
    ADD, DELETE = 0, 2

    def __init__(self) -> None:
        self.header = SimpleNamespace(stamp=SimpleNamespace(sec=0, nanosec=0), frame_id="")
        self.ns, self.id, self.type, self.action, self.text = "", 0, 0, 0, ""
        self.pose = SimpleNamespace(
            position=xyz(), orientation=SimpleNamespace(x=0.0, y=0.0, z=0.0, w=0.0)
        )
        self.scale = xyz()
        self.color = SimpleNamespace(r=0.0, g=0.0, b=0.0, a=0.0)
        self.points: list[SimpleNamespace] = []


MESSAGES = SimpleNamespace(Marker=Marker, MarkerArray=lambda: SimpleNamespace(markers=[]))


class Publisher:
    def __init__(self, subscribers: int = 1) -> None:
        self.sent: list[SimpleNamespace] = []
        self.subscribers = subscribers

    def publish(self, message: SimpleNamespace) -> None:
        self.sent.append(message)

    def get_subscription_count(self) -> int:
        return self.subscribers


def made(subscribers: int = 1):
    zones, rays = Publisher(), Publisher(subscribers)
    return ZoneMarkers(MESSAGES, xyz, CABIN, "cabin", (zones, rays)), zones, rays


def state(found=None):
    face = FaceObservation(
        1_500_000_000, "camera", Availability.AVAILABLE, (), (64, 48),
        ImageQuality(0.5, 0.2, 0.0, 1.0), gaze=found,
    )  # fmt: skip
    return AttentionState(face.stamp_ns, Availability.AVAILABLE, (), face, profile="test")


def test_every_zone_has_an_outline_and_a_name():
    markers, zones, _ = made()
    markers.publish_zones()
    (array,) = zones.sent
    assert {m.header.frame_id for m in array.markers} == {"cabin"}
    assert all(m.pose.orientation.w == 1.0 and m.color.a > 0.0 for m in array.markers)
    keys = [(m.ns, m.id) for m in array.markers]
    assert len(set(keys)) == len(keys), "RViz replaces markers of one namespace and number"
    names = [m.text for m in array.markers if m.type == Marker.TEXT_VIEW_FACING]
    assert names == [zone.name.replace("_", " ") for zone in CABIN.zones]
    outlines = [m for m in array.markers if m.ns == "zones"]
    for marker, zone in zip(outlines, CABIN.zones, strict=True):
        assert marker.type == Marker.LINE_LIST
        assert len(marker.points) == (24 if isinstance(zone.geometry, Box) else 8)
    assert {m.ns for m in array.markers} == {"zones", "names", "reference_point", "camera"}


def test_edges_of_a_box_run_along_its_axes():
    lap = CABIN.zone("lap_phone")
    points = np.array(edges(lap)).reshape(12, 2, 3)
    differing = (np.abs(points[:, 0] - points[:, 1]) > 1e-9).sum(axis=1)
    assert differing.tolist() == [1] * 12
    assert len({tuple(sorted(map(tuple, pair))) for pair in points.tolist()}) == 12


def test_the_ray_runs_from_the_eyes_along_the_gaze():
    markers, _, rays = made()
    look = replace(gaze(CLUSTER, std=0.05), origin=(0.01, 0.02, -0.03))
    markers.publish_gaze(state(look))
    arrow, cone = rays.sent[0].markers
    assert (arrow.header.stamp.sec, arrow.header.stamp.nanosec) == (1, 500_000_000)
    start, end = ([p.x, p.y, p.z] for p in arrow.points)
    assert start == pytest.approx([0.01, 0.02, -0.03])
    assert np.subtract(end, start) == pytest.approx(np.multiply(look.direction, RAY_M))
    assert len(cone.points) == 3 * CONE_SIDES
    assert cone.type == Marker.TRIANGLE_LIST


def test_the_cone_is_one_standard_deviation_wide():
    look = replace(gaze((0.0, 0.0)), std=(0.05, 0.1))
    rim = np.array([p for i, p in enumerate(cone_triangles(look)) if i % 3])
    assert np.linalg.norm(rim, axis=1) == pytest.approx(RAY_M)
    assert np.arctan2(rim[:, 1], rim[:, 0]).max() == pytest.approx(0.05, abs=1e-3)
    assert np.arcsin(rim[:, 2] / RAY_M).max() == pytest.approx(0.1, abs=1e-3)


def test_an_unknown_gaze_takes_the_last_ray_away():
    markers, _, rays = made()
    markers.publish_gaze(state())
    assert [m.action for m in rays.sent[0].markers] == [Marker.DELETE] * 2
    assert all(math.isfinite(v) for m in rays.sent[0].markers for v in vars(m.scale).values())


def test_nothing_is_computed_for_nobody():
    markers, _, rays = made(subscribers=0)
    markers.publish_gaze(state(gaze(CLUSTER)))
    assert rays.sent == []


def test_missing_messages_are_told_and_no_error(monkeypatch):
    import affect_perception.ros.zone_markers as module

    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(module.importlib, "import_module", missing)
    assert marker_messages() is None
