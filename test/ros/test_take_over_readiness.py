"""The example node on real topics, and the QoS of the bag profile against that of the publishers.

The arithmetic is tested in test/unit/examples/test_take_over_model.py.
"""

from __future__ import annotations

import importlib
import math
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rclpy")

import rclpy
import yaml
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSCompatibility, QoSProfile, qos_check_compatible

from affect_perception.msg import AffectState, AttentionState, TakeOverReadiness
from affect_perception.ros import qos
from affect_perception.ros.stamps import set_stamp

pytestmark = pytest.mark.ros

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OFFERED = {
    "/attention_state": qos.STATE_OUT,
    "/affect_state": qos.AFFECT_OUT,
    "/zones": qos.ZONES_OUT,
    "/voice": qos.VOICE_OUT,
    "/physio": qos.PHYSIO_OUT,
    "/face": qos.FACE_OUT,
    "/audio": qos.AUDIO_OUT,
    "/biosignals": qos.BIOSIGNAL_OUT,
    "/image_raw/compressed": qos.CAMERA_OUT,
    "/camera_info": qos.CAMERA_INFO_OUT,
}


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The example as a module, its folder first on the path as when it is run."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    yield importlib.import_module("take_over_readiness")
    for name in ("take_over_readiness", "take_over_model"):
        sys.modules.pop(name, None)


def test_states_in_readiness_out(example: Any, ros_context: Any) -> None:
    node = example.TakeOverReadinessNode(context=ros_context)
    probe = rclpy.create_node("planner", context=ros_context)
    executor = SingleThreadedExecutor(context=ros_context)
    executor.add_node(node)
    executor.add_node(probe)
    found: list[TakeOverReadiness] = []
    probe.create_subscription(
        TakeOverReadiness, "take_over_readiness", found.append, example.NEWEST
    )
    attention = probe.create_publisher(AttentionState, "attention_state", qos.STATE_OUT)
    affect = probe.create_publisher(AffectState, "affect_state", qos.AFFECT_OUT)

    def spin_until(condition: Any) -> TakeOverReadiness:
        for _ in range(400):
            if found and condition(found[-1]):
                return found[-1]
            executor.spin_once(timeout_sec=0.02)
        raise AssertionError(f"did not happen; last: {found[-1:]}")

    try:
        first = spin_until(lambda _: True)
        assert first.reasons == ["no_attention_state"]
        assert math.isnan(first.time_to_regain)
        state = AttentionState(availability=AttentionState.AVAILABILITY_AVAILABLE)
        state.eyes_on_road = AttentionState.TRISTATE_NO
        state.attention_buffer, state.calibration_progress = 1.0, 1.0
        feeling = AffectState(cognitive_load=0.1)
        now = probe.get_clock().now().nanoseconds
        for message, publisher in ((state, attention), (feeling, affect)):
            set_stamp(message.header.stamp, now)
            publisher.publish(message)
        known = spin_until(lambda m: m.availability == TakeOverReadiness.AVAILABILITY_AVAILABLE)
        assert known.time_to_regain == pytest.approx(1.8)
        assert list(known.causes) == ["eyes_off_road"]
        assert known.header.stamp == state.header.stamp
        spin_until(lambda m: m.reasons == ["stale_attention_state"])
    finally:
        executor.shutdown()
        node.destroy_node()
        probe.destroy_node()


def test_the_bag_hears_every_publisher() -> None:
    profiles = yaml.safe_load((EXAMPLES / "rosbag2" / "qos.yaml").read_text())
    asked = {
        topic: QoSProfile(
            history=rclpy.qos.HistoryPolicy.get_from_short_key(values["history"]),
            depth=values["depth"],
            reliability=rclpy.qos.ReliabilityPolicy.get_from_short_key(values["reliability"]),
            durability=rclpy.qos.DurabilityPolicy.get_from_short_key(values["durability"]),
        )
        for topic, values in profiles.items()
    }
    # The readiness is the example's own, the speed the vehicle's.
    assert set(OFFERED) == set(asked) - {"/take_over_readiness", "/vehicle_twist"}
    for topic, offered in OFFERED.items():
        compatible, why = qos_check_compatible(offered, asked[topic])
        # rclpy only warns that nobody asks for liveliness.
        assert compatible != QoSCompatibility.ERROR, f"{topic}: {why}"
