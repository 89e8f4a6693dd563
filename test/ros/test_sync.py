"""One contract for message_filters and for the drop-in that stands in for it.

Runs over the drop-in always, and over message_filters wherever it is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("rclpy")

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.time import Time
from ros_harness import image_message, info_message
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import String

pytestmark = pytest.mark.ros

HAS_UPSTREAM = importlib.util.find_spec("message_filters") is not None
MS = 1_000_000


@pytest.fixture(
    params=[
        "affect_perception.ros.sync_builtin",
        pytest.param(
            "message_filters",
            marks=pytest.mark.skipif(
                not HAS_UPSTREAM, reason="message_filters is not installed: only the drop-in ran"
            ),
        ),
    ]
)
def filters(request: pytest.FixtureRequest) -> ModuleType:
    """The module under test."""
    return importlib.import_module(request.param)


def stamped(stamp_ns: int, name: str = "") -> Any:
    """A message with a stamp and a name to tell it by."""
    stamp = Time(nanoseconds=stamp_ns).to_msg()
    return SimpleNamespace(header=SimpleNamespace(stamp=stamp), name=name)


def names(messages: Any) -> list[str]:
    return [message.name for message in messages]


def test_callbacks_get_messages_and_their_own_arguments_in_order(filters: ModuleType) -> None:
    seen: list[Any] = []
    source = filters.SimpleFilter()
    first = source.registerCallback(lambda *args: seen.append(args), "extra", 2)
    second = source.registerCallback(lambda *args: seen.append(args))
    assert (first, second) == (0, 1)
    source.signalMessage("m")
    assert seen == [("m", "extra", 2), ("m",)]


def test_exact_stamps_meet_in_any_order_of_arrival(filters: ModuleType) -> None:
    a, b = filters.SimpleFilter(), filters.SimpleFilter()
    pairs: list[list[str]] = []
    sync = filters.TimeSynchronizer([a, b], 10)
    sync.registerCallback(lambda *messages: pairs.append(names(messages)))
    a.signalMessage(stamped(1, "a1"))
    a.signalMessage(stamped(2, "a2"))
    b.signalMessage(stamped(2, "b2"))
    assert pairs == [["a2", "b2"]]
    b.signalMessage(stamped(3, "b3"))
    b.signalMessage(stamped(1, "b1"))
    a.signalMessage(stamped(3, "a3"))
    assert pairs == [["a2", "b2"], ["a1", "b1"], ["a3", "b3"]]
    b.signalMessage(stamped(3, "b3 again"))
    assert len(pairs) == 3


def test_exact_stamps_of_three_sources(filters: ModuleType) -> None:
    sources = [filters.SimpleFilter() for _ in range(3)]
    sets: list[list[str]] = []
    filters.TimeSynchronizer(sources, 10).registerCallback(lambda *m: sets.append(names(m)))
    for stamp in (5, 6):
        for index in (2, 0):
            sources[index].signalMessage(stamped(stamp, f"{index}"))
    assert sets == []
    sources[1].signalMessage(stamped(6, "1"))
    assert sets == [["0", "1", "2"]]


def test_full_queue_forgets_the_oldest_stamp(filters: ModuleType) -> None:
    a, b = filters.SimpleFilter(), filters.SimpleFilter()
    pairs: list[list[str]] = []
    sync = filters.TimeSynchronizer([a, b], 2)
    sync.registerCallback(lambda *messages: pairs.append(names(messages)))
    for stamp in (1, 2, 3):
        a.signalMessage(stamped(stamp, f"a{stamp}"))
    for stamp in (1, 2, 3):
        b.signalMessage(stamped(stamp, f"b{stamp}"))
    assert pairs == [["a2", "b2"], ["a3", "b3"]]


def test_queues_can_be_cleared_after_a_jump_back(filters: ModuleType) -> None:
    a, b = filters.SimpleFilter(), filters.SimpleFilter()
    pairs: list[list[str]] = []
    sync = filters.ApproximateTimeSynchronizer([a, b], 2, 0.01)
    sync.registerCallback(lambda *messages: pairs.append(names(messages)))
    for stamp in (100, 101):
        a.signalMessage(stamped(stamp * 1000 * MS, "late"))
    for queue in sync.queues:
        queue.clear()
    a.signalMessage(stamped(5, "a"))
    b.signalMessage(stamped(5, "b"))
    assert pairs == [["a", "b"]]


@pytest.mark.parametrize(("offset_ms", "meets"), [(0, True), (9, True), (-9, True), (11, False)])
def test_near_stamps_meet_within_the_slop(filters: ModuleType, offset_ms: int, meets: bool) -> None:
    a, b = filters.SimpleFilter(), filters.SimpleFilter()
    pairs: list[list[str]] = []
    sync = filters.ApproximateTimeSynchronizer([a, b], 10, 0.010)
    sync.registerCallback(lambda *messages: pairs.append(names(messages)))
    a.signalMessage(stamped(1000 * MS, "a"))
    b.signalMessage(stamped((1000 + offset_ms) * MS, "b"))
    assert pairs == ([["a", "b"]] if meets else [])


def test_nearest_candidate_is_taken_once(filters: ModuleType) -> None:
    a, b = filters.SimpleFilter(), filters.SimpleFilter()
    pairs: list[list[str]] = []
    sync = filters.ApproximateTimeSynchronizer([a, b], 10, 0.050)
    sync.registerCallback(lambda *messages: pairs.append(names(messages)))
    for stamp in (100, 120, 140):
        a.signalMessage(stamped(stamp * MS, f"a{stamp}"))
    b.signalMessage(stamped(123 * MS, "b123"))
    b.signalMessage(stamped(124 * MS, "b124"))
    assert pairs == [["a120", "b123"], ["a140", "b124"]]


def test_message_without_stamp_is_dropped_or_taken_at_arrival(filters: ModuleType) -> None:
    for allowed in (False, True):
        a, b = filters.SimpleFilter(), filters.SimpleFilter()
        pairs: list[Any] = []
        sync = filters.ApproximateTimeSynchronizer([a, b], 10, 1.0, allow_headerless=allowed)
        sync.registerCallback(lambda *messages, into=pairs: into.append(messages))
        # The clock's time, as a message that came through ROS.
        now = rclpy.clock.ROSClock().now().to_msg()
        a.signalMessage(SimpleNamespace(header=SimpleNamespace(stamp=now)))
        b.signalMessage(String(data="no header"))
        assert len(pairs) == (1 if allowed else 0)


def test_cache_answers_by_time(filters: ModuleType) -> None:
    source = filters.SimpleFilter()
    passed: list[str] = []
    cache = filters.Cache(source, 3)
    cache.registerCallback(lambda message: passed.append(message.name))
    assert cache.getLast() is None
    assert cache.getLastestTime() is None
    assert cache.getOldestTime() is None
    for stamp in (1, 2, 3, 4):
        source.signalMessage(stamped(stamp * MS, f"m{stamp}"))

    def at(milliseconds: float) -> Time:
        return Time(nanoseconds=round(milliseconds * MS))

    def same_clock(time: Time) -> int:
        return int(time.nanoseconds)

    assert passed == ["m1", "m2", "m3", "m4"]
    assert same_clock(cache.getOldestTime()) == 2 * MS
    assert same_clock(cache.getLastestTime()) == 4 * MS
    assert cache.getLast().name == "m4"
    assert cache.getElemAfterTime(ros(at(2.5))).name == "m3"
    assert cache.getElemBeforeTime(ros(at(2.5))).name == "m2"
    assert cache.getElemAfterTime(ros(at(5))) is None
    assert cache.getElemBeforeTime(ros(at(1))) is None
    assert names(cache.getInterval(ros(at(2)), ros(at(3)))) == ["m2", "m3"]
    with pytest.raises(AssertionError):
        cache.getInterval(ros(at(3)), ros(at(2)))


def ros(time: Time) -> Time:
    """The same time on the ROS clock, on which message stamps are."""
    return Time(nanoseconds=time.nanoseconds, clock_type=rclpy.clock.ClockType.ROS_TIME)


def test_subscribers_on_topics(filters: ModuleType, ros_context: Any) -> None:
    node = rclpy.create_node("sync_test", context=ros_context)
    executor = SingleThreadedExecutor(context=ros_context)
    executor.add_node(node)
    pairs: list[tuple[Image, CameraInfo]] = []
    image = filters.Subscriber(node, Image, "image", qos_profile=5)
    info = filters.Subscriber(node, CameraInfo, "info")
    sync = filters.TimeSynchronizer([image, info], 10)
    sync.registerCallback(lambda *messages: pairs.append(messages))
    images = node.create_publisher(Image, "image", 5)
    infos = node.create_publisher(CameraInfo, "info", 5)
    assert image.getTopic() == "image"
    for _ in range(400):
        if images.get_subscription_count() and infos.get_subscription_count():
            break
        executor.spin_once(timeout_sec=0.02)
    images.publish(image_message(5))
    infos.publish(info_message(5))
    for _ in range(400):
        if pairs:
            break
        executor.spin_once(timeout_sec=0.02)
    assert len(pairs) == 1
    assert isinstance(pairs[0][0], Image)
    executor.shutdown()
    node.destroy_node()
