"""The node face_perception: a camera picture goes in, a stamped AttentionState comes out.

One executor thread takes messages and never blocks; one worker thread decodes, runs the pipeline
and publishes. While it works, only the newest picture waits.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from geometry_msgs.msg import TwistStamped
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from affect_perception.core.attention.profile import Profile
from affect_perception.core.config import InferenceConfig, NodeConfig, PipelineConfig
from affect_perception.core.errors import InputError
from affect_perception.core.network import FaceNetworks
from affect_perception.core.pipeline import Pipeline
from affect_perception.core.types import CameraIntrinsics, VehicleState
from affect_perception.inference import load_face_networks
from affect_perception.io.baseline_file import BaselineFile, start_baseline
from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.profile_file import load_profile
from affect_perception.ros import convert, qos, sync
from affect_perception.ros.camera_input import COMPRESSED_TOPIC, RAW_TOPIC, CameraInput
from affect_perception.ros.face_output import FaceOutput
from affect_perception.ros.face_worker import FaceWorker, Job, Stepper
from affect_perception.ros.health import FrameHealth, Report
from affect_perception.ros.image_convert import make_decoder
from affect_perception.ros.lifecycle import ManagedNode, run_node, transition
from affect_perception.ros.network_start import expression_state, fallback, warm_up
from affect_perception.ros.zone_markers import UNAVAILABLE

VEHICLE_TOPIC = "vehicle_twist"

MakePipeline = Callable[[PipelineConfig, Any, FaceNetworks, Profile], Stepper]


class FacePerceptionNode(ManagedNode):
    """See docs/topics.md for topics, parameters, states and diagnostics."""

    def __init__(
        self,
        load_networks: Callable[[InferenceConfig], FaceNetworks] = load_face_networks,
        make_pipeline: MakePipeline = Pipeline,
        **options: Any,
    ) -> None:
        """The two functions are there for tests; `options` go to rclpy's node."""
        super().__init__("face_perception", "driver camera", **options)
        self._load_networks = load_networks
        self._make_pipeline = make_pipeline
        self._worker: FaceWorker | None = None
        self._input: CameraInput | None = None
        self._vehicle: VehicleState | None = None
        self._kept: BaselineFile | None = None

    @transition
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Reads parameters, loads cabin and networks, runs them once, makes publishers."""
        self._config = config = self.parameters.read(NodeConfig)
        pipeline_config = self.parameters.read(PipelineConfig)
        cabin = load_cabin(config.cabin)
        profile = load_profile(pipeline_config.attention.profile)
        self._decoder = make_decoder(config.image_backend)
        networks = self._load_networks(pipeline_config.inference)
        self._facts = warm_up(networks)
        self._fallback = fallback(networks)
        self._pipeline = self._make_pipeline(pipeline_config, cabin, networks, profile)
        self._output = FaceOutput(self, config, cabin, self._on_mismatch)
        self._facts |= {
            "cabin": cabin.name,
            "profile": profile.name,
            "image_backend": self._decoder.name,
            "synchronizer": sync.BACKEND,
            "privacy": self._output.privacy,
            "zone_markers": self._output.markers,
            "expression": expression_state(networks, pipeline_config.expression),
        }
        if self._output.markers == UNAVAILABLE:
            self.get_logger().warning(f"zone_markers is on, but {UNAVAILABLE}")
        if config.overlay:
            self.get_logger().warning(f"overlay is on: {self._output.privacy}")
        say, file = self.get_logger().warning, pipeline_config.baseline.file
        self._kept = start_baseline(file, cabin, self._pipeline, say)
        if self._kept is not None:
            self._facts["privacy"] += f"; {self._kept.privacy}"
        return super().on_configure(state)

    @transition
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Starts the worker, then subscribes."""
        compressed = self._config.image_transport == "compressed"
        topic = self.resolve_topic_name(COMPRESSED_TOPIC if compressed else RAW_TOPIC)
        self._health = FrameHealth(topic, self._config.no_frame_timeout, time.monotonic())
        self._health.state(**self._facts)
        self._health.warn("provider", self._fallback)
        missing = self._output.markers if self._output.markers == UNAVAILABLE else ""
        self._health.warn("zone_markers", missing)
        self._output.health = self._health
        self._worker = FaceWorker(
            self._pipeline, self._decoder, self._health, self._output.publish, self._log_error
        )
        result = super().on_activate(state)
        self._output.show_cabin()
        self._worker.start()
        self._input = CameraInput(
            self, self._config, self._health, self._on_picture, self._on_mismatch
        )
        self._vehicle_in = self.create_subscription(
            TwistStamped, VEHICLE_TOPIC, self._on_vehicle, qos.SENSOR_IN
        )
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._watch = self.create_timer(1.0, self._on_watch, clock=steady)
        self.get_logger().info(f"active: pictures from {topic}, cabin {self._facts['cabin']}")
        return result

    @transition
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribes and ends the worker; the driver's baseline stays in memory."""
        self.close()
        return super().on_deactivate(state)

    @transition
    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forgets networks, pipeline and publishers."""
        self.close()
        result = super().on_cleanup(state)
        self._output.close()
        del self._pipeline
        return result

    @transition
    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Ends the worker."""
        self.close()
        return super().on_shutdown(state)

    def close(self) -> None:
        """Ends subscriptions and the worker thread; can be called in every state, also twice."""
        if self._input is not None:
            self._input.close()
            self.destroy_subscription(self._vehicle_in)
            self.destroy_timer(self._watch)
            self._input = None
        if self._worker is not None:
            self._worker.stop()
            self._worker = None
            if self._kept is not None:
                self.get_logger().info(self._kept.save(self._pipeline))

    def report(self) -> Report:
        """The status on /diagnostics while active."""
        return self._health.report(time.monotonic())

    def _on_picture(self, message: Any, intrinsics: CameraIntrinsics | None) -> None:
        if self._worker is not None:
            self._worker.submit(Job(message, intrinsics, self._vehicle))

    def _on_vehicle(self, message: TwistStamped) -> None:
        try:
            self._vehicle = convert.vehicle_state(message)
            self._health.warn("vehicle", "")
        except InputError as error:
            self._health.warn("vehicle", str(error))

    def _on_watch(self) -> None:
        blind = self._health.blind_for(time.monotonic())
        if self._worker is not None and blind > self._config.no_frame_timeout:
            self._worker.submit(Job(None, blind=blind))

    def _on_mismatch(self, topic: str, sentence: str) -> None:
        self.get_logger().warning(sentence)
        if self._input is not None:
            self._health.warn(f"qos {topic}", sentence)

    def _log_error(self, message: str) -> None:
        self.get_logger().error(message, throttle_duration_sec=5.0)


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(FacePerceptionNode, argv)


if __name__ == "__main__":
    sys.exit(main())
