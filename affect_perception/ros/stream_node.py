"""What nodes that play a sensor share: a thread that makes pictures or sound and publishes it."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from affect_perception.core.errors import AffectPerceptionError
from affect_perception.ros.health import Level, Report
from affect_perception.ros.lifecycle import ManagedNode, transition


class Output(Protocol):
    """Where the stream goes."""

    def publish(self, item: Any, /) -> None:
        """Publishes one item; called from the thread."""
        ...

    def close(self) -> None:
        """Destroys the publishers."""
        ...


class StreamNode(ManagedNode, ABC):
    """A lifecycle node that publishes a stream of items while it is active.

    Subclasses make their output in `open` and yield items in `items`.

    Attributes:
        counted: What the items are called in diagnostics.
        stopping: Set when the stream shall end.
    """

    counted = "items"

    def __init__(self, name: str, hardware_id: str, **options: Any) -> None:
        """`options` go to rclpy's node."""
        super().__init__(name, hardware_id, **options)
        self._thread: threading.Thread | None = None
        self._output: Output | None = None
        self._published = 0
        self._reported = (0, 0.0)
        self._failure = ""
        self.stopping = threading.Event()

    @abstractmethod
    def open(self) -> Output:
        """Reads parameters, opens what can fail, makes publishers; named errors stop configure."""

    @abstractmethod
    def items(self) -> Iterator[Any]:
        """Items at the time at which they shall go out, until `stopping` is set.

        Runs in the thread. When it ends by itself, so does the process.
        """

    def release(self) -> None:
        """Gives back what `open` opened."""

    @transition
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Prepares the source and makes the publishers."""
        self._output = self.open()
        return super().on_configure(state)

    @transition
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Starts the stream."""
        result = super().on_activate(state)
        self.stopping.clear()
        self._failure = ""
        self._reported = (self._published, time.monotonic())
        self._thread = threading.Thread(target=self._stream, name=self.get_name(), daemon=True)
        self._thread.start()
        return result

    @transition
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Ends the stream."""
        self._end_stream()
        return super().on_deactivate(state)

    @transition
    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Releases source and publishers."""
        result = super().on_cleanup(state)
        self.close()
        return result

    @transition
    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Ends the stream and releases everything."""
        self.close()
        return super().on_shutdown(state)

    def close(self) -> None:
        """Ends the thread and releases everything; can be called in every state, also twice."""
        self._end_stream()
        if self._output is not None:
            self._output.close()
            self._output = None
        self.release()

    def report(self) -> Report:
        """Items and rate since the last status."""
        before, then = self._reported
        self._reported = (self._published, time.monotonic())
        rate = (self._published - before) / max(self._reported[1] - then, 1e-3)
        values = {f"{self.counted} published": str(self._published), "rate [Hz]": f"{rate:.1f}"}
        report = Report(values=values)
        if self._failure:
            report.raise_to(Level.ERROR, self._failure)
        return report

    def begin_ns(self, start_at: float, start_delay: float, now_ns: int) -> int:
        """Stamp of the beginning: a given time (s), or a while from now if that is 0."""
        return round(start_at * 1e9) if start_at else now_ns + round(start_delay * 1e9)

    def wait_until(self, stamp_ns: int, now: Callable[[], int]) -> None:
        """Sleeps until `now()` reaches a time, or until the stream shall end."""
        while (left := (stamp_ns - now()) / 1e9) > 0 and not self.stopping.wait(min(left, 0.1)):
            pass

    def _end_stream(self) -> None:
        self.stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _stream(self) -> None:
        output = self._output
        try:
            for item in self.items():
                if self.stopping.is_set() or output is None:
                    return
                output.publish(item)
                self._published += 1
        except AffectPerceptionError as error:
            self._failure = str(error)
            self.get_logger().error(self._failure)
            return
        if not self.stopping.is_set():
            self.get_logger().info("end of the stream")
            self.finished.set()
