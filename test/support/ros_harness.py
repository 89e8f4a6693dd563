"""The node face_perception without networks, and a probe that plays the camera."""

from __future__ import annotations

import time
from array import array
from typing import Any

import numpy as np
from node_harness import NodeHarness, values_of
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

__all__ = ["EchoPipeline", "Harness", "image_message", "info_message", "state_of", "values_of"]


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


class Harness(NodeHarness):
    """face_perception with a stand-in for the pipeline, and a probe that plays the camera."""

    owned = ("images", "infos", "_pictures")

    def __init__(self, pipeline: Any = None, **parameters: Any) -> None:
        """`parameters` with `__` for the dot are passed as overrides."""
        # Most tests send a few pictures and then wait; silence has a test of its own.
        parameters.setdefault("no_frame_timeout", 30.0)
        # It would look through and move the memory of the whole test process, once a node.
        parameters.setdefault("inference__huge_pages", False)
        self.pipeline = pipeline or EchoPipeline()
        super().__init__(**parameters)
        self.states: list[AttentionStateMessage] = []
        self.probe.create_subscription(
            AttentionStateMessage, "attention_state", self.states.append, STATE_OUT
        )
        self.images = self.probe.create_publisher(Image, "image_raw", CAMERA_OUT)
        self.infos = self.probe.create_publisher(CameraInfo, "camera_info", CAMERA_OUT)
        self._pictures: Any = self.images

    def make_node(self, **options: Any) -> FacePerceptionNode:
        """The node without networks."""
        return FacePerceptionNode(
            load_networks=lambda _: FaceNetworks(*(FakeNetwork(),) * 3),
            make_pipeline=lambda *_: self.pipeline,
            **options,
        )

    def start(self, pictures: Any = None) -> None:
        """As in the base; `pictures` is the publisher of the pictures, if not `images`."""
        self._pictures = pictures or self.images
        super().start()

    def met(self) -> bool:
        """Whether pictures, calibration and states have found each other."""
        return bool(
            self._pictures.get_subscription_count() == 1
            and self.infos.get_subscription_count() == 1
            and self.node.count_subscribers("attention_state") >= 1
        )

    def publish(self, stamp_ns: int, *, info: bool = True, **changes: Any) -> None:
        """Publishes a picture and, unless told otherwise, its camera_info."""
        self.images.publish(image_message(stamp_ns, **changes))
        if info:
            self.infos.publish(info_message(stamp_ns))

    def stamps(self) -> list[int]:
        """Stamps of the states received."""
        return [stamp_to_ns(state.header.stamp) for state in self.states]


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
