"""The topics zones and gaze_ray of face_perception, and what is said without visualization_msgs.

What the markers hold is tested without ROS in test/unit/ros_free/test_zone_markers.py. The tests
with real messages run where visualization_msgs is installed.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticStatus
from observations import CLUSTER, gaze
from ros_harness import EchoPipeline, Harness, values_of

from affect_perception.core.types import CameraFrame
from affect_perception.io.cabin_file import load_cabin
from affect_perception.ros import face_output
from affect_perception.ros.qos import GAZE_OUT, ZONES_OUT
from affect_perception.ros.stamps import stamp_to_ns
from affect_perception.ros.zone_markers import UNAVAILABLE

pytestmark = pytest.mark.ros


class LookingPipeline(EchoPipeline):
    """Answers each picture with a look at the cluster."""

    def step(self, event):
        outputs = super().step(event)
        if not isinstance(event, CameraFrame):
            return outputs
        face = replace(outputs[0], gaze=gaze(CLUSTER))
        return face, replace(outputs[1], face=face)


def test_markers_are_off_by_default() -> None:
    with Harness() as h:
        h.start()
        assert h.node.count_publishers("zones") == 0
        assert values_of(h.status())["zone markers"] == "off"


def test_without_the_messages_diagnostics_say_so_and_the_state_goes_out(monkeypatch) -> None:
    monkeypatch.setattr(face_output, "marker_messages", lambda: None)
    with Harness(zone_markers=True) as h:
        h.start()
        stamp = h.now_ns()
        h.publish(stamp)
        h.spin_until(lambda: bool(h.states))
        assert h.node.count_publishers("zones") == 0
        status = h.status()
        assert values_of(status)["zone markers"] == UNAVAILABLE
        assert status.level == DiagnosticStatus.WARN
        assert "visualization_msgs is not installed" in status.message


def test_zones_reach_who_comes_late_and_the_ray_follows_the_gaze() -> None:
    messages = pytest.importorskip("visualization_msgs.msg")
    with Harness(LookingPipeline(), zone_markers=True) as h:
        h.start()
        zones: list[object] = []
        rays: list[object] = []
        h.probe.create_subscription(messages.MarkerArray, "zones", zones.append, ZONES_OUT)
        h.probe.create_subscription(messages.MarkerArray, "gaze_ray", rays.append, GAZE_OUT)
        h.spin_until(lambda: bool(zones))
        h.spin_until(lambda: h.node.count_subscribers("gaze_ray") == 1)
        stamp = h.now_ns()
        h.publish(stamp)
        h.spin_until(lambda: bool(rays))
        names = {m.text for m in zones[0].markers if m.type == messages.Marker.TEXT_VIEW_FACING}
        cabin = load_cabin("sedan_lhd")
        assert names == {zone.name.replace("_", " ") for zone in cabin.zones}
        arrow = rays[0].markers[0]
        assert stamp_to_ns(arrow.header.stamp) == stamp
        assert arrow.header.frame_id == "cabin"
        assert len(arrow.points) == 2
        assert values_of(h.status())["zone markers"] == "published on zones and gaze_ray"
