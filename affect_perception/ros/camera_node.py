"""What the nodes camera and sim_camera share: a stream of frames on the topics of a camera."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

from affect_perception.core.config import CameraTopicsConfig
from affect_perception.core.types import CameraFrame
from affect_perception.ros.camera_output import CameraOutput
from affect_perception.ros.stream_node import StreamNode


class CameraNode(StreamNode):
    """A lifecycle node that publishes a stream of frames while it is active.

    Subclasses read their parameters in `prepare` and yield frames in `frames`.
    """

    counted = "frames"

    def __init__(self, name: str, **options: Any) -> None:
        """`options` go to rclpy's node."""
        super().__init__(name, "camera", **options)

    @abstractmethod
    def prepare(self) -> CameraTopicsConfig:
        """Reads parameters and opens what can fail; named errors stop configure."""

    @abstractmethod
    def frames(self) -> Iterator[CameraFrame]:
        """Frames at the time at which they shall go out, until `stopping` is set.

        Runs in the thread. When it ends by itself, so does the process.
        """

    def open(self) -> CameraOutput:
        """Prepares the source and makes the publishers."""
        return CameraOutput(self, self.prepare())

    def items(self) -> Iterator[CameraFrame]:
        """The frames."""
        return self.frames()
