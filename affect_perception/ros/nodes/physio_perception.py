"""The node physio_perception: body signals go in, stamped PhysioObservations come out.

One executor thread takes messages and never blocks; one worker thread runs the pipeline and
publishes. While it works, pieces of signals wait in a row, because a lost one is a hole.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from affect_perception.core.config import PhysioNodeConfig, PhysioPipelineConfig
from affect_perception.core.enums import PhysioReason
from affect_perception.core.network import PhysioNetworks
from affect_perception.core.physio.pipeline import PhysioPipeline
from affect_perception.core.types import BiosignalChunk, PhysioObservation
from affect_perception.inference import Builds
from affect_perception.inference.physio import load_physio_networks
from affect_perception.msg import PhysioObservation as PhysioObservationMessage
from affect_perception.ros import qos
from affect_perception.ros.biosignal_input import BiosignalInput
from affect_perception.ros.biosignal_output import BIOSIGNAL_TOPIC
from affect_perception.ros.driver_watch import DriverWatch
from affect_perception.ros.lifecycle import run_node
from affect_perception.ros.network_start import warm_up
from affect_perception.ros.perception_node import PerceptionNode
from affect_perception.ros.physio_convert import physio_to_message
from affect_perception.ros.physio_health import PhysioHealth
from affect_perception.ros.physio_worker import PhysioStepper, PhysioWorker
from affect_perception.ros.plain_stream import plain_signals

PHYSIO_TOPIC = "physio"

LoadNetworks = Callable[[PhysioPipelineConfig], PhysioNetworks]
MakePipeline = Callable[[PhysioPipelineConfig, PhysioNetworks], PhysioStepper]


def load_networks(config: PhysioPipelineConfig, builds: Builds) -> PhysioNetworks:
    """The network of load and stress, if it is there."""
    return load_physio_networks(config.inference, builds=builds, load=config.load.network)


class PhysioPerceptionNode(PerceptionNode):
    """See docs/topics.md for topics, parameters, states and diagnostics."""

    _health: PhysioHealth
    _worker: PhysioWorker | None
    _input: _Subscriptions | None

    def __init__(
        self,
        load: LoadNetworks | None = None,
        make_pipeline: MakePipeline = PhysioPipeline,
        **options: Any,
    ) -> None:
        """The two functions are there for tests; `options` go to rclpy's node."""
        super().__init__("physio_perception", "body sensors", **options)
        self._load = load or partial(load_networks, builds=self.builds)
        self._make_pipeline = make_pipeline

    def prepare(self) -> None:
        """Reads parameters, loads the network, runs it once, makes the publisher."""
        self._config = self.parameters.read(PhysioNodeConfig)
        config = self.parameters.read(PhysioPipelineConfig)
        list(plain_signals(self._config.plain))  # fails before anything is made
        self.networks = networks = self._load(config)
        if networks.load is None and networks.driver is None:
            # Heart, skin and breath need no network.
            self.get_logger().warning("load and stress stay unknown: their network is not loaded")
        self.facts = warm_up(networks)
        self._pipeline = self._make_pipeline(config, networks)
        self._publisher = self.make_publisher(
            PhysioObservationMessage, PHYSIO_TOPIC, qos.PHYSIO_OUT
        )

    def make_health(self, clock: float) -> PhysioHealth:
        """Counts pieces."""
        topic = self.resolve_topic_name(BIOSIGNAL_TOPIC)
        return PhysioHealth(topic, self._config.no_signal_timeout, clock)

    def make_worker(self) -> PhysioWorker:
        """Runs the pipeline."""
        return PhysioWorker(self._pipeline, self._health, self._publish, self.log_error)

    def subscribe(self) -> _Subscriptions:
        """Subscribes to body signals and to the number of the driver."""
        topic = self.resolve_topic_name(BIOSIGNAL_TOPIC)
        self.get_logger().info(f"active: body signals from {topic}")
        signals = BiosignalInput(
            self, self._config, self._health, self._on_piece, self.on_mismatch, self.log_error
        )
        return _Subscriptions(signals, DriverWatch(self, self.on_mismatch))

    def watch(self, blind: float) -> None:
        """Looks for plain signals and another driver, and tells the pipeline of silence."""
        if self._input is None or self._worker is None:
            return
        self._input.signals.look()
        number = self._input.driver.number()
        if number is not None:
            self._worker.submit_driver(number)
        if blind > self._config.no_signal_timeout:
            self._worker.submit_absence(blind)

    def release(self) -> None:
        """Forgets network, pipeline and publisher."""
        self.destroy_lifecycle_publisher(self._publisher)
        del self._pipeline

    def log_error(self, message: str) -> None:
        """Writes each kind of fault into the log once; diagnostics count them all."""
        if self._health.first_of_its_kind(message):
            self.get_logger().error(f"{message} (told once; /diagnostics counts)")

    def _on_piece(self, read: Callable[[], BiosignalChunk]) -> None:
        if self._worker is not None:
            self._worker.submit(read)

    def _publish(self, physio: PhysioObservation) -> None:
        latency = self.latency(physio.stamp_ns)
        self._publisher.publish(physio_to_message(PhysioObservationMessage(), physio, latency))
        for news in self._health.observed(physio, self._pipeline.facts):
            self.get_logger().warning(news)
        if any(PhysioReason.NO_SIGNAL not in s.reasons for s in physio.channels.values()):
            self._health.published(latency, time.monotonic())


class _Subscriptions:
    """Body signals, and who sits there."""

    def __init__(self, signals: BiosignalInput, driver: DriverWatch) -> None:
        self.signals = signals
        self.driver = driver

    def close(self) -> None:
        self.signals.close()
        self.driver.close()


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(PhysioPerceptionNode, argv)


if __name__ == "__main__":
    sys.exit(main())
