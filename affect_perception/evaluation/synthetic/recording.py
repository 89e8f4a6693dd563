"""Writes what the synthetic driver shows: a rosbag2 recording or a video, with the truth."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.errors import InputError
from affect_perception.core.types import AudioChunk
from affect_perception.evaluation.synthetic.truth import truth_columns
from affect_perception.io.audio_bag import write_chunk
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.image_codec import encode_jpeg
from affect_perception.io.message_fields import camera_info_fields, compressed_image_fields
from affect_perception.io.table import write_parquet
from affect_perception.sim.synthetic_driver import SyntheticDriver

IMAGE_TOPIC = "/image_raw/compressed"
INFO_TOPIC = "/camera_info"
TRUTH_TOPIC = "/driver_truth"

VIDEO_SUFFIXES = (".mp4", ".avi")
_CODECS = {".mp4": "mp4v", ".avi": "MJPG"}

_Progress = Callable[[], None] | None


def record_bag(
    driver: SyntheticDriver,
    path: Path,
    quality: int,
    on_frame: _Progress,
    sound: Iterable[AudioChunk] = (),
) -> int:
    """Records pictures (JPEG), camera_info, truth (JSON of DriverTruth) and sound.

    Args:
        driver: Who is recorded.
        path: `*.mcap` for one file, any other name for a rosbag2 folder.
        quality: Of the JPEG pictures, 1 to 100.
        on_frame: Called after every picture.
        sound: What the microphone hears, if there is one.

    Returns:
        The number of pictures.

    Raises:
        InputError: If the name ends like a file of another format.
    """
    # A folder may be named by a date (drive.2026); letters after the dot mean a format.
    if path.suffix not in ("", ".mcap") and not path.suffix[1:].isdigit():
        known = ", ".join((".mcap", *VIDEO_SUFFIXES))
        raise InputError(f"{path}: '{path.suffix}' is no format to record; use a folder or {known}")
    count = 0
    pieces = iter(sound)
    piece = next(pieces, None)
    with BagWriter(path) as bag:
        for frame, truth in driver.frames():
            stamp, name = frame.stamp_ns, frame.frame_id
            while piece is not None and piece.end_ns <= stamp:
                write_chunk(bag, piece, piece.end_ns)
                piece = next(pieces, None)
            assert frame.intrinsics is not None
            info = camera_info_fields(stamp, name, frame.intrinsics)
            data = encode_jpeg(frame.image, quality)
            picture = compressed_image_fields(stamp, name, data, colour=frame.image.ndim == 3)
            text = {"data": json.dumps(truth.plain(), separators=(",", ":"))}
            bag.write(INFO_TOPIC, "sensor_msgs/msg/CameraInfo", info, stamp)
            bag.write(IMAGE_TOPIC, "sensor_msgs/msg/CompressedImage", picture, stamp)
            bag.write(TRUTH_TOPIC, "std_msgs/msg/String", text, stamp)
            count += 1
            if on_frame is not None:
                on_frame()
        while piece is not None:
            write_chunk(bag, piece, piece.end_ns)
            piece = next(pieces, None)
    return count


def record_video(
    driver: SyntheticDriver, path: Path, cabin: CabinGeometry, on_frame: _Progress
) -> int:
    """Records a video at the scenario's rate, with `NAME.truth.parquet` beside it.

    A video has an even rate: frames that the scenario drops are missing, so time shrinks. Record a
    bag where that matters.

    Returns:
        The number of pictures.

    Raises:
        InputError: If this OpenCV cannot write such a file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    camera = driver.camera.intrinsics
    codec = cv2.VideoWriter.fourcc(*_CODECS[path.suffix])
    rate = driver.scenario.camera.rate_hz
    writer = cv2.VideoWriter(str(path), codec, rate, (camera.width, camera.height))
    if not writer.isOpened():
        raise InputError(f"{path} cannot be written: OpenCV here has no {_CODECS[path.suffix]}")
    truths = []
    for frame, truth in driver.frames():
        code = cv2.COLOR_GRAY2BGR if frame.image.ndim == 2 else cv2.COLOR_RGB2BGR
        writer.write(cv2.cvtColor(frame.image, code))
        truths.append(truth.plain())
        if on_frame is not None:
            on_frame()
    writer.release()
    write_parquet(path.with_suffix(".truth.parquet"), truth_columns(truths, cabin))
    return len(truths)
