"""Recordings as one stream of stamped events, whatever they are stored in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from affect_perception.core.errors import InputError
from affect_perception.core.types import CameraFrame, VehicleState

Event = CameraFrame | VehicleState

BAG_SUFFIXES = (".mcap", ".db3")
SCENARIO_SUFFIXES = (".yaml", ".yml")

BadFrame = Callable[[int, InputError], None]
"""Told of a picture that cannot be decoded: stamp in ns, and why."""


class Source(Protocol):
    """A recording that can be read once, from its start."""

    @property
    def name(self) -> str:
        """Name for messages and reports."""
        ...

    @property
    def frames(self) -> int | None:
        """Pictures it says it holds, or None if it does not say."""
        ...

    def events(self, on_bad_frame: BadFrame | None = None) -> Iterator[Event]:
        """All events, pictures in the order of recording, others merged in by stamp.

        Args:
            on_bad_frame: Told of each picture that does not decode; without it that is an error.

        Raises:
            InputError: If the recording is broken.
        """
        ...


def open_source(path: Path | str, *, image_topic: str = "", twist_topic: str = "") -> Source:
    """Opens a bag (rosbag2 folder, .mcap, .db3) or a video file.

    Args:
        path: The recording.
        image_topic: Camera topic, needed if a bag has several; "" takes the only one.
        twist_topic: Vehicle speed topic, likewise.

    Raises:
        InputError: If there is no such file, it is neither, or it holds no pictures.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path} does not exist")
    if path.is_dir() or path.suffix in BAG_SUFFIXES:
        from affect_perception.io.bag_reader import BagSource

        return BagSource(path, image_topic=image_topic, twist_topic=twist_topic)
    if path.suffix == ".bag":
        raise InputError(f"{path} is a ROS 1 bag; convert it with 'rosbags-convert' first")
    from affect_perception.io.video import VideoSource

    return VideoSource(path)
