"""The topics that face_perception publishes: face, attention_state, and overlay or markers."""

from __future__ import annotations

import time
from typing import Any

from geometry_msgs.msg import Point
from rclpy.lifecycle import LifecycleNode, LifecyclePublisher
from sensor_msgs.msg import Image

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import NodeConfig
from affect_perception.core.enums import Reason
from affect_perception.core.types import AttentionState, CameraFrame, FaceObservation
from affect_perception.msg import AttentionState as AttentionStateMessage
from affect_perception.msg import FaceObservation as FaceObservationMessage
from affect_perception.ros import convert, qos
from affect_perception.ros.face_worker import Output
from affect_perception.ros.frame_health import FrameHealth
from affect_perception.ros.health import measured_latency
from affect_perception.ros.rep155 import HumansOutput, hri_messages
from affect_perception.ros.zone_markers import (
    GAZE_TOPIC,
    UNAVAILABLE,
    ZONES_TOPIC,
    ZoneMarkers,
    marker_messages,
)

FACE_TOPIC, STATE_TOPIC, OVERLAY_TOPIC = "face", "attention_state", "overlay"


class FaceOutput:
    """Publishes what the pipeline gives. `publish` is called from the worker's thread."""

    def __init__(
        self,
        node: LifecycleNode,
        config: NodeConfig,
        cabin: CabinGeometry,
        announce: qos.Announce,
    ) -> None:
        """Makes the publishers.

        Args:
            node: The node; activating it opens the publishers.
            config: Its parameters.
            cabin: What `zone_markers` draws.
            announce: Called with (topic, sentence) on incompatible QoS.
        """
        self._node = node
        self._config = config
        self._announce = announce
        self._made: list[LifecyclePublisher] = []
        self._face = self._make(FaceObservationMessage, FACE_TOPIC, qos.FACE_OUT)
        self._state = self._make(AttentionStateMessage, STATE_TOPIC, qos.STATE_OUT)
        self._overlay: LifecyclePublisher | None = None
        if config.overlay:
            # Drawing is a debugging aid with dependencies of its own; off by default.
            from affect_perception.evaluation.report.overlay import draw_overlay

            self._draw = draw_overlay
            self._overlay = self._make(Image, OVERLAY_TOPIC, qos.CAMERA_OUT)
        self._markers: ZoneMarkers | None = None
        self.markers = "off"
        if config.zone_markers:
            self._make_markers(cabin)
        self._humans: HumansOutput | None = None
        self.ros4hri, self.ros4hri_missing = "off", ""
        if config.ros4hri:
            self._make_humans()
        self.health: FrameHealth | None = None

    def show_cabin(self) -> None:
        """Publishes what does not change; call it once the publishers are active."""
        if self._markers is not None:
            self._markers.publish_zones()

    @property
    def privacy(self) -> str:
        """What leaves the node besides numbers."""
        if self._overlay is None:
            return "no picture is published or stored"
        return f"pictures of the driver are published on {self._overlay.topic_name}"

    def lose_face(self) -> None:
        """Takes the face back from ROS4HRI; call it when no more pictures are worked on."""
        if self._humans is not None:
            self._humans.lose()

    def close(self) -> None:
        """Destroys the publishers."""
        if self._humans is not None:
            self._humans.close()
        while self._made:
            self._node.destroy_lifecycle_publisher(self._made.pop())

    def publish(self, frame: CameraFrame | None, outputs: tuple[Output, ...]) -> None:
        """Publishes what followed from one picture (None: from its absence)."""
        for output in outputs:
            now_ns = self._node.get_clock().now().nanoseconds
            latency = measured_latency(now_ns, output.stamp_ns)
            if isinstance(output, FaceObservation):
                message = FaceObservationMessage()
                convert.face_to_message(message, output, latency, self._config.landmarks)
                self._face.publish(message)
                if self._humans is not None:
                    self._humans.publish(output)
            else:
                self._publish_state(output, latency)
                if frame is not None:
                    self._after_picture(frame, output, latency)
                else:
                    self.lose_face()

    def _publish_state(self, state: AttentionState, latency: float) -> None:
        message = AttentionStateMessage()
        convert.attention_to_message(message, state, latency, self._config.cabin_frame)
        self._state.publish(message)
        if self.health is not None:
            reasons = ", ".join(reason.value for reason in state.degradation_reasons) or "none"
            frozen = Reason.FROZEN_PICTURE in state.degradation_reasons
            self.health.warn("camera", "the camera gives the same picture again" if frozen else "")
            self.health.state(availability=f"{state.availability.name}; reasons: {reasons}")

    def _after_picture(self, frame: CameraFrame, state: AttentionState, latency: float) -> None:
        if self.health is not None:
            self.health.published(latency, time.monotonic())
        if self._markers is not None:
            self._markers.publish_gaze(state)
        if self._overlay is not None and self._overlay.get_subscription_count() > 0:
            picture = self._draw(frame, state)
            self._overlay.publish(convert.image_message(Image(), picture, frame))

    def _make_markers(self, cabin: CabinGeometry) -> None:
        messages = marker_messages()
        if messages is None:
            self.markers = UNAVAILABLE
            return
        made = (
            self._make(messages.MarkerArray, ZONES_TOPIC, qos.ZONES_OUT),
            self._make(messages.MarkerArray, GAZE_TOPIC, qos.GAZE_OUT),
        )
        self._markers = ZoneMarkers(messages, Point, cabin, self._config.cabin_frame, made)
        self.markers = f"published on {ZONES_TOPIC} and {GAZE_TOPIC}"

    def _make_humans(self) -> None:
        messages = hri_messages()
        self.ros4hri, self.ros4hri_missing = messages.summary, messages.missing
        if messages.hri is not None:
            self._humans = HumansOutput(
                messages,
                lambda kind, topic: self._node.create_publisher(kind, topic, qos.HUMANS_OUT),
                self._node.destroy_publisher,
                landmarks=self._config.landmarks,
            )

    def _make(self, kind: type, topic: str, profile: Any) -> LifecyclePublisher:
        events = qos.announce_mismatch_out(topic, self._announce)
        publisher = self._node.create_lifecycle_publisher(
            kind, topic, profile, event_callbacks=events
        )
        self._made.append(publisher)
        return publisher
