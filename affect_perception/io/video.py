"""Reads video files with OpenCV, with the stamps that the container carries."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from affect_perception.core.errors import InputError
from affect_perception.core.types import CameraFrame
from affect_perception.io.events import BadFrame, Event

_LOG = logging.getLogger(__name__)

ASSUMED_RATE = 30.0
"""Frames per second where a file says nothing usable (raw streams)."""


class VideoSource:
    """A video file.

    Stamps are the presentation times of the container, so that a variable rate is kept; the first
    picture of a usual file has stamp 0. Where a container carries none, or they stand still, the
    frame rate of the file goes on counting.

    Args:
        path: The file.

    Raises:
        InputError: If it is no video, or holds no picture.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        capture = self._open()
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self._frames = int(count) if 0 < count < 1e9 else None
        rate = capture.get(cv2.CAP_PROP_FPS)
        self._rate = float(rate) if 0.1 <= rate <= 1000.0 else ASSUMED_RATE
        found, _ = capture.read()
        capture.release()
        if not found:
            raise InputError(f"{self._path} holds no pictures that can be decoded")

    @property
    def name(self) -> str:
        """File name."""
        return self._path.name

    @property
    def frames(self) -> int | None:
        """Pictures that the container announces."""
        return self._frames

    @property
    def rate(self) -> float:
        """Frames per second that the container announces, or the assumed ones."""
        return self._rate

    def events(self, on_bad_frame: BadFrame | None = None) -> Iterator[Event]:
        """All pictures in order. A file that ends early is told to `on_bad_frame` or the log."""
        capture = self._open()
        stamp = -1
        count = 0
        try:
            while True:
                found, picture = capture.read()
                if not found or picture is None:
                    break
                stamp = self._stamp(capture.get(cv2.CAP_PROP_POS_MSEC), stamp)
                count += 1
                yield CameraFrame(stamp, _to_core(picture))
        finally:
            capture.release()
        # Containers round their own count; a file cut short lacks far more than that.
        if self._frames is not None and count < 0.95 * self._frames - 2:
            error = InputError(
                f"{self._path} announces {self._frames} pictures, only {count} can be decoded: "
                "the file is truncated or damaged"
            )
            if on_bad_frame is None:
                raise error
            on_bad_frame(stamp, error)

    def _stamp(self, position_ms: float, last_ns: int) -> int:
        stamp = round(position_ms * 1e6)
        if last_ns < 0:
            return max(stamp, 0)
        return stamp if stamp > last_ns else last_ns + round(1e9 / self._rate)

    def _open(self) -> cv2.VideoCapture:
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise InputError(
                f"{self._path} is no video that can be read (truncated or not a video)"
            )
        return capture


def _to_core(picture: np.ndarray) -> np.ndarray:
    if picture.ndim == 2:
        return picture
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
