"""What /diagnostics says about pictures: counts, rates, latency, levels.

The message on the topic is tested in test/ros; here only the judgement.
"""

from __future__ import annotations

import math

import pytest

from affect_perception.ros.frame_health import FrameHealth
from affect_perception.ros.health import Level, Report, measured_latency

pytestmark = pytest.mark.unit


def healthy(seconds: float = 1.0, rate: int = 30) -> FrameHealth:
    """Health after pictures at a steady rate, all processed in 10 ms."""
    health = FrameHealth("/cam/image_raw", 1.0, clock=0.0)
    for i in range(round(seconds * rate)):
        health.received((i + 1) / rate)
        health.published(0.010, (i + 1) / rate)
    return health


def test_steady_work_is_ok_and_has_figures() -> None:
    report = healthy().report(1.0)
    assert (report.level, report.message) == (Level.OK, "ok")
    assert report.values["frames received"] == "30"
    assert report.values["frames processed"] == "30"
    assert report.values["input rate [Hz]"] == "30.0"
    assert report.values["latency median [ms]"] == "10.0"
    assert report.values["latency p99 [ms]"] == "10.0"
    assert report.values["last error"] == "none"


def test_silence_turns_stale_and_names_topic_and_time() -> None:
    health = healthy()
    health.report(1.0)
    assert health.report(1.9).level == Level.OK
    report = health.report(4.5)
    assert report.level == Level.STALE
    assert "/cam/image_raw" in report.message
    assert "3.5 s" in report.message


def test_camera_that_never_came() -> None:
    health = FrameHealth("/cam/image_raw", 1.0, clock=10.0)
    assert health.report(10.5).level == Level.OK
    report = health.report(11.5)
    assert report.level == Level.STALE
    assert "no picture has arrived" in report.message


def test_blindness_counts_from_the_last_picture_that_gave_a_state() -> None:
    health = FrameHealth("/cam/image_raw", 1.0, clock=10.0)
    assert health.blind_for(10.5) == 0.5
    health.received(11.0)
    health.error("image encoding 'hsv8' is not supported")
    assert health.blind_for(12.0) == 2.0
    health.published(0.01, 12.5)
    assert health.blind_for(13.0) == 0.5


def test_errors_warn_while_others_work_and_are_errors_alone() -> None:
    health = healthy()
    health.error("image encoding 'hsv8' is not supported")
    report = health.report(1.0)
    assert report.level == Level.WARN
    assert "hsv8" in report.message
    health.received(1.5)
    health.error("JPEG image is truncated")
    report = health.report(2.0)
    assert report.level == Level.ERROR
    assert "truncated" in report.message
    assert report.values["errors"] == "2"
    health.received(2.5)
    health.published(0.01, 2.5)
    report = health.report(3.0)
    assert report.level == Level.OK  # it is over, but stays readable
    assert "truncated" in report.values["last error"]


def test_dropping_more_than_half_warns() -> None:
    health = healthy()
    for _ in range(15):
        health.count("dropped")
    assert health.report(1.0).level == Level.OK
    for i in range(30):
        health.received(1.0 + i / 30)
        health.count("dropped")
    report = health.report(2.0)
    assert report.level == Level.WARN
    assert "30 of 30" in report.message
    assert report.values["frames dropped for newer"] == "45"


def test_standing_warnings_come_and_go() -> None:
    health = healthy()
    health.warn("camera_info", "camera_info is missing")
    health.warn("clock", "use_sim_time missing?")
    report = health.report(1.0)
    assert report.level == Level.WARN
    assert "camera_info is missing" in report.message
    assert "use_sim_time" in report.message
    health.warn("camera_info", "")
    health.warn("clock", "")
    assert health.report(1.5).level == Level.OK


def test_facts_are_reported() -> None:
    health = healthy()
    health.state(image_backend="builtin", availability="AVAILABLE; reasons: none")
    values = health.report(1.0).values
    assert values["image backend"] == "builtin"
    assert values["availability"] == "AVAILABLE; reasons: none"


def test_worst_finding_comes_first() -> None:
    report = Report()
    report.raise_to(Level.WARN, "a")
    report.raise_to(Level.ERROR, "b")
    report.raise_to(Level.WARN, "c")
    assert (report.level, report.message) == (Level.ERROR, "b; a; c")


@pytest.mark.parametrize(
    ("now_ns", "stamp_ns", "expected"),
    [
        (2_020_000_000, 2_000_000_000, 0.02),
        (1_995_000_000, 2_000_000_000, 0.0),
        (1_000_000_000, 2_000_000_000, math.nan),
        (100_000_000_000, 2_000_000_000, math.nan),
    ],
    ids=["usual", "clock in steps", "stamp in the future", "other clock"],
)
def test_latency_is_not_guessed_between_clocks(now_ns: int, stamp_ns: int, expected: float) -> None:
    assert measured_latency(now_ns, stamp_ns) == pytest.approx(expected, nan_ok=True)
