"""The newest message of each topic that the page shows, as bytes until somebody asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node
from rclpy.serialization import deserialize_message

from affect_perception.msg import (
    AffectState,
    AttentionState,
    FaceObservation,
    PhysioObservation,
    VoiceObservation,
)
from affect_perception.ros import qos


@dataclass(frozen=True)
class ShownTopic:
    """A topic, and how it is listened to."""

    topic: str
    kind: Any
    profile: Any


SHOWN = {
    "attention": ShownTopic("attention_state", AttentionState, qos.NEWEST_STATE_IN),
    "affect": ShownTopic("affect_state", AffectState, qos.NEWEST_STATE_IN),
    "face": ShownTopic("face", FaceObservation, qos.NEWEST_IN),
    "voice": ShownTopic("voice", VoiceObservation, qos.NEWEST_IN),
    "physio": ShownTopic("physio", PhysioObservation, qos.NEWEST_IN),
}
"""By the name on the page (`hmi.plain_states.TOPICS`)."""


class HmiInput:
    """Subscribes; reading a message waits until it is shown, and only the newest is read.

    Args:
        node: The node.
        received: Called with the name of each arrival.
        announce: Called with (topic, sentence) on incompatible QoS.
    """

    def __init__(self, node: Node, received: Callable[[str], None], announce: qos.Announce) -> None:
        self._node = node
        self._received = received
        self._newest: dict[str, tuple[bytes, float]] = {}
        self._subscriptions = [
            node.create_subscription(
                shown.kind,
                shown.topic,
                self._keeper(name),
                shown.profile,
                event_callbacks=qos.announce_mismatch_in(shown.topic, announce),
                raw=True,
            )
            for name, shown in SHOWN.items()
        ]

    def take(self) -> list[tuple[str, Any, float]]:
        """(name, message, monotonic time of arrival) of what has come since the last call."""
        found, self._newest = self._newest, {}
        return [
            (name, deserialize_message(data, SHOWN[name].kind), at)
            for name, (data, at) in found.items()
        ]

    def close(self) -> None:
        """Ends the subscriptions."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _keeper(self, name: str) -> Callable[[bytes], None]:
        def keep(data: bytes) -> None:
            self._newest[name] = (data, time.monotonic())
            self._received(name)

        return keep
