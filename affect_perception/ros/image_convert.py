"""Pictures and calibrations: `sensor_msgs` messages -> the core's `CameraFrame`.

Works on anything that has the fields of the messages, so that it can be tested without ROS. The
decoding itself lives in `io.image_codec`, which replay shares; where cv_bridge is installed it can
do the same work (parameter `image_backend`), and one contract test holds both to the same result.
"""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import ConfigError, InputError
from affect_perception.core.types import CameraFrame, CameraIntrinsics
from affect_perception.io.camera_info import camera_intrinsics as camera_intrinsics
from affect_perception.io.camera_info import fit_intrinsics as fit_intrinsics
from affect_perception.io.image_codec import decode_compressed, decode_raw
from affect_perception.ros.stamps import stamp_to_ns

ByteImage = npt.NDArray[np.uint8]

CV_BRIDGE_PIXEL_BYTES = {
    "mono8": 1,
    "mono16": 2,
    "rgb8": 3,
    "bgr8": 3,
    "rgba8": 4,
    "bgra8": 4,
    "yuv422": 2,
    **{f"bayer_{pattern}8": 1 for pattern in ("rggb", "bggr", "gbrg", "grbg")},
}
"""Bytes per pixel of what every cv_bridge turns into rgb8 or mono8. The others have no colour there
(8UC3, ...) or only in newer versions (yuv422_yuy2): those stay with the builtin code."""


class Decoder(Protocol):
    """Turns the payload of a message into an RGB (H, W, 3) or grey (H, W) uint8 picture."""

    name: str

    def raw(self, message: Any) -> ByteImage:
        """Decodes a `sensor_msgs/Image`."""
        ...

    def compressed(self, message: Any) -> ByteImage:
        """Decodes a `sensor_msgs/CompressedImage`."""
        ...


class BuiltinDecoder:
    """The package's own decoder; copies nothing where rgb8 or mono8 rows are not padded."""

    name = "builtin"

    def raw(self, message: Any) -> ByteImage:
        """Decodes a `sensor_msgs/Image`; InputError if it cannot be used."""
        return decode_raw(
            _bytes_view(message.data),
            message.width,
            message.height,
            message.encoding,
            message.step,
            bool(message.is_bigendian),
        )

    def compressed(self, message: Any) -> ByteImage:
        """Decodes a `sensor_msgs/CompressedImage`; InputError if it cannot be used."""
        return decode_compressed(_bytes_view(message.data), message.format)


class CvBridgeDecoder(BuiltinDecoder):
    """cv_bridge for the raw encodings that all its versions name; the rest is builtin.

    Compressed pictures stay builtin too: cv_bridge hands back truncated JPEGs without a word.
    """

    name = "cv_bridge"

    def __init__(self) -> None:
        module = importlib.import_module("cv_bridge")
        self._bridge = module.CvBridge()
        self._error: type[Exception] = module.CvBridgeError

    def raw(self, message: Any) -> ByteImage:
        """Decodes a `sensor_msgs/Image`; InputError if it cannot be used."""
        # Older versions take padded rows for pixels, and give a sheared picture without a word.
        row = message.width * CV_BRIDGE_PIXEL_BYTES.get(message.encoding, 0)
        plain = message.step == row > 0 and len(message.data) == row * message.height > 0
        if not plain:
            return super().raw(message)
        wanted = "mono8" if message.encoding.startswith("mono") else "rgb8"
        try:
            image = self._bridge.imgmsg_to_cv2(message, wanted)
        except (self._error, TypeError, ValueError) as error:
            raise InputError(
                f"cv_bridge cannot convert {message.width}x{message.height} "
                f"{message.encoding} with step {message.step}: {error}"
            ) from error
        return np.asarray(image, dtype=np.uint8)


def make_decoder(backend: str) -> Decoder:
    """The decoder for the parameter `image_backend`.

    Args:
        backend: "cv_bridge", "builtin", or "auto" (cv_bridge where it is installed).

    Raises:
        ConfigError: If cv_bridge is asked for and cannot be imported.
    """
    if backend == "builtin":
        return BuiltinDecoder()
    try:
        return CvBridgeDecoder()
    except ImportError as error:
        if backend == "auto":
            return BuiltinDecoder()
        raise ConfigError(
            f"parameter 'image_backend': cv_bridge cannot be imported ({error}); "
            "install it or use 'auto' or 'builtin'"
        ) from error


def camera_frame(message: Any, decoder: Decoder) -> CameraFrame:
    """Turns an `Image` or `CompressedImage` into a frame with its acquisition stamp.

    Args:
        message: The picture; a message with `format` is taken as compressed.
        decoder: From `make_decoder`.

    Returns:
        The frame. Its pixels may share memory with the message and be read-only.

    Raises:
        InputError: If the picture cannot be used, or has no stamp.
    """
    stamp_ns = stamp_to_ns(message.header.stamp)
    if stamp_ns <= 0:
        raise InputError(f"image has no acquisition stamp (header.stamp is {stamp_ns} ns)")
    compressed = hasattr(message, "format")
    image = decoder.compressed(message) if compressed else decoder.raw(message)
    return CameraFrame(stamp_ns, image, message.header.frame_id or "camera_optical")


def with_intrinsics(frame: CameraFrame, intrinsics: CameraIntrinsics | None) -> CameraFrame:
    """The frame with its calibration; InputError if that is for another shape of picture."""
    if intrinsics is None:
        return frame
    fitting = fit_intrinsics(intrinsics, frame.width, frame.height)
    return dataclasses.replace(frame, intrinsics=fitting)


def _bytes_view(data: Any) -> npt.NDArray[np.uint8]:
    """The payload (array('B'), bytes, list or ndarray) as bytes, shared where it is a buffer."""
    if isinstance(data, (list, tuple)):
        data = bytes(data)
    return np.frombuffer(data, dtype=np.uint8) if len(data) else np.empty(0, np.uint8)
