"""The node voice_perception: sound goes in, stamped VoiceObservations come out at an even rate.

One executor thread takes messages and never blocks; one worker thread runs the pipeline and
publishes. While it works, pieces of sound wait in a row, because a lost one cuts a sentence.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from affect_perception.core.config import VoiceConfig, VoiceNodeConfig, VoicePipelineConfig
from affect_perception.core.enums import VoiceReason
from affect_perception.core.network import VoiceNetworks
from affect_perception.core.types import AudioChunk, VoiceObservation
from affect_perception.core.voice.pipeline import VoicePipeline
from affect_perception.inference import Builds
from affect_perception.inference.voice import INSTALL_COMMAND, load_voice_networks
from affect_perception.msg import VoiceObservation as VoiceObservationMessage
from affect_perception.ros import qos
from affect_perception.ros.audio_input import AUDIO_TOPIC, AudioInput
from affect_perception.ros.driver_watch import DriverWatch
from affect_perception.ros.lifecycle import run_node
from affect_perception.ros.network_start import warm_up_voice
from affect_perception.ros.perception_node import PerceptionNode
from affect_perception.ros.pipeline_worker import Stepper
from affect_perception.ros.sound_health import SoundHealth
from affect_perception.ros.voice_convert import voice_to_message
from affect_perception.ros.voice_worker import VoiceWorker

VOICE_TOPIC = "voice"
PRIVACY = "no sound is published or stored"

LoadNetworks = Callable[[VoicePipelineConfig], VoiceNetworks]
MakePipeline = Callable[[VoiceConfig, VoiceNetworks], Stepper]


def load_networks(config: VoicePipelineConfig, builds: Builds) -> VoiceNetworks:
    """The networks that the parameters ask for, as far as they are installed."""
    return load_voice_networks(
        config.inference, emotion=config.voice.emotion_network, builds=builds
    )


class VoicePerceptionNode(PerceptionNode):
    """See docs/topics.md for topics, parameters, states and diagnostics."""

    _health: SoundHealth
    _worker: VoiceWorker | None
    _input: _Subscriptions | None

    def __init__(
        self,
        load: LoadNetworks | None = None,
        make_pipeline: MakePipeline = VoicePipeline,
        **options: Any,
    ) -> None:
        """The two functions are there for tests; `options` go to rclpy's node."""
        super().__init__("voice_perception", "microphone", **options)
        self._load = load or partial(load_networks, builds=self.builds)
        self._make_pipeline = make_pipeline

    def prepare(self) -> None:
        """Reads parameters, loads the networks, runs them once, makes the publisher."""
        self._config = self.parameters.read(VoiceNodeConfig)
        config = self.parameters.read(VoicePipelineConfig)
        self.networks = networks = self._load(config)
        self.facts = warm_up_voice(networks) | {"privacy": PRIVACY}
        if networks.speech is None:
            self.get_logger().warning(
                f"talking stays unknown: no speech detector; {INSTALL_COMMAND}"
            )
        self._pipeline = self._make_pipeline(config.voice, networks)
        self._publisher = self.make_publisher(VoiceObservationMessage, VOICE_TOPIC, qos.VOICE_OUT)

    def make_health(self, clock: float) -> SoundHealth:
        """Counts pieces of sound."""
        topic = self.resolve_topic_name(AUDIO_TOPIC)
        return SoundHealth(topic, self._config.no_sound_timeout, clock)

    def make_worker(self) -> VoiceWorker:
        """Runs the pipeline."""
        return VoiceWorker(self._pipeline, self._health, self._publish, self.log_error)

    def subscribe(self) -> _Subscriptions:
        """Listens, and subscribes to the number of the driver."""
        topic = self.resolve_topic_name(AUDIO_TOPIC)
        self.get_logger().info(f"active: sound from {topic}; {PRIVACY}")
        sound = AudioInput(self, self._config, self._health, self._on_sound, self.on_mismatch)
        return _Subscriptions(sound, DriverWatch(self, self.on_mismatch))

    def watch(self, blind: float) -> None:
        """Looks for a publisher of another type, another driver, and silence."""
        if self._input is None or self._worker is None:
            return
        self._input.sound.look()
        number = self._input.driver.number()
        if number is not None:
            self._worker.submit_driver(number)
        if blind > self._config.no_sound_timeout:
            self._worker.submit_absence(blind)

    def release(self) -> None:
        """Forgets networks, pipeline and publisher."""
        self.destroy_lifecycle_publisher(self._publisher)
        del self._pipeline

    def _on_sound(self, read: Callable[[], AudioChunk]) -> None:
        if self._worker is not None:
            self._worker.submit(read)

    def _publish(self, voice: VoiceObservation) -> None:
        latency = self.latency(voice.stamp_ns)
        self._publisher.publish(voice_to_message(VoiceObservationMessage(), voice, latency))
        self._health.observed(voice)
        if VoiceReason.NO_SOUND not in voice.reasons:
            self._health.published(latency, time.monotonic())


class _Subscriptions:
    """Sound, and who sits there."""

    def __init__(self, sound: AudioInput, driver: DriverWatch) -> None:
        self.sound = sound
        self.driver = driver

    def close(self) -> None:
        self.sound.close()
        self.driver.close()


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(VoicePerceptionNode, argv)


if __name__ == "__main__":
    sys.exit(main())
