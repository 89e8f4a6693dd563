"""The node voice_perception and a probe beside it in one executor, spun by the test itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from node_harness import NodeHarness
from rclpy.qos import QoSProfile
from voice_fakes import networks

from affect_perception.core.types import AudioChunk
from affect_perception.msg import AudioChunk as AudioChunkMessage
from affect_perception.msg import VoiceObservation
from affect_perception.ros.nodes.voice_perception import VoicePerceptionNode
from affect_perception.ros.qos import AUDIO_OUT, VOICE_OUT
from affect_perception.ros.stamps import stamp_to_ns
from affect_perception.ros.voice_convert import chunk_to_message


class VoiceHarness(NodeHarness):
    """The node under test with fakes for networks, and a probe that plays the microphone."""

    owned = ("sound",)

    def __init__(self, load: Callable[[Any], Any] = lambda _: networks(), **values: Any) -> None:
        """Makes the nodes; `values` with `__` for the dot are passed as parameters."""
        values.setdefault("no_sound_timeout", 30.0)
        self._load = load
        super().__init__(**values)
        self.heard: list[VoiceObservation] = []
        # Deeper than a user's: a busy machine hands over many at once, and each is counted here.
        deep = QoSProfile(depth=500, reliability=VOICE_OUT.reliability)
        self.probe.create_subscription(VoiceObservation, "voice", self.heard.append, deep)
        self.sound: Any = self.probe.create_publisher(AudioChunkMessage, "audio", AUDIO_OUT)

    def make_node(self, **options: Any) -> VoicePerceptionNode:
        """The node with fakes."""
        return VoicePerceptionNode(load=self._load, **options)

    def met(self) -> bool:
        """Whether sound and observations have found each other."""
        return bool(
            self.sound.get_subscription_count() == 1 and self.node.count_subscribers("voice") >= 1
        )

    def publish(self, chunk: AudioChunk) -> None:
        """Publishes a piece of sound."""
        self.sound.publish(chunk_to_message(AudioChunkMessage(), chunk))

    def play(self, samples: Any, rate: int, start_ns: int, size: int = 0) -> None:
        """Publishes a sound in pieces of 20 ms (or `size` samples), as fast as it is taken."""
        size = size or rate // 50
        before = self.received()
        for number, first in enumerate(range(0, len(samples), size)):
            stamp = start_ns + first * 10**9 // rate
            self.publish(AudioChunk(stamp, rate, np.ascontiguousarray(samples[first:][:size])))
            # The subscription keeps a hundred, best effort: a busy machine must not lose any here.
            self.spin_until(lambda n=number: self.received() - before > n - 10)

    def stamps(self) -> list[int]:
        """Stamps of the observations received."""
        return [stamp_to_ns(voice.header.stamp) for voice in self.heard]
