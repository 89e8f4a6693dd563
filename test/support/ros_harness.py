"""Nodes of the package and a probe beside them in one executor, spun by the test itself.

Nothing runs in the background except the worker of the node under test, so that a test waits for
exactly what it asks for, and fails after a deadline.
"""

from __future__ import annotations

import gc
import time
from array import array
from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, Image

from affect_perception.core.enums import AlertLevel, Availability, Reason
from affect_perception.core.network import FaceNetworks
from affect_perception.core.types import (
    AttentionState,
    CameraFrame,
    FaceObservation,
    ImageQuality,
    NoFrame,
)
from affect_perception.msg import AttentionState as AttentionStateMessage
from affect_perception.ros.nodes.face_perception import FacePerceptionNode
from affect_perception.ros.qos import CAMERA_OUT, STATE_OUT
from affect_perception.ros.stamps import set_stamp, stamp_to_ns

DEADLINE = 8.0


class FakeNetwork:
    """A network that is never run."""

    name = "fake"

    def run(self, *_: Any) -> tuple[Any, ...]:
        raise AssertionError("the stand-in pipeline runs no network")


class EchoPipeline:
    """Stands in for the pipeline: answers each picture with an empty face and state at once."""

    def __init__(self, *_: Any, delay: float = 0.0) -> None:
        self.events: list[Any] = []
        self.delay = delay

    def step(self, event: Any) -> tuple[Any, ...]:
        self.events.append(event)
        if isinstance(event, NoFrame):
            # As the monitor does: the state keeps the stamp of the last picture.
            frames = [e.stamp_ns for e in self.events if isinstance(e, CameraFrame)]
            last = frames[-1] if frames else event.stamp_ns
            return (state_of(last, Availability.UNAVAILABLE, (Reason.NO_FRAME,)),)
        if not isinstance(event, CameraFrame):
            return ()
        time.sleep(self.delay)
        reasons = (Reason.NO_FACE,)
        if event.intrinsics is None:
            reasons += (Reason.INTRINSICS_ASSUMED,)
        state = state_of(event.stamp_ns, Availability.DEGRADED, reasons)
        return state.face, state


def state_of(
    stamp_ns: int, availability: Availability, reasons: tuple[Reason, ...]
) -> AttentionState:
    """A state without a face."""
    quality = ImageQuality(0.5, 0.2, 0.0, 100.0)
    face = FaceObservation(stamp_ns, "camera_optical", availability, reasons, (64, 48), quality)
    return AttentionState(
        stamp_ns, availability, reasons, face, profile="test", alert_level=AlertLevel.NONE
    )


class Harness:
    """The node under test, and a probe that plays the camera and listens."""

    def __init__(self, pipeline: Any = None, **parameters: Any) -> None:
        """Makes the nodes; `parameters` with `__` for the dot are passed as overrides."""
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        # Most tests send a few pictures and then wait; silence has a test of its own.
        parameters.setdefault("no_frame_timeout", 30.0)
        overrides = [Parameter(k.replace("__", "."), value=v) for k, v in parameters.items()]
        self.pipeline = pipeline or EchoPipeline()
        self.node = FacePerceptionNode(
            load_networks=lambda _: FaceNetworks(*(FakeNetwork(),) * 3),
            make_pipeline=lambda *_: self.pipeline,
            context=self.context,
            parameter_overrides=overrides,
        )
        self.probe = Node("probe", context=self.context)
        self.states: list[AttentionStateMessage] = []
        self.statuses: list[DiagnosticStatus] = []
        self.probe.create_subscription(
            AttentionStateMessage, "attention_state", self.states.append, STATE_OUT
        )
        self.probe.create_subscription(
            DiagnosticArray, "/diagnostics", lambda m: self.statuses.extend(m.status), 10
        )
        self.images = self.probe.create_publisher(Image, "image_raw", CAMERA_OUT)
        self.infos = self.probe.create_publisher(CameraInfo, "camera_info", CAMERA_OUT)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.executor.add_node(self.probe)

    def __enter__(self) -> Harness:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.executor.shutdown()
        self.node.close()
        self.node.destroy_node()
        self.probe.destroy_node()
        # rclpy leaves the lifecycle services to the garbage collector. Until then they would be
        # found by whoever looks for the services of a node of the same name.
        del self.node, self.probe, self.images, self.infos, self.executor
        gc.collect()
        rclpy.shutdown(context=self.context)

    def start(self, pictures: Any = None) -> None:
        """Configures and activates, and waits until publishers and subscribers have met.

        Args:
            pictures: Publisher of the pictures, if not `images`.
        """
        pictures = pictures or self.images
        ok = rclpy.lifecycle.TransitionCallbackReturn.SUCCESS
        assert self.node.trigger_configure() == ok, self.node.problem
        assert self.node.trigger_activate() == ok, self.node.problem
        self.spin_until(
            lambda: (
                pictures.get_subscription_count() == 1
                and self.infos.get_subscription_count() == 1
                and self.node.count_subscribers("attention_state") >= 1
            )
        )

    def spin_until(self, condition: Callable[[], bool], deadline: float = DEADLINE) -> None:
        """Spins until the condition holds; fails after `deadline` seconds."""
        end = time.monotonic() + deadline
        while not condition():
            assert time.monotonic() < end, f"did not happen within {deadline} s"
            self.executor.spin_once(timeout_sec=0.02)

    def spin_for(self, seconds: float) -> None:
        """Spins for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.executor.spin_once(timeout_sec=min(left, 0.02))

    def now_ns(self) -> int:
        """The probe's clock."""
        return int(self.probe.get_clock().now().nanoseconds)

    def publish(self, stamp_ns: int, *, info: bool = True, **changes: Any) -> None:
        """Publishes a picture and, unless told otherwise, its camera_info."""
        self.images.publish(image_message(stamp_ns, **changes))
        if info:
            self.infos.publish(info_message(stamp_ns))

    def stamps(self) -> list[int]:
        """Stamps of the states received."""
        return [stamp_to_ns(state.header.stamp) for state in self.states]

    def status(self) -> DiagnosticStatus:
        """The next status of the node under test."""
        self.statuses.clear()
        self.spin_until(lambda: any(s.name == "face_perception" for s in self.statuses))
        return next(s for s in self.statuses if s.name == "face_perception")


def values_of(status: DiagnosticStatus) -> dict[str, str]:
    """The values of a status by key."""
    return {pair.key: pair.value for pair in status.values}


def image_message(stamp_ns: int, encoding: str = "rgb8", **changes: Any) -> Image:
    """A grey 64x48 picture in rgb8; fields can be replaced."""
    pixels = np.full((48, 64, 3), 128, np.uint8)
    message = Image(height=48, width=64, encoding=encoding, step=192)
    message.data = array("B", pixels.tobytes())
    set_stamp(message.header.stamp, stamp_ns)
    message.header.frame_id = "camera_optical"
    for name, value in changes.items():
        setattr(message, name, value)
    return message


def info_message(stamp_ns: int, **changes: Any) -> CameraInfo:
    """A calibration for the pictures of `image_message`."""
    message = CameraInfo(height=48, width=64, distortion_model="plumb_bob", d=[0.0] * 5)
    message.k = [50.0, 0.0, 32.0, 0.0, 50.0, 24.0, 0.0, 0.0, 1.0]
    set_stamp(message.header.stamp, stamp_ns)
    for name, value in changes.items():
        setattr(message, name, value)
    return message
