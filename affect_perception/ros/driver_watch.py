"""Who sits there, from AttentionState, without reading thirty of them a second."""

from __future__ import annotations

from rclpy.node import Node
from rclpy.serialization import deserialize_message

from affect_perception.msg import AttentionState
from affect_perception.ros.qos import STATE_OUT, Announce, announce_mismatch_in

STATE_TOPIC = "attention_state"


class DriverWatch:
    """Keeps the newest AttentionState as bytes; `number` reads it.

    Args:
        node: The node.
        announce: Called with (topic, sentence) on incompatible QoS.
    """

    def __init__(self, node: Node, announce: Announce) -> None:
        self._node = node
        self._newest: bytes | None = None
        self._subscription = node.create_subscription(
            AttentionState,
            STATE_TOPIC,
            self._keep,
            STATE_OUT,
            event_callbacks=announce_mismatch_in(STATE_TOPIC, announce),
            raw=True,
        )

    def number(self) -> int | None:
        """`driver_number` of the newest state; None if none has come since the last call."""
        newest, self._newest = self._newest, None
        if newest is None:
            return None
        return int(deserialize_message(newest, AttentionState).driver_number)

    def close(self) -> None:
        """Ends the subscription."""
        self._node.destroy_subscription(self._subscription)

    def _keep(self, state: bytes) -> None:
        self._newest = state
