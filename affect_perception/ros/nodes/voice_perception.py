"""The node voice_perception: sound goes in, stamped VoiceObservations come out at an even rate.

One executor thread takes messages and never blocks; one worker thread runs the pipeline and
publishes. While it works, pieces of sound wait in a row, because a lost one cuts a sentence.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from affect_perception.core.config import VoiceConfig, VoiceNodeConfig, VoicePipelineConfig
from affect_perception.core.enums import VoiceReason
from affect_perception.core.network import VoiceNetworks
from affect_perception.core.types import AudioChunk, VoiceObservation
from affect_perception.core.voice.pipeline import VoicePipeline
from affect_perception.inference.voice import INSTALL_COMMAND, load_voice_networks
from affect_perception.msg import VoiceObservation as VoiceObservationMessage
from affect_perception.ros import qos
from affect_perception.ros.audio_input import AUDIO_TOPIC, AudioInput
from affect_perception.ros.health import Report, measured_latency
from affect_perception.ros.lifecycle import ManagedNode, run_node, transition
from affect_perception.ros.network_start import fallback, warm_up_voice
from affect_perception.ros.sound_health import SoundHealth
from affect_perception.ros.voice_convert import voice_to_message
from affect_perception.ros.voice_worker import Stepper, VoiceWorker

VOICE_TOPIC = "voice"
PRIVACY = "no sound is published or stored"

LoadNetworks = Callable[[VoicePipelineConfig], VoiceNetworks]
MakePipeline = Callable[[VoiceConfig, VoiceNetworks], Stepper]


def load_networks(config: VoicePipelineConfig) -> VoiceNetworks:
    """The networks that the parameters ask for, as far as they are installed."""
    return load_voice_networks(config.inference, emotion=config.voice.emotion_network)


class VoicePerceptionNode(ManagedNode):
    """See docs/topics.md for topics, parameters, states and diagnostics."""

    def __init__(
        self,
        load: LoadNetworks = load_networks,
        make_pipeline: MakePipeline = VoicePipeline,
        **options: Any,
    ) -> None:
        """The two functions are there for tests; `options` go to rclpy's node."""
        super().__init__("voice_perception", "microphone", **options)
        self._load = load
        self._make_pipeline = make_pipeline
        self._worker: VoiceWorker | None = None
        self._input: AudioInput | None = None

    @transition
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Reads parameters, loads the networks, runs them once, makes the publisher."""
        self._config = self.parameters.read(VoiceNodeConfig)
        config = self.parameters.read(VoicePipelineConfig)
        networks = self._load(config)
        self._facts = warm_up_voice(networks) | {"privacy": PRIVACY}
        self._fallback = fallback(networks)
        if networks.speech is None:
            self.get_logger().warning(
                f"talking stays unknown: no speech detector; {INSTALL_COMMAND}"
            )
        self._pipeline = self._make_pipeline(config.voice, networks)
        events = qos.announce_mismatch_out(VOICE_TOPIC, self._on_mismatch)
        self._publisher = self.create_lifecycle_publisher(
            VoiceObservationMessage, VOICE_TOPIC, qos.VOICE_OUT, event_callbacks=events
        )
        return super().on_configure(state)

    @transition
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Starts the worker, then subscribes."""
        topic = self.resolve_topic_name(AUDIO_TOPIC)
        self._health = SoundHealth(topic, self._config.no_sound_timeout, time.monotonic())
        self._health.state(**self._facts)
        self._health.warn("provider", self._fallback)
        self._worker = VoiceWorker(self._pipeline, self._health, self._publish, self._log_error)
        result = super().on_activate(state)
        self._worker.start()
        self._input = AudioInput(
            self, self._config, self._health, self._on_sound, self._on_mismatch
        )
        self._watch = self.create_timer(
            1.0, self._on_watch, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )
        self.get_logger().info(f"active: sound from {topic}; {PRIVACY}")
        return result

    @transition
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribes and ends the worker; the speaker's own means stay in memory."""
        self.close()
        return super().on_deactivate(state)

    @transition
    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forgets networks, pipeline and publisher."""
        self.close()
        result = super().on_cleanup(state)
        self.destroy_lifecycle_publisher(self._publisher)
        del self._pipeline
        return result

    @transition
    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Ends the worker."""
        self.close()
        return super().on_shutdown(state)

    def close(self) -> None:
        """Ends the subscription and the worker thread; can be called in every state, also twice."""
        if self._input is not None:
            self._input.close()
            self.destroy_timer(self._watch)
            self._input = None
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def report(self) -> Report:
        """The status on /diagnostics while active."""
        return self._health.report(time.monotonic())

    def _on_sound(self, read: Callable[[], AudioChunk]) -> None:
        if self._worker is not None:
            self._worker.submit(read)

    def _on_watch(self) -> None:
        if self._input is None or self._worker is None:
            return
        self._input.look()
        if self._health.blind_for(time.monotonic()) > self._config.no_sound_timeout:
            self._worker.submit_absence()

    def _publish(self, voice: VoiceObservation) -> None:
        latency = measured_latency(self.get_clock().now().nanoseconds, voice.stamp_ns)
        self._publisher.publish(voice_to_message(VoiceObservationMessage(), voice, latency))
        self._health.observed(voice)
        if VoiceReason.NO_SOUND not in voice.reasons:
            self._health.published(latency, time.monotonic())
            other_clock = "stamps and clock differ by more than any delay: use_sim_time missing?"
            self._health.warn("clock", other_clock if math.isnan(latency) else "")

    def _on_mismatch(self, topic: str, sentence: str) -> None:
        self.get_logger().warning(sentence)
        if self._input is not None:
            self._health.warn(f"qos {topic}", sentence)

    def _log_error(self, message: str) -> None:
        self.get_logger().error(message, throttle_duration_sec=5.0)


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(VoicePerceptionNode, argv)


if __name__ == "__main__":
    sys.exit(main())
