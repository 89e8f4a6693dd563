"""The node voice_perception and a probe beside it in one executor, spun by the test itself."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile
from voice_fakes import networks

from affect_perception.core.types import AudioChunk
from affect_perception.msg import AudioChunk as AudioChunkMessage
from affect_perception.msg import VoiceObservation
from affect_perception.ros.nodes.voice_perception import VoicePerceptionNode
from affect_perception.ros.qos import AUDIO_OUT, VOICE_OUT
from affect_perception.ros.stamps import stamp_to_ns
from affect_perception.ros.voice_convert import chunk_to_message

DEADLINE = 20.0


class VoiceHarness:
    """The node under test with fakes for networks, and a probe that plays the microphone."""

    def __init__(self, load: Callable[[Any], Any] = lambda _: networks(), **values: Any) -> None:
        """Makes the nodes; `values` with `__` for the dot are passed as parameters."""
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        values.setdefault("no_sound_timeout", 30.0)
        overrides = [Parameter(k.replace("__", "."), value=v) for k, v in values.items()]
        self.node = VoicePerceptionNode(
            load=load, context=self.context, parameter_overrides=overrides
        )
        self.probe = Node("probe", context=self.context)
        self.heard: list[VoiceObservation] = []
        self.statuses: list[DiagnosticStatus] = []
        # Deeper than a user's: a busy machine hands over many at once, and each is counted here.
        deep = QoSProfile(depth=500, reliability=VOICE_OUT.reliability)
        self.probe.create_subscription(VoiceObservation, "voice", self.heard.append, deep)
        self.probe.create_subscription(
            DiagnosticArray, "/diagnostics", lambda m: self.statuses.extend(m.status), 10
        )
        self.sound: Any = self.probe.create_publisher(AudioChunkMessage, "audio", AUDIO_OUT)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.executor.add_node(self.probe)

    def __enter__(self) -> VoiceHarness:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.executor.shutdown()
        self.node.close()
        self.node.destroy_node()
        self.probe.destroy_node()
        del self.node, self.probe, self.sound, self.executor
        gc.collect()
        rclpy.shutdown(context=self.context)

    def start(self) -> None:
        """Configures and activates, and waits until publishers and subscribers have met."""
        ok = rclpy.lifecycle.TransitionCallbackReturn.SUCCESS
        assert self.node.trigger_configure() == ok, self.node.problem
        assert self.node.trigger_activate() == ok, self.node.problem
        self.spin_until(
            lambda: (
                self.sound.get_subscription_count() == 1
                and self.node.count_subscribers("voice") >= 1
            )
        )

    def spin_until(self, condition: Callable[[], bool], deadline: float = DEADLINE) -> None:
        """Spins until the condition holds; fails after `deadline` seconds."""
        end = time.monotonic() + deadline
        while not condition():
            assert time.monotonic() < end, f"did not happen within {deadline} s"
            self.executor.spin_once(timeout_sec=0.02)

    def now_ns(self) -> int:
        """The probe's clock."""
        return int(self.probe.get_clock().now().nanoseconds)

    def publish(self, chunk: AudioChunk) -> None:
        """Publishes a piece of sound."""
        self.sound.publish(chunk_to_message(AudioChunkMessage(), chunk))

    def play(self, samples: Any, rate: int, start_ns: int, size: int = 0) -> None:
        """Publishes a sound in pieces of 20 ms (or `size` samples), as fast as it is taken."""
        size = size or rate // 50
        before = self._received()
        for number, first in enumerate(range(0, len(samples), size)):
            stamp = start_ns + first * 10**9 // rate
            self.publish(AudioChunk(stamp, rate, np.ascontiguousarray(samples[first:][:size])))
            # The subscription keeps a hundred, best effort: a busy machine must not lose any here.
            self.spin_until(lambda n=number: self._received() - before > n - 10)

    def _received(self) -> int:
        return int(self.node._health._counts["received"])

    def stamps(self) -> list[int]:
        """Stamps of the observations received."""
        return [stamp_to_ns(voice.header.stamp) for voice in self.heard]

    def status(self) -> DiagnosticStatus:
        """The next status of the node under test."""
        self.statuses.clear()
        self.spin_until(lambda: any(s.name == "voice_perception" for s in self.statuses))
        return next(s for s in self.statuses if s.name == "voice_perception")
