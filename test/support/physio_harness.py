"""The node physio_perception and a probe beside it that plays the body sensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from body_signals import beat_times, ecg
from node_harness import NodeHarness
from rclpy.qos import QoSProfile

from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.network import PhysioNetworks
from affect_perception.core.types import BiosignalChunk
from affect_perception.io.signals import Signal, merge_chunks
from affect_perception.msg import BiosignalChunk as BiosignalChunkMessage
from affect_perception.msg import PhysioObservation
from affect_perception.ros.nodes.physio_perception import PhysioPerceptionNode
from affect_perception.ros.physio_convert import chunk_to_message
from affect_perception.ros.pipeline_worker import PLACES
from affect_perception.ros.qos import BIOSIGNAL_OUT, PHYSIO_OUT
from affect_perception.ros.stamps import stamp_to_ns

ECG, EDA = BiosignalChannel.ECG, BiosignalChannel.EDA


class FlatLoad:
    """Says 0.25 and 0.75, whatever it is asked."""

    name = "flat"

    def run(self, *_: Any) -> tuple[Any, ...]:
        return (np.array([[0.25, 0.75]], np.float32),)


def body(seconds: float, start_ns: int = 0, piece: float = 0.25) -> list[BiosignalChunk]:
    """Pieces of a calm heart at 125 Hz and of a skin at 4 Hz, in the order of arrival."""
    signals = [
        Signal("ecg", ECG, ecg(beat_times(seconds), seconds, 125.0), 125.0, "mV"),
        Signal("eda", EDA, 5 + np.sin(np.arange(round(seconds * 4)) / 30.0), 4.0, "uS"),
    ]
    return [
        replace(chunk, stamp_ns=start_ns + chunk.stamp_ns, frame_id="chest_strap")
        for chunk in merge_chunks(signals, piece)
    ]


class PhysioHarness(NodeHarness):
    """The node under test with a fake for its network, and a probe that plays the sensors."""

    owned = ("signals",)

    def __init__(
        self,
        load: Callable[[Any], PhysioNetworks] = lambda _: PhysioNetworks(FlatLoad()),
        **values: Any,
    ) -> None:
        """`values` with `__` for the dot are passed as parameters."""
        values.setdefault("no_signal_timeout", 30.0)
        self._load = load
        super().__init__(**values)
        self.seen: list[PhysioObservation] = []
        # Deeper than a user's: a busy machine hands over many at once, and each is counted here.
        deep = QoSProfile(depth=500, reliability=PHYSIO_OUT.reliability)
        self.probe.create_subscription(PhysioObservation, "physio", self.seen.append, deep)
        self.signals = self.probe.create_publisher(
            BiosignalChunkMessage, "biosignals", BIOSIGNAL_OUT
        )

    def make_node(self, **options: Any) -> PhysioPerceptionNode:
        """The node with the fake."""
        return PhysioPerceptionNode(load=self._load, **options)

    def met(self) -> bool:
        """Whether signals and observations have found each other."""
        return bool(
            self.signals.get_subscription_count() == 1
            and self.node.count_subscribers("physio") >= 1
        )

    def publish(self, message: Any) -> None:
        """Publishes a piece (a chunk or a message), and waits until the node has it."""
        if isinstance(message, BiosignalChunk):
            message = chunk_to_message(BiosignalChunkMessage(), message)
        before = self.received()
        self.signals.publish(message)
        # The subscription keeps a hundred, best effort: a busy machine must not lose any here.
        self.spin_until(lambda: self.received() > before)

    def play(self, chunks: Sequence[BiosignalChunk]) -> None:
        """Publishes pieces as fast as they are taken, and waits until all are worked on."""
        for number, chunk in enumerate(chunks, 1):
            self.publish(chunk)
            if number % (PLACES // 2) == 0:
                # What waits has room for `PLACES`: a busy machine must not lose any here.
                self.spin_until(lambda: self.node._worker.idle)
        self.settle()

    def settle(self) -> None:
        """Waits until the worker has nothing to do and its observations have arrived."""
        self.spin_until(lambda: self.node._worker.idle)
        self.spin_for(0.1)

    def stamps(self) -> list[int]:
        """Stamps of the observations received."""
        return [stamp_to_ns(physio.header.stamp) for physio in self.seen]
