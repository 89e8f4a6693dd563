"""Observations of face, voice and body as they go into the fusion: in the order of their stamps.

The face comes most often: with each of its observations go those of voice and body that wait in
caches and are not newer by more than the slop. Nothing waits for a face for longer than
`PATIENCE`: one that is missing or behind makes no other modality late.
"""

from __future__ import annotations

import math
import time
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
"""Messages that each cache holds. All of it is looked through with each face, so not more; a burst
that fills it is handed on before anything falls out."""

PATIENCE = 0.15
"""For how long a message waits for a face that is as new, s: longer than the time between two
faces of any camera that is of use, and less than half of the reorder window. By a clock that
always goes, so that nothing waits for a clock either."""

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
        # When each message that waits has arrived. What waits is in a cache, so nothing else has
        # its identity.
        self._arrived: dict[Modality, dict[int, float]] = {name: {} for name in _SLOW}
        self._face_at = -math.inf
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
        no_face = time.monotonic() - self._face_at >= PATIENCE
        self._hand_on(_LAST if no_face else _FIRST)

    def _on_face(self, message: Any) -> None:
        self._received(Modality.FACE)
        self._face_at = time.monotonic()
        self._hand_on(Time.from_msg(message.header.stamp) + self._slop)
        self._deliver(Modality.FACE, message)

    def _on_slow(self, message: Any, modality: Modality) -> None:
        self._received(modality)
        arrived = self._arrived[modality]
        arrived[id(message)] = time.monotonic()
        if len(arrived) >= CACHED:
            # The next one would push a message out of the cache that nobody has seen.
            self._hand_on(_LAST)

    def _hand_on(self, until: Time) -> None:
        """Delivers what waits and is not newer than a time or has waited too long, in order."""
        overdue = time.monotonic() - PATIENCE
        waiting: list[tuple[int, Modality, Any]] = []
        for modality, cache in self._caches.items():
            arrived = self._arrived[modality]
            if not arrived:
                continue
            for message in cache.getInterval(_FIRST, _LAST):
                at = arrived.get(id(message))
                stamp = Time.from_msg(message.header.stamp)
                if at is not None and (stamp <= until or at <= overdue):
                    del arrived[id(message)]
                    waiting.append((stamp.nanoseconds, modality, message))
        for _, modality, message in sorted(waiting, key=lambda one: one[:2]):
            self._deliver(modality, message)
