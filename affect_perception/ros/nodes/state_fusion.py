"""The node state_fusion: observations of face, voice and body go in, affect states come out.

States come with the observations, at the configured rate of their stamps; where none come, a timer
says how much time has passed. Nothing waits for a modality that is missing. One step takes less
than a millisecond, so all of it runs in the executor's thread.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Sequence
from typing import Any

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from affect_perception.core.config import FusionNodeConfig, FusionPipelineConfig
from affect_perception.core.enums import Modality
from affect_perception.core.errors import AffectPerceptionError
from affect_perception.core.fusion.alignment import NoObservation
from affect_perception.core.fusion.fusion import AffectFusion, FusionEvent
from affect_perception.core.types import MODALITIES, AffectState
from affect_perception.inference.fusion import load_fusion_network
from affect_perception.msg import AffectState as AffectStateMessage
from affect_perception.msg import ModalityState as ModalityStateMessage
from affect_perception.ros import qos, sync
from affect_perception.ros.affect_convert import affect_to_message
from affect_perception.ros.fusion_health import FusionHealth
from affect_perception.ros.fusion_input import READERS, TOPICS, FusionInput
from affect_perception.ros.health import Report, measured_latency
from affect_perception.ros.lifecycle import ManagedNode, run_node, transition
from affect_perception.ros.passed_time import PassedTime

AFFECT_TOPIC = "affect_state"


class StateFusionNode(ManagedNode):
    """See docs/topics.md for topics, parameters, states and diagnostics."""

    def __init__(self, **options: Any) -> None:
        """`options` go to rclpy's node."""
        super().__init__("state_fusion", "affect_state", **options)
        self._input: FusionInput | None = None

    @transition
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Reads parameters, makes the fusion and the publisher."""
        self._config = self.parameters.read(FusionNodeConfig)
        config = self.parameters.read(FusionPipelineConfig)
        self._fusion_config = config.fusion
        self._fusion = AffectFusion(config.fusion, load_fusion_network(config))
        events = qos.announce_mismatch_out(AFFECT_TOPIC, self._on_mismatch)
        self._publisher = self.create_lifecycle_publisher(
            AffectStateMessage, AFFECT_TOPIC, qos.AFFECT_OUT, event_callbacks=events
        )
        return super().on_configure(state)

    @transition
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Subscribes and starts the timer."""
        used = tuple(m for m in MODALITIES if getattr(self._fusion_config, m.word).use)
        topics = ", ".join(self.resolve_topic_name(TOPICS[modality]) for modality in used)
        self._health = FusionHealth(topics, self._config.no_data_timeout, time.monotonic())
        self._health.state(synchronisation=sync.BACKEND)
        self._passed = PassedTime(self._fusion_config.stamp_jump)
        result = super().on_activate(state)
        self._input = FusionInput(
            self, used, self._config.slop, self._on_arrival, self._on_message, self._on_mismatch
        )
        # By the node's clock, so that simulated time that stands still gives no states; twice as
        # often as states are due, so that its phase costs half a period at most.
        self._timer = self.create_timer(0.5 / self._fusion_config.rate, self._on_timer)
        self.get_logger().info(f"active: observations from {topics or 'nothing'}")
        return result

    @transition
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribes; what is known of the driver stays in memory."""
        self.close()
        return super().on_deactivate(state)

    @transition
    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forgets the fusion and the publisher."""
        self.close()
        result = super().on_cleanup(state)
        self.destroy_lifecycle_publisher(self._publisher)
        del self._fusion
        return result

    @transition
    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribes."""
        self.close()
        return super().on_shutdown(state)

    def close(self) -> None:
        """Ends subscriptions and timer; can be called in every state, also twice."""
        if self._input is not None:
            self._input.close()
            self.destroy_timer(self._timer)
            self._input = None

    def report(self) -> Report:
        """The status on /diagnostics while active."""
        return self._health.report(time.monotonic())

    def _now_ns(self) -> int:
        return int(self.get_clock().now().nanoseconds)

    def _on_arrival(self, modality: Modality) -> None:
        self._health.arrived(modality, time.monotonic())

    def _on_message(self, modality: Modality, message: Any) -> None:
        try:
            observation = READERS[modality](message)
            self._step(observation)
            self._passed.observe(self._fusion.newest_ns, self._now_ns())
        except AffectPerceptionError as error:
            self._fail(f"{modality.word}: {error}")
        except Exception:  # noqa: BLE001
            # The edge of our code: what trips over a bug must not end the watching.
            self._fail(f"{modality.word}: internal error: {traceback.format_exc()}")

    def _on_timer(self) -> None:
        if self._input is None:
            return
        self._input.flush()
        self._step(NoObservation(self._passed.stamp_at(self._now_ns())))

    def _step(self, event: FusionEvent) -> None:
        state = self._fusion.step(event)
        if state is not None:
            self._publish(state)

    def _publish(self, state: AffectState) -> None:
        latency = measured_latency(self._now_ns(), state.stamp_ns)
        message = affect_to_message(AffectStateMessage(), ModalityStateMessage, state, latency)
        self._publisher.publish(message)
        self._health.observed(state, self._fusion.dropped)
        self._health.published(latency, time.monotonic())

    def _on_mismatch(self, topic: str, sentence: str) -> None:
        self.get_logger().warning(sentence)
        if self._input is not None:
            self._health.warn(f"qos {topic}", sentence)

    def _fail(self, message: str) -> None:
        self._health.error(message)
        self.get_logger().error(f"not used: {message}", throttle_duration_sec=5.0)


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(StateFusionNode, argv)


if __name__ == "__main__":
    sys.exit(main())
