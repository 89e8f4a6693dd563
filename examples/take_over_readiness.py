#!/usr/bin/env python3
"""A planner's view of the driver: attention_state and affect_state in, take_over_readiness out.

    ros2 run affect_perception take_over_readiness
    python3 examples/take_over_readiness.py          # the same from the sources

Subscribes to both states, publishes ten times a second, also when nothing comes: then it says so.
Works in simulated time (`--ros-args -p use_sim_time:=true`), because ages are differences of the
node's clock and the stamps. docs/planners.md explains the numbers.
"""

from __future__ import annotations

from typing import Any

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from take_over_model import readiness

from affect_perception.msg import AffectState, AttentionState, TakeOverReadiness

PERIOD = 0.1  # s

# Both states are kept by their publishers for whoever comes late; asking for transient local gets
# the last one at once. A planner wants the newest only.
NEWEST = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)


class TakeOverReadinessNode(Node):
    """Keeps the newest of both states and publishes what follows from them."""

    def __init__(self, **options: Any) -> None:
        super().__init__("take_over_readiness", **options)
        self._attention: AttentionState | None = None
        self._affect: AffectState | None = None
        self.create_subscription(AttentionState, "attention_state", self._on_attention, NEWEST)
        self.create_subscription(AffectState, "affect_state", self._on_affect, NEWEST)
        self._publisher = self.create_publisher(TakeOverReadiness, "take_over_readiness", NEWEST)
        self.create_timer(PERIOD, self._publish)

    def _on_attention(self, message: AttentionState) -> None:
        self._attention = message

    def _on_affect(self, message: AffectState) -> None:
        self._affect = message

    def _publish(self) -> None:
        found = readiness(self._attention, self._affect, self.get_clock().now().nanoseconds)
        message = TakeOverReadiness()
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(found.stamp_ns, 10**9)
        message.availability = found.availability
        message.reasons = found.reasons
        message.time_to_regain = found.time_to_regain
        message.time_to_regain_std = found.time_to_regain_std
        message.confidence = found.confidence
        message.causes = found.causes
        self._publisher.publish(message)


def main() -> None:
    """Runs the node until it is interrupted."""
    rclpy.init()
    node = TakeOverReadinessNode()
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
