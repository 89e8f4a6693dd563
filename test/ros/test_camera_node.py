"""The node camera, with a video file in place of a webcam (OpenCV opens both in the same way).

sim_camera, which shares the streaming part, is tested as a process in test_processes.py.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("rclpy")

import rclpy
from lifecycle_msgs.msg import State
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, Image

from affect_perception.ros.health import Level
from affect_perception.ros.nodes.camera import WebcamNode
from affect_perception.ros.qos import SENSOR_IN
from affect_perception.ros.stamps import stamp_to_ns

pytestmark = pytest.mark.ros

OK = TransitionCallbackReturn.SUCCESS
FRAMES = 40

CALIBRATION = """
image_width: 64
image_height: 48
camera_matrix: {rows: 3, cols: 3, data: [50, 0, 31.5, 0, 51, 23.5, 0, 0, 1]}
distortion_model: plumb_bob
distortion_coefficients: {rows: 1, cols: 5, data: [0.1, -0.05, 0, 0, 0.01]}
"""


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reddish video."""
    path = tmp_path_factory.mktemp("video") / "red.avi"
    fourcc = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), fourcc, 30.0, (64, 48))
    for _ in range(FRAMES):
        writer.write(np.full((48, 64, 3), (20, 40, 210), np.uint8))
    writer.release()
    return path


class Rig:
    """The node and a listener in one executor."""

    def __init__(self, context: Any, **parameters: Any) -> None:
        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        self.node = WebcamNode(context=context, parameter_overrides=overrides)
        self.listener = rclpy.create_node("listener", context=context)
        self.images: list[Image] = []
        self.infos: list[CameraInfo] = []
        self.listener.create_subscription(Image, "image_raw", self.images.append, SENSOR_IN)
        self.listener.create_subscription(CameraInfo, "camera_info", self.infos.append, SENSOR_IN)
        self.executor = SingleThreadedExecutor(context=context)
        self.executor.add_node(self.node)
        self.executor.add_node(self.listener)

    def spin_until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 8.0
        while not condition():
            assert time.monotonic() < end, "did not happen within 8 s"
            self.executor.spin_once(timeout_sec=0.02)

    def close(self) -> None:
        self.executor.shutdown()
        self.node.close()
        self.node.destroy_node()
        self.listener.destroy_node()


@pytest.fixture
def rig(ros_context: Any) -> Iterator[Callable[..., Rig]]:
    """Makes a rig with parameters, and takes it down."""
    made: list[Rig] = []

    def make(**parameters: Any) -> Rig:
        made.append(Rig(ros_context, **parameters))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_pictures_go_out_in_their_colours_and_with_one_stamp(
    rig: Callable[..., Rig], video: Path
) -> None:
    r = rig(device=str(video))
    assert r.node.trigger_configure() == OK
    r.spin_until(lambda: r.node.count_subscribers("image_raw") == 1)
    r.spin_until(lambda: r.node.count_subscribers("camera_info") == 1)
    before = r.node.get_clock().now().nanoseconds
    assert r.node.trigger_activate() == OK
    r.spin_until(lambda: len(r.images) >= 3 and len(r.infos) >= 3)
    image = r.images[0]
    pixels = np.frombuffer(image.data, np.uint8).reshape(image.height, image.width, 3)
    np.testing.assert_allclose(pixels[24, 32], (210, 40, 20), atol=8)
    assert image.encoding == "rgb8"
    assert stamp_to_ns(image.header.stamp) >= before
    assert stamp_to_ns(image.header.stamp) in {stamp_to_ns(i.header.stamp) for i in r.infos}
    assert not any(r.infos[0].k)  # not calibrated
    assert "pictures" in r.node.report().values["privacy"]
    # The file ends, as if the camera had been unplugged.
    r.spin_until(lambda: r.node.report().level == Level.ERROR)
    assert "no more pictures" in r.node.report().message
    assert r.node.trigger_deactivate() == OK
    assert not any(t.name == "camera" for t in threading.enumerate())


def test_calibration_file_becomes_camera_info(
    rig: Callable[..., Rig], video: Path, tmp_path: Path
) -> None:
    file = tmp_path / "camera.yaml"
    file.write_text(CALIBRATION)
    r = rig(device=str(video), calibration=str(file), **{"topics.frame_id": "driver_cam"})
    assert r.node.trigger_configure() == OK
    r.spin_until(lambda: r.node.count_subscribers("camera_info") == 1)
    assert r.node.trigger_activate() == OK
    r.spin_until(lambda: bool(r.infos))
    info = r.infos[0]
    assert list(info.k) == [50.0, 0.0, 31.5, 0.0, 51.0, 23.5, 0.0, 0.0, 1.0]
    assert list(info.d) == [0.1, -0.05, 0.0, 0.0, 0.01]
    assert (info.width, info.height, info.distortion_model) == (64, 48, "plumb_bob")
    assert info.header.frame_id == "driver_cam"


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"device": "/nowhere.avi"}, ["/nowhere.avi", "cannot be opened"]),
        ({"calibration": "/nowhere.yaml"}, ["calibration", "/nowhere.yaml"]),
        ({"jpeg_quality": 50}, ["jpeg_quality", "topics.jpeg_quality"]),
        ({"topics.jpeg_quality": 500}, ["topics.jpeg_quality", "100"]),
    ],
)
def test_wrong_setup_stops_configure(
    rig: Callable[..., Rig], video: Path, parameters: dict[str, Any], words: list[str]
) -> None:
    r = rig(**{"device": str(video)} | parameters)
    assert r.node.trigger_configure() == TransitionCallbackReturn.FAILURE
    assert r.node.state_id == State.PRIMARY_STATE_UNCONFIGURED
    for word in words:
        assert word in r.node.problem


def test_names_of_a_neighbour_are_left_alone(rig: Callable[..., Rig], video: Path) -> None:
    """They arrive through '/**' in a parameter file."""
    r = rig(device=str(video), image_transport="compressed", overlay=True)
    assert r.node.trigger_configure() == OK
