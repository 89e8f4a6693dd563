"""The node state_fusion in one executor with a probe that plays the nodes before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from node_harness import NodeHarness

from affect_perception.core.buffers import to_ns
from affect_perception.core.enums import Modality
from affect_perception.core.fusion.evidence import Observation
from affect_perception.core.types import MODALITIES, AffectState, FaceObservation, VoiceObservation
from affect_perception.msg import AffectState as AffectStateMessage
from affect_perception.msg import FaceObservation as FaceObservationMessage
from affect_perception.msg import PhysioObservation as PhysioObservationMessage
from affect_perception.msg import VoiceObservation as VoiceObservationMessage
from affect_perception.ros import qos
from affect_perception.ros.affect_convert import affect_from_message
from affect_perception.ros.convert import face_to_message
from affect_perception.ros.nodes.state_fusion import StateFusionNode
from affect_perception.ros.physio_convert import physio_to_message
from affect_perception.ros.voice_convert import voice_to_message
from affect_perception.sim.observed.affect_streams import AffectDriver


class FusionHarness(NodeHarness):
    """The node, and publishers of what it takes.

    Attributes:
        states: Every message on affect_state.
    """

    owned = ("publishers",)

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
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
        self.probe.create_subscription(
            AffectStateMessage, "affect_state", self.states.append, qos.AFFECT_OUT
        )

    def make_node(self, **options: Any) -> StateFusionNode:
        """The node under test."""
        return StateFusionNode(**options)

    def met(self) -> bool:
        """Whether publishers and subscribers have met."""
        heard = self.node.count_publishers("affect_state") >= 1
        return heard and all(p.get_subscription_count() for p in self.publishers.values())

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

    def play(self, seconds: float, modalities: Sequence[Modality] = MODALITIES) -> None:
        """Publishes what a scripted driver's nodes would, in real time from now on."""
        start = self.now_ns()
        events = AffectDriver(start_ns=start).events(modalities, seconds)
        for event in events:
            while (left := event.stamp_ns - self.now_ns()) > 0:
                self.executor.spin_once(timeout_sec=min(left / 1e9, 0.01))
            self.publish(event)
        end = start + to_ns(seconds)
        self.spin_until(lambda: self.now_ns() >= end)

    def play_late(self, delays: Mapping[Modality, float], until: Callable[[], bool]) -> None:
        """Publishes in real time, of each modality what is so many seconds old.

        Until something has happened; fails after the deadline.
        """
        start, most = self.now_ns(), max(delays.values())
        driver = AffectDriver(start_ns=start - to_ns(most))
        arrivals = [
            (event.stamp_ns + to_ns(delay), event)
            for modality, delay in delays.items()
            for event in driver.observations(modality, most + self.deadline)
        ]
        for due, event in sorted(arrivals, key=lambda one: one[0]):
            if due < start:
                continue
            if until():
                return
            while (left := due - self.now_ns()) > 0:
                self.executor.spin_once(timeout_sec=min(left / 1e9, 0.01))
            self.publish(event)
            self.executor.spin_once(timeout_sec=0.0)
        raise AssertionError(f"did not happen within {self.deadline} s")

    def last(self) -> AffectState:
        """The newest state."""
        return affect_from_message(self.states[-1])
