"""What nodes share that turn a sensor's messages into observations: lifecycle, worker, watch.

One executor thread takes messages and never blocks; one worker thread runs the pipeline and
publishes. Nodes fill in what is theirs in the abstract methods.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import Any, Protocol

from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from affect_perception.inference import Builds
from affect_perception.ros import qos
from affect_perception.ros.health import InputHealth, Report, measured_latency
from affect_perception.ros.lifecycle import ManagedNode, transition
from affect_perception.ros.network_start import AnyNetworks, fallback, providers, unload

_BUILD_LOG_PERIOD = 10.0
"""Seconds between two lines in the log about engines; /diagnostics tells every second."""

WATCH_PERIOD = 1.0
"""Seconds between two looks at whether the sensor still gives something."""


class Worker(Protocol):
    """The thread beside the executor, see `pipeline_worker`."""

    def start(self) -> None:
        """Starts the thread."""
        ...

    def stop(self) -> None:
        """Ends it after the item in work."""
        ...


class Input(Protocol):
    """The subscriptions to a sensor."""

    def close(self) -> None:
        """Ends them."""
        ...


class PerceptionNode(ManagedNode, ABC):
    """A lifecycle node from one sensor to observations; see docs/topics.md for what it does when.

    Attributes:
        facts: What diagnostics report as it is; `prepare` fills it.
        networks: What runs them is looked up for every report; `prepare` sets it.
        builds: To be given to what loads networks; see `Builds`.
    """

    _health: InputHealth

    def __init__(self, name: str, hardware_id: str, **options: Any) -> None:
        """`options` go to rclpy's node."""
        super().__init__(name, hardware_id, **options)
        self._worker: Worker | None = None
        self._input: Input | None = None
        self.facts: dict[str, str] = {}
        self.networks: AnyNetworks | None = None
        self.builds = Builds(background=True, report=self._on_build)

    @abstractmethod
    def prepare(self) -> None:
        """Reads parameters, loads networks, makes publishers; named errors stop configure."""

    @abstractmethod
    def make_health(self, clock: float) -> InputHealth:
        """Starts counting at a monotonic time, s."""

    @abstractmethod
    def make_worker(self) -> Worker:
        """Makes the thread; `_health` is there."""

    @abstractmethod
    def subscribe(self) -> Input:
        """Subscribes; publishers are open and the worker runs."""

    @abstractmethod
    def watch(self, blind: float) -> None:
        """Called once a second while subscribed; `blind`: seconds without a usable input."""

    @abstractmethod
    def release(self) -> None:
        """Forgets networks and pipeline, destroys publishers."""

    def after_work(self) -> None:
        """Called once the worker has ended."""

    @transition
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Reads parameters, loads the networks, runs them once, makes the publishers."""
        self.facts, self.networks = {}, None
        try:
            self.prepare()
        finally:
            self.busy = ""
        return super().on_configure(state)

    @transition
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Starts the worker, then subscribes."""
        self._health = self.make_health(time.monotonic())
        self._health.state(**self.facts)
        self._tell_providers()
        worker = self._worker = self.make_worker()
        result = super().on_activate(state)
        worker.start()
        self._input = self.subscribe()
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._watch = self.create_timer(WATCH_PERIOD, self._on_watch, clock=steady)
        return result

    @transition
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribes and ends the worker; what was learned of the driver stays in memory."""
        self.close()
        return super().on_deactivate(state)

    @transition
    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forgets networks, pipeline and publishers."""
        self.close()
        result = super().on_cleanup(state)
        self.release()
        self._forget_networks()
        return result

    @transition
    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Ends the worker."""
        self.close()
        self._forget_networks()
        return super().on_shutdown(state)

    def close(self) -> None:
        """Ends subscriptions and the worker thread; can be called in every state, also twice."""
        if self._input is not None:
            self._input.close()
            self.destroy_timer(self._watch)
            self._input = None
        if self._worker is not None:
            self._worker.stop()
            self._worker = None
            self.after_work()

    def report(self) -> Report:
        """The status on /diagnostics while active."""
        self._tell_providers()
        return self._health.report(time.monotonic())

    def latency(self, stamp_ns: int) -> float:
        """Seconds from a stamp to now, NaN where the two cannot be of one clock."""
        return measured_latency(self.get_clock().now().nanoseconds, stamp_ns)

    def make_publisher(self, message: type, topic: str, profile: Any) -> Any:
        """A lifecycle publisher that names subscribers which can receive nothing."""
        events = qos.announce_mismatch_out(topic, self.on_mismatch)
        return self.create_lifecycle_publisher(message, topic, profile, event_callbacks=events)

    def on_mismatch(self, topic: str, sentence: str) -> None:
        """Names an incompatible QoS in the log and in diagnostics."""
        self.get_logger().warning(sentence)
        if self._input is not None:
            self._health.warn(f"qos {topic}", sentence)

    def log_error(self, message: str) -> None:
        """Writes an error into the log, not more often than every five seconds."""
        self.get_logger().error(message, throttle_duration_sec=5.0)

    def _forget_networks(self) -> None:
        """Stops builds that go on, and gives memory of a device back."""
        if self.networks is not None:
            unload(self.networks)
        self.networks = None

    def _tell_providers(self) -> None:
        """Puts into diagnostics what runs the networks, which changes when an engine is ready."""
        if self.networks is None:
            return
        self._health.state(**providers(self.networks))
        reason = fallback(self.networks)
        self._health.warn("provider", reason)
        if reason:
            self.get_logger().warning(reason, throttle_duration_sec=_BUILD_LOG_PERIOD)

    def _on_build(self, progress: str) -> None:
        """An engine is being built and configure waits for it: the node must not look dead."""
        self.busy = progress
        self.get_logger().info(progress, throttle_duration_sec=_BUILD_LOG_PERIOD)
        self.diagnostics.publish()

    def _on_watch(self) -> None:
        if self._input is not None and self._worker is not None:
            self.watch(self._health.blind_for(time.monotonic()))
