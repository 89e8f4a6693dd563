"""Quality of service of every topic, in one place; docs/topics.md gives the reasons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

try:
    from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
except ImportError:  # Humble
    from rclpy.qos_event import PublisherEventCallbacks, SubscriptionEventCallbacks


def _keep_last(depth: int, reliability: ReliabilityPolicy, **more: Any) -> QoSProfile:
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=reliability, **more)


SENSOR_IN = _keep_last(5, ReliabilityPolicy.BEST_EFFORT)
"""Subscriptions to cameras, vehicle and affect states: best effort matches every publisher."""

CAMERA_OUT = _keep_last(5, ReliabilityPolicy.BEST_EFFORT)
"""Pictures of our camera nodes and the overlay."""

CAMERA_INFO_OUT = _keep_last(5, ReliabilityPolicy.RELIABLE)
"""Small, and a reliable publisher matches every subscriber."""

FACE_OUT = _keep_last(10, ReliabilityPolicy.RELIABLE)
"""FaceObservation."""

STATE_OUT = _keep_last(10, ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)
"""AttentionState: whoever comes late gets the last state at once, also when the camera is dead."""

AUDIO_IN = _keep_last(100, ReliabilityPolicy.BEST_EFFORT)
"""Sound: best effort matches every publisher, and two seconds of pieces of 20 ms find room."""

AUDIO_OUT = _keep_last(100, ReliabilityPolicy.RELIABLE)
"""Sound of our microphone and audio_file nodes: a lost piece cuts a sentence."""

AUDIO_INFO_IN = _keep_last(
    1, ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL
)
"""AudioInfo of ros-drivers' audio_capture, which is kept for whoever comes late."""

VOICE_OUT = _keep_last(10, ReliabilityPolicy.RELIABLE)
"""VoiceObservation."""

BIOSIGNAL_IN = _keep_last(100, ReliabilityPolicy.BEST_EFFORT)
"""Body signals: best effort matches every publisher; several channels in pieces of 0.1 s, or plain
numbers one by one, find room for a stall of a fraction of a second and more."""

BIOSIGNAL_OUT = _keep_last(100, ReliabilityPolicy.RELIABLE)
"""Body signals of our own nodes: a lost piece is a hole between beats."""

PHYSIO_OUT = _keep_last(10, ReliabilityPolicy.RELIABLE)
"""PhysioObservation."""

AFFECT_OUT = _keep_last(10, ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)
"""AffectState: as AttentionState, whoever comes late gets the last state at once."""

OBSERVATION_IN = _keep_last(30, ReliabilityPolicy.BEST_EFFORT)
"""Observations for fusion: best effort matches every publisher, and a second of the fastest finds
room."""

SHOWN_IN = _keep_last(10, ReliabilityPolicy.BEST_EFFORT)
"""What the page shows: best effort matches every publisher. Kept states are not asked for: what was
published before the page came is old. A fifth of a second of the fastest finds room, which is how
often the node looks while no page is open."""

ZONES_OUT = _keep_last(1, ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)
"""Markers of the cabin: sent once, so whoever comes later gets them from the publisher."""

GAZE_OUT = _keep_last(5, ReliabilityPolicy.RELIABLE)
"""Markers of the gaze: for RViz, which asks for reliable topics by default."""

HUMANS_OUT = _keep_last(10, ReliabilityPolicy.RELIABLE)
"""Topics of ROS4HRI and /tf: reliable, as tf2_ros and libhri expect."""

Announce = Callable[[str, str], None]


def announce_mismatch_in(topic: str, announce: Announce) -> SubscriptionEventCallbacks:
    """Event callbacks that name a subscription which can receive nothing.

    Args:
        topic: The topic.
        announce: Called with (topic, sentence).
    """

    def on_incompatible(event: Any) -> None:
        policy = getattr(event.last_policy_kind, "name", event.last_policy_kind)
        announce(topic, f"a publisher on {topic} offers an incompatible QoS ({policy})")

    return SubscriptionEventCallbacks(incompatible_qos=on_incompatible)


def no_events_in() -> SubscriptionEventCallbacks:
    """Event callbacks of a subscription that nobody tells of anything."""
    return SubscriptionEventCallbacks(use_default_callbacks=False)


def announce_mismatch_out(topic: str, announce: Announce) -> PublisherEventCallbacks:
    """Event callbacks that name a publisher from which a subscriber can receive nothing."""

    def on_incompatible(event: Any) -> None:
        policy = getattr(event.last_policy_kind, "name", event.last_policy_kind)
        announce(topic, f"a subscriber to {topic} asks for an incompatible QoS ({policy})")

    return PublisherEventCallbacks(incompatible_qos=on_incompatible)
