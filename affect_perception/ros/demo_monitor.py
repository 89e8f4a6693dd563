"""What the demo listens with: states, observations and truth of the running nodes, and sensors."""

from __future__ import annotations

import json
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Protocol

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage
from std_msgs.msg import String

from affect_perception.core.errors import InputError
from affect_perception.core.types import BiosignalChunk
from affect_perception.evaluation.replay.drive_bag import DriveBag
from affect_perception.evaluation.replay.live import Moment
from affect_perception.io.message_fields import Fields, stamp_of
from affect_perception.io.message_types import to_fields
from affect_perception.io.physio_fields import chunk_of_message
from affect_perception.msg import (
    AffectState,
    AttentionState,
    AudioChunk,
    FaceObservation,
    PhysioObservation,
    VoiceObservation,
)
from affect_perception.msg import BiosignalChunk as BiosignalMessage
from affect_perception.ros import qos

STATE_TOPIC, FACE_TOPIC, TRUTH_TOPIC = "attention_state", "face", "driver_truth"
BODY_TRUTH_TOPIC = "body_truth"
READY_TOPICS = {
    "face_perception": STATE_TOPIC,
    "voice_perception": "voice",
    "physio_perception": "physio",
    "state_fusion": "affect_state",
}
"""Topic that a node offers once it is configured."""

_POLL = 0.02
_TRUTHS_KEPT = 600
_TRUTH_PATIENCE_S = 0.25
# Room for a few seconds: this process also draws and writes.
_SENSORS = QoSProfile(
    history=HistoryPolicy.KEEP_LAST, depth=300, reliability=ReliabilityPolicy.BEST_EFFORT
)
_RELIABLE = QoSProfile(
    history=HistoryPolicy.KEEP_LAST, depth=300, reliability=ReliabilityPolicy.RELIABLE
)


class Keeper(Protocol):
    """Who keeps what is heard besides the attention states; `LiveRecorder` does."""

    def add_face(self, face: Fields) -> None:
        """Takes a FaceObservation."""
        ...

    def add_voice(self, voice: Fields) -> None:
        """Takes a VoiceObservation."""
        ...

    def add_physio(self, physio: Fields) -> None:
        """Takes a PhysioObservation."""
        ...

    def add_affect(self, affect: Fields) -> None:
        """Takes an AffectState."""
        ...

    def add_chunk(self, chunk: BiosignalChunk) -> None:
        """Takes a piece of a body signal."""
        ...

    def add_body_truth(self, truth: Mapping[str, Any]) -> None:
        """Takes what is true of the body."""
        ...


class DemoMonitor:
    """Subscribes to what nodes and simulators say; a context manager.

    Args:
        keeper: Told of all but the attention states, which `moments` gives.
        drive: Where the sensors are recorded.
    """

    def __init__(self, keeper: Keeper, drive: DriveBag) -> None:
        """Connects nothing yet."""
        self._keeper = keeper
        self._drive = drive
        self._context: Any = None
        self._node: Any = None
        self._executor: Any = None
        self._states: deque[tuple[float, Fields]] = deque()
        self._truths: OrderedDict[int, Mapping[str, Any]] = OrderedDict()
        self._affect: Fields | None = None
        self._body: Mapping[str, Any] | None = None

    def __enter__(self) -> DemoMonitor:
        self._context = rclpy.Context()
        rclpy.init(context=self._context)
        self._node = Node("demo_monitor", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        keeper, subscribe = self._keeper, self._node.create_subscription
        subscribe(AttentionState, STATE_TOPIC, self._on_state, qos.STATE_OUT)
        subscribe(FaceObservation, FACE_TOPIC, _plain(keeper.add_face), _RELIABLE)
        subscribe(VoiceObservation, "voice", _plain(keeper.add_voice), _RELIABLE)
        subscribe(PhysioObservation, "physio", _plain(keeper.add_physio), _RELIABLE)
        subscribe(AffectState, "affect_state", self._on_affect, qos.AFFECT_OUT)
        for kind, topic, heard, profile in (
            (CompressedImage, "image_raw/compressed", self._on_picture, _SENSORS),
            (CameraInfo, "camera_info", self._on_info, _RELIABLE),
            (AudioChunk, "audio", self._on_sound, _RELIABLE),
            (BiosignalMessage, "biosignals", self._on_signal, _RELIABLE),
            (String, TRUTH_TOPIC, self._on_truth, _RELIABLE),
            (String, BODY_TRUTH_TOPIC, self._on_body_truth, _RELIABLE),
        ):
            subscribe(kind, topic, heard, profile, raw=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.try_shutdown(context=self._context)

    def wait_for_nodes(
        self, names: Collection[str], alive: Callable[[], bool], timeout_s: float
    ) -> bool:
        """Waits until perceptions offer their topics.

        Args:
            names: Of `READY_TOPICS`.
            alive: Asked in between; False ends the waiting.
            timeout_s: Longest wait.
        """
        topics = [READY_TOPICS[name] for name in names]
        end = time.monotonic() + timeout_s
        while time.monotonic() < end and alive():
            self._executor.spin_once(timeout_sec=_POLL)
            if all(self._node.count_publishers(topic) for topic in topics):
                return True
        return False

    def moments(self, alive: Callable[[], bool], patience_s: float) -> Iterator[Moment]:
        """States with the truth of the same stamp, as they come.

        Args:
            alive: Asked in between; ends when it is False and everything has arrived.
            patience_s: Ends if nothing has come for so long.
        """
        last = time.monotonic()
        while time.monotonic() - last < patience_s:
            running = alive()
            self._executor.spin_once(timeout_sec=_POLL)
            if not self._states and not running:
                return
            while self._states and (running is False or self._complete()):
                last = time.monotonic()
                _, state = self._states.popleft()
                truth = self._truths.get(stamp_of(state["header"]))
                yield Moment(state, truth, self._affect, self._body)

    def _complete(self) -> bool:
        """Whether the truth of the oldest state is there, or has had its time to come."""
        arrived, state = self._states[0]
        late = time.monotonic() - arrived > _TRUTH_PATIENCE_S
        return late or stamp_of(state["header"]) in self._truths

    def _on_state(self, message: Any) -> None:
        state = to_fields(message)
        stamp = stamp_of(state["header"])
        if stamp:  # 0 says that no picture has come yet
            self._states.append((time.monotonic(), state))
            if "no_frame" not in state["degradation_reasons"]:
                self._drive.used(stamp)

    def _on_affect(self, message: Any) -> None:
        affect = to_fields(message)
        if stamp_of(affect["header"]):
            self._affect = affect
            self._keeper.add_affect(affect)

    def _on_picture(self, data: bytes) -> None:
        self._drive.picture(data, time.time_ns())

    def _on_info(self, data: bytes) -> None:
        self._drive.info(data, time.time_ns())

    def _on_sound(self, data: bytes) -> None:
        self._keep("/audio", "affect_perception/msg/AudioChunk", data)

    def _on_signal(self, data: bytes) -> None:
        self._keep("/biosignals", "affect_perception/msg/BiosignalChunk", data)
        try:
            self._keeper.add_chunk(chunk_of_message(deserialize_message(data, BiosignalMessage)))
        except InputError:
            return  # recorded as it came; the node has said what is wrong with it

    def _on_truth(self, data: bytes) -> None:
        self._keep("/driver_truth", "std_msgs/msg/String", data)
        truth = json.loads(deserialize_message(data, String).data)
        self._truths[truth["stamp_ns"]] = truth
        while len(self._truths) > _TRUTHS_KEPT:
            self._truths.popitem(last=False)

    def _on_body_truth(self, data: bytes) -> None:
        self._keep("/body_truth", "std_msgs/msg/String", data)
        self._body = json.loads(deserialize_message(data, String).data)
        assert self._body is not None
        self._keeper.add_body_truth(self._body)

    def _keep(self, topic: str, message_type: str, data: bytes) -> None:
        self._drive.message(topic, message_type, data, time.time_ns())


def _plain(take: Callable[[Fields], None]) -> Callable[[Any], None]:
    """A callback that hands on the fields of a message, if it has a stamp."""

    def on_message(message: Any) -> None:
        fields = to_fields(message)
        if stamp_of(fields["header"]):
            take(fields)

    return on_message
