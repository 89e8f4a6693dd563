"""The node face_perception: a camera picture goes in, a stamped AttentionState comes out.

One executor thread takes messages and never blocks; one worker thread decodes, runs the pipeline
and publishes. While it works, only the newest picture waits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from geometry_msgs.msg import TwistStamped
from rclpy.node import Node

from affect_perception.core.attention.profile import Profile
from affect_perception.core.config import InferenceConfig, NodeConfig, PipelineConfig
from affect_perception.core.errors import InputError
from affect_perception.core.network import FaceNetworks
from affect_perception.core.pipeline import Pipeline
from affect_perception.core.types import CameraIntrinsics, DriverContext, VehicleState
from affect_perception.inference import load_face_networks
from affect_perception.inference.huge_pages import MIB, use_huge_pages
from affect_perception.io.baseline_file import BaselineFile, start_baseline
from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.profile_file import load_profile
from affect_perception.ros import convert, qos, sync
from affect_perception.ros.camera_input import COMPRESSED_TOPIC, RAW_TOPIC, CameraInput
from affect_perception.ros.context_input import ContextInput
from affect_perception.ros.face_output import FaceOutput
from affect_perception.ros.face_worker import FaceWorker, Job, Stepper
from affect_perception.ros.frame_health import FrameHealth
from affect_perception.ros.image_convert import make_decoder
from affect_perception.ros.lifecycle import run_node
from affect_perception.ros.network_start import expression_state, warm_up
from affect_perception.ros.perception_node import PerceptionNode
from affect_perception.ros.zone_markers import UNAVAILABLE

VEHICLE_TOPIC = "vehicle_twist"

MakePipeline = Callable[[PipelineConfig, Any, FaceNetworks, Profile], Stepper]


class FacePerceptionNode(PerceptionNode):
    """See docs/topics.md for topics, parameters, states and diagnostics."""

    _health: FrameHealth
    _worker: FaceWorker | None
    _input: _Subscriptions | None

    def __init__(
        self,
        load_networks: Callable[[InferenceConfig], FaceNetworks] | None = None,
        make_pipeline: MakePipeline = Pipeline,
        **options: Any,
    ) -> None:
        """The two functions are there for tests; `options` go to rclpy's node."""
        super().__init__("face_perception", "driver camera", **options)
        self._load_networks = load_networks or partial(load_face_networks, builds=self.builds)
        self._make_pipeline = make_pipeline
        self._vehicle: VehicleState | None = None
        self._kept: BaselineFile | None = None

    def prepare(self) -> None:
        """Reads parameters, loads cabin and networks, runs them once, makes publishers."""
        self._config = config = self.parameters.read(NodeConfig)
        pipeline_config = self.parameters.read(PipelineConfig)
        self._context_config = pipeline_config.context
        cabin = load_cabin(config.cabin)
        profile = load_profile(pipeline_config.attention.profile)
        self._decoder = make_decoder(config.image_backend)
        self.networks = networks = self._load_networks(pipeline_config.inference)
        self.facts = warm_up(networks)
        self._pipeline = self._make_pipeline(pipeline_config, cabin, networks, profile)
        moved = use_huge_pages() if pipeline_config.inference.huge_pages else 0
        self._output = FaceOutput(self, config, cabin, self.on_mismatch)
        self.facts |= {
            "cabin": cabin.name,
            "profile": profile.name,
            "image_backend": self._decoder.name,
            "synchronizer": sync.BACKEND,
            "privacy": self._output.privacy,
            "zone_markers": self._output.markers,
            "ros4hri": self._output.ros4hri,
            "huge_pages": f"{moved // MIB} MiB",
            "expression": expression_state(networks, pipeline_config.expression),
        }
        if self._output.markers == UNAVAILABLE:
            self.get_logger().warning(f"zone_markers is on, but {UNAVAILABLE}")
        if self._output.ros4hri_missing:
            self.get_logger().error(f"ros4hri is on, but {self._output.ros4hri_missing}")
        if config.overlay:
            self.get_logger().warning(f"overlay is on: {self._output.privacy}")
        say, file = self.get_logger().warning, pipeline_config.baseline.file
        self._kept = start_baseline(file, cabin, self._pipeline, say)
        if self._kept is not None:
            self.facts["privacy"] += f"; {self._kept.privacy}"

    def make_health(self, clock: float) -> FrameHealth:
        """Counts pictures."""
        health = FrameHealth(self._topic(), self._config.no_frame_timeout, clock)
        missing = self._output.markers if self._output.markers == UNAVAILABLE else ""
        health.warn("zone_markers", missing)
        health.warn("ros4hri", self._output.ros4hri_missing)
        self._output.health = health
        return health

    def make_worker(self) -> FaceWorker:
        """Decodes pictures and runs the pipeline."""
        return FaceWorker(
            self._pipeline, self._decoder, self._health, self._output.publish, self.log_error
        )

    def subscribe(self) -> _Subscriptions:
        """Shows the cabin, then subscribes to camera and vehicle."""
        self._output.show_cabin()
        self.get_logger().info(
            f"active: pictures from {self._topic()}, cabin {self.facts['cabin']}"
        )
        return _Subscriptions(
            self,
            CameraInput(self, self._config, self._health, self._on_picture, self.on_mismatch),
            self._on_vehicle,
            ContextInput(self, self._context_config, self._health, self.latency, self.on_mismatch),
        )

    def watch(self, blind: float) -> None:
        """Tells the pipeline that no picture comes, and diagnostics what the context is."""
        if self._input is not None:
            self._health.state(context=self._input.context.told())
        if self._worker is not None and blind > self._config.no_frame_timeout:
            self._worker.submit(Job(None, contexts=self._contexts(), blind=blind))

    def after_work(self) -> None:
        """Takes the face back from ROS4HRI; keeps the driver's baseline, where a file is given."""
        self._output.lose_face()
        if self._kept is not None:
            self.get_logger().info(self._kept.save(self._pipeline))

    def release(self) -> None:
        """Forgets networks, pipeline and publishers."""
        self._output.close()
        del self._pipeline

    def _topic(self) -> str:
        compressed = self._config.image_transport == "compressed"
        return str(self.resolve_topic_name(COMPRESSED_TOPIC if compressed else RAW_TOPIC))

    def _on_picture(self, message: Any, intrinsics: CameraIntrinsics | None) -> None:
        if self._worker is not None:
            self._worker.submit(Job(message, intrinsics, self._vehicle, self._contexts()))

    def _contexts(self) -> tuple[DriverContext, ...]:
        return () if self._input is None else self._input.context.newest()

    def _on_vehicle(self, message: TwistStamped) -> None:
        try:
            self._vehicle = convert.vehicle_state(message)
            self._health.warn("vehicle", "")
        except InputError as error:
            self._health.warn("vehicle", str(error))


class _Subscriptions:
    """Camera, vehicle, and what other modalities know where it is used."""

    def __init__(
        self,
        node: Node,
        camera: CameraInput,
        on_vehicle: Callable[[TwistStamped], None],
        context: ContextInput,
    ) -> None:
        self._node = node
        self._camera = camera
        self.context = context
        self._vehicle = node.create_subscription(
            TwistStamped, VEHICLE_TOPIC, on_vehicle, qos.SENSOR_IN
        )

    def close(self) -> None:
        self._camera.close()
        self._node.destroy_subscription(self._vehicle)
        self.context.close()


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(FacePerceptionNode, argv)


if __name__ == "__main__":
    sys.exit(main())
