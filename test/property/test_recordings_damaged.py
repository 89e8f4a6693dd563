"""Covers that damaged bags and pictures give an InputError or a picture, and nothing else.

Leaves to others: whole recordings, single errors and their words (test/unit/io).
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from affect_perception.core.errors import InputError
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.image_codec import RAW_ENCODINGS, decode_compressed, decode_raw
from affect_perception.io.message_fields import compressed_image_fields
from affect_perception.io.sources import open_source

pytestmark = pytest.mark.property


@functools.cache
def jpeg() -> bytes:
    picture = np.random.default_rng(0).integers(0, 255, (24, 32, 3), np.uint8)
    return cv2.imencode(".jpg", picture)[1].tobytes()


@functools.cache
def bag_bytes() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mcap"
        with BagWriter(path) as bag:
            for stamp in (10**9, 2 * 10**9):
                fields = compressed_image_fields(stamp, "camera", jpeg(), colour=True)
                bag.write("/image", "sensor_msgs/msg/CompressedImage", fields, stamp)
        return path.read_bytes()


def is_core_picture(image: np.ndarray) -> bool:
    return image.dtype == np.uint8 and image.ndim in (2, 3) and image.size > 0


@settings(max_examples=150, deadline=None)
@example(changes=[(0.73828125, 35)], kept=1.0)
@example(changes=[(0.7421875, 97)], kept=1.0)
@given(st.lists(st.tuples(st.floats(0, 0.9999), st.integers(0, 255)), max_size=8), st.floats(0, 1))
def test_damaged_bag(changes: list[tuple[float, int]], kept: float) -> None:
    data = bytearray(bag_bytes())
    for place, value in changes:
        data[int(place * len(data))] = value
    if kept < 0.3:
        del data[int(kept / 0.3 * len(data)) :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mcap"
        path.write_bytes(data)
        try:
            frames = list(open_source(path).events(lambda _stamp, _error: None))
        except InputError:
            return
    assert all(is_core_picture(frame.image) for frame in frames)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.builds(lambda cut, tail: jpeg()[:cut] + tail, st.integers(0, 2000), st.binary()),
        st.binary(max_size=200).map(lambda data: b"\xff\xd8\xff" + data + b"\xff\xd9"),
        st.binary(max_size=200).map(lambda data: b"\x89PNG\r\n\x1a\n" + data + b"IEND\xaeB`\x82"),
    ),
    st.sampled_from(["", "jpeg", "rgb8; jpeg compressed rgb8", "mono16; png"]),
)
def test_compressed_pictures(data: bytes, image_format: str) -> None:
    try:
        image = decode_compressed(data, image_format)
    except InputError:
        return
    assert is_core_picture(image)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*RAW_ENCODINGS, "", "rgb16", "32FC1"]),
    st.integers(-2, 24),
    st.integers(-2, 24),
    st.integers(-1, 8),
    st.integers(-3, 3),
    st.booleans(),
)
def test_raw_pictures(
    encoding: str, width: int, height: int, padding: int, missing: int, big: bool
) -> None:
    step = max(0, width) * 4 + padding
    data = bytes(max(0, step * max(0, height) + missing))
    try:
        image = decode_raw(data, width, height, encoding, step, big)
    except InputError:
        return
    assert is_core_picture(image)
    assert image.shape[:2] == (height, width)
