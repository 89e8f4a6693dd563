"""Stand-ins with the fields of sensor messages, for tests without ROS."""

from __future__ import annotations

from array import array
from types import SimpleNamespace
from typing import Any

import numpy as np


def header(stamp_ns: int = 1_500_000_000, frame_id: str = "camera_optical") -> SimpleNamespace:
    """A `std_msgs/Header`."""
    sec, nanosec = divmod(stamp_ns, 1_000_000_000)
    return SimpleNamespace(stamp=SimpleNamespace(sec=sec, nanosec=nanosec), frame_id=frame_id)


def image(
    pixels: np.ndarray, encoding: str, *, step: int | None = None, big: bool = False, **more: Any
) -> SimpleNamespace:
    """A `sensor_msgs/Image` of rows (H, bytes or 16-bit values, ...), padded to `step` bytes."""
    height, width = pixels.shape[:2]
    order = pixels.astype(pixels.dtype.newbyteorder(">" if big else "<"), copy=False)
    rows = np.frombuffer(np.ascontiguousarray(order).tobytes(), np.uint8).reshape(height, -1)
    if step is not None and step > rows.shape[1]:
        padding = np.full((height, step - rows.shape[1]), 77, np.uint8)
        rows = np.concatenate([rows, padding], axis=1)
    fields = {
        "header": header(),
        "width": width,
        "height": height,
        "encoding": encoding,
        "is_bigendian": int(big),
        "step": rows.shape[1],
        "data": array("B", rows.tobytes()),
    }
    return SimpleNamespace(**(fields | more))


def compressed(data: bytes, image_format: str = "jpeg") -> SimpleNamespace:
    """A `sensor_msgs/CompressedImage`."""
    return SimpleNamespace(header=header(), format=image_format, data=array("B", data))


def camera_info(width: int = 640, height: int = 480, **more: Any) -> SimpleNamespace:
    """A calibrated `sensor_msgs/CameraInfo`."""
    fields: dict[str, Any] = {
        "header": header(),
        "width": width,
        "height": height,
        "distortion_model": "plumb_bob",
        "d": [0.1, -0.2, 0.001, 0.002, 0.05],
        "k": np.array([500.0, 0.0, 320.0, 0.0, 510.0, 240.0, 0.0, 0.0, 1.0]),
        "binning_x": 0,
        "binning_y": 0,
        "roi": SimpleNamespace(x_offset=0, y_offset=0, width=0, height=0, do_rectify=False),
    }
    return SimpleNamespace(**(fields | more))
