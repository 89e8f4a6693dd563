"""The real executables with the real networks: start, work, wrong set-ups, end.

What the node does with single messages is tested in test_face_perception_node.py, where the
pipeline is a stand-in; how good the states are, in the evaluations.
"""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rclpy")

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from lifecycle_msgs.srv import ChangeState, GetState
from node_here import run_here
from node_process import NodeProcess, is_alive
from rclpy.executors import SingleThreadedExecutor
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import String

from affect_perception.core.enums import Availability
from affect_perception.msg import AttentionState
from affect_perception.ros.qos import CAMERA_OUT, SENSOR_IN, STATE_OUT
from affect_perception.ros.stamps import stamp_to_ns

pytestmark = pytest.mark.ros

DEADLINE = 30.0
LOSSLESS = 500
"""Depth of a reliable subscription that loses nothing while the test is busy elsewhere."""


class Listener:
    """A node that collects what arrives on some topics."""

    def __init__(self, context: Any) -> None:
        self.node = rclpy.create_node("listener", context=context)
        self.executor = SingleThreadedExecutor(context=context)
        self.executor.add_node(self.node)

    def collect(self, kind: type, topic: str, profile: Any = STATE_OUT) -> list[Any]:
        found: list[Any] = []
        self.node.create_subscription(kind, topic, found.append, profile)
        return found

    def spin_until(self, condition: Callable[[], bool], deadline: float = DEADLINE) -> None:
        end = time.monotonic() + deadline
        while not condition():
            assert time.monotonic() < end, f"did not happen within {deadline} s"
            self.executor.spin_once(timeout_sec=0.05)

    def call(self, kind: type, service: str, request: Any) -> Any:
        client = self.node.create_client(kind, service)
        assert client.wait_for_service(DEADLINE)
        future = client.call_async(request)
        self.spin_until(future.done)
        return future.result()


@pytest.fixture
def listener(ros_context: Any) -> Iterator[Listener]:
    listener = Listener(ros_context)
    yield listener
    listener.executor.shutdown()
    listener.node.destroy_node()


def clean(log: str) -> bool:
    """Whether a log is free of what must never be in one."""
    return not any(word in log for word in ("Traceback", "Exception", "incompatible QoS", "leak"))


def test_synthetic_driver_is_seen_by_the_node(face_models: Path, listener: Listener) -> None:
    states = listener.collect(AttentionState, "attention_state", LOSSLESS)
    infos = listener.collect(CameraInfo, "camera_info", LOSSLESS)
    truths = listener.collect(String, "driver_truth", LOSSLESS)
    with NodeProcess.node("face_perception") as node, NodeProcess.node("sim_camera") as camera:
        node.wait_for("active")
        listener.spin_until(
            lambda: (
                any(s.availability == Availability.AVAILABLE for s in states[-5:])
                and min(len(states), len(infos), len(truths)) > 60
            )
        )
        seen = [state for state in states if "no_frame" not in state.degradation_reasons]
        stamps = [stamp_to_ns(state.header.stamp) for state in seen]
        assert stamps == sorted(set(stamps))
        # Subscriptions match, and messages arrive, one after the other: compare what all cover.
        sent = [stamp_to_ns(info.header.stamp) for info in infos]
        true = [json.loads(truth.data)["stamp_ns"] for truth in truths]
        first, last = max(sent[0], true[0]), min(sent[-1], true[-1])
        common = [stamp for stamp in stamps if first <= stamp <= last]
        assert len(common) >= 10
        assert set(common) <= set(sent)
        assert set(common) <= set(true)
        assert all(0.0 <= state.latency < 5.0 for state in seen)
        assert abs(seen[-1].head_yaw) < 0.5
        # Ctrl-C under launch sends two: from the terminal and from launch.
        assert camera.end(signal.SIGINT, times=12) == 0
        assert node.end(signal.SIGTERM) == 0
        assert clean(node.log + camera.log), node.log + camera.log


@pytest.fixture
def short_scenario(tmp_path: Path) -> Path:
    path = tmp_path / "short.yaml"
    path.write_text("duration_s: 1.0\ncamera: {rate_hz: 10}\ntimeline: []\n")
    return path


def test_sim_camera_publishes_what_it_is_asked_for_and_starts_again(
    face_models: Path, listener: Listener, short_scenario: Path
) -> None:
    pictures = listener.collect(CompressedImage, "image_raw/compressed", SENSOR_IN)
    raw = listener.collect(Image, "image_raw", SENSOR_IN)
    arguments = ("-p", f"scenario:={short_scenario}", "-p", "topics.raw:=false")
    with NodeProcess.node("sim_camera", *arguments) as camera:
        listener.spin_until(lambda: len(pictures) >= 12)  # one round has ten
        stamps = [stamp_to_ns(picture.header.stamp) for picture in pictures]
        assert stamps == sorted(set(stamps))
        assert pictures[0].format == "rgb8; jpeg compressed bgr8"
        assert pictures[0].header.frame_id == "camera_optical"
        assert not raw
        assert camera.end() == 0
        assert clean(camera.log), camera.log


def test_sim_camera_ends_with_the_scenario(
    face_models: Path, short_scenario: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ("-p", f"scenario:={short_scenario}", "-p", "loop:=false")
    code, log = run_here("sim_camera", *arguments, capfd=capfd)
    assert code == 0
    assert clean(log), log


@pytest.mark.parametrize(
    ("yaml_text", "words"),
    [
        ("camera: {horizontal_fov: 50.0}", ["camera.horizontal_fov'", "horizontal_fov_deg"]),
        ("camera: {horizontal_fov_deg: 500.0}", ["camera.horizontal_fov_deg", "150"]),
        ("inference: {provider: tensorrt}", ["tensorrt"]),
        ("image_backend: opencv", ["image_backend", "builtin"]),
    ],
    ids=["unknown", "out of range", "provider", "choice"],
)
def test_wrong_parameter_ends_the_node_and_is_named(
    face_models: Path,
    tmp_path: Path,
    yaml_text: str,
    words: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(f"/**/face_perception:\n  ros__parameters:\n    {yaml_text}\n")
    code, log = run_here("face_perception", "--params-file", str(file), capfd=capfd)
    assert code == 1
    for word in words:
        assert word in log
    assert clean(log), log


def test_missing_model_is_named_and_said_in_diagnostics(listener: Listener, tmp_path: Path) -> None:
    statuses = listener.collect(DiagnosticArray, "/diagnostics", 10)
    empty = {"AFFECT_CACHE": str(tmp_path)}
    with NodeProcess.node("face_perception", "-p", "autostart:=false", env=empty) as node:
        request = ChangeState.Request()
        request.transition.id = 1  # configure
        answer = listener.call(ChangeState, "/face_perception/change_state", request)
        assert not answer.success
        state = listener.call(GetState, "/face_perception/get_state", GetState.Request())
        assert state.current_state.label == "unconfigured"
        listener.spin_until(
            lambda: any(
                s.level == DiagnosticStatus.ERROR and "models prepare" in s.message
                for array in statuses
                for s in array.status
            )
        )
        assert "models prepare" in node.log
        assert node.end() == 0
        assert clean(node.log), node.log


def test_altered_model_ends_the_process_and_is_named(face_models: Path, tmp_path: Path) -> None:
    copy = tmp_path / "models"
    shutil.copytree(face_models, copy)
    for altered in copy.rglob("*.onnx"):
        altered.write_bytes(altered.read_bytes() + b"\x00")
    cache = {"AFFECT_CACHE": str(tmp_path)}
    with NodeProcess.node("face_perception", env=cache) as node:
        assert node.exit_code() == 1
        assert "SHA-256" in node.log
        assert clean(node.log), node.log


def test_lifecycle_by_services(face_models: Path, listener: Listener) -> None:
    labels = []
    with NodeProcess.node("face_perception", "-p", "autostart:=false") as node:
        for transition in (1, 3, 4, 2):  # configure, activate, deactivate, cleanup
            request = ChangeState.Request()
            request.transition.id = transition
            service = "/face_perception/change_state"
            assert listener.call(ChangeState, service, request).success
            state = listener.call(GetState, "/face_perception/get_state", GetState.Request())
            labels.append(state.current_state.label)
        assert labels == ["inactive", "active", "inactive", "unconfigured"]
        assert node.end() == 0
        assert clean(node.log), node.log


def test_simulated_time_is_used_for_latency(face_models: Path, listener: Listener) -> None:
    """Pictures of 1970 with a clock of 1970: without it the latency would be unknown."""
    from ros_harness import image_message, info_message

    states = listener.collect(AttentionState, "attention_state")
    clock = listener.node.create_publisher(Clock, "/clock", 10)
    images = listener.node.create_publisher(Image, "image_raw", CAMERA_OUT)
    infos = listener.node.create_publisher(CameraInfo, "camera_info", CAMERA_OUT)
    with NodeProcess.node("face_perception", "-p", "use_sim_time:=true") as node:
        node.wait_for("active")
        now = 100_000_000_000

        def step() -> bool:
            nonlocal now
            now += 20_000_000
            tick = Clock()
            tick.clock.sec, tick.clock.nanosec = divmod(now, 1_000_000_000)
            clock.publish(tick)
            images.publish(image_message(now - 10_000_000))
            infos.publish(info_message(now - 10_000_000))
            return len(states) > 5 and 0.0 <= states[-1].latency < 3.0

        listener.spin_until(step)
        assert "no_face" in states[-1].degradation_reasons
        assert node.end() == 0
        assert clean(node.log), node.log


def test_run_starts_camera_and_node_and_ends_both(
    face_models: Path, listener: Listener, tmp_path: Path
) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(
        "/**:\n  ros__parameters:\n    cabin: sedan_rhd\n    image_transport: compressed\n"
    )
    states = listener.collect(AttentionState, "/car/attention_state")
    arguments = ["run", "--params", str(file), "--sim", "--namespace", "car"]
    with NodeProcess("affect_perception.cli.main", *arguments) as run:
        listener.spin_until(lambda: len(states) > 10)
        assert "cabin sedan_rhd" in run.log
        assert "/car/image_raw/compressed" in run.log
        assert run.end() == 0
        assert clean(run.log), run.log


def test_run_leaves_no_node_behind_when_it_is_killed(face_models: Path) -> None:
    with NodeProcess("affect_perception.cli.main", "run") as run:
        run.wait_for("active")
        (node,) = run.children()
        run.end(signal.SIGKILL)
        end = time.monotonic() + DEADLINE
        while is_alive(node):
            assert time.monotonic() < end, "the node outlives what started it"
            time.sleep(0.05)


def test_run_names_a_wrong_parameter_before_anything_starts(tmp_path: Path) -> None:
    with NodeProcess("affect_perception.cli.main", "run", "-p", "overlays:=true") as run:
        assert run.exit_code() == 2
        assert "unknown parameter 'overlays'; did you mean 'overlay'?" in run.log


def test_run_ends_with_the_node_that_ends(tmp_path: Path) -> None:
    empty = {"AFFECT_CACHE": str(tmp_path)}
    with NodeProcess("affect_perception.cli.main", "run", env=empty) as run:
        assert run.exit_code() == 1
        assert "models prepare" in run.log
