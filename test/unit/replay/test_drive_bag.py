"""Covers which sensor messages the recording of a drive keeps. Leaves: the nodes (test/ros)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.evaluation.replay.drive_bag import DriveBag, stamp_in
from affect_perception.evaluation.synthetic.bag_truth import truth_of_bag
from affect_perception.io.image_codec import encode_jpeg
from affect_perception.io.message_fields import compressed_image_fields
from affect_perception.io.message_types import serialize
from affect_perception.io.sources import open_source

pytestmark = pytest.mark.unit

PICTURE = encode_jpeg(np.zeros((16, 16, 3), np.uint8), 90)


def picture(stamp_ns: int) -> bytes:
    fields = compressed_image_fields(stamp_ns, "camera", PICTURE, colour=True)
    return serialize(fields, "sensor_msgs/msg/CompressedImage")


def text(content: str) -> bytes:
    return serialize({"data": content}, "std_msgs/msg/String")


def test_stamp_of_a_serialized_message() -> None:
    assert stamp_in(picture(1_700_000_000_123_456_789)) == 1_700_000_000_123_456_789


def test_only_pictures_with_a_state_are_kept_whoever_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "drive.mcap"
    with DriveBag(path) as drive:
        for number in range(200):
            drive.picture(picture(number * 10**9 + 1), number * 10**9 + 5)
            if number % 2:
                drive.used(number * 10**9 + 1)
        drive.used(999 * 10**9)
        drive.picture(picture(999 * 10**9), 999 * 10**9 + 7)
        drive.used(1000 * 10**9)
    assert drive.unseen == 1
    assert drive.left_out == 100
    stamps = [event.stamp_ns for event in open_source(path).events()]
    assert stamps == [n * 10**9 + 1 for n in range(1, 200, 2)] + [999 * 10**9]


def test_an_interrupted_drive_is_kept_a_failed_one_is_not(tmp_path: Path) -> None:
    def record(name: str, error: type[BaseException]) -> None:
        with DriveBag(tmp_path / f"{name}.mcap") as drive:
            drive.used(7)
            drive.picture(picture(7), 8)
            raise error

    for name, error in (("early", KeyboardInterrupt), ("failed", ValueError)):
        with pytest.raises(error):
            record(name, error)
    assert [path.name for path in tmp_path.iterdir()] == ["early.mcap"]


def test_the_truth_comes_back_by_stamp(tmp_path: Path) -> None:
    path = tmp_path / "drive.mcap"
    with DriveBag(path) as drive:
        for topic, stamp in (("/driver_truth", 9), ("/driver_truth", 4), ("/body_truth", 6)):
            row = json.dumps({"stamp_ns": stamp, "label": topic})
            drive.message(topic, "std_msgs/msg/String", text(row), stamp)
    driver, body = truth_of_bag(path)
    assert [row["stamp_ns"] for row in driver] == [4, 9]
    assert [row["label"] for row in body] == ["/body_truth"]


def test_a_text_that_is_no_truth_is_named(tmp_path: Path) -> None:
    path = tmp_path / "drive.mcap"
    with DriveBag(path) as drive:
        drive.message("/driver_truth", "std_msgs/msg/String", text("[1]"), 1)
    with pytest.raises(InputError, match="driver_truth holds no truth"):
        truth_of_bag(path)
