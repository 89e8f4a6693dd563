"""Covers that the live node and the replay say the same about the same bag, picture by picture.

Every message of the bag is published to a running face_perception, one after the other, so that
no picture is lost; the published tolerance stands in docs/replay.md.
Leaves to others: what happens when pictures are lost (test_face_perception_node).
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.ros

SCENARIO = """
name: live
duration_s: 4.0
seed: 5
camera: {width_px: 320, height_px: 240, rate_hz: 15.0}
timeline:
  - at_s: 0.0
    gaze: {target: windscreen}
  - at_s: 1.0
    blink: {duration_s: 0.3}
  - at_s: 2.0
    head: {yaw_deg: 10.0, pitch_deg: -15.0, over_s: 0.4}
    gaze: {target: lap_phone}
  - at_s: 3.2
    driver: {present: false, over_s: 0.4}
"""

PATIENCE_S = 20.0
SETTLE_S = 1.5
TOLERANCE = 1e-6
NOT_COMPARED = ("latency",)  # NaN in replay


def test_live_node_and_replay_give_the_same_states(face_models: Path, tmp_path: Path) -> None:
    from affect_perception.cli.main import main
    from affect_perception.core.enums import Availability
    from affect_perception.io.message_types import FACE_OBSERVATION
    from affect_perception.io.table import columns_of, read_parquet

    scenario, bag = tmp_path / "live.yaml", tmp_path / "live.mcap"
    scenario.write_text(SCENARIO)
    assert main(["simulate", str(scenario), "--out", str(bag)]) == 0
    assert main(["replay", str(bag), "--out", str(tmp_path / "replay"), "--no-progress"]) == 0
    states, faces = _said_by_node(bag, tmp_path / "log")
    for table, live in (
        ("states.parquet", columns_of(states)),
        ("faces.parquet", columns_of(faces, FACE_OBSERVATION)),
    ):
        replayed = read_parquet(tmp_path / "replay" / table)
        assert list(live) == list(replayed)
        for name, column in replayed.items():
            if name in NOT_COMPARED:
                continue
            if isinstance(column, list):
                assert live[name] == column, name
            else:
                np.testing.assert_allclose(live[name], column, rtol=0, atol=TOLERANCE, err_msg=name)
    # Of the faces: expressions were read, and held while there was no face.
    levels = set(replayed["expression.availability"].tolist())
    assert levels >= {Availability.DEGRADED, Availability.AVAILABLE}


def _said_by_node(bag: Path, log: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Publishes the bag in lockstep with the node; the fields of the states and faces it gives."""
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.node import Node
    from sensor_msgs.msg import CameraInfo, CompressedImage

    from affect_perception.cli.demo_processes import NodeProcess
    from affect_perception.io.message_types import to_fields
    from affect_perception.msg import AttentionState, FaceObservation
    from affect_perception.ros.qos import CAMERA_INFO_OUT, FACE_OUT, STATE_OUT, _keep_last

    states: list[dict[str, Any]] = []
    faces: list[dict[str, Any]] = []
    context = rclpy.Context()
    rclpy.init(context=context)
    node = Node("bag_player", context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    reliable = _keep_last(10, rclpy.qos.ReliabilityPolicy.RELIABLE)
    pictures = node.create_publisher(CompressedImage, "image_raw/compressed", reliable)
    infos = node.create_publisher(CameraInfo, "camera_info", CAMERA_INFO_OUT)

    def on_state(message: Any) -> None:
        if message.header.stamp.sec or message.header.stamp.nanosec or started:
            states.append(to_fields(message))

    node.create_subscription(AttentionState, "attention_state", on_state, STATE_OUT)
    node.create_subscription(
        FaceObservation, "face", lambda message: faces.append(to_fields(message)), FACE_OUT
    )
    started: list[bool] = []

    def wait(until: Any) -> None:
        end = time.monotonic() + PATIENCE_S
        while not until():
            executor.spin_once(timeout_sec=0.05)
            assert process.alive(), process.last_words()
            assert time.monotonic() < end, "the node does not answer"

    # No silence of the camera is reported while the test waits for an answer.
    arguments = ["-p", "image_transport:=compressed", "-p", "no_frame_timeout:=60.0"]
    try:
        with NodeProcess("face_perception", arguments, log) as process:
            wait(lambda: pictures.get_subscription_count() and infos.get_subscription_count())
            # The node's own side of the match comes a moment after ours, and nothing tells when.
            settled = time.monotonic() + SETTLE_S
            wait(lambda: time.monotonic() > settled)
            started.append(True)
            for info, picture in _messages(bag):
                count = len(states)
                infos.publish(_filled(CameraInfo(), info))
                pictures.publish(_filled(CompressedImage(), picture))
                wait(lambda count=count: min(len(states), len(faces)) > count)
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown(context=context)
    return states, faces


def _messages(bag: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    from rosbags.highlevel import AnyReader

    from affect_perception.io.message_types import to_fields

    found: dict[str, list[dict[str, Any]]] = {"CameraInfo": [], "CompressedImage": []}
    with AnyReader([bag]) as reader:
        for connection, _, data in reader.messages():
            kind = connection.msgtype.rpartition("/")[2]
            if kind in found:
                found[kind].append(to_fields(reader.deserialize(data, connection.msgtype)))
    return list(zip(found["CameraInfo"], found["CompressedImage"], strict=True))


def _filled(message: Any, fields: dict[str, Any]) -> Any:
    for name, value in fields.items():
        if isinstance(value, dict):
            _filled(getattr(message, name), value)
        elif isinstance(value, np.ndarray) and value.dtype == np.uint8:
            setattr(message, name, value.tobytes())
        elif isinstance(value, np.ndarray):
            setattr(message, name, value.tolist())
        else:
            setattr(message, name, value)
    return message
