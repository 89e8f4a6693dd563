"""Writes what the synthetic driver shows and its body gives: bag, video, npz or csv, with truth."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.errors import InputError
from affect_perception.core.types import AudioChunk
from affect_perception.evaluation.synthetic.body import TRUTH_HZ, body_columns
from affect_perception.evaluation.synthetic.truth import truth_columns
from affect_perception.io.audio_bag import AUDIO_TOPIC
from affect_perception.io.audio_messages import AUDIO_CHUNK, chunk_fields
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.image_codec import encode_jpeg
from affect_perception.io.message_fields import (
    Fields,
    camera_info_fields,
    compressed_image_fields,
)
from affect_perception.io.physio_fields import BIOSIGNAL_CHUNK
from affect_perception.io.physio_fields import chunk_fields as biosignal_fields
from affect_perception.io.signal_file import SIGNAL_SUFFIXES, write_csv, write_npz
from affect_perception.io.signals import Signal
from affect_perception.io.table import write_parquet
from affect_perception.sim.body.parts import SENSORS
from affect_perception.sim.body.script import BodyScript
from affect_perception.sim.body.sensors import BodySensors
from affect_perception.sim.synthetic_driver import SyntheticDriver

IMAGE_TOPIC = "/image_raw/compressed"
INFO_TOPIC = "/camera_info"
TRUTH_TOPIC = "/driver_truth"
BODY_TOPIC = "/biosignals"
BODY_TRUTH_TOPIC = "/body_truth"

VIDEO_SUFFIXES = (".mp4", ".avi")
_CODECS = {".mp4": "mp4v", ".avi": "MJPG"}

_STRING = "std_msgs/msg/String"
# Words of the sensors and of their units in files (io/signals.py).
_WORDS = {"ecg": "ecg", "ppg": "ppg", "eda": "eda", "respiration": "resp", "temperature": "temp"}
_UNIT_WORDS = {"1": "", "degC": "C"}

_Progress = Callable[[], None] | None
_Message = tuple[int, str, str, Fields]
"""Time of recording (ns), topic, type, fields."""


def record_bag(
    path: Path,
    driver: SyntheticDriver | None,
    quality: int = 95,
    on_frame: _Progress = None,
    sound: Iterable[AudioChunk] = (),
    body: BodyScript | None = None,
    start_ns: int = 0,
) -> int:
    """Records pictures (JPEG), camera_info, truth (JSON of DriverTruth), sound and body signals.

    Args:
        path: `*.mcap` for one file, any other name for a rosbag2 folder.
        driver: Who is recorded; None for no pictures.
        quality: Of the JPEG pictures, 1 to 100.
        on_frame: Called after every picture.
        sound: What the microphone hears, if there is one.
        body: Whose body signals are recorded, with their truth, if anybody's.
        start_ns: Stamp of time 0 of the body; that of the driver is its own.

    Returns:
        The number of pictures; without a driver that of the pieces of body signals.

    Raises:
        InputError: If the name ends like a file of another format.
    """
    # A folder may be named by a date (drive.2026); letters after the dot mean a format.
    if path.suffix not in ("", ".mcap") and not path.suffix[1:].isdigit():
        known = ", ".join((".mcap", *VIDEO_SUFFIXES, *SIGNAL_SUFFIXES))
        raise InputError(f"{path}: '{path.suffix}' is no format to record; use a folder or {known}")
    counts: dict[str, int] = {}
    streams = [
        ((p.end_ns, AUDIO_TOPIC, AUDIO_CHUNK, chunk_fields(p)) for p in sound),
        _body(body, start_ns) if body is not None else iter(()),
        _pictures(driver, quality) if driver is not None else iter(()),
    ]
    with BagWriter(path) as bag:
        for stamp, topic, kind, fields in heapq.merge(*streams, key=lambda message: message[0]):
            bag.write(topic, kind, fields, stamp)
            counts[topic] = counts.get(topic, 0) + 1
            if topic == TRUTH_TOPIC and on_frame is not None:
                on_frame()
    return counts.get(IMAGE_TOPIC if driver is not None else BODY_TOPIC, 0)


def _pictures(driver: SyntheticDriver, quality: int) -> Iterator[_Message]:
    for frame, truth in driver.frames():
        stamp, name = frame.stamp_ns, frame.frame_id
        assert frame.intrinsics is not None
        info = camera_info_fields(stamp, name, frame.intrinsics)
        data = encode_jpeg(frame.image, quality)
        picture = compressed_image_fields(stamp, name, data, colour=frame.image.ndim == 3)
        yield stamp, INFO_TOPIC, "sensor_msgs/msg/CameraInfo", info
        yield stamp, IMAGE_TOPIC, "sensor_msgs/msg/CompressedImage", picture
        yield stamp, TRUTH_TOPIC, _STRING, _json(truth.plain())


def _body(body: BodyScript, start_ns: int) -> Iterator[_Message]:
    """Pieces when they are complete, and the truth twice a second."""
    due = start_ns
    for arrived, chunk in BodySensors(body).arrivals(start_ns):
        while due <= arrived:
            truth = body.truth((due - start_ns) / 1e9, start_ns)
            yield due, BODY_TRUTH_TOPIC, _STRING, _json(truth.plain())
            due += round(1e9 / TRUTH_HZ)
        yield arrived, BODY_TOPIC, BIOSIGNAL_CHUNK, biosignal_fields(chunk)


def _json(values: dict[str, Any]) -> Fields:
    return {"data": json.dumps(values, separators=(",", ":"))}


def record_signals(body: BodyScript, path: Path, start_ns: int) -> list[Path]:
    """Writes body signals as npz (with the truth), or as csv: one file per sensor.

    Files have an even rate: what a fault keeps from being sent is not a number there, and stamps
    that are wrong are lost. Record a bag where that matters.

    Args:
        body: Whose signals.
        path: `*.npz`, or `*.csv`, which becomes `NAME.<sensor>.csv` with the truth in
            `NAME.truth.parquet`.
        start_ns: Stamp of time 0.

    Returns:
        The files with signals.
    """
    worn = BodySensors(body)
    signals = {_WORDS[name]: _signal(worn, body, name) for name in worn.names}
    truth = body_columns(body, start_ns)
    if path.suffix == ".npz":
        write_npz(path, signals, truth, start_ns)
        return [path]
    paths = []
    for word, signal in signals.items():
        paths.append(path.with_suffix(f".{word}.csv"))
        write_csv(paths[-1], signal)
    write_parquet(path.with_suffix(".truth.parquet"), truth)
    return paths


def _signal(worn: BodySensors, body: BodyScript, name: str) -> Signal:
    setup = worn.setup(name)
    samples = worn.samples(name, 0, worn.count(name))
    times = np.arange(len(samples)) / setup.true_rate
    for fault in body.faults:
        if fault.kind == "gap" and name in fault.sensors:
            samples[(times >= fault.at) & (times < fault.end)] = np.nan
    word = _WORDS[name]
    ending = _UNIT_WORDS.get(setup.unit, setup.unit)
    column = f"{word}_{ending}" if ending else word
    return Signal(column, SENSORS[name], samples, setup.rate_hz, setup.unit)


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
