"""The node face_perception on real topics: stamps, lifecycle, pairing, wrong input.

The pipeline is a stand-in that answers at once, so that each test is about the node alone. The node
with the real networks, as a process of its own, is tested in test_processes.py; diagnostics,
overlay and QoS in test_face_perception_reports.py.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import TwistStamped
from lifecycle_msgs.msg import State
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from ros_harness import EchoPipeline, Harness, info_message, values_of
from sensor_msgs.msg import CompressedImage

from affect_perception.core.enums import Availability
from affect_perception.core.types import CameraFrame, VehicleState
from affect_perception.msg import FaceObservation
from affect_perception.ros.stamps import set_stamp

pytestmark = pytest.mark.ros

MS = 1_000_000
SECOND = 1_000_000_000


def test_state_carries_the_stamp_of_the_picture_and_its_latency() -> None:
    with Harness() as h:
        faces: list[FaceObservation] = []
        h.probe.create_subscription(FaceObservation, "face", faces.append, 10)
        h.start()
        h.spin_until(lambda: h.node.count_subscribers("face") == 1)
        stamp = h.now_ns() - 20 * MS
        h.publish(stamp)
        h.spin_until(lambda: bool(h.states and faces))
        assert h.stamps() == [stamp]
        state, face = h.states[0], faces[0]
        assert face.header.stamp == state.header.stamp
        assert (state.header.frame_id, face.header.frame_id) == ("cabin", "camera_optical")
        assert 0.020 <= state.latency < 2.0
        assert list(state.degradation_reasons) == ["no_face"]
        assert math.isnan(state.head_yaw)
        (frame,) = h.pipeline.events
        assert frame.intrinsics.fx == 50.0


def test_lifecycle_goes_through_all_states_and_back() -> None:
    ok = TransitionCallbackReturn.SUCCESS
    with Harness() as h:
        assert h.node.state_id == State.PRIMARY_STATE_UNCONFIGURED
        for _ in range(2):
            assert h.node.trigger_configure() == ok
            assert h.node.state_id == State.PRIMARY_STATE_INACTIVE
            for _ in range(2):
                assert h.node.trigger_activate() == ok
                assert h.node.state_id == State.PRIMARY_STATE_ACTIVE
                count = len(h.states)
                stamp = h.now_ns()
                h.spin_until(lambda: h.images.get_subscription_count() == 1)
                h.spin_until(lambda: h.infos.get_subscription_count() == 1)
                h.publish(stamp)
                h.spin_until(lambda n=count, s=stamp: len(h.states) > n and h.stamps()[-1] == s)
                assert h.node.trigger_deactivate() == ok
                h.spin_until(lambda: h.images.get_subscription_count() == 0)
            assert h.node.trigger_cleanup() == ok
        assert h.node.trigger_shutdown() == ok
        assert h.node.state_id == State.PRIMARY_STATE_FINALIZED


def test_no_thread_is_left_behind() -> None:
    before = {thread.ident for thread in threading.enumerate()}
    with Harness() as h:
        h.start()
        assert any(t.name == "face_pipeline" for t in threading.enumerate())
        h.node.trigger_deactivate()
        assert not any(t.name == "face_pipeline" for t in threading.enumerate())
        h.node.trigger_activate()
    assert {thread.ident for thread in threading.enumerate()} <= before


def test_works_without_camera_info_after_the_stated_time() -> None:
    with Harness(camera_info_wait=0.3) as h:
        h.start()
        h.spin_for(0.5)  # the time counts from the first picture on
        for _ in range(10):
            h.publish(h.now_ns(), info=False)
            h.spin_for(0.1)
        assert 4 <= len(h.states) <= 8
        assert "intrinsics_assumed" in h.states[-1].degradation_reasons
        status = h.status()
        assert status.level == DiagnosticStatus.WARN
        assert "camera_info is missing" in status.message


def test_slow_camera_info_costs_no_pictures() -> None:
    with Harness(camera_info_wait=2.0) as h:
        h.start()
        start = h.now_ns()
        for i in range(12):
            h.publish(start + i * 40 * MS, info=i % 6 == 0)
            h.spin_for(0.04)
        h.spin_until(lambda: start + 10 * 40 * MS in h.stamps())
        # The 12th waits. Some gave way to newer ones, as when the machine is busy.
        dropped = int(values_of(h.status())["frames dropped for newer"])
        assert len(h.states) + dropped == 11
        assert len(h.states) >= 6
        assert all(e.intrinsics is not None for e in h.pipeline.events)


def test_camera_info_that_stops_is_used_on() -> None:
    with Harness(camera_info_wait=0.2) as h:
        h.start()
        h.publish(h.now_ns())
        h.spin_until(lambda: len(h.states) == 1)
        while len(h.states) < 5:
            stamp = h.now_ns()
            h.publish(stamp, info=False)
            h.spin_for(0.1)
        assert h.stamps()[-1] == stamp
        assert h.pipeline.events[-1].intrinsics is not None
        assert "camera_info has stopped" in h.status().message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"k": [math.nan] * 9}, "not finite"),
        ({"distortion_model": "equidistant", "d": [0.1] * 4}, "equidistant"),
        ({"k": [0.0] * 9}, "not calibrated"),
        ({"width": 1280, "height": 720}, "1280x720"),
    ],
    ids=["nan", "fisheye", "uncalibrated", "other camera"],
)
def test_unusable_calibration_is_said_and_worked_without(
    change: dict[str, object], words: str
) -> None:
    with Harness() as h:
        h.start()
        stamp = h.now_ns()
        h.publish(stamp, info=False)
        h.infos.publish(info_message(stamp, **change))
        h.spin_until(lambda: len(h.states) == 1)
        assert "intrinsics_assumed" in h.states[0].degradation_reasons
        status = h.status()
        assert status.level == DiagnosticStatus.WARN
        assert words in status.message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"encoding": "hsv8"}, "hsv8"),
        ({"data": [1, 2, 3]}, "3 bytes"),
        ({"width": 0, "height": 0, "step": 0, "data": []}, "0x0"),
        ({"stamp_ns": 0}, "no acquisition stamp"),
    ],
    ids=["encoding", "size", "empty", "stamp"],
)
def test_unusable_pictures_are_errors_in_diagnostics(change: dict[str, object], words: str) -> None:
    with Harness() as h:
        h.start()
        h.status()
        stamp = int(change.pop("stamp_ns", h.now_ns()))  # type: ignore[call-overload]
        h.publish(stamp, **change)
        status = h.status()
        while values_of(status).get("errors") != "1":
            status = h.status()
        assert status.level == DiagnosticStatus.ERROR
        assert words in status.message
        assert not h.states
        good = h.now_ns()
        h.publish(good)
        h.spin_until(lambda: h.stamps() == [good])


def test_compressed_pictures_and_a_truncated_one() -> None:
    with Harness(image_transport="compressed", camera_info_wait=0.0) as h:
        out = h.probe.create_publisher(CompressedImage, "image_raw/compressed", 5)
        h.start(pictures=out)
        noise = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
        data = cv2.imencode(".jpg", noise)[1].tobytes()
        start = h.now_ns()
        for i, payload in enumerate((data, data[: len(data) // 2], data)):
            message = CompressedImage(format="rgb8; jpeg compressed bgr8", data=payload)
            set_stamp(message.header.stamp, start + i)
            out.publish(message)
            h.spin_for(0.1)
        h.spin_until(lambda: len(h.states) == 2)
        assert h.stamps() == [start, start + 2]
        values = values_of(h.status())
        assert "truncated" in values["last error"]


def test_stamps_that_run_backwards_or_jump_reach_the_pipeline_and_do_not_stop_pairing() -> None:
    with Harness(camera_info_wait=30.0) as h:
        h.start()
        start = h.now_ns()
        hour = 3600 * SECOND
        stamps = [start + offset for offset in (0, 33 * MS, hour, hour + 33 * MS, 0, 66 * MS)]
        for stamp in stamps:
            h.publish(stamp)
            h.spin_until(lambda s=stamp: h.stamps()[-1:] == [s])
        assert [event.stamp_ns for event in h.pipeline.events] == stamps
        assert all(event.intrinsics is not None for event in h.pipeline.events)
        # An hour ahead of the clock no latency can be told.
        assert math.isnan(h.states[2].latency)


@pytest.mark.parametrize(("rate", "count"), [(1.0, 3), (120.0, 120)])
def test_slow_and_fast_cameras(rate: float, count: int) -> None:
    with Harness() as h:
        h.start()
        sent = []
        for _ in range(count):
            sent.append(h.now_ns())
            h.publish(sent[-1])
            h.spin_for(1.0 / rate)
            # The subscription keeps five, best effort: a busy machine must not lose any here.
            h.spin_until(lambda: h.received() == len(sent))
        h.spin_until(lambda: h.stamps()[-1:] == sent[-1:])
        received = h.stamps()
        assert received == sorted(received)
        assert set(received) <= set(sent)
        assert len(received) >= 0.8 * count
        assert all(0.0 <= state.latency < 1.0 for state in h.states)


def test_newest_picture_wins_when_the_pipeline_is_slow() -> None:
    with Harness(pipeline=EchoPipeline(delay=0.15)) as h:
        h.start()
        sent = []
        for _ in range(30):
            sent.append(h.now_ns())
            h.publish(sent[-1])
            h.spin_for(0.02)
        h.spin_until(lambda: h.stamps()[-1:] == sent[-1:])
        # As many as the pipeline had time for, which is more on a machine that sends slowly.
        assert 4 <= len(h.states) <= (sent[-1] - sent[0]) / (0.15 * SECOND) + 3
        # Waiting pictures would be up to 30 * 0.15 s old; here it is one in work and one in wait.
        assert max(state.latency for state in h.states) < 0.5
        h.status()
        dropped = int(values_of(h.status())["frames dropped for newer"])
        assert dropped == 30 - len(h.states)


def test_silent_camera_is_told_with_the_stamp_of_the_last_picture() -> None:
    with Harness(no_frame_timeout=0.5) as h:
        h.start()
        stamp = h.now_ns()
        h.publish(stamp)
        h.spin_until(lambda: len(h.states) >= 2)
        assert h.stamps()[:2] == [stamp, stamp]
        assert list(h.states[1].degradation_reasons) == ["no_frame"]
        assert h.states[1].availability == Availability.UNAVAILABLE
        assert h.states[1].latency > 0.5
        assert h.pipeline.events[-1].stamp_ns > stamp + SECOND // 2
        status = h.status()
        assert status.level == DiagnosticStatus.STALE
        assert "/image_raw" in status.message


def test_camera_that_sends_nothing_usable_is_told_too() -> None:
    with Harness(no_frame_timeout=0.5) as h:
        h.start()
        while not h.states:
            h.publish(h.now_ns(), encoding="hsv8")
            h.spin_for(0.05)
        assert list(h.states[0].degradation_reasons) == ["no_frame"]
        assert h.stamps()[0] == 0  # no picture has given a state yet


def test_late_subscriber_gets_the_last_state() -> None:
    with Harness(no_frame_timeout=30.0) as h:
        h.start()
        h.publish(h.now_ns())
        h.spin_until(lambda: len(h.states) == 1)
        late: list[Any] = []
        profile = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        h.probe.create_subscription(type(h.states[0]), "attention_state", late.append, profile)
        h.spin_until(lambda: len(late) == 1)
        assert late[0].header.stamp == h.states[0].header.stamp


def test_vehicle_speed_reaches_the_pipeline() -> None:
    with Harness() as h:
        h.start()
        out = h.probe.create_publisher(TwistStamped, "vehicle_twist", 5)
        h.spin_until(lambda: out.get_subscription_count() == 1)
        twist = TwistStamped()
        twist.twist.linear.x = 22.5
        set_stamp(twist.header.stamp, 5 * SECOND)
        out.publish(twist)
        h.spin_for(0.2)
        h.publish(h.now_ns())
        h.spin_until(lambda: bool(h.states))
        assert h.pipeline.events[0] == VehicleState(5 * SECOND, 22.5)
        assert isinstance(h.pipeline.events[1], CameraFrame)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ({"camera__horizontal_fov": 50.0}, ["camera.horizontal_fov'", "camera.horizontal_fov_deg"]),
        ({"camera__horizontal_fov_deg": 300.0}, ["camera.horizontal_fov_deg", "300", "150"]),
        ({"inference__provider": "abacus"}, ["inference.provider", "abacus", "cuda"]),
        ({"overlay": "yes"}, ["overlay", "bool"]),
        ({"cabin": "submarine"}, ["submarine", "sedan_lhd"]),
    ],
    ids=["unknown", "out of range", "choice", "type", "cabin"],
)
def test_wrong_parameter_stops_configure_with_its_name(
    override: dict[str, object], words: list[str]
) -> None:
    with Harness(**override) as h:
        assert h.node.trigger_configure() == TransitionCallbackReturn.FAILURE
        assert h.node.state_id == State.PRIMARY_STATE_UNCONFIGURED
        status = h.status()
        assert status.level == DiagnosticStatus.ERROR
        for word in words:
            assert word in h.node.problem
            assert word in status.message


def test_parameters_are_described_and_locked_while_in_use() -> None:
    name = "camera.horizontal_fov_deg"
    with Harness() as h:
        descriptor = h.node.describe_parameter(name)
        assert "unit deg" in descriptor.additional_constraints
        assert descriptor.floating_point_range[0].to_value == 150.0
        (result,) = h.node.set_parameters([Parameter(name, value=55.0)])
        assert result.successful
        (result,) = h.node.set_parameters([Parameter("overlay", value=3)])
        assert not result.successful
        h.node.trigger_configure()
        (result,) = h.node.set_parameters([Parameter(name, value=60.0)])
        assert not result.successful
        assert name in result.reason
        h.node.trigger_cleanup()
        (result,) = h.node.set_parameters([Parameter(name, value=60.0)])
        assert result.successful


def test_corrected_parameter_lets_the_node_configure() -> None:
    name = "camera.horizontal_fov_deg"
    with Harness(**{"camera__horizontal_fov_deg": 300.0}) as h:
        assert h.node.trigger_configure() == TransitionCallbackReturn.FAILURE
        h.node.set_parameters([Parameter(name, value=50.0)])
        assert h.node.trigger_configure() == TransitionCallbackReturn.SUCCESS


def test_whole_number_in_yaml_is_taken_for_a_float() -> None:
    with Harness(camera__horizontal_fov_deg=70) as h:
        assert h.node.get_parameter("camera.horizontal_fov_deg").value == 70.0
        assert h.node.trigger_configure() == TransitionCallbackReturn.SUCCESS
