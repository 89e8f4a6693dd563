"""Opens a recording, whatever it is stored in."""

from __future__ import annotations

from pathlib import Path

from affect_perception.core.errors import InputError
from affect_perception.io.events import Source

BAG_SUFFIXES = (".mcap", ".db3")
SCENARIO_SUFFIXES = (".yaml", ".yml")


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
