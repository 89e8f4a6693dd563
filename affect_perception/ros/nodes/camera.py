"""The node camera: a webcam through OpenCV, for those who have no camera node yet."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from affect_perception.core.config import CameraNodeConfig, CameraTopicsConfig
from affect_perception.core.errors import ConfigError, InputError
from affect_perception.core.types import CameraFrame, CameraIntrinsics
from affect_perception.ros.camera_node import CameraNode
from affect_perception.ros.camera_output import intrinsics_of_calibration
from affect_perception.ros.health import Report
from affect_perception.ros.lifecycle import run_node, transition

LOST_AFTER = 30
"""Failed reads in a row after which the camera counts as unplugged: about a second at 30 Hz."""
PRIVACY = "pictures of whoever sits in front of the camera are published to whom subscribes"


class WebcamNode(CameraNode):
    """See docs/topics.md."""

    def __init__(self, **options: Any) -> None:
        """`options` go to rclpy's node."""
        super().__init__("camera", **options)
        self._capture: cv2.VideoCapture | None = None
        self._intrinsics: CameraIntrinsics | None = None

    def prepare(self) -> CameraTopicsConfig:
        """Opens the camera."""
        self._config = config = self.parameters.read(CameraNodeConfig)
        self._intrinsics = read_calibration(config.calibration)
        device: int | str = int(config.device) if config.device.isdigit() else config.device
        capture = cv2.VideoCapture(device)
        if not capture.isOpened():
            raise InputError(f"camera {config.device!r} cannot be opened")
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, config.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, config.height)
        capture.set(cv2.CAP_PROP_FPS, config.frame_rate)
        # One picture in the driver's queue: a stamp taken after reading is then close to the truth.
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._capture = capture
        return config.topics

    @transition
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Starts the stream, and says what it shows."""
        self.get_logger().warning(PRIVACY)
        return super().on_activate(state)

    def report(self) -> Report:
        """The stream, and what leaves the node."""
        report = super().report()
        report.values["privacy"] = PRIVACY
        return report

    def release(self) -> None:
        """Closes the camera."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def frames(self) -> Iterator[CameraFrame]:
        """What the camera gives, stamped when it has given it."""
        failed = 0
        while self._capture is not None and not self.stopping.is_set():
            found = self._capture.grab()
            stamp_ns = int(self.get_clock().now().nanoseconds)
            found, picture = self._capture.retrieve() if found else (False, None)
            failed = 0 if found else failed + 1
            if failed >= LOST_AFTER:
                raise InputError(f"camera {self._config.device!r} gives no more pictures")
            if picture is not None:
                rgb = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
                yield CameraFrame(stamp_ns, rgb, self._config.topics.frame_id, self._intrinsics)
            else:
                self.stopping.wait(1.0 / self._config.frame_rate)


def read_calibration(path: str) -> CameraIntrinsics | None:
    """Reads a calibration file; None without a path.

    Raises:
        ConfigError: If the file is not there or has another layout.
    """
    if not path:
        return None
    try:
        return intrinsics_of_calibration(yaml.safe_load(Path(path).read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, InputError) as error:
        raise ConfigError(f"parameter 'calibration': {path} cannot be used: {error!r}") from error


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(WebcamNode, argv)


if __name__ == "__main__":
    sys.exit(main())
