"""The newest message of each topic that the page shows, taken when it is to be shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
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
    """A topic and its type."""

    topic: str
    kind: Any


SHOWN = {
    "attention": ShownTopic("attention_state", AttentionState),
    "affect": ShownTopic("affect_state", AffectState),
    "face": ShownTopic("face", FaceObservation),
    "voice": ShownTopic("voice", VoiceObservation),
    "physio": ShownTopic("physio", PhysioObservation),
}
"""By the name on the page (`hmi.plain_states.TOPICS`)."""


class PolledGroup(MutuallyExclusiveCallbackGroup):  # type: ignore[misc]
    """Its subscriptions never wake the executor.

    Each of eighty messages a second would make rclpy wait anew for everything the node has, which
    costs more than all the rest of the node.
    """

    def can_execute(self, entity: Any) -> bool:  # noqa: ARG002
        """Whether the executor may wait for an entity."""
        return False


class HmiInput:
    """Subscribes. Messages lie in the middleware until somebody asks, and only the newest is read.

    There are no QoS events: what asks for nothing (`qos.SHOWN_IN`) fits every publisher, and with
    them Fast DDS wakes the executor for messages as well.

    Args:
        node: The node.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        group = PolledGroup()
        self._subscriptions = {
            name: node.create_subscription(
                shown.kind,
                shown.topic,
                _never,
                qos.SHOWN_IN,
                callback_group=group,
                event_callbacks=qos.no_events_in(),
                raw=True,
            )
            for name, shown in SHOWN.items()
        }

    def take(self, received: Callable[[str], None]) -> list[tuple[str, Any]]:
        """(name, newest message) of the topics on which something has come since the last call.

        Args:
            received: Called with the name of every message, also of those that are skipped.
        """
        found = []
        for name, subscription in self._subscriptions.items():
            newest = None
            with subscription.handle:
                while taken := subscription.handle.take_message(subscription.msg_type, True):
                    newest = taken[0]
                    received(name)
            if newest is not None:
                found.append((name, deserialize_message(newest, SHOWN[name].kind)))
        return found

    def close(self) -> None:
        """Ends the subscriptions."""
        for subscription in self._subscriptions.values():
            self._node.destroy_subscription(subscription)


def _never(_message: bytes) -> None:
    """Messages are taken, not delivered."""
