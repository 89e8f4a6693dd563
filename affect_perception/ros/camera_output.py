"""What a camera publishes: image_raw, image_raw/compressed and camera_info, with one stamp."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from affect_perception.core.config import CameraTopicsConfig
from affect_perception.core.types import CameraFrame, CameraIntrinsics
from affect_perception.ros.camera_input import COMPRESSED_TOPIC, INFO_TOPIC, RAW_TOPIC
from affect_perception.ros.convert import byte_array, image_message
from affect_perception.ros.qos import CAMERA_INFO_OUT, CAMERA_OUT
from affect_perception.ros.stamps import set_stamp


class CameraOutput:
    """Publishes frames. May be used from a thread of its own."""

    def __init__(self, node: LifecycleNode, config: CameraTopicsConfig) -> None:
        """Makes the publishers; activating the node opens them."""
        self._node = node
        self._config = config
        make = node.create_lifecycle_publisher
        self._info = make(CameraInfo, INFO_TOPIC, CAMERA_INFO_OUT)
        self._made = [self._info]
        self._raw = self._compressed = None
        if config.raw:
            self._raw = make(Image, RAW_TOPIC, CAMERA_OUT)
            self._made.append(self._raw)
        if config.compressed:
            self._compressed = make(CompressedImage, COMPRESSED_TOPIC, CAMERA_OUT)
            self._made.append(self._compressed)

    def close(self) -> None:
        """Destroys the publishers."""
        while self._made:
            self._node.destroy_lifecycle_publisher(self._made.pop())

    def publish(self, frame: CameraFrame) -> None:
        """Publishes a frame; pictures only where somebody listens.

        The calibration goes first: it is small, and whoever pairs need not wait for it then.
        """
        info = info_message(frame)
        info.header.frame_id = self._config.frame_id
        self._info.publish(info)
        if self._raw is not None and self._raw.get_subscription_count() > 0:
            message = image_message(Image(), frame.image, frame)
            message.header.frame_id = self._config.frame_id
            self._raw.publish(message)
        if self._compressed is not None and self._compressed.get_subscription_count() > 0:
            self._compressed.publish(self._jpeg(frame))

    def _jpeg(self, frame: CameraFrame) -> CompressedImage:
        message = CompressedImage()
        set_stamp(message.header.stamp, frame.stamp_ns)
        message.header.frame_id = self._config.frame_id
        message.format, data = encode_jpeg(frame, self._config.jpeg_quality)
        message.data = byte_array(data)
        return message


def encode_jpeg(frame: CameraFrame, quality: int) -> tuple[str, Any]:
    """(format, bytes) of a frame, the format in the words of image_transport."""
    grey = frame.image.ndim == 2
    picture = frame.image if grey else cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return "mono8; jpeg compressed " if grey else "rgb8; jpeg compressed bgr8", data


def info_message(frame: CameraFrame) -> CameraInfo:
    """The calibration of a frame; K is all zero if there is none, as ROS wants it."""
    message = CameraInfo(width=frame.width, height=frame.height)
    set_stamp(message.header.stamp, frame.stamp_ns)
    message.header.frame_id = frame.frame_id
    if frame.intrinsics is None:
        return message
    intrinsics = frame.intrinsics.scaled_to(frame.width, frame.height)
    message.distortion_model = "plumb_bob"
    message.d = [*intrinsics.distortion, *[0.0] * (5 - len(intrinsics.distortion))]
    message.k = intrinsics.matrix.ravel().tolist()
    message.r = np.eye(3).ravel().tolist()
    message.p = np.hstack([intrinsics.matrix, np.zeros((3, 1))]).ravel().tolist()
    return message


def intrinsics_of_calibration(content: Any) -> CameraIntrinsics:
    """Reads the content of a camera_calibration YAML file.

    Raises:
        KeyError, TypeError, ValueError: If it has another layout.
    """
    k = [float(v) for v in content["camera_matrix"]["data"]]
    d = tuple(float(v) for v in content["distortion_coefficients"]["data"])
    if content.get("distortion_model", "plumb_bob") != "plumb_bob" or len(k) != 9:
        raise ValueError("camera_matrix needs 9 values and distortion_model plumb_bob")
    size = int(content["image_width"]), int(content["image_height"])
    return CameraIntrinsics(*size, k[0], k[4], k[2], k[5], d)
