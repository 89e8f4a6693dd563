"""What the demo listens with: states, faces and truth of the running nodes."""

from __future__ import annotations

import json
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from std_msgs.msg import String

from affect_perception.evaluation.replay.live import Moment
from affect_perception.io.message_fields import Fields, stamp_of
from affect_perception.io.message_types import to_fields
from affect_perception.msg import AttentionState, FaceObservation
from affect_perception.ros.qos import FACE_OUT, STATE_OUT

STATE_TOPIC, FACE_TOPIC, TRUTH_TOPIC = "attention_state", "face", "driver_truth"

_POLL = 0.02
_TRUTHS_KEPT = 600
_TRUTH_PATIENCE_S = 0.25


class DemoMonitor:
    """Subscribes to the outputs of face_perception and sim_camera; a context manager."""

    def __init__(self) -> None:
        """Connects nothing yet."""
        self._context: Any = None
        self._node: Any = None
        self._executor: Any = None
        self._states: deque[tuple[float, Fields]] = deque()
        self._faces: deque[Fields] = deque()
        self._truths: OrderedDict[int, Mapping[str, Any]] = OrderedDict()

    def __enter__(self) -> DemoMonitor:
        self._context = rclpy.Context()
        rclpy.init(context=self._context)
        self._node = Node("demo_monitor", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        subscribe = self._node.create_subscription
        subscribe(AttentionState, STATE_TOPIC, self._on_state, STATE_OUT)
        subscribe(FaceObservation, FACE_TOPIC, self._on_face, FACE_OUT)
        subscribe(String, TRUTH_TOPIC, self._on_truth, FACE_OUT)
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.try_shutdown(context=self._context)

    def wait_for_node(self, alive: Callable[[], bool], timeout_s: float) -> bool:
        """Waits until face_perception offers its topic.

        Args:
            alive: Asked in between; False ends the waiting.
            timeout_s: Longest wait.
        """
        end = time.monotonic() + timeout_s
        while time.monotonic() < end and alive():
            self._executor.spin_once(timeout_sec=_POLL)
            if self._node.count_publishers(STATE_TOPIC):
                return True
        return False

    def moments(
        self, alive: Callable[[], bool], on_face: Callable[[Fields], None], patience_s: float
    ) -> Iterator[Moment]:
        """States with the truth of the same stamp, as they come.

        Args:
            alive: Asked in between; ends when it is False and everything has arrived.
            on_face: Told of each FaceObservation.
            patience_s: Ends if nothing has come for so long.
        """
        last = time.monotonic()
        while time.monotonic() - last < patience_s:
            running = alive()
            self._executor.spin_once(timeout_sec=_POLL)
            while self._faces:
                on_face(self._faces.popleft())
            if not self._states and not running:
                return
            while self._states and (running is False or self._complete()):
                last = time.monotonic()
                _, state = self._states.popleft()
                yield Moment(state, self._truths.get(stamp_of(state["header"])))

    def _complete(self) -> bool:
        """Whether the truth of the oldest state is there, or has had its time to come."""
        arrived, state = self._states[0]
        late = time.monotonic() - arrived > _TRUTH_PATIENCE_S
        return late or stamp_of(state["header"]) in self._truths

    def _on_state(self, message: Any) -> None:
        state = to_fields(message)
        if stamp_of(state["header"]):  # 0 says that no picture has come yet
            self._states.append((time.monotonic(), state))

    def _on_face(self, message: Any) -> None:
        self._faces.append(to_fields(message))

    def _on_truth(self, message: Any) -> None:
        truth = json.loads(message.data)
        self._truths[truth["stamp_ns"]] = truth
        while len(self._truths) > _TRUTHS_KEPT:
            self._truths.popitem(last=False)
