"""The topic biosignals, and plain numbers of other packages, as pieces of body signals."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import std_msgs.msg
from rclpy.node import Node

from affect_perception.core.config import PhysioNodeConfig
from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.errors import InputError
from affect_perception.core.types import BiosignalChunk
from affect_perception.io.physio_fields import chunk_of_message
from affect_perception.msg import BiosignalChunk as BiosignalChunkMessage
from affect_perception.ros.biosignal_output import BIOSIGNAL_TOPIC
from affect_perception.ros.physio_health import PhysioHealth
from affect_perception.ros.plain_stream import PlainStream, plain_signals
from affect_perception.ros.qos import BIOSIGNAL_IN, Announce, announce_mismatch_in

PLAIN_TYPES = {
    f"std_msgs/msg/{name}": getattr(std_msgs.msg, name)
    for name in (
        *("Float32", "Float64", "Int16", "Int32", "UInt16"),
        *("Float32MultiArray", "Float64MultiArray", "Int16MultiArray", "Int32MultiArray"),
    )
}
"""Message types of plain numbers, each with the numbers in `data`."""

Deliver = Callable[[Callable[[], BiosignalChunk]], None]


class BiosignalInput:
    """Subscribes to body signals and delivers a function that reads each piece.

    Args:
        node: The node.
        config: Its parameters.
        health: Counts arrivals.
        deliver: Called in the executor's thread with what reads the piece; must not block.
        announce: Called with (topic, sentence) on incompatible QoS.
        log_error: Called with one sentence for each message that cannot be used.

    Raises:
        ConfigError: If a plain signal lacks its rate, or has a unit of another channel.
    """

    def __init__(
        self,
        node: Node,
        config: PhysioNodeConfig,
        health: PhysioHealth,
        deliver: Deliver,
        announce: Announce,
        log_error: Callable[[str], None],
    ) -> None:
        self._node = node
        self._health = health
        self._deliver = deliver
        self._announce = announce
        self._log_error = log_error
        self._subscriptions = [
            self._subscribe(BiosignalChunkMessage, BIOSIGNAL_TOPIC, self._on_chunk)
        ]
        self._waiting: dict[BiosignalChannel, tuple[str, PlainStream]] = {
            channel: (plain.topic, PlainStream(channel, plain, config.plain.gap))
            for channel, plain in plain_signals(config.plain)
        }
        self.look()

    def close(self) -> None:
        """Ends the subscriptions."""
        while self._subscriptions:
            self._node.destroy_subscription(self._subscriptions.pop())

    def look(self) -> None:
        """Subscribes to plain signals whose publisher has come: only it knows the type."""
        for channel, (topic, stream) in list(self._waiting.items()):
            name = self._node.resolve_topic_name(topic)
            offered = {i.topic_type for i in self._node.get_publishers_info_by_topic(name)}
            known = sorted(offered & PLAIN_TYPES.keys())
            key = f"plain {channel.name.lower()}"
            if known:
                handler = partial(self._on_plain, stream)
                self._subscriptions.append(self._subscribe(PLAIN_TYPES[known[0]], topic, handler))
                self._health.warn(key, "")
                self._health.state(
                    **{f"plain_{channel.name.lower()}": f"{known[0]} on {name}, stamped on arrival"}
                )
                del self._waiting[channel]
            elif offered:
                self._health.warn(key, f"{name} is no plain number: {', '.join(sorted(offered))}")
            else:
                self._health.warn(key, f"nobody publishes {name}")

    def _subscribe(self, kind: type, topic: str, handler: Callable[[Any], None]) -> Any:
        events = announce_mismatch_in(topic, self._announce)
        return self._node.create_subscription(
            kind, topic, handler, BIOSIGNAL_IN, event_callbacks=events
        )

    def _on_chunk(self, message: Any) -> None:
        self._health.received(time.monotonic())
        self._deliver(partial(chunk_of_message, message))

    def _on_plain(self, stream: PlainStream, message: Any) -> None:
        self._health.received(time.monotonic())
        try:
            ready = stream.take(message.data, self._node.get_clock().now().nanoseconds)
        except InputError as error:
            self._health.error(str(error))
            self._log_error(f"body signal not used: {error}")
            return
        for read in ready:
            self._deliver(read)
