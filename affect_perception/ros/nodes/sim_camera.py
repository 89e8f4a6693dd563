"""The node sim_camera: the synthetic driver as a camera, in real time."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from std_msgs.msg import String

from affect_perception.core.config import CameraTopicsConfig, SimCameraNodeConfig
from affect_perception.core.types import CameraFrame
from affect_perception.evaluation.synthetic.scenario import load_driver
from affect_perception.inference import load_face_networks
from affect_perception.io.cabin_file import load_cabin
from affect_perception.ros.camera_node import CameraNode
from affect_perception.ros.lifecycle import run_node
from affect_perception.ros.qos import FACE_OUT
from affect_perception.sim.synthetic_driver import SyntheticDriver

TRUTH_TOPIC = "driver_truth"


class SimCameraNode(CameraNode):
    """See docs/topics.md."""

    def __init__(self, **options: Any) -> None:
        """`options` go to rclpy's node."""
        super().__init__("sim_camera", **options)
        self._driver: SyntheticDriver | None = None
        self._truth_out: Any = None

    def prepare(self) -> CameraTopicsConfig:
        """Reads the scenario and builds the driver."""
        self._config = config = self.parameters.read(SimCameraNodeConfig)
        self._driver = load_driver(config.scenario, load_cabin(config.cabin), load_face_networks())
        if config.truth:
            self._truth_out = self.create_lifecycle_publisher(String, TRUTH_TOPIC, FACE_OUT)
        return config.topics

    def release(self) -> None:
        """Forgets the driver."""
        self._driver = None
        if self._truth_out is not None:
            self.destroy_lifecycle_publisher(self._truth_out)
            self._truth_out = None

    def frames(self) -> Iterator[CameraFrame]:
        """The scenario from now on, again and again if `loop` is set."""
        begin = self.begin_ns(self._config.start_at, self._config.start_delay, self._now())
        while self._driver is not None and not self.stopping.is_set():
            yield from self._once(self._driver, begin)
            if not self._config.loop:
                return
            begin += round(self._driver.scenario.duration_s * 1e9)

    def _once(self, driver: SyntheticDriver, begin: int) -> Iterator[CameraFrame]:
        late = round(1e9 / driver.scenario.camera.rate_hz)
        for offset in driver.stamps():
            if self.stopping.is_set():
                return
            if self._now() - (begin + offset) > late:
                continue  # the machine is too slow: lose a picture, as a camera would
            frame, truth = driver.render(offset / 1e9)
            said = String(data=json.dumps({**truth.plain(), "stamp_ns": begin + offset}))
            self.wait_until(begin + offset, self._now)
            yield replace(frame, stamp_ns=begin + offset)
            if self._truth_out is not None and not self.stopping.is_set():
                self._truth_out.publish(said)

    def _now(self) -> int:
        return int(self.get_clock().now().nanoseconds)


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(SimCameraNode, argv)


if __name__ == "__main__":
    sys.exit(main())
