"""The topic audio of the nodes that play a microphone."""

from __future__ import annotations

from rclpy.lifecycle import LifecycleNode

from affect_perception.core.types import AudioChunk
from affect_perception.msg import AudioChunk as AudioChunkMessage
from affect_perception.ros.audio_input import AUDIO_TOPIC
from affect_perception.ros.qos import AUDIO_OUT
from affect_perception.ros.voice_convert import chunk_to_message


class AudioOutput:
    """Publishes pieces of sound. May be used from a thread of its own.

    Args:
        node: The node; activating it opens the publisher.
    """

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._publisher = node.create_lifecycle_publisher(AudioChunkMessage, AUDIO_TOPIC, AUDIO_OUT)

    def publish(self, chunk: AudioChunk) -> None:
        """Publishes one piece, if somebody listens."""
        if self._publisher.get_subscription_count() > 0:
            self._publisher.publish(chunk_to_message(AudioChunkMessage(), chunk))

    def close(self) -> None:
        """Destroys the publisher."""
        self._node.destroy_lifecycle_publisher(self._publisher)
