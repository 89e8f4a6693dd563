"""Pictures with their calibration: pairs image and camera_info, and goes on without the latter."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from affect_perception.core.config import NodeConfig
from affect_perception.core.errors import InputError
from affect_perception.core.types import CameraIntrinsics
from affect_perception.ros.frame_health import FrameHealth
from affect_perception.ros.image_convert import camera_intrinsics
from affect_perception.ros.qos import SENSOR_IN, Announce, announce_mismatch_in
from affect_perception.ros.stamps import stamp_to_ns
from affect_perception.ros.sync import ApproximateTimeSynchronizer, Subscriber

PAIR_QUEUE = 5
"""Pictures kept while their camera_info is on the way; it is usually published right after."""

Deliver = Callable[[Any, "CameraIntrinsics | None"], None]

RAW_TOPIC = "image_raw"
COMPRESSED_TOPIC = "image_raw/compressed"
INFO_TOPIC = "camera_info"


class CameraInput:
    """Subscribes to a camera and delivers (picture message, intrinsics or None).

    A picture waits for the camera_info of its stamp until the next picture comes; then it goes out
    with the last known calibration, so that a slow camera_info costs one picture of delay and no
    pictures. When pictures have come without for `camera_info_wait`, they go out as they arrive.
    """

    def __init__(
        self,
        node: Node,
        config: NodeConfig,
        health: FrameHealth,
        deliver: Deliver,
        announce: Announce,
    ) -> None:
        """Subscribes.

        Args:
            node: The node.
            config: Its parameters.
            health: Counts arrivals; gets the warnings about the calibration.
            deliver: Called in the executor's thread; must not block.
            announce: Called with (topic, sentence) on incompatible QoS.
        """
        self._node = node
        self._wait = config.camera_info_wait
        self._health = health
        self._deliver = deliver
        self._intrinsics: CameraIntrinsics | None = None
        self._alone_since: float | None = None
        self._paired_ever = False
        self._newest_stamp = 0
        self._pending: Any | None = None
        self._delivered: deque[Any] = deque(maxlen=PAIR_QUEUE)
        compressed = config.image_transport == "compressed"
        kind, topic = (CompressedImage, COMPRESSED_TOPIC) if compressed else (Image, RAW_TOPIC)
        self._image = Subscriber(
            node,
            kind,
            topic,
            qos_profile=SENSOR_IN,
            event_callbacks=announce_mismatch_in(topic, announce),
        )
        self._info = Subscriber(
            node,
            CameraInfo,
            INFO_TOPIC,
            qos_profile=SENSOR_IN,
            event_callbacks=announce_mismatch_in(INFO_TOPIC, announce),
        )
        # Before the synchronizer connects: a picture is seen here first, then paired.
        self._image.registerCallback(self._on_image)
        self._pairs = ApproximateTimeSynchronizer(
            [self._image, self._info], PAIR_QUEUE, config.camera_info_slop
        )
        self._pairs.registerCallback(self._on_pair)

    def close(self) -> None:
        """Ends the subscriptions."""
        self._node.destroy_subscription(self._image.sub)
        self._node.destroy_subscription(self._info.sub)

    def _on_image(self, message: Any) -> None:
        now = time.monotonic()
        self._health.received(now)
        stamp = stamp_to_ns(message.header.stamp)
        if stamp < self._newest_stamp:
            # Queues sorted by stamp would keep what is left of the time before the jump for ever.
            for queue in self._pairs.queues:
                queue.clear()
        self._newest_stamp = stamp
        overdue, self._pending = self._pending, message
        if self._alone_since is None:
            self._alone_since = now
        if now - self._alone_since >= self._wait:
            known = self._paired_ever
            text = "has stopped: the last is used" if known else "is missing: a view is assumed"
            self._health.warn("camera_info", f"{INFO_TOPIC} {text}")
            self._hand_over(message)
        elif overdue is not None and self._paired_ever:
            self._hand_over(overdue)  # camera_info comes less often than pictures do
        elif overdue is not None:
            self._health.count("waiting")

    def _on_pair(self, message: Any, info: Any) -> None:
        self._alone_since = None
        self._paired_ever = True
        try:
            self._intrinsics = camera_intrinsics(info)
            missing = self._intrinsics is None
            text = f"{INFO_TOPIC} says that the camera is not calibrated" if missing else ""
            self._health.warn("camera_info", text)
        except InputError as error:
            self._intrinsics = None
            self._health.warn("camera_info", f"{error}; the field of view is assumed")
        self._hand_over(message)

    def _hand_over(self, message: Any) -> None:
        if self._pending is message:
            self._pending = None
        if any(message is delivered for delivered in self._delivered):
            return  # went out alone before its camera_info came
        self._delivered.append(message)
        self._deliver(message, self._intrinsics)
