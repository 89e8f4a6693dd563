"""What the node face_perception says of itself: diagnostics, overlay, incompatible subscribers.

The pipeline is a stand-in; what the node does with pictures is in test_face_perception_node.py.
"""

from __future__ import annotations

import pytest

pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.qos import DurabilityPolicy, QoSProfile
from ros_harness import Harness, values_of
from sensor_msgs.msg import Image

from affect_perception.msg import FaceObservation
from affect_perception.ros.qos import CAMERA_OUT, SubscriptionEventCallbacks
from affect_perception.ros.stamps import stamp_to_ns

pytestmark = pytest.mark.ros


def test_diagnostics_say_what_runs() -> None:
    with Harness() as h:
        assert h.status().message == "unconfigured"
        h.start()
        for _ in range(30):
            h.publish(h.now_ns())
            h.spin_for(0.033)
        h.status()
        status = h.status()
        values = values_of(status)
        assert status.level == DiagnosticStatus.OK
        assert status.hardware_id == "driver camera"
        assert int(values["frames processed"]) >= 5
        assert float(values["latency p99 [ms]"]) >= float(values["latency median [ms]"]) > 0.0
        assert values["image backend"] in ("builtin", "cv_bridge")
        assert values["expression"] == "UNAVAILABLE: the expression network is not there"
        assert values["cabin"] == "sedan_lhd"
        assert values["privacy"] == "no picture is published or stored"
        assert values["availability"] == "DEGRADED; reasons: no_face"
        assert values["lifecycle state"] == "active"


def test_overlay_goes_out_only_when_asked_for_and_is_announced() -> None:
    with Harness() as h:
        h.start()
        assert h.node.count_publishers("overlay") == 0
    with Harness(overlay=True) as h:
        pictures: list[Image] = []
        h.probe.create_subscription(Image, "overlay", pictures.append, CAMERA_OUT)
        h.start()
        h.spin_until(lambda: h.node.count_subscribers("overlay") == 1)
        stamp = h.now_ns()
        h.publish(stamp)
        h.spin_until(lambda: bool(pictures))
        picture = pictures[0]
        assert stamp_to_ns(picture.header.stamp) == stamp
        assert picture.header.frame_id == "camera_optical"
        assert (picture.encoding, picture.width, picture.height) == ("rgb8", 64, 48)
        assert (
            "pictures of the driver are published on /overlay" in values_of(h.status())["privacy"]
        )


def test_incompatible_subscriber_is_named() -> None:
    with Harness() as h:
        h.start()
        profile = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        silent = SubscriptionEventCallbacks(incompatible_qos=lambda _: None)
        h.probe.create_subscription(
            FaceObservation, "face", lambda _: None, profile, event_callbacks=silent
        )
        h.spin_for(0.5)
        h.publish(h.now_ns())
        message = h.status().message
        assert "face" in message
        assert "incompatible QoS" in message
