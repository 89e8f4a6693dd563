"""The node state_fusion in one executor with a probe that plays the nodes before it."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from unittest import mock

from node_harness import NodeHarness
from rclpy.qos import QoSProfile
from rosgraph_msgs.msg import Clock

from affect_perception.core.buffers import to_ns
from affect_perception.core.enums import Modality
from affect_perception.core.fusion.evidence import Observation
from affect_perception.core.types import MODALITIES, AffectState, FaceObservation, VoiceObservation
from affect_perception.msg import AffectState as AffectStateMessage
from affect_perception.msg import FaceObservation as FaceObservationMessage
from affect_perception.msg import PhysioObservation as PhysioObservationMessage
from affect_perception.msg import VoiceObservation as VoiceObservationMessage
from affect_perception.ros import fusion_input, qos
from affect_perception.ros.affect_convert import affect_from_message
from affect_perception.ros.convert import face_to_message
from affect_perception.ros.nodes.state_fusion import StateFusionNode
from affect_perception.ros.physio_convert import physio_to_message
from affect_perception.ros.stamps import set_stamp
from affect_perception.ros.voice_convert import voice_to_message
from affect_perception.sim.observed.affect_streams import AffectDriver

TICK_NS = 50_000_000
START_NS = 1_000 * 10**9


class FusionHarness(NodeHarness):
    """The node, and publishers of what it takes.

    In simulated time unless told otherwise: it stands still while the machine works, so that what
    the node says does not depend on how fast that is, and a second does not last one.

    Args:
        simulated: Whether time is simulated; `advance` and what plays need it.
        parameters: Of the node.

    Attributes:
        states: Every message on affect_state.
    """

    owned = ("publishers", "_clock")

    def __init__(self, simulated: bool = True, **parameters: Any) -> None:
        if simulated:
            parameters["use_sim_time"] = True
        super().__init__(**parameters)
        self.simulated = simulated
        self._time_ns = START_NS
        # How long a message waits for a face is told by a clock of its own.
        steady = SimpleNamespace(monotonic=lambda: self._time_ns / 1e9)
        self._steady = mock.patch.object(fusion_input, "time", steady)
        if simulated:
            self._steady.start()
        self._clock: Any = self.probe.create_publisher(Clock, "/clock", 100)
        self.states: list[AffectStateMessage] = []
        self.publishers = {
            Modality.FACE: self.probe.create_publisher(
                FaceObservationMessage, "face", qos.FACE_OUT
            ),
            Modality.VOICE: self.probe.create_publisher(
                VoiceObservationMessage, "voice", qos.VOICE_OUT
            ),
            Modality.PHYSIO: self.probe.create_publisher(
                PhysioObservationMessage, "physio", qos.PHYSIO_OUT
            ),
        }
        deep = QoSProfile(depth=500, reliability=qos.AFFECT_OUT.reliability)
        self.probe.create_subscription(AffectStateMessage, "affect_state", self.states.append, deep)

    def make_node(self, **options: Any) -> StateFusionNode:
        """The node under test."""
        return StateFusionNode(**options)

    def __exit__(self, *what: Any) -> None:
        if self.simulated:
            self._steady.stop()
        super().__exit__(*what)

    def met(self) -> bool:
        """Whether publishers and subscribers have met."""
        heard = self.node.count_publishers("affect_state") >= 1
        timed = not self.simulated or self._clock.get_subscription_count() >= 1
        return timed and heard and all(p.get_subscription_count() for p in self.publishers.values())

    def now_ns(self) -> int:
        """The clock of the node."""
        return self._time_ns if self.simulated else super().now_ns()

    def advance(self, until_ns: int) -> None:
        """Lets simulated time pass."""
        while self._time_ns < until_ns:
            self._time_ns = min(self._time_ns + TICK_NS, until_ns)
            message = Clock()
            set_stamp(message.clock, self._time_ns)
            self._clock.publish(message)
            self.spin_until(lambda: self.node.get_clock().now().nanoseconds >= self._time_ns)

    def publish(self, observation: Observation) -> None:
        """Publishes one observation."""
        if isinstance(observation, FaceObservation):
            message = face_to_message(FaceObservationMessage(), observation, 0.0, landmarks=False)
            self.publishers[Modality.FACE].publish(message)
        elif isinstance(observation, VoiceObservation):
            message = voice_to_message(VoiceObservationMessage(), observation, 0.0)
            self.publishers[Modality.VOICE].publish(message)
        else:
            message = physio_to_message(PhysioObservationMessage(), observation, 0.0)
            self.publishers[Modality.PHYSIO].publish(message)

    def hand(self, observation: Observation) -> None:
        """Publishes one observation, and waits until the node has it."""
        before = self.received()
        self.publish(observation)
        self.spin_until(lambda: self.received() > before)

    def play(self, seconds: float, modalities: Sequence[Modality] = MODALITIES) -> None:
        """Publishes what a scripted driver's nodes would, from now on."""
        start = self.now_ns()
        for event in AffectDriver(start_ns=start).events(modalities, seconds):
            self.advance(event.stamp_ns)
            self.hand(event)
        self.advance(start + to_ns(seconds))

    def play_late(self, delays: Mapping[Modality, float], until: Callable[[], bool]) -> None:
        """Publishes of each modality what is so many seconds old, until something has happened.

        Fails after 20 s of simulated time.
        """
        start, most = self.now_ns(), max(delays.values())
        driver = AffectDriver(start_ns=start - to_ns(most))

        def arrivals(modality: Modality, delay: float) -> Iterator[tuple[int, Observation]]:
            for event in driver.observations(modality, most + 20.0):
                yield event.stamp_ns + to_ns(delay), event

        rows = (arrivals(*one) for one in delays.items())
        for due, event in heapq.merge(*rows, key=lambda one: one[0]):
            if due < start:
                continue
            if until():
                return
            self.advance(due)
            self.hand(event)
        raise AssertionError("did not happen within 20 s of simulated time")

    def last(self) -> AffectState:
        """The newest state."""
        return affect_from_message(self.states[-1])
