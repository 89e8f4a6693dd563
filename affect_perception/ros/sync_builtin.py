"""A drop-in for the part of message_filters that perception nodes use.

Same class and method names (hence the camel case), same arguments, same matching rules as the
Python message_filters of ROS 2, written anew. One difference, on purpose: synchronizers call back
outside their lock, so that a callback may feed filters itself.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

from rclpy.clock import ROSClock
from rclpy.duration import Duration
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.time import Time


class SimpleFilter:
    """A source of messages that others can connect to."""

    def __init__(self) -> None:
        self.callbacks: dict[int, tuple[Callable[..., None], tuple[Any, ...]]] = {}

    def registerCallback(self, cb: Callable[..., None], *args: Any) -> int:  # noqa: N802
        """Calls `cb(*messages, *args)` for every output; returns the connection's number."""
        connection = len(self.callbacks)
        self.callbacks[connection] = (cb, args)
        return connection

    def signalMessage(self, *messages: Any) -> None:  # noqa: N802
        """Hands messages to everybody connected, in the order of connection."""
        for callback, args in list(self.callbacks.values()):
            callback(*messages, *args)


class Subscriber(SimpleFilter):
    """A subscription as a filter; arguments as for `Node.create_subscription` without callback."""

    def __init__(self, node: Node, msg_type: type, topic: str, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self.node = node
        self.topic = topic
        if not args:
            kwargs.setdefault("qos_profile", 10)
        self.sub = node.create_subscription(msg_type, topic, self.callback, *args, **kwargs)

    def callback(self, message: Any) -> None:
        """Passes a received message on."""
        self.signalMessage(message)

    def getTopic(self) -> str:  # noqa: N802
        """The topic as given."""
        return self.topic


class Cache(SimpleFilter):
    """Keeps the newest `cache_size` messages and passes them on."""

    def __init__(
        self, f: SimpleFilter, cache_size: int = 1, allow_headerless: bool = False
    ) -> None:
        super().__init__()
        self.cache_size = cache_size
        self.allow_headerless = allow_headerless
        self._entries: list[tuple[Time, Any]] = []
        self.connectInput(f)

    def connectInput(self, f: SimpleFilter) -> None:  # noqa: N802
        """Connects the source."""
        self.incoming_connection = f.registerCallback(self.add)

    def add(self, message: Any) -> None:
        """Takes a message; the oldest received falls out when the cache is full."""
        stamp = _stamp(message, self.allow_headerless)
        if stamp is None:
            return
        self._entries.append((stamp, message))
        del self._entries[: -self.cache_size]
        self.signalMessage(message)

    def getInterval(self, from_stamp: Time, to_stamp: Time) -> list[Any]:  # noqa: N802
        """All messages with stamps in [from_stamp, to_stamp]."""
        if from_stamp > to_stamp:
            raise AssertionError(f"interval ends ({to_stamp}) before it begins ({from_stamp})")
        return [message for stamp, message in self._entries if from_stamp <= stamp <= to_stamp]

    def getElemAfterTime(self, stamp: Time) -> Any | None:  # noqa: N802
        """The first message received with a stamp not before `stamp`, or None."""
        return next((message for time, message in self._entries if time >= stamp), None)

    def getElemBeforeTime(self, stamp: Time) -> Any | None:  # noqa: N802
        """The last message received with a stamp not after `stamp`, or None."""
        return next((m for time, m in reversed(self._entries) if time <= stamp), None)

    def getLastestTime(self) -> Time | None:  # noqa: N802  (spelt as in message_filters)
        """Stamp of the message received last, or None."""
        return self._entries[-1][0] if self._entries else None

    def getOldestTime(self) -> Time | None:  # noqa: N802
        """Stamp of the message received first, or None."""
        return self._entries[0][0] if self._entries else None

    def getLast(self) -> Any | None:  # noqa: N802
        """The newest message, or None."""
        latest = self.getLastestTime()
        return None if latest is None else self.getElemAfterTime(latest)


class TimeSynchronizer(SimpleFilter):
    """Calls back with one message of each source that carry exactly the same stamp."""

    def __init__(self, fs: Sequence[SimpleFilter], queue_size: int) -> None:
        super().__init__()
        self.queue_size = queue_size
        self.lock = threading.Lock()
        self.connectInput(fs)

    def connectInput(self, fs: Sequence[SimpleFilter]) -> None:  # noqa: N802
        """Connects the sources."""
        self.queues: list[dict[int, Any]] = [{} for _ in fs]
        self.input_connections = [
            f.registerCallback(self.add, queue, index)
            for index, (f, queue) in enumerate(zip(fs, self.queues, strict=True))
        ]

    def add(self, message: Any, my_queue: dict[int, Any], my_queue_index: int) -> None:
        """Takes a message of one source."""
        self._add(_stamp(message, False), message, my_queue, my_queue_index)

    def _add(self, time: Time | None, message: Any, queue: dict[int, Any], index: int) -> None:
        if time is None:
            return
        stamp = time.nanoseconds
        with self.lock:
            queue[stamp] = message
            while len(queue) > self.queue_size:
                del queue[min(queue)]
            matches = self._matches(stamp, index) if stamp in queue else []
        for messages in matches:
            self.signalMessage(*messages)

    def _matches(self, stamp: int, index: int) -> list[list[Any]]:  # noqa: ARG002
        """Takes complete sets out of the queues; only the newest stamp can complete one."""
        if not all(stamp in queue for queue in self.queues):
            return []
        return [[queue.pop(stamp) for queue in self.queues]]


class ApproximateTimeSynchronizer(TimeSynchronizer):
    """Calls back with one message of each source whose stamps differ by less than `slop`.

    For a new message, candidates of the other sources are tried from the nearest stamp outwards;
    the first set that fits is taken, and its messages are used once.
    """

    def __init__(
        self,
        fs: Sequence[SimpleFilter],
        queue_size: int,
        slop: float,
        allow_headerless: bool = False,
    ) -> None:
        """`slop` is in seconds."""
        super().__init__(fs, queue_size)
        self.slop = Duration(seconds=slop)
        self.allow_headerless = allow_headerless

    def add(self, message: Any, my_queue: dict[int, Any], my_queue_index: int) -> None:
        """Takes a message of one source."""
        self._add(_stamp(message, self.allow_headerless), message, my_queue, my_queue_index)

    def _matches(self, stamp: int, index: int) -> list[list[Any]]:
        slop = self.slop.nanoseconds
        candidates = []
        for i, queue in enumerate(self.queues):
            near = [s for s in queue if abs(s - stamp) <= slop] if i != index else [stamp]
            candidates.append(sorted(near, key=lambda s: abs(s - stamp)))
        for stamps in itertools.product(*candidates):
            if max(stamps) - min(stamps) < slop:
                return [[queue.pop(s) for queue, s in zip(self.queues, stamps, strict=True)]]
        return []


def _stamp(message: Any, allow_headerless: bool) -> Time | None:
    """Stamp of a message; None (and a warning) if it has none and arrival time is not allowed."""
    stamp = getattr(getattr(message, "header", None), "stamp", None)
    if stamp is not None:
        return stamp if hasattr(stamp, "nanoseconds") else Time.from_msg(stamp)
    if allow_headerless:
        return ROSClock().now()
    get_logger("message_filters").warning(
        f"dropped a {type(message).__name__} without header.stamp: it cannot be matched in time "
        "(allow_headerless=True would take the time of arrival)",
        throttle_duration_sec=10.0,
    )
    return None
