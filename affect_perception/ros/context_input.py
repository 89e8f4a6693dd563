"""What other modalities know of the driver, from AffectState, for the node face_perception."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from rclpy.node import Node

from affect_perception.core.config import ContextConfig
from affect_perception.core.errors import InputError
from affect_perception.core.types import DriverContext
from affect_perception.msg import AffectState
from affect_perception.ros.affect_convert import context_from_message
from affect_perception.ros.health import InputHealth
from affect_perception.ros.qos import SENSOR_IN, Announce, announce_mismatch_in

AFFECT_TOPIC = "affect_state"

# Between two pictures come at most this many that matter: 1.6 s at ten a second.
_KEPT = 16


class ContextInput:
    """Keeps the newest contexts; nobody waits for them. Without `enabled` it does not subscribe.

    Args:
        node: The node.
        config: Parameters.
        health: Told of messages that cannot be used.
        latency: Seconds from a stamp to now; NaN where the two are not of one clock.
        announce: Called with (topic, sentence) on incompatible QoS.
    """

    def __init__(
        self,
        node: Node,
        config: ContextConfig,
        health: InputHealth,
        latency: Callable[[int], float],
        announce: Announce,
    ) -> None:
        self._node = node
        self._config = config
        self._health = health
        self._latency = latency
        self._newest: deque[DriverContext] = deque(maxlen=_KEPT)
        self._subscription = None
        if config.enabled:
            self._subscription = node.create_subscription(
                AffectState,
                AFFECT_TOPIC,
                self._on_state,
                SENSOR_IN,
                event_callbacks=announce_mismatch_in(AFFECT_TOPIC, announce),
            )
        health.state(context=self.told())

    def newest(self) -> tuple[DriverContext, ...]:
        """The newest contexts in the order of arrival; the same ones again until others come."""
        return tuple(self._newest)

    def told(self) -> str:
        """Whether there is a context, and how old the newest is."""
        if self._subscription is None:
            return "off"
        if not self._newest:
            return f"nothing on {AFFECT_TOPIC} yet"
        age = self._latency(self._newest[-1].stamp_ns)
        if math.isnan(age):
            return "not used: its stamps are of another clock, or older than any delay"
        return f"{'not used: ' if age > self._config.age_limit else ''}{age:.1f} s old"

    def close(self) -> None:
        """Ends the subscription."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)

    def _on_state(self, message: AffectState) -> None:
        try:
            self._newest.append(context_from_message(message))
            self._health.warn("context", "")
        except InputError as error:
            self._health.warn("context", str(error))
