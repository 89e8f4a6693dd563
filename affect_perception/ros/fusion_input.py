"""Observations of face, voice and body as they go into the fusion: in the order of their stamps.

The face comes most often: with each of its observations go those of voice and body that wait in
caches and are not newer by more than the slop. Where no face comes, the timer of the node hands on
what waits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.clock import ClockType
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.time import Time

from affect_perception.core.enums import Modality
from affect_perception.core.fusion.evidence import Observation
from affect_perception.msg import FaceObservation, PhysioObservation, VoiceObservation
from affect_perception.ros.convert import shown_from_message
from affect_perception.ros.physio_convert import physio_from_message
from affect_perception.ros.qos import OBSERVATION_IN, Announce, announce_mismatch_in
from affect_perception.ros.sync import Cache, Subscriber
from affect_perception.ros.voice_convert import voice_from_message

TOPICS = {Modality.FACE: "face", Modality.VOICE: "voice", Modality.PHYSIO: "physio"}
_TYPES = {
    Modality.FACE: FaceObservation,
    Modality.VOICE: VoiceObservation,
    Modality.PHYSIO: PhysioObservation,
}
READERS: dict[Modality, Callable[[Any], Observation]] = {
    Modality.FACE: shown_from_message,
    Modality.VOICE: voice_from_message,
    Modality.PHYSIO: physio_from_message,
}
"""What makes an observation of a message."""
_SLOW = (Modality.VOICE, Modality.PHYSIO)
_FIRST = Time(clock_type=ClockType.ROS_TIME)
_LAST = Time(nanoseconds=2**63 - 1, clock_type=ClockType.ROS_TIME)
CACHED = 10
"""Messages that each cache holds: a second of the voice, and what waits is handed on at least
twenty times a second. All of it is looked through with each face, so not more."""

PATIENCE = 3
"""Calls of `flush` without a face after which nothing waits for one: 0.15 s at 10 states a second,
longer than the time between two faces of any camera that is of use."""

Deliver = Callable[[Modality, Any], None]


class FusionInput:
    """Subscribes to the observations.

    Args:
        node: The node.
        used: The modalities that are in use.
        slop: How much newer than the face others may be, s.
        received: Called for each message as it arrives.
        deliver: Called with modality and message, in order.
        announce: Called with (topic, sentence) on incompatible QoS.
    """

    def __init__(
        self,
        node: Node,
        used: tuple[Modality, ...],
        slop: float,
        received: Callable[[Modality], None],
        deliver: Deliver,
        announce: Announce,
    ) -> None:
        self._node = node
        self._slop = Duration(seconds=slop)
        self._received = received
        self._deliver = deliver
        self._handed: dict[int, Any] = {}
        self._without_face = PATIENCE
        self._filters = {
            modality: Subscriber(
                node,
                _TYPES[modality],
                TOPICS[modality],
                qos_profile=OBSERVATION_IN,
                event_callbacks=announce_mismatch_in(TOPICS[modality], announce),
            )
            for modality in used
        }
        self._caches = {
            modality: Cache(self._filters[modality], CACHED)
            for modality in _SLOW
            if modality in used
        }
        for modality, cache in self._caches.items():
            cache.registerCallback(self._on_slow, modality)
        if Modality.FACE in used:
            self._filters[Modality.FACE].registerCallback(self._on_face)

    def close(self) -> None:
        """Ends the subscriptions."""
        for one in self._filters.values():
            self._node.destroy_subscription(one.sub)

    def flush(self) -> None:
        """Called at an even rate: hands on what waits, unless a face has come lately."""
        self._without_face += 1
        if self._without_face >= PATIENCE:
            self._hand_on(None)

    def _on_face(self, message: Any) -> None:
        self._received(Modality.FACE)
        self._without_face = 0
        self._hand_on(Time.from_msg(message.header.stamp) + self._slop)
        self._deliver(Modality.FACE, message)

    def _on_slow(self, _message: Any, modality: Modality) -> None:
        self._received(modality)

    def _hand_on(self, until: Time | None) -> None:
        """Delivers what waits and is not newer than a time, each message once."""
        held: dict[int, Any] = {}
        waiting: list[tuple[int, Modality, Any]] = []
        for modality, cache in self._caches.items():
            for message in cache.getInterval(_FIRST, _LAST):
                if id(message) in self._handed:
                    held[id(message)] = message
                    continue
                stamp = Time.from_msg(message.header.stamp)
                if until is None or stamp <= until:
                    held[id(message)] = message
                    waiting.append((stamp.nanoseconds, modality, message))
        # Messages are remembered, not their stamps: a repeated stamp is counted by the fusion.
        self._handed = held
        for _, modality, message in sorted(waiting, key=lambda one: one[:2]):
            self._deliver(modality, message)
