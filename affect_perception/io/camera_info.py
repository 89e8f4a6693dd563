"""Reads camera calibrations as `sensor_msgs/CameraInfo` carries them, from bags and from ROS alike.

The message only has to have the fields: a rclpy and a rosbags object both do.
"""

from __future__ import annotations

import math
from typing import Any

from affect_perception.core.errors import InputError
from affect_perception.core.types import CameraIntrinsics


def camera_intrinsics(message: Any) -> CameraIntrinsics | None:
    """Reads a `sensor_msgs/CameraInfo`.

    Binning and region of interest are applied as the message's own comments define them: K refers
    to the full sensor, the picture is the (offset) region divided by the binning.

    Args:
        message: The calibration.

    Returns:
        The intrinsics of the pictures as published; None for an uncalibrated camera, which the
        message marks with K[0] = 0.

    Raises:
        InputError: On a value that is not finite, a size or focal length that is not positive, or a
            distortion model other than plumb_bob (rational_polynomial is accepted where its
            further terms are zero, because it is then the same).
    """
    k = [float(value) for value in message.k]
    if k[0] == 0.0:
        return None
    if not all(math.isfinite(value) for value in k):
        raise InputError(f"camera_info: K holds a value that is not finite: {k}")
    binning_x, binning_y = max(1, int(message.binning_x)), max(1, int(message.binning_y))
    roi = message.roi
    return CameraIntrinsics(
        width=int(roi.width or message.width) // binning_x,
        height=int(roi.height or message.height) // binning_y,
        fx=k[0] / binning_x,
        fy=k[4] / binning_y,
        cx=(k[2] - int(roi.x_offset)) / binning_x,
        cy=(k[5] - int(roi.y_offset)) / binning_y,
        distortion=_plumb_bob(message.distortion_model, [float(v) for v in message.d]),
    )


def fit_intrinsics(intrinsics: CameraIntrinsics, width: int, height: int) -> CameraIntrinsics:
    """The intrinsics for a picture of the given size, scaled if only the resolution differs.

    Raises:
        InputError: If the aspect ratio differs by more than rounding, so that the picture must have
            been cropped and the calibration does not describe it.
    """
    if (intrinsics.width, intrinsics.height) == (width, height):
        return intrinsics
    # One pixel of rounding on the smaller picture's side is what integer sizes can cause.
    if abs(intrinsics.width * height - intrinsics.height * width) > max(
        intrinsics.width, intrinsics.height
    ):
        raise InputError(
            f"camera_info is for {intrinsics.width}x{intrinsics.height}, the image has "
            f"{width}x{height}: another aspect ratio"
        )
    return intrinsics.scaled_to(width, height)


def _plumb_bob(model: str, d: list[float]) -> tuple[float, ...]:
    if not all(math.isfinite(value) for value in d):
        raise InputError(f"camera_info: distortion holds a value that is not finite: {d}")
    if not any(d):
        return ()
    if model in ("", "plumb_bob") and len(d) in (4, 5):
        return tuple(d)
    if model == "rational_polynomial" and len(d) >= 5 and not any(d[5:]):
        return tuple(d[:5])
    raise InputError(
        f"camera_info: distortion model {model!r} with {len(d)} values is not supported, expected "
        "plumb_bob with 4 or 5; publish rectified pictures (image_proc) and their camera_info"
    )
