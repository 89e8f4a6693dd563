"""Drills: sensors fail, nodes are killed, clocks jump; what the states say, and how soon."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rosgraph_msgs.msg import Clock

from affect_perception.core.enums import Availability
from affect_perception.core.errors import AffectPerceptionError
from affect_perception.core.types import MODALITIES
from affect_perception.msg import (
    AffectState,
    AttentionState,
    PhysioObservation,
    VoiceObservation,
)
from affect_perception.ros import qos
from affect_perception.ros.drill_sensors import DrillCabin, Fault
from affect_perception.ros.stamps import set_stamp

NODES = {
    "face": ("face_perception", "attention_state"),
    "voice": ("voice_perception", "voice"),
    "physio": ("physio_perception", "physio"),
}
"""Node and topic of each modality."""
FUSION = ("state_fusion", "affect_state")
WANTED_S = 2.0
"""Wanted: usable again so soon after the sensor is well."""

_POLL_S = 0.01
_START_S, _RETURN_S, _STEADY_S = 90.0, 12.0, 1.0
# A heart rate rests on the beats of the last 8.6 s: one fault right after another would be measured
# with the one before.
_STEADY_BODY_S = 10.0
_CLOCK_NS = 20_000_000
# Words of every day, not of a fault.
_USUAL = frozenset({"not_talking", "new_speaker", "warming_up", "held"})


class Nodes(Protocol):
    """The processes; `cli.drills` makes them."""

    def tend(self) -> None:
        """Starts again what has ended."""
        ...

    def kill(self, name: str) -> None:
        """Kills a node at once."""
        ...

    def crashed(self) -> int:
        """How many have ended that nobody killed."""
        ...


@dataclass
class Drill:
    """One drill and what came of it.

    Attributes:
        name: What was done.
        said: New reasons of the node, and of the modality in the affect state.
        told_s: From the fault to the first of them, or to the first state that is not usable; None
            if nobody said anything.
        back_s: From the sensor's return (of a killed node: from its end) to usable states of node
            and fusion; None if never.
        affect_gap_s: Longest time without an affect state.
    """

    name: str
    said: list[str] = field(default_factory=list)
    told_s: float | None = None
    back_s: float | None = None
    affect_gap_s: float | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class _Heard:
    time: float
    availability: int
    reasons: frozenset[str]


class DrillRoom:
    """Sensors and ears in one process; a context manager.

    Args:
        nodes: The processes that are drilled.
        simulated: Publish /clock, from 1000 s on; the nodes use simulated time.
    """

    def __init__(self, nodes: Nodes, *, simulated: bool = False) -> None:
        self._nodes = nodes
        self._simulated = simulated
        self._heard: dict[str, list[_Heard]] = {}
        self._clock_due = 0.0
        self.clock_runs = True

    def __enter__(self) -> DrillRoom:
        self._context = rclpy.Context()
        rclpy.init(context=self._context)
        self._node = Node("drill_room", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self._clock = self._node.create_publisher(Clock, "/clock", 10)
        self.cabin = DrillCabin(self._node)
        subscribe = self._node.create_subscription
        for word, kind, profile in (
            ("face", AttentionState, qos.STATE_OUT),
            ("voice", VoiceObservation, qos.VOICE_OUT),
            ("physio", PhysioObservation, qos.PHYSIO_OUT),
        ):
            subscribe(kind, NODES[word][1], self._listener(word), profile)
        subscribe(AffectState, FUSION[1], self._on_affect, qos.AFFECT_OUT)
        self._origin = time.monotonic()
        self._sim_ns = 1_000_000_000_000
        self._begin_ns = self.now_ns()
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.try_shutdown(context=self._context)

    def now_ns(self) -> int:
        """The clock that the nodes go by."""
        return self._sim_ns if self._simulated else time.time_ns()

    def set_clock(self, now_ns: int) -> None:
        """Lets the simulated clock and all stamps jump."""
        self._begin_ns += now_ns - self._sim_ns
        self._sim_ns = now_ns

    def spin(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Runs sensors, nodes and ears; true as soon as `until` holds."""
        end = time.monotonic() + seconds
        before = time.monotonic()
        while time.monotonic() < end:
            self._nodes.tend()
            now = time.monotonic()
            if self._simulated and self.clock_runs:
                self._sim_ns += round(1e9 * (now - before))
            before = now
            if self._simulated and now >= self._clock_due:
                self._clock_due = now + _CLOCK_NS / 1e9
                message = Clock()
                set_stamp(message.clock, self._sim_ns)
                self._clock.publish(message)
            self.cabin.tick(self.now_ns(), self._begin_ns)
            self._executor.spin_once(timeout_sec=_POLL_S)
            if until():
                return True
        return False

    def wait_until_well(self) -> None:
        """Waits until every node and the fusion give usable states.

        Raises:
            AffectPerceptionError: If that takes longer than a slow machine needs.
        """
        words = [*NODES, *(f"fusion {word}" for word in NODES)]
        if not self.spin(_START_S, lambda: all(self._well(word, 0.0) for word in words)):
            ill = [self._in_words(word) for word in words if not self._well(word, 0.0)]
            raise AffectPerceptionError(f"no usable states of {', '.join(ill)}")

    def sensor_drill(self, word: str, fault: Fault, seconds: float) -> Drill:
        """A sensor fails for a while."""
        sensor = self.cabin.sensors[word]

        def start() -> None:
            sensor.fault = fault

        def end() -> None:
            sensor.fault = Fault.NONE

        names = {"face": "camera", "voice": "microphone", "physio": "body sensors"}
        plural = {"stops": "stop", "gives": "give", "is": "are", "sends": "send"}
        what = fault.value
        if word == "physio":
            verb, _, rest = what.partition(" ")
            what = f"{plural[verb]} {rest}".rstrip()
        return self.drill(f"{names[word]} {what}", [word], start, end, seconds)

    def kill_drill(self, word: str) -> Drill:
        """A node is killed and comes back by itself."""
        name = FUSION[0] if word == "fusion" else NODES[word][0]
        affected = list(NODES) if word == "fusion" else [word]
        return self.drill(
            f"{name} is killed", affected, lambda: self._nodes.kill(name), _nothing, 0.5
        )

    def drill(
        self,
        name: str,
        words: list[str],
        start: Callable[[], None],
        end: Callable[[], None],
        seconds: float,
    ) -> Drill:
        """Does something for a while, undoes it, and waits until all is well again."""
        self.wait_until_well()
        self.spin(_STEADY_BODY_S if words == ["physio"] else _STEADY_S)
        topics = [*words, *(f"fusion {word}" for word in words)]
        before = {t: self._usual(t) for t in topics}
        began = time.monotonic()
        start()
        self.spin(seconds)
        end()
        returned = time.monotonic()
        killed = name.endswith("killed")
        since = began if killed else returned
        well = self.spin(
            _RETURN_S + (_START_S if killed else 0.0),
            lambda: all(self._well(topic, since + (0.2 if killed else 0.0)) for topic in topics),
        )
        back = round(time.monotonic() - since, 2) if well else None
        result = Drill(name, back_s=back)
        for topic in topics:
            for heard in self._heard.get(topic, []):
                if heard.time < began:
                    continue
                new = heard.reasons - before[topic] - _USUAL
                usable = heard.availability >= Availability.DEGRADED
                if new or not usable:
                    after = round(heard.time - began, 2)
                    result.told_s = min(
                        after, result.told_s if result.told_s is not None else after
                    )
                    result.said += [f"{topic}: {w}" for w in sorted(new)]
        result.said = list(dict.fromkeys(result.said))
        result.affect_gap_s = self._gap(began)
        for heard_list in self._heard.values():
            del heard_list[:-20]
        return result

    def _gap(self, began: float) -> float:
        times = [h.time for h in self._heard.get("fusion", []) if h.time >= began]
        marks = [began, *times, time.monotonic()]
        return round(max(b - a for a, b in itertools.pairwise(marks)), 2)

    def _usual(self, topic: str) -> frozenset[str]:
        since = time.monotonic() - _STEADY_S
        recent = [h for h in self._heard.get(topic, []) if h.time >= since]
        return frozenset().union(*(h.reasons for h in recent))

    def _well(self, topic: str, since: float) -> bool:
        """Whether the newest states since a time can be used."""
        heard = self._heard.get(topic)
        if not heard or heard[-1].time <= max(since, time.monotonic() - 1.5):
            return False
        return heard[-1].availability >= Availability.DEGRADED

    def _in_words(self, topic: str) -> str:
        heard = self._heard.get(topic)
        if not heard:
            return f"{topic} (none came)"
        age = time.monotonic() - heard[-1].time
        level = Availability(heard[-1].availability).name.lower()
        return f"{topic} ({level}, {' '.join(sorted(heard[-1].reasons))}, {age:.1f} s ago)"

    def _listener(self, word: str) -> Callable[[Any], None]:
        def on_message(message: Any) -> None:
            self._hear(word, message.availability, message.degradation_reasons)

        return on_message

    def _on_affect(self, message: Any) -> None:
        self._hear("fusion", message.availability, message.degradation_reasons)
        for modality, state in zip(MODALITIES, message.modalities, strict=True):
            self._hear(f"fusion {modality.word}", state.availability, state.reasons)

    def _hear(self, topic: str, availability: int, reasons: Any) -> None:
        heard = _Heard(time.monotonic(), int(availability), frozenset(reasons))
        self._heard.setdefault(topic, []).append(heard)


def _nothing() -> None:
    """A killed node is brought back by whoever watches it."""


def domain_environment() -> Mapping[str, str]:
    """A private ROS domain on this machine, also for this process."""
    os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    return dict(os.environ)


def drill_rows(drills: list[Drill]) -> list[str]:
    """Rows of the table of docs/drills.md."""
    rows = []
    for one in drills:
        told = "not told" if one.told_s is None else f"{one.told_s:.1f} s"
        back = "not within 12 s" if one.back_s is None else f"{one.back_s:.1f} s"
        said = "; ".join(one.said) or "–"
        rows.append(f"| {one.name} | {told} | {said} | {back} | {one.affect_gap_s:.1f} s |")
    return rows
