"""The topic biosignals of the nodes that play body sensors."""

from __future__ import annotations

from rclpy.lifecycle import LifecycleNode

from affect_perception.core.types import BiosignalChunk
from affect_perception.msg import BiosignalChunk as BiosignalChunkMessage
from affect_perception.ros.physio_convert import chunk_to_message
from affect_perception.ros.qos import BIOSIGNAL_OUT

BIOSIGNAL_TOPIC = "biosignals"


class BiosignalOutput:
    """Publishes pieces of body signals. May be used from a thread of its own.

    Args:
        node: The node; activating it opens the publisher.
    """

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._publisher = node.create_lifecycle_publisher(
            BiosignalChunkMessage, BIOSIGNAL_TOPIC, BIOSIGNAL_OUT
        )

    def publish(self, chunk: BiosignalChunk) -> None:
        """Publishes one piece, if somebody listens."""
        if self._publisher.get_subscription_count() > 0:
            self._publisher.publish(chunk_to_message(BiosignalChunkMessage(), chunk))

    def close(self) -> None:
        """Destroys the publisher."""
        self._node.destroy_lifecycle_publisher(self._publisher)
