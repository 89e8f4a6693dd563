"""The node sim_body: the body of a scenario as sensors, in real time."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from std_msgs.msg import String

from affect_perception.core.config import SimBodyNodeConfig
from affect_perception.core.types import BiosignalChunk
from affect_perception.evaluation.synthetic.scenario import load_scenario
from affect_perception.ros.biosignal_output import BiosignalOutput
from affect_perception.ros.chunk_player import ChunkPlayer
from affect_perception.ros.lifecycle import run_node
from affect_perception.ros.qos import FACE_OUT
from affect_perception.sim.body.script import BodyScript, body_of
from affect_perception.sim.body.sensors import BodySensors

TRUTH_TOPIC = "body_truth"
_TRUTH_EVERY_NS = 500_000_000


class SimBodyNode(ChunkPlayer):
    """See docs/topics.md."""

    def __init__(self, **options: Any) -> None:
        """`options` go to rclpy's node."""
        super().__init__("sim_body", "synthetic body", **options)
        self._body: BodyScript | None = None
        self._truth_out: Any = None
        self._truth_due = 0

    def open(self) -> BiosignalOutput:
        """Reads the scenario and makes heart, breath and skin."""
        config = self.parameters.read(SimBodyNodeConfig)
        self.start_at, self.start_delay, self.loop = (
            config.start_at,
            config.start_delay,
            config.loop,
        )
        self._body = body_of(load_scenario(config.scenario))
        if config.truth:
            self._truth_out = self.create_lifecycle_publisher(String, TRUTH_TOPIC, FACE_OUT)
        return BiosignalOutput(self)

    def release(self) -> None:
        """Forgets the body."""
        self._body = None
        if self._truth_out is not None:
            self.destroy_lifecycle_publisher(self._truth_out)
            self._truth_out = None

    def length_ns(self) -> int:
        """Length of the scenario, ns."""
        return round(self._body.duration_s * 1e9) if self._body is not None else 0

    def recording(self) -> Iterator[tuple[int, BiosignalChunk]]:
        """The scenario from its beginning."""
        self._truth_due = 0
        assert self._body is not None
        return BodySensors(self._body).arrivals()

    def played(self, until_ns: int, begin_ns: int) -> None:
        """Says what is true, twice a second."""
        if self._truth_out is None or self._body is None or until_ns < self._truth_due:
            return
        self._truth_due = until_ns + _TRUTH_EVERY_NS
        truth = self._body.truth(until_ns / 1e9, begin_ns)
        self._truth_out.publish(String(data=json.dumps(truth.plain())))


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(SimBodyNode, argv)


if __name__ == "__main__":
    sys.exit(main())
